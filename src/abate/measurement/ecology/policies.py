"""The removal policies that are compared, by name."""

from dataclasses import replace

from abate.domain.errors import InputError
from abate.measurement.ecology.clusters_kernel import BY_MEMBER, IN_RANGE, LARGEST_FIRST
from abate.measurement.ecology.run import Policy

NONE = Policy(name="none")
SMALL_TO = 20
BIG_FROM = 100
POLICIES = {
    one.name: one
    for one in (
        NONE,
        Policy(name="largest", way=LARGEST_FIRST),
        Policy(name="random", way=IN_RANGE),
        Policy(name="small", way=IN_RANGE, high=SMALL_TO),
        Policy(name="big", way=IN_RANGE, low=BIG_FROM),
        Policy(name="member", way=BY_MEMBER),
        Policy(name="cap", cap=500),
    )
}
MEANING = {
    "none": "nothing is done",
    "largest": "the largest cluster is broken up",
    "random": "a random cluster of two or more is broken up",
    "small": f"a random cluster of 2 to {SMALL_TO} is broken up",
    "big": f"a random cluster of {BIG_FROM} or more is broken up",
    "member": "the cluster of a random member is broken up",
    "cap": "clusters may not merge beyond a size",
}


def chosen(names: tuple[str, ...], *, cap: int, banned: bool) -> tuple[Policy, ...]:
    """Return the policies of these names, with the one that does nothing first; ``all`` means each.

    :param cap: the largest cluster that ``cap`` lets merge
    :param banned: the struck leave for good
    :raises InputError: for an unknown name, or a cap below two
    """
    if cap < 2:  # noqa: PLR2004 - two is the smallest merger
        msg = f"--cap {cap}: a merger makes a cluster of two or more; choose at least 2"
        raise InputError(msg)
    asked = tuple(POLICIES) if "all" in names else names
    for name in asked:
        if name not in POLICIES:
            msg = f"--policy {name}: choose from {', '.join(POLICIES)}, or all"
            raise InputError(msg)
    others = [POLICIES[name] for name in dict.fromkeys(asked) if name != NONE.name]
    return (NONE, *(replace(one, cap=cap if one.cap else 0, banned=banned) for one in others))

"""What every signal type promises, as functions that take one."""
# ruff: noqa: D401 - the docstring of a check is the promise that its failure quotes, not a command

from collections.abc import Iterable

from abate import plugins
from abate.domain.errors import InputError, PlugError
from abate.domain.item import Frame, FramePolicy, Frames, Item, Kind, Material, Picture
from abate.extend.signal import SignalType, Sought
from abate.testing.promises import equal, holds, promised

NONSENSE = ("", " ", "\x00", "no value of anything", "\ud800", "9" * 100_000)
"""Values of no type known here. A type for which one of them is a value is given its own."""
MAX_QUALITY = 100
LONGEST_REFUSAL = 600
"""Characters, exclusive: a refusal is shown in a terminal and kept in a log, whatever was sent."""


def everything(kind: Kind) -> Material:
    """Return material of this kind with words, an address, bytes, a picture and a film: something for every type."""
    pictures = [Picture(width=32, height=32, luma=bytes(n * step % 256 for n in range(1024))) for step in (7, 11)]
    film = tuple(Frame(number=30 * n, at_s=float(n), picture=picture) for n, picture in enumerate(pictures))
    return Material(
        item=Item(
            id="1", kind=kind, text="The lantern is lit at noon: t.me/+AbCdEfGhIjKlMnOp", url="https://example.org/a"
        ),
        content=b"bytes as they were uploaded",
        picture=pictures[0],
        frames=Frames(policy=FramePolicy.SECOND, decode=lambda: iter(film)),
    )


def check_signal_type(
    plug: SignalType, *, material: Material | None = None, nonsense: Iterable[str] = NONSENSE
) -> None:
    """Hold a signal type against every promise.

    :param material: something that it can read; by default :func:`everything`, once for each of its kinds
    :param nonsense: what it must refuse
    :raises AssertionError: with the first promise that was broken
    """
    check_it_loads(plug)
    if isinstance(plug, Sought):
        check_what_is_looked_for_is_found_where_it_stands(plug)
        material = material or Material(item=Item(id="1", kind=Kind.TEXT))
    for given in [material] if material else map(everything, sorted(plug.kinds)):
        check_what_it_computes_it_also_parses(plug, given)
    check_with_nothing_at_hand_there_is_no_signal(plug)
    check_its_index_serves_its_radius(plug)
    for value in nonsense:
        check_nonsense_is_refused(plug, value)


@promised
def check_it_loads(plug: SignalType) -> None:
    """Every member is there, and each example is read as its canonical form."""
    try:
        plugins.check_signal_type(plug)
    except PlugError as error:
        raise AssertionError(str(error)) from error


@promised
def check_what_it_computes_it_also_parses(plug: SignalType, material: Material) -> None:
    """A signal bears its type's name and version, is written canonically, and is the same when computed again."""
    signal = plug.compute(material)
    if isinstance(plug, Sought):
        holds(signal is None, f"{signal!r}, computed before anything is known")
        return
    if signal is None:
        msg = f"no signal of material of kind {material.item.kind}, which has something to read"
        raise AssertionError(msg)
    equal((signal.type, signal.version), (plug.name, plug.version))
    equal(plug.parse(signal.value), signal.value)
    holds(0 <= signal.quality <= MAX_QUALITY, f"a quality of {signal.quality}")
    equal(plug.compute(material), signal)


@promised
def check_what_is_looked_for_is_found_where_it_stands(plug: SignalType) -> None:
    """Where a type is found by looking for what is known, each example is found in itself, in its place, once."""
    if not isinstance(plug, Sought):
        return
    examples = plug.examples()
    seeker = plug.seeker(examples.values())
    equal([*plug.seeker([]).find("The lantern is lit at noon.")], [])
    for written, canonical in examples.items():
        text = f"so \ud800 {written.rpartition(':')[2].strip()}, yes"
        found = {signal.value: signal for signal in seeker.find(text)}
        holds(canonical in found, f"{canonical!r} was not found in {text!r}")
        holds(all(0 <= span.start < span.end <= len(text) for span in found[canonical].spans), "a span off the text")
        equal((found[canonical].type, found[canonical].version), (plug.name, plug.version))
        equal([*seeker.find(text)], [*seeker.find(text)])


@promised
def check_with_nothing_at_hand_there_is_no_signal(plug: SignalType, kinds: Iterable[Kind] = tuple(Kind)) -> None:
    """An item of any kind without text, bytes or picture gives ``None``, and no error."""
    for kind in kinds:
        found = plug.compute(Material(item=Item(id="1", kind=kind)))
        holds(found is None, f"{found!r} of an empty item of kind {kind}")


@promised
def check_its_index_serves_its_radius(plug: SignalType) -> None:
    """The index that it names is installed, takes its radius, and finds each example at distance 0."""
    types = plugins.load_indexes()
    holds(plug.index in types, f"no index {plug.index!r} among {', '.join(sorted(types))}")
    values = [*dict.fromkeys(plug.examples().values())]
    built = types[plug.index].build(values, radius=plug.radius)
    nearest = [[(hit.position, hit.distance) for hit in hits[:1]] for hits in built.lookup(values)]
    equal(nearest, [[(position, 0)] for position in range(len(values))])


@promised
def check_nonsense_is_refused(plug: SignalType, nonsense: str) -> None:
    """What is no value of this type is an ``InputError`` of one short sentence."""
    try:
        parsed = plug.parse(nonsense)
    except InputError as error:
        size = len(str(error))
        holds(size < LONGEST_REFUSAL, f"a refusal of {size} characters")
    else:
        msg = f"{nonsense[:80]!r} was read as {parsed[:80]!r}"
        raise AssertionError(msg)

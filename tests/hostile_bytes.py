"""Bytes that were a good file once: overwritten, cut off, spliced, or noise behind a true beginning."""

from collections.abc import Sequence

from hypothesis import strategies as st


def hostile(seeds: Sequence[bytes], *, head: int, ends_too: bool = False) -> st.SearchStrategy[bytes]:
    """Return a strategy of bytes made of the good files ``seeds``.

    :param head: bytes at the start that say what the file is; they are hit more often than the rest
    :param ends_too: whether the end says as much as the start, as in containers whose index stands last
    """
    good = st.sampled_from(seeds)

    @st.composite
    def overwritten(draw):
        content = bytearray(draw(good))
        for _ in range(draw(st.integers(1, 8))):
            place = draw(st.integers(0, min(draw(st.sampled_from([head, len(content)])), len(content)) - 1))
            content[-1 - place if ends_too and draw(st.booleans()) else place] = draw(st.integers(0, 255))
        return bytes(content)

    @st.composite
    def cut(draw):
        content = draw(good)
        return content[: draw(st.integers(0, len(content)))]

    @st.composite
    def spliced(draw):
        first, second = draw(good), draw(good)
        return first[: draw(st.integers(0, len(first)))] + second[draw(st.integers(0, len(second))) :]

    starts = st.sampled_from([*(seed[:head] for seed in seeds), b""])
    return st.one_of(overwritten(), cut(), spliced(), st.builds(lambda start, rest: start + rest, starts, st.binary()))

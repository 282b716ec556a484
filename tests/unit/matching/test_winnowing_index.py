"""The winnowing index: copies are found as they are made, nothing else is, and what is saved answers as before."""

import threading

import numpy as np
import pytest

import winnowing_oracle
from abate.domain.errors import ConflictError, InputError
from abate.matching import text_index
from abate.matching.text_index import WinnowingIndexType, WinnowingLookup
from abate.matching.winnowing import candidates, chains, index, judging, parts, postings, saving, sketches, state
from abate.matching.winnowing.index import WinnowingIndex
from near_texts import edited, posts, value_of

KNOWN = posts(11, 300)
VALUES = [value_of(text) for text in KNOWN]
BUILT = WinnowingIndexType().build(VALUES, radius=99)


def positions(built, text):
    return [hit.position for hit in built.lookup([value_of(text)])[0]]


def share_found(change):
    found = [positions(BUILT, change(text))[:1] == [place] for place, text in enumerate(KNOWN)]
    return sum(found) / len(found)


def inside(text):
    before, behind = posts(12, 2, words=48)
    return f"{before}. {text} {behind}"


@pytest.mark.parametrize(
    ("change", "least"),
    [
        (lambda text: edited(text, 0.1), 0.99),
        (lambda text: edited(text, 0.2), 0.95),
        (lambda text: edited(text, 0.3), 0.85),
        (lambda text: text[: len(text) // 2], 0.99),
        (lambda text: text[len(text) // 2 :], 0.99),
        (inside, 0.99),
        (lambda text: text.upper().replace(" ", "\u200b.\u200b"), 1),
    ],
)
def test_a_copy_is_found_however_it_was_made(change, least):
    assert share_found(change) >= least


def test_what_nobody_repeats_is_not_found():
    assert not any(positions(BUILT, text) for text in posts(13, 300))


def test_the_distance_says_how_much_of_the_shorter_text_is_missing():
    same, tenth, third = (BUILT.lookup([value_of(edited(KNOWN[4], share))])[0][0] for share in (0, 0.1, 0.3))
    assert (same.distance, same.position) == (0, 4)
    assert 0 < tenth.distance < third.distance < 100
    half = BUILT.lookup([value_of(KNOWN[4][:140])])[0][0]
    assert 0 < half.distance < 10  # all of the half is in the whole, and yet it is not the same


def test_a_radius_leaves_out_what_repeats_less():
    asked = [value_of(edited(KNOWN[4], 0.3))]
    (hit,) = BUILT.lookup(asked)[0]
    assert WinnowingIndexType().build(VALUES, radius=hit.distance).lookup(asked)[0] == [hit]
    assert WinnowingIndexType().build(VALUES, radius=hit.distance - 1).lookup(asked)[0] == []


def test_a_title_that_both_quote_makes_no_copy():
    title = "The Second Assembly of the Friends of the Grey Lantern"
    first, second, third = posts(14, 3)
    built = WinnowingIndexType().build([value_of(f"{first} {title}"), value_of(third)], radius=99)
    assert positions(built, f"{title} {second}") == []


def test_a_passage_of_sixty_letters_is_found_in_texts_of_any_length():
    passage = posts(15, 1, words=16)[0]
    assert 80 < len(passage.replace(" ", "")) < 110
    first, second = posts(16, 2, words=600)
    built = WinnowingIndexType().build([value_of(f"{first} {passage}")], radius=99)
    (hit,) = built.lookup([value_of(f"{passage} {second}")])[0]
    assert hit.distance > 90
    assert hit.runs[0].end - hit.runs[0].start > 60


def test_runs_are_the_letters_that_the_entry_repeats():
    (hit,) = BUILT.lookup([value_of(f"{KNOWN[9][:100]} zq {KNOWN[9][150:]}")])[0]
    letters = len(KNOWN[9][:100].replace(" ", ""))
    assert hit.runs[0].start < 10
    assert letters - 15 < hit.runs[0].end <= letters + 1
    assert BUILT.lookup([VALUES[9]])[0][0].runs[0].end == len(KNOWN[9].replace(" ", "")) - hit_tail(VALUES[9])


def hit_tail(value):
    """Letters behind the last shingle that was kept."""
    found, letters = winnowing_oracle.marks(value)
    return letters - found[-1].start - found[-1].length


@pytest.mark.parametrize("script", ["han", "thai"])
def test_texts_without_spaces_and_with_denser_letters_are_found_as_well(script):
    first, count, length = {"han": (0x4E00, 3000, 100), "thai": (0x0E01, 40, 220)}[script]
    random = np.random.default_rng(3)
    texts = ["".join(map(chr, row)) for row in first + random.integers(0, count, (60, length))]
    built = WinnowingIndexType().build([value_of(text) for text in texts], radius=99)
    for share in (0.05, 0.1):
        found = 0
        for place, text in enumerate(texts):
            letters = list(text)
            for at in random.choice(length, int(share * length), replace=False):
                letters[at] = chr(first + random.integers(0, count))
            found += positions(built, "".join(letters)) == [place]
        assert found >= 0.95 * len(texts)
    assert sum(positions(built, text[: length // 2]) == [place] for place, text in enumerate(texts)) >= 59


def test_what_everybody_appends_makes_no_copy():
    appended = posts(17, 1, words=20)[0]
    texts = [f"{text} {appended}" for text in posts(18, 400)]
    built = WinnowingIndexType().build([value_of(text) for text in texts], radius=99)
    assert positions(built, f"{posts(19, 1)[0]} {appended}") == []
    assert positions(built, appended) == []  # most of no entry
    assert positions(built, texts[7]) == [7]
    assert positions(built, edited(texts[7], 0.1))[0] == 7


def test_an_entry_of_which_hundreds_of_variants_are_known_is_still_found():
    variants = [f"{KNOWN[0]} {word}" for word in posts(20, 500, words=1)]
    built = WinnowingIndexType().build([value_of(text) for text in variants], radius=99)
    found = positions(built, edited(KNOWN[0], 0.02))
    assert len(found) == 100  # those that share most; all of them say the same
    assert positions(built, posts(21, 1)[0]) == []


@pytest.mark.parametrize("grown", [False, True])
def test_one_entry_a_hundred_thousand_times_is_found_a_hundred_times(grown):
    built = WinnowingIndexType().build([] if grown else [VALUES[0]] * 100_000, radius=99)
    if grown:
        for _ in range(5):
            built.add([VALUES[0]] * 1000)
    assert positions(built, KNOWN[0]) == list(range(100))
    assert positions(built, KNOWN[1]) == []


def test_a_text_repeated_a_hundred_thousand_times_is_found_as_itself_and_shown_throughout():
    (hit,) = BUILT.lookup([value_of(KNOWN[0] * 2000)])[0]
    assert hit.position == 0
    assert sum(run.end - run.start for run in hit.runs) > 60_000


@pytest.mark.parametrize(
    "text",
    [
        "a" * 10_000_000,
        "\u200d" * 100_000 + KNOWN[0],
        "".join(map(chr, np.random.default_rng(1).integers(0, 0x11_0000, 3_000))),
    ],
)
def test_hostile_texts_are_answered(text):
    assert positions(BUILT, text) == ([0] if KNOWN[0] in text else [])


def test_letters_that_were_put_in_front_do_not_hide_a_copy():
    padding = " ".join(posts(22, 400))
    assert positions(BUILT, f"{padding} {KNOWN[3]}") == [3]
    assert positions(BUILT, f"{KNOWN[3]} {padding}") == [3]


@pytest.mark.parametrize(
    "wrong",
    ["", "lantern", "01000a", VALUES[0][:-2], VALUES[0][:-1], "02" + VALUES[0][2:], "\ud800", "01 0" + VALUES[0][4:]],
)
def test_what_is_no_fingerprint_is_refused_and_nothing_is_added(wrong):
    built = WinnowingIndexType().build([VALUES[0]], radius=99)
    for ask in (built.add, built.lookup):
        with pytest.raises(InputError, match="near_text"):
            ask([VALUES[1], wrong])
    with pytest.raises(InputError, match="near_text"):
        WinnowingIndexType().build([wrong], radius=99)
    assert (len(built), built.add([VALUES[2]])) == (1, 1)


@pytest.mark.parametrize("radius", [-1, 101])
def test_a_radius_that_is_no_percentage_is_refused(radius):
    with pytest.raises(InputError, match="radius"):
        WinnowingIndexType().build([], radius=radius)


def test_packed_values_that_repeat_something_are_told_and_others_are_passed_over():
    lookup = WinnowingLookup.over(VALUES[:3], radius=99)
    packed = [bytes.fromhex(VALUES[5]), b"", b"\x01", bytes.fromhex(VALUES[1]), b"\x02" * 8, bytes.fromhex(VALUES[0])]
    assert lookup.meeting(packed) == [3, 5]
    assert lookup.meeting([]) == []


def test_many_values_are_answered_in_their_order():
    asked = [*VALUES, *VALUES[:5]]
    assert [[hit.position for hit in hits] for hits in BUILT.lookup(asked)] == [[n % 300] for n in range(305)]
    long = value_of(KNOWN[0] * 2000)
    assert [len(hits) for hits in BUILT.lookup([long] * 20)] == [1] * 20


def in_order(places, *, letters=240, size=40):
    """A text of forty fingerprints, six letters apart; the entry has them at ``places`` or not at all (-1)."""
    at = np.array(places + [-1] * (size - len(places)), dtype=np.int64)
    steps = np.arange(size, dtype=np.int64)
    text = judging.Text(steps * 6, np.full(size, 10), steps, np.zeros(size, dtype=np.uint8), size, letters)
    return judging.judge(text, at, size, letters)


def every(step, count, *, of=6):
    return [of * n if n % step == 0 and n < step * count else -1 for n in range(40)]


def test_a_quarter_of_a_text_is_a_copy_when_it_is_spread_over_it_in_order():
    assert in_order(every(4, 9)) == 77  # nine of forty, from the first to the thirty-third
    assert in_order(every(4, 8)) == -1  # too few
    assert in_order(every(2, 9)) == -1  # all in one place
    assert in_order(every(4, 9)[::-1]) == -1  # in no order
    assert in_order(every(4, 9, of=1)) == -1  # in one place of the entry
    assert in_order(every(2, 12)) == 70  # three tenths, wherever they are


# What comes, goes, and is joined.


def grown(first, later, *, merged=False, discarded=()):
    built = WinnowingIndex.build([bytes.fromhex(value) for value in first])
    for value in later:
        built.add(sketches.read_sketches([bytes.fromhex(value)]))
    built.discard(np.array(discarded, dtype=np.int64))
    if merged:
        built.merge()
    return built


def told(built, values):
    found, runs = built.search(sketches.read_sketches([bytes.fromhex(value) for value in values]))
    return found.tolist(), runs.tolist()


@pytest.mark.parametrize("merged", [False, True])
def test_what_was_added_one_by_one_answers_as_what_was_built(merged):
    asked = [value_of(edited(text, 0.2)) for text in KNOWN]
    one = grown(VALUES, [])
    many = grown(VALUES[:100], VALUES[100:], merged=merged)
    assert told(many, asked) == told(one, asked)
    assert (len(many), many.next_id) == (300, 300)


@pytest.mark.parametrize("merged", [False, True])
def test_crowds_are_the_same_wherever_they_lie(merged):
    """Fingerprints of more than three hundred entries are counted over all parts, and gone through from the oldest."""
    variants = [value_of(f"{KNOWN[0]} {text}") for text in posts(23, 700, words=20)]
    asked = [value_of(KNOWN[0]), variants[650], value_of(edited(KNOWN[0], 0.1))]
    one = grown(variants, [])
    parted = grown(variants[:200], variants[200:], merged=merged)
    assert told(one, asked) == told(parted, asked)
    assert next(row[1:3] for row in told(one, asked)[0] if row[0] == 1) == [650, 0]


@pytest.mark.parametrize("merged", [False, True])
def test_what_was_discarded_is_found_no_more_and_its_fingerprints_count_no_more(merged):
    variants = [value_of(f"{KNOWN[0]} {text}") for text in posts(24, 400, words=40)]
    many = grown(variants[:200], variants[200:], merged=merged)
    assert {row[1] for row in told(many, [value_of(KNOWN[0])])[0]} == set()  # half of four hundred texts: common
    many.discard(np.arange(50, 400))
    left = told(many, [value_of(KNOWN[0])])[0]
    assert [row[1] for row in left] != []
    assert {row[1] for row in left} <= set(range(50))
    assert told(many, [variants[60]])[0] == [] or 60 not in {row[1] for row in told(many, [variants[60]])[0]}


def test_a_merge_keeps_what_came_and_went_meanwhile(monkeypatch):
    built = grown(VALUES[:50], VALUES[50:60])
    join = index.join

    def slow(before, place):
        made = join(before, place)
        built.add(sketches.read_sketches([bytes.fromhex(VALUES[60])]))
        built.discard(np.array([3, 55]))
        return made

    monkeypatch.setattr(index, "join", slow)
    built.merge()
    assert len(built) == 59
    assert [row[:2] for row in told(built, VALUES[:62])[0]] == [[n, n] for n in range(61) if n not in {3, 55}]


def test_searches_see_one_moment_while_others_write():
    built = grown(VALUES[:100], [])
    stop, torn = threading.Event(), []

    def search():
        while not stop.is_set():
            found = {row[1] for row in told(built, VALUES[100:110] + VALUES[:5])[0]}
            torn.append(len(found - set(range(100))) not in {0, 10} or not set(range(5)) <= found)

    threads = [threading.Thread(target=search) for _ in range(2)]
    for thread in threads:
        thread.start()
    for round_ in range(30):
        first = built.add(sketches.read_sketches([bytes.fromhex(value) for value in VALUES[100:110]]))
        if round_ % 10 == 5:
            built.merge()
        built.discard(np.arange(first, first + 10))
    stop.set()
    for thread in threads:
        thread.join()
    assert torn
    assert not any(torn)


def test_a_growing_part_that_is_full_makes_way_for_the_next(monkeypatch):
    monkeypatch.setattr(chains, "TEXTS", 4)
    built = WinnowingIndex(state.State(parts=(parts.growing(0),), next_id=0))
    full = parts.growing(0)
    full.chains.claimed[0] = 9  # somebody was interrupted while adding
    assert not full.has_room
    built._state = state.State(parts=(full,), next_id=5)
    assert built.add(sketches.read_sketches([bytes.fromhex(VALUES[0])])) == 5
    assert [row[1] for row in told(built, [VALUES[0]])[0]] == [5]


def test_more_than_one_part_takes_is_split_over_several():
    tiny = value_of("lanterns light")
    many = sketches.read_sketches([bytes.fromhex(tiny)] * (state.BULK - 1))
    built = WinnowingIndex(state.State(parts=(), next_id=0))
    assert not built.due
    for _ in range(9):
        built.add(many)
    assert len(built._state.parts) == 2
    assert 100 * len(built) > built.nbytes > 14 * len(built)
    assert len(built) == built.next_id == 9 * (state.BULK - 1)
    built.add(sketches.read_sketches([bytes.fromhex(tiny)] * state.BULK))
    assert len(built._state.parts) == 3
    assert built.due is False
    for _ in range(3):
        built.add(sketches.read_sketches([bytes.fromhex(tiny)] * state.BULK))
    assert built.due
    built.merge(whole=False)
    assert len(built._state.parts) == 1
    assert built.nbytes > 0


def test_an_index_that_is_due_is_merged_behind_the_callers_back(monkeypatch):
    monkeypatch.setattr(WinnowingIndex, "LEAST", 3)
    lookup = WinnowingLookup.over(VALUES[:4], radius=99)
    lookup.add(VALUES[4:9])
    lookup._merging.wait()
    lookup.discard([0, 1, 2, 3, 4])
    lookup._merging.wait()
    assert len(lookup) == 4
    assert [[hit.position for hit in hits] for hits in lookup.lookup(VALUES[:9])] == [[]] * 5 + [
        [n] for n in range(5, 9)
    ]


# What is saved.


def saved(tmp_path, built):
    path = tmp_path / "texts.index"
    built.save(path)
    return path


@pytest.mark.parametrize("discarded", [(), (0,), (7, 299), tuple(range(300))])
def test_what_was_saved_answers_as_before_and_takes_more(tmp_path, discarded):
    built = grown(VALUES[:200], VALUES[200:], discarded=discarded)
    asked = VALUES + [value_of(edited(text, 0.2)) for text in KNOWN[:50]]
    opened = WinnowingIndex.open(saved(tmp_path, built))
    assert told(opened, asked) == told(built, asked)
    assert (len(opened), opened.next_id) == (len(built), 300)
    new = value_of(posts(30, 1)[0])
    assert opened.add(sketches.read_sketches([bytes.fromhex(new)])) == 300
    assert [row[1] for row in told(opened, [new])[0]] == [300]
    opened.discard(np.array([300, 12]))
    assert told(opened, [new])[0] == []


def test_a_file_with_one_byte_changed_anywhere_is_refused_with_a_remedy(tmp_path):
    path = saved(tmp_path, grown(VALUES[:20], []))
    whole = path.read_bytes()
    random = np.random.default_rng(2)
    for at in [0, 9, 100, len(whole) - 1, *random.integers(0, len(whole), 40).tolist()]:
        spoilt = bytearray(whole)
        spoilt[at] ^= 0x20
        path.write_bytes(spoilt)
        with pytest.raises(InputError, match=r"winnowing index|damaged.*banks|format"):
            WinnowingIndex.open(path)


@pytest.mark.parametrize("length", [0, 5, 4095, 4096, 9000])
def test_a_torn_file_is_refused(tmp_path, length):
    path = saved(tmp_path, grown(VALUES[:20], []))
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(InputError, match=r"damaged|not a winnowing index"):
        WinnowingIndex.open(path)


def test_a_file_of_another_kind_is_refused_by_name(tmp_path):
    path = tmp_path / "other"
    path.write_bytes(b"ABATEHAM" + bytes(8192))
    with pytest.raises(InputError, match=r"not a winnowing index; name the file that WinnowingIndex\.save wrote"):
        WinnowingIndex.open(path)
    with pytest.raises(InputError, match="cannot be read"):
        WinnowingIndex.open(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("rows", lambda one: one + np.uint32(99)),
        ("offsets", lambda one: one[:-1]),
        ("offsets", lambda one: one[::-1].copy()),
        ("starts", lambda one: one[:-1]),
        ("letters", lambda one: one[:-1]),
        ("dead", lambda one: np.zeros(99, dtype=np.uint8)),
    ],
)
def test_arrays_that_lead_outside_are_refused_though_every_checksum_is_right(tmp_path, monkeypatch, name, wrong):
    path = tmp_path / "texts.index"
    replace_file = saving.replace_file

    def spoil(path, content, kind):
        arrays = dict(content.arrays)
        arrays[name] = wrong(arrays[name])
        replace_file(path, saving.Content(meta=content.meta, arrays=arrays), kind)

    monkeypatch.setattr(saving, "replace_file", spoil)
    grown(VALUES[:20], []).save(path)
    with pytest.raises(InputError, match="do not fit together; build the index anew"):
        WinnowingIndex.open(path)


# A process that starts again.


def counted(monkeypatch):
    builds = []
    build = WinnowingIndex.build.__func__
    monkeypatch.setattr(
        WinnowingIndex, "build", classmethod(lambda cls, written: builds.append(len(written)) or build(cls, written))
    )
    return builds


def test_a_process_that_starts_again_opens_what_was_built(tmp_path, monkeypatch):
    plug, asked = WinnowingIndexType(), [value_of(edited(text, 0.2)) for text in KNOWN]
    before = plug.open_or_build(tmp_path, VALUES, radius=99).lookup(asked)
    builds = counted(monkeypatch)
    again = plug.open_or_build(tmp_path, VALUES, radius=99)
    assert again.lookup(asked) == before == BUILT.lookup(asked)
    assert builds == []


def test_what_came_since_is_added_and_what_changed_is_built_anew(tmp_path, monkeypatch):
    plug, file = WinnowingIndexType(), tmp_path / text_index.FILE
    plug.open_or_build(tmp_path, VALUES[:200], radius=99)
    builds, first = counted(monkeypatch), file.read_bytes()
    more = plug.open_or_build(tmp_path, VALUES, radius=99)
    assert (builds, more.lookup(VALUES), file.read_bytes()) == ([], BUILT.lookup(VALUES), first)
    fewer = plug.open_or_build(tmp_path, VALUES[:199], radius=99)
    assert (builds, len(fewer)) == ([199], 199)
    other = plug.open_or_build(tmp_path, [*VALUES[1:], VALUES[0]], radius=99)
    assert (builds, other.lookup(VALUES[:1])[0][0].position) == ([199, 300], 299)


def test_when_much_was_added_the_file_is_written_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(WinnowingIndex, "LEAST", 10)
    plug, file = WinnowingIndexType(), tmp_path / text_index.FILE
    plug.open_or_build(tmp_path, VALUES[:20], radius=99)
    size = file.stat().st_size
    plug.open_or_build(tmp_path, VALUES, radius=99)
    assert file.stat().st_size > size
    builds = counted(monkeypatch)
    assert plug.open_or_build(tmp_path, VALUES, radius=99).lookup(VALUES) == BUILT.lookup(VALUES)
    assert builds == []


def test_a_damaged_file_is_built_anew(tmp_path, monkeypatch):
    plug, file = WinnowingIndexType(), tmp_path / text_index.FILE
    plug.open_or_build(tmp_path, VALUES[:20], radius=99)
    file.write_bytes(file.read_bytes()[:-100])
    builds = counted(monkeypatch)
    assert len(plug.open_or_build(tmp_path, VALUES[:20], radius=99)) == 20
    assert builds == [20]
    assert len(WinnowingIndex.open(file)) == 20


def test_two_processes_do_not_write_one_file(tmp_path):
    import fcntl

    path = tmp_path / "texts.index"
    with (tmp_path / "texts.index.new").open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(ConflictError, match="save again"):
            grown(VALUES[:3], []).save(path)


def test_an_index_without_texts_is_saved_and_grows(tmp_path):
    plug = WinnowingIndexType()
    assert plug.open_or_build(tmp_path, [], radius=99).lookup(VALUES[:1]) == [[]]
    again = plug.open_or_build(tmp_path, VALUES[:2], radius=99)
    assert [[hit.position for hit in hits] for hits in again.lookup(VALUES[:2])] == [[0], [1]]


def test_the_index_is_given_by_name_where_numba_is_wanted():
    assert text_index.WinnowingIndex is WinnowingIndex
    with pytest.raises(AttributeError, match="lantern"):
        _ = text_index.lantern


# The kernels and their Python.


def test_the_compiled_search_and_its_python_agree(monkeypatch):
    first = [bytes.fromhex(value_of(f"{text} {KNOWN[0]}")) for text in posts(50, 3, words=12)]
    asked = sketches.read_sketches([bytes.fromhex(value_of(text)) for text in (edited(KNOWN[0], 0.2), KNOWN[1])])
    built = WinnowingIndex.build(first)
    built.add(sketches.read_sketches(first[:2]))
    built.discard(np.array([1]))
    fast = [column.tolist() for column in built.search(asked)]
    assert len(fast[0]) == 4
    for module in (sketches, judging, candidates, postings, chains):
        for name, kernel in vars(module).items():
            if hasattr(kernel, "py_func") and name != "slot_of":
                monkeypatch.setattr(module, name, kernel.py_func)
    assert [column.tolist() for column in built.search(asked)] == fast


def test_the_sieve_leaves_no_row_out_that_shares_enough():
    random = np.random.default_rng(7)
    for count in (0, 3, 40, 900, 60_000):
        rows = random.integers(0, max(1, count), count).astype(np.uint32)
        emitted = candidates.Emitted(rows, *(np.arange(count, dtype=np.uint32) for _ in range(3)))
        query = sketches.read_sketches([bytes.fromhex(VALUES[0])])
        nothing = np.zeros(len(query.hashes), dtype=np.int64)
        asked = candidates.Asked(query, nothing, nothing, nothing, nothing, sketches.SPREAD)
        met = np.bincount(rows, minlength=1)
        wanted = np.flatnonzero(met[rows] >= judging.LEAST_SHARED)
        kept = candidates.sifted(asked, 0, candidates.Emitted(*(part.copy() for part in emitted)))
        assert set(kept.at.tolist()) >= set(wanted.tolist())
        assert np.array_equal(rows[kept.at], kept.rows)
        assert len(kept.at) <= count
        if count == 900:
            assert len(kept.at) < count / 2


def test_a_row_is_looked_for_in_growing_steps_and_found_where_it_would_stand():
    random = np.random.default_rng(8)
    for size in (0, 1, 2, 17, 400):
        rows = np.unique(random.integers(0, 500, size)).astype(np.uint32)
        for low in range(0, len(rows) + 1, 1 + size // 20):
            for row in range(0, 502, 7):
                found = postings.first_row(rows, row, low, len(rows))
                assert found == max(low, np.searchsorted(rows, row))

"""The shipped suites are asked the other way round: a plug that breaks one promise fails, with that promise's words."""

import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from abate import testing
from abate.domain.errors import InputError
from abate.domain.item import Kind
from abate.exchange.json_list import JsonList
from abate.matching.exact_index import ExactIndexType
from abate.signals.text import NormalisedText
from abate.stores import memory
from abate.stores.memory import MemoryRecords, MemoryStore
from abate.stores.memory_rules import MemoryRuleEvents, MemoryRuleHits
from abate.testing import (
    STORE_CHECKS,
    ExampleList,
    RecordingConnector,
    check_connector,
    check_index_type,
    check_list_format,
    check_refusal,
    check_signal_type,
    check_store,
    promises,
    signal_types,
)

ROW = ExampleList(file_name="list.jsonl", row='{"type": "md5", "value": "00"}\n')


def broken(*words):
    return pytest.raises(AssertionError, match=".*".join(("^(?s:promised: ", *words)) + ")")


def test_no_file_of_the_stores_suite_is_left_out_of_it():
    files = {path.stem for path in Path(testing.__file__).parent.glob("store_*.py")} - {"store_values"}
    assert {check.__module__.rpartition(".")[2] for check in STORE_CHECKS} == files


class Late(MemoryStore):
    def now(self):
        return super().now() + timedelta(hours=1)


class Careless(MemoryStore):
    @contextmanager
    def write(self):
        try:
            with super().write() as tables:
                yield tables
        except KeyError:
            pass


@pytest.mark.parametrize(("kind", "said"), [(Late, "tells its time"), (Careless, "takes everything back")])
def test_a_store_that_breaks_a_promise_is_told_which_and_is_closed(kind, said):
    closed = []

    class Closing(kind):
        def close(self):
            closed.append(self)
            super().close()

    made = []

    def make(clock):
        made.append(Closing(clock=clock))
        return made[-1]

    with broken(said):
        check_store(make)
    assert closed == made


class Wordy(MemoryRuleEvents):
    """Keeps the words that it was handed."""

    def append(self, events):
        first = self._tables.size("rule_events") + 1
        self._tables.grow("rule_events").extend(replace(event, seq=n) for n, event in enumerate(events, start=first))
        return first


class Forgetful(MemoryRuleEvents):
    """Lets the newest event go, and its number with it."""

    def prune(self, before, *, limit):
        gone = super().prune(before, limit=limit)
        if gone < limit and self.latest()[1] < before:
            self._tables.changed("rules_gone")["events"] = self._gone() + 1
            return gone + 1
        return gone


class Loose(MemoryRuleEvents):
    """Counts an event of that very moment as earlier."""

    def before(self, at):
        return super().before(at + 1)


class Joined(MemoryRuleEvents):
    """Shows words that nobody asked for."""

    def stream(self, *, after, limit, content=False):
        return super().stream(after=after, limit=limit, content=True)


class Backwards(MemoryRuleHits):
    def of_rule(self, rule, *, limit):
        return super().of_rule(rule, limit=limit)[::-1]


class Clockwise(MemoryRuleHits):
    """Begins its hours with the full hour."""

    def per_hour(self, rule, *, since):
        return super().per_hour(rule, since=since - since % 3_600_000_000)


class Counting(MemoryRuleHits):
    """Counts a version in shadow as if it were live."""

    def per_hour(self, rule, *, since):
        return [(hour, hits, hits) for hour, hits, _ in super().per_hour(rule, since=since)]


class Wholesale(MemoryRuleHits):
    """Prunes what is younger as well."""

    def prune(self, before, *, limit):
        return super().prune(before + 2, limit=limit)


class Moving(MemoryRecords):
    """Puts what it writes over at the end."""

    def put_many(self, values):
        self._spec.check_put()
        rows = self._tables.changed(self._spec.name)
        for value in values:
            rows.pop(self._spec.key_of(value), None)
            rows[self._spec.key_of(value)] = value


class Passing(MemoryRecords):
    """Passes over what is there."""

    def put_many(self, values):
        self._spec.check_put()
        self.add_many(values)


class Unguarded(MemoryRecords):
    """Writes over what never changes."""

    def put_many(self, values):
        rows = self._tables.changed(self._spec.name)
        rows.update((self._spec.key_of(value), value) for value in values)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Wordy, "keeps no words"),
        (Joined, "keeps no words"),
        (Forgetful, "the newest stays"),
        (Loose, "end at a number"),
        (Backwards, "come back as they were"),
        (Clockwise, "counted by the hour"),
        (Counting, "counted by the hour"),
        (Wholesale, "old hits go a part at a time"),
        (Moving, "put many writes over"),
        (Passing, "put many writes over"),
        (Unguarded, "put many refuses"),
    ],
)
def test_a_store_that_errs_about_rules_is_told_so(monkeypatch, kind, said):
    monkeypatch.setattr(memory, kind.__base__.__name__, kind)
    with broken(said):
        check_store(lambda clock: MemoryStore(clock=clock))


def test_an_error_that_no_promise_speaks_of_passes_through_with_the_promise_noted():
    class Unfinished(MemoryStore):
        def migrate(self):
            raise NotImplementedError

    with pytest.raises(NotImplementedError) as caught:
        check_store(lambda clock: Unfinished(clock=clock))
    assert "promised: migrating twice changes nothing" in caught.value.__notes__[0]


class Answering(RecordingConnector):
    def send(self, action, item):
        super().send(action, item)
        return self.answers[(len(self.asked) - 1) % len(self.answers)]


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (("Done.", "Done again."), "'Done again.' where 'Done.' was expected"),
        (("done",), "does not end as a sentence"),
        (("\x1b[2J.",), "cannot be shown"),
        (("Done.", "Done.", "Once more."), "'Once more.'"),
    ],
)
def test_a_connector_that_answers_badly_is_told_so(answers, said):
    connector = Answering()
    connector.answers = answers
    with broken("connector", "Instead: ", said):
        check_connector(connector, simulated=False)


def test_a_connector_that_only_pretends_or_hides_a_refusal_is_told_so():
    with broken("honest ``simulated``", "simulated is True"):
        check_connector(RecordingConnector(simulated=True), simulated=False)
    with broken("PartnerError", "no PartnerError was raised"):
        check_refusal(RecordingConnector())


class Index:
    """An exact index that errs in one way."""

    def __init__(self, values, fault):
        self.inner, self.fault, self.changed = ExactIndexType().build(values, radius=0), fault, False

    def __len__(self):
        return len(self.inner) + (self.fault == "count")

    def lookup(self, values):
        found = self.inner.lookup(values)
        if self.fault == "once":
            return [hits[:1] for hits in found]
        if self.fault == "batch" and len(values) > 2:
            return found[::-1]
        return [] if self.fault == "empty" and not len(self.inner) and not self.changed else found

    def add(self, values):
        self.changed = True
        given = self.inner.add(values if self.fault != "late" else [])
        return given - (self.fault == "reused")

    def discard(self, positions):
        if self.fault == "greedy":
            positions = [*positions, 2]
        if self.fault != "kept":
            self.inner.discard(positions)


@pytest.mark.parametrize(
    ("fault", "promise"),
    [
        ("count", "every value finds itself"),
        ("once", "every value finds itself"),
        ("batch", "every value finds itself"),
        ("empty", "an empty index"),
        ("late", "what is added is found"),
        ("reused", "what is added is found"),
        ("greedy", "what is discarded is found no more"),
        ("kept", "what is discarded is found no more"),
    ],
)
def test_an_index_that_errs_is_told_so(fault, promise):
    class Erring:
        name = "erring"

        def build(self, values, *, radius):
            return Index(values, fault)

    with broken(promise, "was expected"):
        check_index_type(Erring())


class Unread(NormalisedText):
    def compute(self, material):
        return None


class Misnamed(NormalisedText):
    version = "2"

    def compute(self, material):
        signal = super().compute(material)
        return signal and replace(signal, version="1")


class Overdone(NormalisedText):
    def compute(self, material):
        signal = super().compute(material)
        return signal and replace(signal, quality=101)


class Invented(NormalisedText):
    def compute(self, material):
        return super().compute(material if material.item.text else signal_types.everything(Kind.TEXT))


class Lost(NormalisedText):
    index = "nowhere"


class Open(NormalisedText):
    def parse(self, value):
        return value if value == " " else super().parse(value)


class Verbose(NormalisedText):
    def parse(self, value):
        try:
            return super().parse(value)
        except InputError as error:
            raise InputError(str(error) + value) from error


class Exampleless(NormalisedText):
    def examples(self):
        return {}


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Unread, "no signal of material"),
        (Misnamed, r"\('text', '1'\) where \('text', '2'\)"),
        (Overdone, "a quality of 101"),
        (Invented, "of an empty item"),
        (Lost, "no index 'nowhere' among exact, hamming"),
        (Open, "' ' was read as ' '"),
        (Verbose, "a refusal of 100"),
        (Exampleless, "gives no examples"),
    ],
)
def test_a_signal_type_that_breaks_a_promise_is_told_which(kind, said):
    check_signal_type(NormalisedText())
    with broken("Instead: ", said):
        check_signal_type(kind())


def test_a_signal_type_may_bring_its_own_material_and_nonsense():
    with broken("no signal of material"):
        check_signal_type(Unread(), material=signal_types.everything(Kind.FILE))
    check_signal_type(Open(), nonsense=["no value"])


class Greedy(JsonList):
    def recognises(self, path, head):
        return True


class Hoarding(JsonList):
    def read(self, path):
        path.read_bytes()
        return super().read(path)


class Hasty(JsonList):
    def read(self, path):
        for row in super().read(path):
            yield row
            if isinstance(row, InputError):
                return


class Silent(JsonList):
    def read(self, path):
        return super().read(path) if path.exists() else iter(())


class Startled(JsonList):
    def read(self, path):
        if not path.read_bytes()[:1]:
            msg = "is empty; leave it out"
            raise InputError(msg)
        return super().read(path)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Greedy, "a file that begins with b'' was recognised"),
        (Hasty, "costs one error"),
        (Silent, "no InputError was raised"),
    ],
)
def test_a_list_format_that_breaks_a_promise_is_told_which(kind, said, tmp_path):
    with broken(said):
        check_list_format(kind(), ROW, tmp_path)


def test_a_list_format_that_holds_the_whole_file_is_told_how_much_it_took(tmp_path):
    with broken("reading took 1[0-9]{8} bytes"):
        testing.list_formats.check_a_huge_row_is_not_held_in_memory(Hoarding(), ROW, tmp_path)


def test_an_empty_file_is_no_error_but_for_a_format_with_a_head(tmp_path):
    with pytest.raises(InputError) as caught:
        testing.list_formats.check_an_empty_list_is_an_empty_list(Startled(), ROW, tmp_path)
    assert "promised: an empty list is an empty list" in caught.value.__notes__[0]


def test_a_failure_that_shows_megabytes_is_cut():
    with pytest.raises(AssertionError) as caught:
        promises.equal("x" * 10**6, "")
    assert len(str(caught.value)) < 700
    assert "(1000002 characters)" in str(caught.value)


def test_an_expected_error_must_say_the_words():
    said = pytest.raises(AssertionError, match=r"without the words \['gone'\]: \"'here' is no number\"")
    with said, promises.raises(InputError, "gone", "number"):
        refuse()


def refuse():
    msg = "'here' is no number"
    raise InputError(msg)


def test_a_broken_promise_is_found_without_assert_statements_and_without_pytest():
    program = """
import sys
from abate.testing import RecordingConnector, check_connector
try:
    check_connector(RecordingConnector(simulated=True), simulated=False)
except AssertionError:
    print("found", "pytest" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-OO", "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout == "found False\n", done.stderr

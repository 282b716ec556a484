"""The contract of table importers, run over all that are installed."""

import json

import pytest

from abate.plugins import load_importers
from abate.testing import ExampleExport, check_table_importer, table_importers

IMPORTERS = load_importers()
PERSONAL = ("xq-handle", "Xq Display Name", "xq text of a post", "xq biography", "xq-host")


def lines(*objects):
    return "".join(json.dumps(one) + "\n" for one in objects)


TOOT = {
    "@context": "https://www.w3.org/ns/activitystreams",
    "type": "Create",
    "actor": "https://xq-host.example/users/xq-handle",
    "published": "2025-03-03T09:00:00Z",
    "to": ["https://www.w3.org/ns/activitystreams#Public"],
    "object": {
        "id": "https://xq-host.example/users/xq-handle/statuses/1",
        "type": "Note",
        "to": "as:Public",
        "name": "Xq Display Name",
        "summary": "xq biography",
        "contentMap": {"en": "<p>xq text of a post</p>"},
        "content": "<p>xq text of a post</p>",
    },
}
SKEET = {
    "did": "did:plc:xq-handle",
    "time_us": 1741000000000000,
    "kind": "commit",
    "commit": {
        "operation": "create",
        "collection": "app.bsky.feed.post",
        "rkey": "1",
        "record": {"text": "xq text of a post", "createdAt": "2025-03-03T09:00:00Z", "langs": ["xq text of a post"]},
    },
}
CHAT = {
    "name": "Lantern News",
    "type": "public_supergroup",
    "id": 77,
    "messages": [
        {
            "id": number,
            "type": "message",
            "date_unixtime": "1741000000",
            "from": "Xq Display Name",
            "from_id": "user-xq-handle",
            "forwarded_from": "Xq Display Name",
            "text": ["xq text of a post", {"type": "mention", "text": "@xq-handle"}],
        }
        for number in (1, 2)
    ],
}
FOURCAT = (
    "id,thread_id,chat,author,author_username,author_name,body,views,timestamp,unix_timestamp\n"
    '1,lantern,lantern,xq-handle,xq-handle,Xq Display Name,"xq text of a post\non two lines",17,x,1741000000\n'
    "2,lantern,lantern,xq-handle,xq-handle,Xq Display Name,xq text of a post,,2025-03-03 09:00:00,\n"
)
EVENTS = (
    "id\tdate_start\tcountry\ttype_of_violence\tsource_headline\n1\t2021-05-28\tHarbourland\t3\txq text of a post\n"
)
COUNTS = "period,service,table,category,count,note\n2025-H2,Harbourline,t4_notices,TOTAL,12,xq text of a post\n"
GOOD = {
    "4cat": ExampleExport(
        file_name="export.csv",
        content=FOURCAT,
        rows=2,
        broken=FOURCAT.replace("2,lantern", "xq text of a post,1\n2,lantern"),
        personal=PERSONAL,
    ),
    "telegram": ExampleExport(
        file_name="result.json",
        content=json.dumps(CHAT, indent=1),
        rows=2,
        broken=json.dumps(CHAT | {"messages": [CHAT["messages"][0], "xq text of a post", CHAT["messages"][1]]}),
        personal=PERSONAL,
    ),
    "activitystreams": ExampleExport(
        file_name="activities.jsonl",
        content=lines(TOOT, TOOT),
        rows=2,
        broken=lines(TOOT, "xq text of a post", TOOT),
        personal=PERSONAL,
    ),
    "jetstream": ExampleExport(
        file_name="stream.jsonl",
        content=lines(SKEET, SKEET),
        rows=2,
        broken=lines(SKEET, SKEET | {"kind": "xq text of a post"}, SKEET),
        personal=PERSONAL,
    ),
    "events": ExampleExport(
        file_name="events.tsv",
        content=EVENTS,
        rows=1,
        broken=EVENTS.replace("1\t2021", "0\txq text of a post\t\t\t\n1\t2021"),
        personal=PERSONAL,
    ),
    "enforcement": ExampleExport(
        file_name="counts.csv",
        content=COUNTS,
        rows=1,
        broken=COUNTS.replace("2025-H2", "2025-H2,Lantern,t4,TOTAL,xq text of a post,\n2025-H2"),
        personal=PERSONAL,
    ),
}
"""A small file in each format."""


def test_each_installed_importer_has_an_example_here():
    assert sorted(IMPORTERS) == sorted(GOOD)


@pytest.mark.parametrize("name", sorted(GOOD))
def test_an_importer_keeps_every_promise(name, tmp_path):
    check_table_importer(IMPORTERS[name], GOOD[name], tmp_path, others=IMPORTERS)


class Erring:
    """The importer of event tables with one fault."""

    name = "events"

    def __init__(self, fault):
        self.inner, self.fault = IMPORTERS["events"], fault

    def recognises(self, path, head):
        return self.fault == "greedy" or self.inner.recognises(path, head)

    def read(self, path, names):
        if self.fault == "hoarding":
            path.read_bytes()
        if self.fault == "deaf":
            names = {}
        for row in self.inner.read(path, names):
            if self.fault == "hasty" and not hasattr(row, "date"):
                return
            if self.fault == "talkative" and hasattr(row, "date"):
                object.__setattr__(row, "kind", "xq text of a post")
            yield row


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("greedy", "was recognised"),
        ("hasty", "costs one error"),
        ("talkative", "nothing personal leaves its field"),
        ("hoarding", "reading took 1[0-9]{8} bytes"),
        ("deaf", "a name that has no meaning is refused"),
    ],
)
def test_an_importer_that_breaks_a_promise_is_told_which(fault, said, tmp_path):
    with pytest.raises(AssertionError, match=f"(?s)promised: .*{said}"):
        check_table_importer(Erring(fault), GOOD["events"], tmp_path)


def test_a_time_without_an_offset_is_found(tmp_path):
    class Naive(Erring):
        def read(self, path, names):
            for row in super().read(path, names):
                object.__setattr__(row, "date", row.date.replace(tzinfo=None))
                yield row

    with pytest.raises(AssertionError, match="every time has an offset"):
        table_importers.check_every_row_is_read(Naive(""), GOOD["events"], tmp_path)

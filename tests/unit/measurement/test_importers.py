"""What each importer makes of its tool's export: which thing is a channel, which counts, and what is passed over."""

import csv
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from abate.domain.errors import InputError
from abate.extend.table import Audience, Closed, Ended, Enforced, Incident, PassedOver, Personal, Posted
from abate.measurement.importers import json_walk, moments, sources
from abate.measurement.importers.activitystreams import ActivityStreams
from abate.measurement.importers.enforcement_counts import EnforcementCounts
from abate.measurement.importers.event_table import EventTable
from abate.measurement.importers.fourcat import FourCat
from abate.measurement.importers.jetstream import Jetstream
from abate.measurement.importers.json_walk import Walk
from abate.measurement.importers.telegram import TelegramDesktop

NINE = datetime(2025, 3, 3, 9, tzinfo=UTC)
SECONDS = int(NINE.timestamp())


@pytest.fixture
def read(tmp_path):
    def run(plug, name, content, names=None):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return list(plug.read(path, names or {}))

    return run


def json_lines(*objects):
    return "".join(json.dumps(one) + "\n" for one in objects)


def passed(found):
    return [one.reason for one in found if isinstance(one, PassedOver)]


def errors(found):
    return [str(one).rsplit("/", 1)[-1] for one in found if isinstance(one, InputError)]


class TestFourCat:
    def row(self, read, **cells):
        row = {"id": "7", "thread_id": "7", "author": "ann", "body": "", "unix_timestamp": str(SECONDS)} | cells
        (found,) = read(FourCat(), "e.csv", ",".join(row) + "\n" + ",".join(row.values()) + "\n")
        return found

    def test_a_chat_is_a_public_channel_and_its_author_one_of_the_audience(self, read):
        row = self.row(read, chat="lantern", thread_id="lantern", views="12")
        assert (row.channel, row.author, row.item) == ("lantern", Personal(untrusted_id="ann"), "lantern/7")
        assert (row.posted_at, row.views, row.kind, row.naive_times) == (NINE, 12, "post", 0)

    def test_without_a_place_the_account_is_the_channel_and_hidden_with_its_items(self, read):
        row = self.row(read)
        assert (row.channel, row.author) == (Personal(untrusted_id="ann"), None)
        assert row.item == Personal(untrusted_id="7", of_item=True)

    def test_an_item_that_is_an_address_is_hidden_also_in_a_public_place(self, read):
        row = self.row(read, subreddit="lanterns", id="x/ann/7")
        assert row.item == Personal(untrusted_id="lanterns/x/ann/7", of_item=True)

    @pytest.mark.parametrize(
        ("cells", "kind"),
        [
            ({"is_retweet": "yes"}, "repost"),
            ({"chat": "c", "author_forwarded_from_name": "x"}, "forward"),
            ({"chat": "c", "reply_to": "6"}, "reply"),
            ({"is_reply": "yes"}, "reply"),
            ({"subreddit": "s", "thread_id": "5"}, "reply"),
            ({"subreddit": "s"}, "post"),
        ],
    )
    def test_a_row_says_how_it_came_to_its_channel(self, read, cells, kind):
        assert self.row(read, **cells).kind == kind

    def test_a_time_without_an_offset_is_utc_and_counted(self, read):
        row = self.row(read, unix_timestamp="", timestamp="2025-03-03 09:00:00", timestamp_collected="2025-03-04 09:00")
        assert (row.posted_at, row.observed_at, row.naive_times) == (NINE, NINE.replace(day=4), 2)

    @pytest.mark.parametrize("nobody", ["Anonymous", "[deleted]", ""])
    def test_nobody_is_no_audience_and_no_channel(self, read, nobody):
        assert self.row(read, board="lanterns", author=nobody).author is None
        assert "names neither a place nor an author" in str(self.row(read, author=nobody))

    def test_a_row_without_a_time_is_one_sentence(self, read):
        assert "says no time that can be read" in str(self.row(read, unix_timestamp="soon"))

    def test_a_column_of_another_name_is_mapped(self, read):
        table = "page,unix_timestamp,author\nlanterns,0,ann\n"
        (row,) = read(FourCat(), "e.csv", table, {"page": "channel"})
        assert row.channel == "lanterns"

    def test_a_table_without_a_needed_column_is_refused_with_the_way_out(self, read):
        with pytest.raises(InputError, match=r"has no column timestamp or unix_timestamp.*--map THEIRS=timestamp"):
            read(FourCat(), "e.csv", "id,author\n1,ann\n")
        with pytest.raises(InputError, match="the file has no such column; its columns are: id, author"):
            read(FourCat(), "e.csv", "id,author\n1,ann\n", {"when": "timestamp"})

    def test_lines_with_the_same_fields_are_read_alike(self, read):
        line = {"id": 7, "thread_id": 7, "author": "ann", "body": "b", "timestamp": "2025-03-03T09:00:00Z"}
        (row,) = read(FourCat(), "e.ndjson", json_lines(line))
        assert (row.posted_at, row.untrusted_text) == (NINE, "b")

    def test_another_tools_own_form_is_named(self, read):
        (found,) = read(FourCat(), "e.ndjson", json_lines({"__import_meta": {}, "data": {}}))
        assert "let 4CAT convert the data set to CSV" in str(found)

    def message(self, **fields):
        chat = {"_type": "Channel", "id": 77, "username": "lantern"}
        return {"_type": "Message", "id": 5, "date": float(SECONDS), "message": "m", "_chat": chat} | fields

    def test_telegrams_messages_are_read_from_lines(self, read):
        content = json_lines(
            self.message(from_id={"_type": "PeerUser", "user_id": 3}, views=9),
            self.message(fwd_from={"from_name": "x"}, from_id={"channel_id": 77}),
            self.message(reply_to={"id": 1}, _chat={"id": 78}),
            self.message(_type="MessageService"),
            self.message(_chat={"_type": "User", "id": 3}),
            self.message(_chat={}),
            self.message(date="never"),
        )
        first, second, third, *rest = read(FourCat(), "e.ndjson", content)
        assert (first.channel, first.item, first.views) == ("lantern", "lantern/5", 9)
        assert (first.author, second.author) == (Personal(untrusted_id="3"), None)
        assert (second.kind, third.kind, third.channel) == ("forward", "reply", Closed(id="78"))
        assert len(passed(rest)) == len(errors(rest)) == 2

    def test_a_quote_that_nobody_closed_costs_a_bounded_part(self, read):
        head = "id,author,unix_timestamp,body\n"
        good = f"1,ann,{SECONDS},b\n"
        found = read(FourCat(), "e.csv", head + good + f'2,ann,{SECONDS},"open\n' + good * 9000)
        assert isinstance(found[0], Posted)
        assert isinstance(found[-1], Posted)
        assert len(errors(found)) == 1

    def test_a_line_that_is_not_utf8_is_lost_alone(self, read):
        found = read(FourCat(), "e.csv", b"author;unix_timestamp\nann;1\n\xff;2\n\nann;3\n")
        assert errors(found) == ["e.csv:3: byte 1 of this line is not UTF-8; save the file as UTF-8"]
        assert len(found) == 3

    @pytest.mark.parametrize(
        ("content", "said"),
        [(b"", "the file is empty"), (b"\xff\n", "not UTF-8"), (b'a,"' + b"x" * 140_000 + b'"\n', "cannot be cut")],
    )
    def test_a_table_without_a_first_line_is_refused(self, read, content, said):
        with pytest.raises(InputError, match=said):
            read(FourCat(), "e.csv", content)

    def test_a_first_line_that_is_no_table_is_not_recognised(self):
        assert not FourCat().recognises(Path("e.csv"), b'"' + b"x" * 140_000)
        assert not FourCat().recognises(Path("e.txt"), b"id,thread_id,body,timestamp")


class TestTelegramDesktop:
    def chat(self, *messages, **told):
        return {"name": "n", "type": "public_channel", "id": 77} | told | {"messages": list(messages)}

    def message(self, number=1, **fields):
        return {"id": number, "type": "message", "date_unixtime": str(SECONDS), "text": "t"} | fields

    def read_chat(self, read, *messages, **told):
        return read(TelegramDesktop(), "result.json", json.dumps(self.chat(*messages, **told)))

    def test_a_public_channel_is_kept_by_its_number(self, read):
        (row,) = self.read_chat(read, self.message(from_id="channel77"))
        assert (row.channel, row.item, row.author, row.posted_at) == ("77", "77/1", None, NINE)

    def test_whoever_posts_in_a_group_is_audience_by_number(self, read):
        (row,) = self.read_chat(read, self.message(from_id="user5"), type="public_supergroup")
        assert row.author == Personal(untrusted_id="5")

    @pytest.mark.parametrize("kind", ["private_group", "private_channel", "private_supergroup", "", "a new type"])
    def test_what_is_not_known_to_be_public_is_closed(self, read, kind):
        (row,) = self.read_chat(read, self.message(), type=kind)
        assert row.channel == Closed(id="77")

    @pytest.mark.parametrize("kind", ["personal_chat", "bot_chat", "saved_messages"])
    def test_a_chat_with_one_person_is_no_channel(self, read, kind):
        found = self.read_chat(read, self.message(), self.message(type="service"), type=kind)
        assert passed(found) == ["a chat with one person, which is no channel"] * 2

    def test_edited_forwarded_and_service_messages(self, read):
        found = self.read_chat(
            read,
            self.message(edited_unixtime=str(SECONDS + 60)),
            self.message(2, forwarded_from="x"),
            self.message(3, reply_to_message_id=1),
            self.message(4, type="service", action="pin_message"),
        )
        rows = [one for one in found if isinstance(one, Posted)]
        assert [(row.kind, row.posted_at) for row in rows] == [("post", NINE), ("forward", NINE), ("reply", NINE)]
        assert len(passed(found)) == 1

    def test_a_local_time_is_taken_only_where_no_other_is(self, read):
        (row,) = self.read_chat(read, self.message(date_unixtime=None, date="2025-03-03T09:00:00"))
        assert (row.posted_at, row.naive_times) == (NINE, 1)

    def test_messages_that_say_too_little_are_named_by_place(self, read):
        found = self.read_chat(read, 5, {"type": "message"}, self.message(date_unixtime="never"))
        assert [one.split(":")[:2] for one in errors(found)] == [
            ["result.json", f" chat 1, message {n}"] for n in (1, 2, 3)
        ]
        (alone,) = self.read_chat(read, self.message(), id=None)
        assert "chat without a number" in str(alone)

    def test_all_chats_of_an_account_are_read_and_its_contacts_are_not(self, read):
        whole = {
            "about": "x",
            "contacts": {"list": [{"first_name": "Xq"}]},
            "chats": {"about": "x", "list": [self.chat(self.message()), self.chat(self.message(), id=78)]},
            "left_chats": {"list": [self.chat(self.message(), photo={"a": [1]}, id=[1])]},
        }
        found = read(TelegramDesktop(), "result.json", json.dumps(whole))
        assert [row.channel for row in found if isinstance(row, Posted)] == ["77", "78"]
        assert "chat 3, message 1" in errors(found)[0]
        assert TelegramDesktop().recognises(Path("result.json"), json.dumps(whole).encode())

    @pytest.mark.parametrize("cut", [" ", ",", '"'])
    def test_an_export_cut_off_in_the_middle_gives_what_stands_before(self, read, cut):
        text = json.dumps(self.chat(self.message(), self.message(2)))
        found = read(TelegramDesktop(), "result.json", text[: text.rindex(cut)])
        assert isinstance(found[0], Posted)
        assert "nothing behind it can be read" in errors(found)[-1]

    def test_text_is_joined_from_its_pieces(self, read):
        (row,) = self.read_chat(read, self.message(text=["a", {"type": "bold", "text": "b"}, 5, {"type": "x"}]))
        (none,) = self.read_chat(read, self.message(text=None))
        assert (row.untrusted_text, none.untrusted_text) == ("ab", "")

    @pytest.mark.needs_data("peer_telegram_export")
    def test_the_made_up_exports_hold_no_public_channel(self, data):
        found = [one for path in sorted((data / "peer_telegram_export").glob("*.json")) for one in read_all(path)]
        kinds = Counter(type(one) for one in found)
        # Three chats with a person (13 messages), one service message, and messages of chats without a number.
        assert kinds == {PassedOver: 14, InputError: 16}


def read_all(path):
    return list(TelegramDesktop().read(path, {}))


class TestActivityStreams:
    ACTOR = "https://lantern.example/users/ann"
    PUBLIC = "https://www.w3.org/ns/activitystreams#Public"

    def note(self, **fields):
        note = {"id": "https://lantern.example/1", "type": "Note", "to": [self.PUBLIC], "content": "<p>a &amp; b</p>"}
        return note | {"attributedTo": self.ACTOR, "published": "2025-03-03T09:00:00Z"} | fields

    def create(self, note=None, **fields):
        made = {"type": "Create", "actor": self.ACTOR, "to": "as:Public", "object": note or self.note()}
        return made | fields

    def one(self, read, document):
        (found,) = read(ActivityStreams(), "a.jsonl", json_lines(document))
        return found

    def test_a_persons_account_is_the_channel_and_hidden_with_its_items(self, read):
        for document in (self.create(), self.note(), self.create(actor={"id": self.ACTOR, "type": "Person"})):
            row = self.one(read, document)
            assert row.channel == Personal(untrusted_id=self.ACTOR)
            assert row.item == Personal(untrusted_id="https://lantern.example/1", of_item=True)
            assert (row.posted_at, row.kind, row.untrusted_text.strip()) == (NINE, "post", "a & b")

    @pytest.mark.parametrize("kind", ["Group", "Organization"])
    def test_a_group_keeps_its_address(self, read, kind):
        actor = [{"id": "https://lantern.example/group", "type": kind}]
        assert self.one(read, self.create(actor=actor)).channel == "https://lantern.example/group"

    @pytest.mark.parametrize("to", [[ACTOR + "/followers"], [], None, "https://lantern.example/users/bob", [5]])
    def test_what_is_not_addressed_to_the_public_is_passed_over(self, read, to):
        for document in (self.create(to=to), self.create(self.note(to=to)), self.note(to=to)):
            assert self.one(read, document).reason == "a post that is not addressed to the public"
        boost = {"type": "Announce", "actor": self.ACTOR, "object": "x", "published": "2025-03-03", "to": to}
        assert self.one(read, boost).reason == "a post that is not addressed to the public"

    def test_a_boost_is_a_sighting_on_the_account_that_passed_it_on(self, read):
        boost = {"type": "Announce", "actor": self.ACTOR, "to": "Public", "published": "2025-03-03T09:00:00"}
        for item in ("https://other.example/9", {"id": "https://other.example/9"}):
            row = self.one(read, boost | {"object": item})
            assert (row.kind, row.item.untrusted_id) == ("repost", "https://other.example/9")
            assert row.naive_times == 1

    def test_a_reply_and_its_language(self, read):
        row = self.one(read, self.create(self.note(inReplyTo="x", contentMap={"de-AT": "b"})))
        assert (row.kind, row.language) == ("reply", "de")
        assert self.one(read, self.note(contentMap={"en": "a", "de": "b"})).language == ""

    @pytest.mark.parametrize("kind", ["Like", "Follow", "Update", "Delete", "Undo", "Create", "Person", "Unheard"])
    def test_activities_in_which_nothing_is_posted_are_passed_over(self, read, kind):
        found = self.one(read, {"type": kind, "actor": self.ACTOR, "object": "x"})
        assert found.reason == "an activity or object in which nothing is posted"

    def test_followers_are_a_number_and_no_name(self, read):
        collection = {"id": self.ACTOR + "/followers", "type": "OrderedCollection", "totalItems": 12}
        row = self.one(read, collection)
        assert row == Audience(
            where=row.where, platform="activitypub", channel=Personal(untrusted_id=self.ACTOR), followers=12
        )
        assert isinstance(self.one(read, collection | {"totalItems": "many"}), PassedOver)

    def test_an_archive_is_read_item_by_item(self, read):
        archive = {
            "@context": "https://www.w3.org/ns/activitystreams",
            "type": "OrderedCollection",
            "orderedItems": [self.create(), "https://lantern.example/2", 5, self.create(id=5)],
        }
        for name in ("outbox.json", "outbox.jsonl"):
            found = read(ActivityStreams(), name, json.dumps(archive))
            assert [type(one) for one in found] == [Posted, PassedOver, InputError, InputError]
        assert ActivityStreams().recognises(Path("outbox.json"), json.dumps(archive, indent=1).encode())
        (cut,) = read(ActivityStreams(), "outbox.json", json.dumps(archive)[:60])
        assert "nothing behind it can be read" in str(cut)
        found = read(ActivityStreams(), "outbox.json", json.dumps(archive | {"type": "Collection"}))
        assert "is no valid ActivityStreams" in errors(found)[-1]

    def test_one_document_alone_is_read(self, read):
        (row,) = read(ActivityStreams(), "note.json", json.dumps(self.note()))
        assert row.posted_at == NINE

    def test_a_line_that_is_no_text_and_a_blank_one_are_lost_alone(self, read):
        line = json.dumps(self.note()).encode() + b"\n"
        found = read(ActivityStreams(), "a.jsonl", line + b"\xff\n\n" + line)
        assert [type(one) for one in found] == [Posted, InputError, Posted]

    def test_a_post_of_nobody_or_without_a_time_is_named(self, read):
        assert "says neither actor nor attributedTo" in str(self.one(read, self.note(attributedTo=None)))
        assert "says no published time" in str(self.one(read, self.note(published="then")))

    @pytest.mark.needs_data("peer_activitystreams_a")
    def test_the_specifications_examples_pass_and_its_failures_are_refused(self, data, read):
        told = [
            json.loads(line)
            for line in (data / "peer_activitystreams_a" / "documents.jsonl").read_text("utf-8").splitlines()
        ]
        refused = {
            one["file"]
            for one in told
            if errors(read(ActivityStreams(), "a.jsonl", json.dumps(json.loads(one["raw"])) + "\n"))
        }
        # Its bytes that were no UTF-8 have been replaced in the data set; as bytes they are refused with their line.
        expected = {one["file"] for one in told if not one["valid_expected"]} - {"fail/bad-character-set.json"}
        assert refused == expected


class TestJetstream:
    def event(self, collection="app.bsky.feed.post", operation="create", **record):
        commit = {"collection": collection, "operation": operation, "rkey": "r", "record": record}
        return {"did": "did:plc:a", "time_us": SECONDS * 1_000_000 + 5, "kind": "commit", "commit": commit}

    def one(self, read, event):
        (found,) = read(Jetstream(), "s.jsonl", json_lines(event))
        return found

    def test_a_post_is_a_watched_sighting_on_a_hidden_account(self, read):
        row = self.one(read, self.event(createdAt="2025-03-03T08:00:00.000Z", langs=["en-US", "en"], text="t"))
        assert row.channel == Personal(untrusted_id="did:plc:a")
        assert row.item == Personal(untrusted_id="at://did:plc:a/app.bsky.feed.post/r", of_item=True)
        assert (row.observed_at, row.posted_at) == (NINE.replace(microsecond=5), NINE.replace(hour=8))
        assert (row.kind, row.language, row.watched) == ("post", "en", True)

    def test_a_reply_a_language_that_is_none_and_a_time_that_is_none(self, read):
        row = self.one(read, self.event(reply={}, langs=["my name"], createdAt="then"))
        assert (row.kind, row.language, row.posted_at) == ("reply", "", None)
        assert self.one(read, self.event(langs=["en", "de"])).language == ""

    def test_a_repost_is_a_sighting_of_the_item_where_it_was_passed_on(self, read):
        row = self.one(read, self.event("app.bsky.feed.repost", subject={"uri": "at://did:plc:b/p/1"}))
        assert (row.channel.untrusted_id, row.item.untrusted_id) == ("did:plc:a", "at://did:plc:b/p/1")
        assert (row.kind, row.watched) == ("repost", False)

    def test_a_follow_is_audience_and_no_sighting(self, read):
        row = self.one(read, self.event("app.bsky.graph.follow", subject="did:plc:b"))
        assert isinstance(row, Audience)
        assert (row.channel.untrusted_id, row.reader.untrusted_id) == ("did:plc:b", "did:plc:a")

    def test_a_deletion_and_a_takedown_end_lifetimes(self, read):
        gone = self.one(read, self.event(operation="delete"))
        assert isinstance(gone, Ended)
        assert (gone.subject.of_item, gone.reason) == (True, "deleted by its author")
        told = {
            "did": "did:plc:a",
            "time_us": 1,
            "kind": "account",
            "account": {"active": False, "status": "takendown"},
        }
        assert (self.one(read, told).reason, self.one(read, told).subject.of_item) == ("takendown", False)
        assert self.one(read, told | {"account": {"active": False, "status": "free text"}}).reason == "inactive"
        assert isinstance(self.one(read, told | {"account": {"active": True}}), PassedOver)

    @pytest.mark.parametrize(
        ("collection", "operation"),
        [
            ("app.bsky.feed.like", "create"),
            ("app.bsky.feed.like", "delete"),
            ("app.bsky.feed.post", "update"),
            ("an.other", "create"),
        ],
    )
    def test_what_makes_no_row_is_passed_over(self, read, collection, operation):
        assert isinstance(self.one(read, self.event(collection, operation)), PassedOver)

    @pytest.mark.parametrize(
        "change",
        [
            {"did": None},
            {"time_us": "soon"},
            {"kind": "x"},
            {"commit": 5},
            {"commit": {"collection": "c", "operation": "o"}},
        ],
    )
    def test_a_broken_event_is_named(self, read, change):
        assert "s.jsonl:1: is no event of Jetstream" in str(self.one(read, self.event() | change))

    @pytest.mark.parametrize("collection", ["app.bsky.feed.repost", "app.bsky.graph.follow"])
    def test_a_repost_or_follow_of_nothing_is_named(self, read, collection):
        assert "is no event" in str(self.one(read, self.event(collection)))

    @pytest.mark.needs_data("peer_bluesky_jetstream")
    def test_every_shape_of_the_real_stream_is_understood(self, data):
        found = list(Jetstream().read(data / "peer_bluesky_jetstream" / "structure_only.jsonl", {}))
        assert Counter(type(one) for one in found) == {Posted: 14, PassedOver: 11, Audience: 2, Ended: 1}


class TestEventTable:
    HEAD = "date_start\tdate_prec\tcountry\ttype_of_violence\tbest\n"

    def test_an_event_is_one_incident_whatever_its_deaths(self, read):
        (row,) = read(EventTable(), "e.tsv", self.HEAD + "2025-03-03 00:00:00\t1\tHarbourland\t3\t40\n")
        assert row == Incident(where=row.where, date=NINE.replace(hour=0), country="Harbourland", kind="one-sided")

    def test_an_event_of_a_month_is_passed_over_and_one_without_a_date_named(self, read):
        found = read(EventTable(), "e.tsv", self.HEAD + "2025-03-01\t4\tH\t1\t1\nsoon\t1\tH\t1\t1\n")
        assert passed(found) == ["an event that is dated to a month or a year only"]
        assert "says no date that can be read" in errors(found)[0]

    def test_another_programmes_table_is_mapped(self, read):
        table = "event_date;event_type\n2025-03-03;Riots\n"
        (row,) = read(EventTable(), "e.csv", table, {"event_date": "date_start", "event_type": "type_of_violence"})
        assert (row.date, row.kind, row.country) == (NINE.replace(hour=0), "Riots", "")

    @pytest.mark.needs_data("news_event_ucdp_ged")
    def test_the_sample_is_read_whole(self, data):
        path = data / "news_event_ucdp_ged" / "ucdp_ged_sample.tsv"
        found = list(EventTable().read(path, {}))
        rows = [one for one in found if isinstance(one, Incident)]
        with path.open(encoding="utf-8", newline="") as stream:
            vague = sum(row["date_prec"] in {"4", "5"} for row in csv.DictReader(stream, delimiter="\t"))
        assert (len(rows), len(passed(found)), len(errors(found))) == (1000 - vague, vague, 0)
        assert Counter(row.kind for row in rows).keys() == {"state-based", "non-state", "one-sided"}


class TestEnforcementCounts:
    HEAD = "service,table,category,surface,count,automated_or_median_time,account_terminations\n"

    def test_a_row_is_enforcement_in_its_half_year(self, read):
        (row,) = read(EnforcementCounts(), "dsa_h2_2025_x.csv", self.HEAD + "Harbourline,t6_own,TOTAL,All,9,4,\n")
        assert (row.start, row.actions, row.automated) == (datetime(2025, 7, 1, tzinfo=UTC), 9, 4)
        assert (row.account_terminations, row.median_time) == (None, None)

    def test_the_fifth_column_is_a_time_in_the_sections_on_orders_and_notices(self, read):
        (row,) = read(EnforcementCounts(), "2025-H1.csv", self.HEAD + "Harbourline,t4_notices,TOTAL,,9,4.5,\n")
        assert (row.median_time, row.automated, row.start.month) == (4.5, None, 1)

    def test_a_period_column_comes_first_and_none_at_all_is_named(self, read):
        row = self.HEAD.replace("service", "period,service") + "2024H2,S,t4,T,,1,,\n"
        assert read(EnforcementCounts(), "x.csv", row)[0].start.year == 2024
        assert "says no half-year" in errors(read(EnforcementCounts(), "x.csv", self.HEAD + "S,t4,T,,1,,\n"))[0]

    def test_rows_that_cannot_be_told_apart_are_all_left_out(self, read):
        found = read(EnforcementCounts(), "h1_2025.csv", self.HEAD + "S,t6,T,All,1,,\nS,t6,T,All,2,,\nS,t6,T,Ads,3,,\n")
        assert [one.split(":")[1] for one in errors(found)] == ["2", "3"]
        assert [one.actions for one in found if isinstance(one, Enforced)] == [3]

    @pytest.mark.parametrize("cell", ["many", "-1", "inf", "nan"])
    def test_a_cell_that_is_no_count_costs_its_row(self, read, cell):
        assert len(errors(read(EnforcementCounts(), "h1_2025.csv", self.HEAD + f"S,t6,T,All,{cell},,\n"))) == 1

    def test_an_empty_row_is_not_zero(self, read):
        found = read(EnforcementCounts(), "h1_2025.csv", self.HEAD + "S,t6,T,All,,,\n")
        assert passed(found) == ["a row whose numbers the report leaves empty"]

    @pytest.mark.needs_data("measure_series")
    def test_the_reports_of_the_second_half_of_2025(self, data):
        path = data / "measure_series" / "dsa_h2_2025_terrorist_content.csv"
        found = list(EnforcementCounts().read(path, {}))
        facebook = [
            one.actions
            for one in found
            if isinstance(one, Enforced)
            and (one.service, one.section, one.category) == ("Facebook", "t6_own_initiative_tos", "TERRORIST_CONTENT")
        ]
        assert facebook == [496969]
        # One search engine states every category twice, with other numbers each time.
        assert len(errors(found)) == 6


class TestWalk:
    def walk(self, tmp_path, content):
        path = tmp_path / "d.json"
        path.write_bytes(content)
        return Walk(sources.opened(path), path)

    def test_values_that_straddle_the_pieces_come_out_whole(self, tmp_path, monkeypatch):
        monkeypatch.setattr(json_walk, "_PIECE", 3)
        value = {"é": [1234567, "ü" * 50, None, {"a": [[]]}], "b": 1.5}
        walk = self.walk(tmp_path, json.dumps(value, ensure_ascii=False).encode())
        read = {name: walk.value() for name in walk.members()}
        assert read == value

    def test_what_is_skipped_is_checked(self, tmp_path):
        walk = self.walk(tmp_path, b'{"a": {"b": [1, {"c": 2}]}, "d": 3}')
        assert [walk.skip() if name == "a" else walk.value() for name in walk.members()] == [None, 3]
        with pytest.raises(InputError, match="broken JSON"):
            self.walk(tmp_path, b"[" * 200).skip()

    @pytest.mark.parametrize(
        "content", [b"", b"[1]", b'{"a" 1}', b"{5: 1}", b'{"a": }', b'{"a": 1 "b": 2}', b'{"a": 1']
    )
    def test_a_broken_document_is_one_sentence(self, tmp_path, content):
        walk = self.walk(tmp_path, content)
        with pytest.raises(InputError, match="nothing behind it can be read"):
            [walk.value() for _ in walk.members()]

    def test_a_value_above_the_limit_is_not_held(self, tmp_path, monkeypatch):
        monkeypatch.setattr(json_walk, "LONGEST", 100_000)
        walk = self.walk(tmp_path, b'["' + b"x" * 1_000_000 + b'"]')
        with pytest.raises(InputError, match="broken JSON"):
            [walk.value() for _ in walk.elements()]

    def test_bytes_that_are_no_text_are_named(self, tmp_path):
        with pytest.raises(InputError, match="is not UTF-8"):
            self.walk(tmp_path, b"\xc3(").value()


@pytest.mark.parametrize("value", [None, True, "soon", "nan", "1e300", [1], float("inf"), 10**30])
def test_what_is_no_time_is_none(value):
    assert moments.since_epoch(value) is None
    assert moments.iso(value) is None


def test_the_first_day_of_the_calendar_with_an_offset_is_none():
    assert moments.iso("0001-01-01T00:00:00+14:00") is None


def test_a_head_of_blank_lines_has_no_object():
    assert sources.first_object(b"\n\n") == {}
    assert sources.first_object(b"\n[1]\n") == {}

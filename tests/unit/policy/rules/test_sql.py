"""The SQL of a rule: quoted, point-in-time correct, and saying what the other evaluators say."""

import pytest

from abate.policy.rules import explain, sql
from abate.policy.rules.check import rules
from abate.policy.rules.live import compiled
from abate.policy.rules.windows import Windows

duckdb = pytest.importorskip("duckdb", reason="pip install '.[dev]'")


def read(*conditions):
    return rules(
        "\n".join(
            f'rule(name="r{number}", when={when}, then=review, because="b", owner="o")'
            for number, when in enumerate(conditions)
        )
    )


def held(value):
    return list(value) if isinstance(value, tuple) else value


@pytest.fixture
def connection():
    with duckdb.connect(config={"threads": 1}) as opened:
        yield opened


def fill(connection, found, events):
    connection.execute(sql.create('it\'s "ours"', found.fields, windows=True))
    columns = [name for name, *_ in connection.execute('SELECT * FROM "it\'s ""ours""" LIMIT 0').description]
    for seq, event in enumerate(events):
        values = [held({"at": seq, **event, "seq": seq}.get(name)) for name in columns]
        places = ", ".join("?" * len(columns))
        connection.execute(f'INSERT INTO "it\'s ""ours""" VALUES ({places})', values)  # noqa: S608 - question marks
    return 'it\'s "ours"'


EVENTS = [
    {
        "item.text": "Read Σ this\nİ 'twice' 100% a_b \\ \"",
        "item.views": 4.0,
        "account.age_days": 0.5,
        "matches.own": True,
        "matches.banks": ("films", "stills"),
        "signals.types": ("pdq",),
        "item.kind": "photo",
        "score:m:'\"a": 0.75,
    },
    {"item.text": "", "item.views": 0.0, "matches.own": False, "matches.banks": (), "signals.types": ("pdq", "films")},
    {"item.views": -3.0, "account.age_days": 1e15, "item.kind": "'; DROP TABLE x; --"},
    {},
]
CONDITIONS = [
    "(item.views if matches.own else account.age_days) > 1",
    '(item.kind if has(item.kind) else "none") == "none"',
    "(matches.own if item.views > 1 else item.views < -1)",
    "not (matches.own if item.views > 1 else item.views < -1)",
    "has(matches.own if item.views > 1 else matches.own) and has(item.views > 1 or not matches.own)",
    "has(contains(item.text, item.kind))",
    "not has(item.views + account.age_days)",
    "-item.views > 2 or abs(item.views) == 3",
    "item.views / account.age_days > 7 and 1 / (item.views / account.age_days) < 1",
    "min(item.views, account.age_days, 3) < 1 and max(item.views, 2) >= 2",
    "item.views * 2 - 1 != item.views + 3",
    "length(item.text) > 5 and length(matches.banks) == 2",
    "item.views in [4, 0] and item.views not in [0]",
    '"films" in matches.banks or item.kind in matches.banks',
    'not ("films" in matches.banks)',
    "any_of(matches.banks, signals.types)",
    'any_of(matches.banks, ["films", "x"])',
    'starts_with(item.text, "Read") and ends_with(item.text, "\\"") and contains(item.text, "\'twice\'")',
    'contains_any(item.text, ["100%", "a.b"]) and not contains_any(item.text, ["a.b", "A_B"])',
    'matches_re(item.text, "(?s)read|this.") and not matches_re(item.text, "^this")',
    'contains(lower(item.text), "σ this\\ni")',
    'length(lower(item.text)) > 3 and lower(item.text) < "s"',
    'score("m:\'\\"a") > 0.5',
    'item.kind == "\'; DROP TABLE x; --"',
    "1 < item.views <= 4 < 5",
    "True and (False or item.views > 1)",
    "has(1) and has(item.views)",
    "not (item.views > 1 and matches.own) and not (item.views < 0 or matches.own)",
    'any_of(["a"], ["a"]) and item.views > 0',
    "item.text >= item.kind",
    "item.views >= 4 and not item.views >= 5 and not item.views == 3 and not item.views in [7]",
]


def test_history_live_and_the_walk_say_the_same_of_every_kind_of_expression(connection):
    found = read(*CONDITIONS, *(f"item.views > -9 and {condition}" for condition in CONDITIONS))
    table = fill(connection, found, EVENTS)
    rows = connection.execute(f'{sql.hits(found.rules, table)} ORDER BY "seq"').fetchall()
    walked = [[number for number, rule in enumerate(found.rules) if explain.fires(rule, event)] for event in EVENTS]
    assert compiled(found.rules).hits(EVENTS) == walked
    assert [[number for number, fires in enumerate(row[1:]) if fires] for row in rows] == walked
    assert all(fires in {True, False} for row in rows for fires in row[1:])
    assert len({number for one in walked for number in one}) > len(CONDITIONS)


def test_every_rule_that_is_written_out_reads_as_itself():
    found = read(*CONDITIONS, 'count_distinct(item.account, item.url, "1h") > sum(item.views, item.channel, "60m")')
    assert [rules(rule.canonical).rules[0] for rule in found.rules] == list(found.rules)


WINDOWED = [
    'count(item.account, "10s") >= 2',
    'rate(item.account, "10s") >= 720',
    'count_distinct(item.account, item.channel, "10s") >= 2',
    'sum(item.views, item.channel, "10s") > 9e14',
    'sum(item.views, item.channel, "10s") == 1e15',
    'sum(item.views, item.channel, "4s") == 0',
]


def test_no_event_sees_a_later_one_though_they_share_a_moment(connection):
    found = read(*WINDOWED)
    seconds = [0, 0, 0, 5, 10, 10, 15, 15]
    arrivals = [
        {"at": at * 1_000_000, "item.account": "ab"[at == 5], "item.channel": "xy"[number % 2], "item.platform": "h"}
        for number, at in enumerate(seconds)
    ]
    arrivals[3]["item.views"] = arrivals[5]["item.views"] = 1e15
    arrivals[6].pop("item.account")
    arrivals[7]["item.platform"] = "other"
    windows = Windows(found.windows)
    live = compiled(found.rules).hits([windows.take(event, event["at"]) for event in arrivals])
    table = fill(connection, found, arrivals)
    rows = connection.execute(f'{sql.hits(found.rules, table)} ORDER BY "seq"').fetchall()
    assert [[number for number, fires in enumerate(row[1:]) if fires] for row in rows] == live
    assert live[:3] == [[5], [0, 1, 2, 5], [0, 1, 2, 5]]


def test_counts_and_firing_agree_with_the_columns(connection):
    found = read(*CONDITIONS[:3], 'count(item.account, "1h") > 0')
    table = fill(connection, found, EVENTS)
    hits = compiled(found.rules).hits(EVENTS)
    assert connection.execute(sql.counts(found.rules, table)).fetchone() == tuple(
        sum(number in one for one in hits) for number in range(4)
    )
    for number, rule in enumerate(found.rules):
        rows = connection.execute(sql.firing(rule, table, keep=("seq", "at"))).fetchall()
        assert sorted(seq for seq, _ in rows) == [seq for seq, one in enumerate(hits) if number in one]


def test_a_table_without_windows_needs_no_platform():
    assert sql.create("t", read("item.views > 1").fields, windows=False) == (
        'CREATE TABLE "t" ("seq" BIGINT, "at" BIGINT, "item.views" DOUBLE)'
    )

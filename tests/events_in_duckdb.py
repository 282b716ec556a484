"""Event records as a table of DuckDB, for what the rules' SQL says of them."""

from abate.policy.rules import sql


def table(duckdb, found, events):
    """The events in DuckDB: numbered in order, at the times they hold."""
    connection = duckdb.connect(config={"threads": 1})
    connection.execute(sql.create("events", found.fields, windows=True))
    columns = [column[0] for column in connection.execute('SELECT * FROM "events" LIMIT 0').description]
    rows = [[plain({**event, "seq": number}.get(column)) for column in columns] for number, event in enumerate(events)]
    if rows:
        places = ", ".join("?" * len(columns))
        connection.executemany(f"INSERT INTO events VALUES ({places})", rows)  # noqa: S608 - question marks
    return connection


def plain(value):
    return list(value) if isinstance(value, tuple) else value

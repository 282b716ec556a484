"""Brings a database to this version of the tables, by Alembic, inside one transaction that the caller commits.

Two processes that start at once are safe: the caller holds the writer's lock, so the second finds the work done.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from abate.domain.errors import StoreError

FOLDER = Path(__file__).parent / "migrations"


def migrate(connection: Connection) -> None:
    """Run the migrations that are missing; nothing when none is.

    :raises StoreError: when the tables were made by a newer version
    """
    config = configuration(connection)
    script = ScriptDirectory.from_config(config)
    found = MigrationContext.configure(connection).get_current_revision()
    if found is not None and found not in {revision.revision for revision in script.walk_revisions()}:
        msg = (
            f"the store's tables are of version {found}, which this abate does not know: a newer one wrote them; "
            "install that version, or restore a backup from before it"
        )
        raise StoreError(msg)
    if found != script.get_current_head():
        command.upgrade(config, "head")


def configuration(connection: Connection) -> Config:
    """Return Alembic's configuration: our folder, and the caller's connection in place of a file of its own."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config

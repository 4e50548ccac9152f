"""What weakens a PostgreSQL server that a school lies on; `hoso-bot doctor` tells it."""

from __future__ import annotations

import sqlalchemy as sa

from hoso_bot.store.db import Database

_ABOUT = sa.text(
    "SELECT rolname, rolsuper OR rolbypassrls AS is_above, current_setting('synchronous_commit') AS commit,"
    " current_setting('fsync') AS fsync, current_setting('server_encoding') AS encoding,"
    " current_setting('server_version') AS version FROM pg_roles WHERE rolname = current_user"
)


def describe(db: Database) -> tuple[str, list[str]]:
    """(What it is, in words; each weakness with its mend). SQLite has none that can be set."""
    if db.url.startswith("sqlite"):
        return "the database is a SQLite file in the school's folder", []
    with db.read() as connection:
        row = connection.execute(_ABOUT).one()
    found = []
    if row.is_above:
        found.append(
            f"the database role {row.rolname} stands above row security, which keeps schools apart:"
            f" ALTER ROLE {row.rolname} NOSUPERUSER NOBYPASSRLS"
        )
    if row.commit == "off" or row.fsync == "off":
        found.append("a power cut could lose what was acknowledged: synchronous_commit = on and fsync = on")
    if row.encoding != "UTF8":
        found.append(f"the database's encoding is {row.encoding}: make it anew with ENCODING 'UTF8'")
    return f"the database is PostgreSQL {row.version}", found

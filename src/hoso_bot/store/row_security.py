"""PostgreSQL itself keeps schools apart: a connection sees and writes its own school's rows only.

Whatever a query forgets, the policy of every table holds, for the owner of the tables too; only a superuser
stands above it, so the bot must not be one (`hoso-bot doctor` looks).
"""

from __future__ import annotations

import sqlalchemy as sa

SETTING = "hoso.school"
"""A connection's own setting: whose rows it is for. Without it a connection sees none."""
POLICY = "one_school"
DIRECTORY, LISTED = "hoso.directory", "school_settings"
"""The setting that shows one table of all schools: which there are in a deployment, each sealed."""


def lift(connection: sa.Connection) -> None:
    """Let the tables' owner see all schools' rows until the transaction ends: migrations change all."""
    for table in _tables(connection):
        connection.execute(sa.text(f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY'))


def impose(connection: sa.Connection) -> None:
    """Give every table with a school's rows its policy, and hold the owner to it, too."""
    for table, column in _tables(connection).items():
        mine = f"{column} = current_setting('{SETTING}', true)"
        for statement in (
            f'DROP POLICY IF EXISTS {POLICY} ON "{table}"',
            f'CREATE POLICY {POLICY} ON "{table}" USING ({mine}) WITH CHECK ({mine})',
            f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
            f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY',
        ):
            connection.execute(sa.text(statement))
    if LISTED in _tables(connection):
        shown = f"current_setting('{DIRECTORY}', true) = 'on'"
        connection.execute(sa.text(f"DROP POLICY IF EXISTS directory ON {LISTED}"))
        connection.execute(sa.text(f"CREATE POLICY directory ON {LISTED} FOR SELECT USING ({shown})"))


def _tables(connection: sa.Connection) -> dict[str, str]:
    """Every table that is there, with the column that says whose a row is; Alembic's own says nothing."""
    inspector = sa.inspect(connection)
    found = {}
    for table in inspector.get_table_names():
        columns = {column["name"] for column in inspector.get_columns(table)}
        if "school_id" in columns:
            found[table] = "school_id"
        elif table == "schools":
            found[table] = "id"
    return found

"""The database's shape: what migrations build is what the code expects."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from tests.parts import Parts

from hoso_bot.domain.errors import SettingsError
from hoso_bot.store.db import Database, alembic_config
from hoso_bot.store.tables import metadata


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'hồ sơ 100%.db'}"


def schema(url: str) -> list[tuple[str, str]]:
    """Every object of the database as SQL, without Alembic's own table."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        query = (
            "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'alembic%' AND name NOT LIKE 'sqlite%'"
        )
        rows = [(name, " ".join((sql or "").split())) for name, sql in connection.exec_driver_sql(query)]
    engine.dispose()
    return sorted(rows)


def test_migrations_build_exactly_the_tables_of_the_code(url: str) -> None:
    Database(url).migrate()
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_migrations_and_metadata_make_the_same_indexes(url: str, tmp_path: Path) -> None:
    """Partial indexes are beyond Alembic's comparison."""
    Database(url).migrate()
    fresh = f"sqlite:///{tmp_path / 'fresh.db'}"
    engine = sa.create_engine(fresh)
    metadata.create_all(engine)
    engine.dispose()
    assert [name for name, _ in schema(url)] == [name for name, _ in schema(fresh)]
    partial = {n: sql.partition("WHERE")[2] for n, sql in schema(fresh) if n.startswith("ix_")}
    assert {n: sql.partition("WHERE")[2] for n, sql in schema(url) if n.startswith("ix_")} == partial


def test_migrating_twice_changes_nothing(parts: Parts) -> None:
    before = (schema(parts.db.url), parts.rows("SELECT * FROM people"), parts.rows("SELECT * FROM audit"))
    parts.db.migrate()
    assert (
        schema(parts.db.url),
        parts.rows("SELECT * FROM people"),
        parts.rows("SELECT * FROM audit"),
    ) == before


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory.from_config(alembic_config("sqlite://")).get_heads()) == 1


def test_every_table_knows_its_school() -> None:
    assert [t.name for t in metadata.sorted_tables if "school_id" not in t.c and t.name != "schools"] == []


def test_a_newer_database_is_not_touched(url: str) -> None:
    db = Database(url)
    db.migrate()
    with db.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SettingsError, match="newer hoso-bot"):
        db.migrate()
    db.close()

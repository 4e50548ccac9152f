"""A school from before anything was paid has its chats afterwards, and an empty ledger that works."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from tests.migration.test_0007_looking_up_signatures import insert
from tests.migration.test_0025_zalo import ACCOUNT
from tests.school import NOW

from hoso_bot.domain.paying import Fare, month_of
from hoso_bot.store.db import Database, alembic_config
from hoso_bot.store.people import People
from hoso_bot.store.spending import Spending


def test_the_ledger_is_empty_and_chats_stay(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    command.upgrade(alembic_config(url), "0027")
    db = Database(url)
    with db.write() as connection:
        connection.execute(insert("accounts", ACCOUNT))
    db.migrate()
    ledger = Spending(db, "zalo_oa")
    assert ledger.spent(month_of(NOW)) == 0
    assert ledger.note("m", Fare.MESSAGE, 55, 100, NOW)
    assert [account.address.chat_id for account in People(db).accounts("p1")] == ["41"]
    db.close()
    command.downgrade(alembic_config(url), "0027")

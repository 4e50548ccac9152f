"""A school from before anything was paid has its chats afterwards, and an empty ledger that works."""

from __future__ import annotations

from pathlib import Path

from tests.migration.old_rows import goes_back, old_database
from tests.migration.test_0025_zalo import ACCOUNT
from tests.school import NOW

from hoso_bot.domain.paying import Fare, month_of
from hoso_bot.store.people import People
from hoso_bot.store.spending import Spending


def test_the_ledger_is_empty_and_chats_stay(tmp_path: Path) -> None:
    db = old_database(tmp_path / "old.db", "0027", ("accounts", ACCOUNT))
    db.migrate()
    ledger = Spending(db, "zalo_oa")
    assert ledger.spent(month_of(NOW)) == 0
    assert ledger.note("m", Fare.MESSAGE, 55, 100, NOW)
    assert [account.address.chat_id for account in People(db).accounts("p1")] == ["41"]
    db.close()
    goes_back(db.url, "0027")

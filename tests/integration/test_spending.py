"""The month's money: noted before a message goes, never more than allowed, whoever spends at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime

import pytest
from tests.parts import Parts

from hoso_bot.domain.paying import Fare
from hoso_bot.store.db import Database
from hoso_bot.store.spending import Spending

BUDGET, PRICE = 1000, 55


@pytest.fixture
def spending(parts: Parts) -> Spending:
    return Spending(parts.db, "zalo_oa")


def note(parts: Parts, spending: Spending, key: str = "m", price: int = PRICE) -> object:
    return spending.note(key, Fare.MESSAGE, price, BUDGET, parts.clock.now())


def test_the_month_fills_up_and_refuses(parts: Parts, spending: Spending) -> None:
    noted = [note(parts, spending, f"m{n}") for n in range(20)]
    assert [one is not None for one in noted] == [True] * 18 + [False] * 2
    assert spending.spent("2026-11") == 990
    assert spending.spent("2026-12") == 0
    assert note(parts, spending, price=10) is not None


def test_several_processes_never_spend_more_together(parts: Parts) -> None:
    """Four connections of their own, each in two threads, each wanting more than there is."""
    homes = [Database(parts.db.url) for _ in range(4)]
    ledgers = [Spending(db, "zalo_oa") for db in homes]

    def spend(number: int) -> bool:
        return note(parts, ledgers[number % 4], f"m{number}") is not None

    with ThreadPoolExecutor(8) as pool:
        taken = sum(pool.map(spend, range(80)))
    assert taken == BUDGET // PRICE == 18
    assert ledgers[0].spent("2026-11") == taken * PRICE
    assert parts.rows("SELECT count(*), sum(price) FROM paid_messages") == [(18, 990)]
    for db in homes:
        db.close()


def test_what_was_refused_is_given_back_once(parts: Parts, spending: Spending) -> None:
    noted = spending.note("m", Fare.MESSAGE, PRICE, BUDGET, parts.clock.now())
    assert noted
    spending.give_back(noted)
    spending.give_back(noted)
    assert spending.spent("2026-11") == 0
    kept = spending.note("m", Fare.MESSAGE, PRICE, BUDGET, parts.clock.now())
    assert kept
    spending.keep(kept)
    spending.give_back(kept)
    assert spending.spent("2026-11") == PRICE
    assert sorted(parts.rows("SELECT state FROM paid_messages")) == [("refused",), ("sent",)]


def test_another_month_another_channel_and_another_school_have_their_own(
    parts: Parts, spending: Spending
) -> None:
    spending.note("m", Fare.MESSAGE, BUDGET, BUDGET, datetime(2026, 11, 30, 16, 59, tzinfo=UTC))
    assert spending.note("n", Fare.MESSAGE, PRICE, BUDGET, datetime(2026, 11, 30, 17, 0, tzinfo=UTC))
    with closing(Database(parts.db.url, "another")) as neighbour:
        for other in (Spending(parts.db, "another"), Spending(neighbour, "zalo_oa")):
            assert other.spent("2026-11") == 0
            assert note(parts, other)

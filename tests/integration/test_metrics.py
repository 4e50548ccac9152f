"""What /metrics says, from the tables and in Prometheus' own words."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import ClientSession, web
from prometheus_client.parser import text_string_to_metric_families
from tests.parts import Parts

from hoso_bot.settings import SCHOOL_ID
from hoso_bot.store import audit
from hoso_bot.store.audit import Entry
from hoso_bot.store.db import moment
from hoso_bot.store.inbox import Arrival
from hoso_bot.store.measures import measure
from hoso_bot.store.tables import outbox
from hoso_bot.web.metrics import metrics_page, rendered


def read(text: str) -> dict[str, float]:
    """name{channel} → value, read by Prometheus' own parser."""
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {"".join([s.name, *s.labels.values()]): s.value for s in samples}


def test_ages_and_counts_are_those_of_the_tables(parts: Parts) -> None:
    quiet = read(rendered({"": measure(parts.db, parts.clock, parts.desk.files)}, {"": False}).decode())
    names = (
        "inbox_age_seconds",
        "outbox_age_seconds",
        "parked",
        "signatures",
        "files_away",
        "school_trouble",
    )
    assert quiet == dict.fromkeys((f"hoso_{name}" for name in names), 0)
    parts.inbox.keep([Arrival("telegram", str(n), f"lane {n}", {}) for n in range(3)])
    [first, *_] = parts.inbox.claim(1, ())
    parts.changes(parts.inbox.park(first.id, "no use"))
    chat = parts.link("GV09", "1")
    rows = [parts.outbox.row(key, None, chat, {}, None) for key in ("a", "b")]
    with parts.db.write() as connection:
        connection.execute(outbox.insert(), rows)
        audit.append(connection, SCHOOL_ID, moment(parts.clock.now()), [Entry("office", "backup.made", "b")])
    [row] = parts.outbox.claim(1, ())
    parts.outbox.give_up(row.id, "blocked")
    [row] = parts.outbox.claim(1, ())
    parts.outbox.postpone(row.id, "no network", 30)
    made = parts.clock.now().timestamp()
    parts.clock.skip(timedelta(seconds=90))
    busy = read(rendered({"": measure(parts.db, parts.clock, parts.desk.files)}, {"": False}).decode())
    assert 90 <= busy["hoso_inbox_age_seconds"] < 120
    assert 60 <= busy["hoso_outbox_age_seconds"] < 90  # due since the end of its pause
    assert busy["hoso_parked"] == 1
    assert busy["hoso_messages_failingtelegram"] == busy["hoso_messages_given_uptelegram"] == 1
    assert 0 <= made - busy["hoso_last_backup_timestamp_seconds"] < 30


async def test_the_page_is_there(parts: Parts) -> None:
    app = web.Application()
    app.router.add_routes([metrics_page(lambda: measure(parts.db, parts.clock, parts.desk.files))])
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        async with ClientSession() as session, session.get(f"http://{host}:{port}/metrics") as answer:
            assert answer.status == 200 and answer.content_type == "text/plain"
            assert "hoso_inbox_age_seconds 0.0" in await answer.text()
    finally:
        await runner.cleanup()

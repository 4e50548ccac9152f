"""GET /metrics: what an operator watches, in Prometheus' text format. No names, no contents."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from hoso_bot.store.measures import Measures


def metrics_page(measure: Callable[[], Measures]) -> web.RouteDef:
    """The page; `measure` reads the tables, in a thread."""

    async def metrics(_request: web.Request) -> web.Response:
        body = rendered(await asyncio.to_thread(measure))
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    return web.get("/metrics", metrics)


def rendered(measures: Measures) -> bytes:
    """The text format."""
    registry = CollectorRegistry()

    def gauge(name: str, meaning: str, value: float) -> None:
        Gauge(f"hoso_{name}", meaning, registry=registry).set(value)

    def by_channel(name: str, meaning: str, values: dict[str, int]) -> None:
        labelled = Gauge(f"hoso_{name}", meaning, ["channel"], registry=registry)
        for channel, value in values.items():
            labelled.labels(channel).set(value)

    gauge("inbox_age_seconds", "How long the oldest open inbox row has been due", measures.inbox_age)
    gauge("outbox_age_seconds", "How long the oldest unsent message has been due", measures.outbox_age)
    gauge("parked", "Inbox rows given up until somebody looks", measures.parked)
    gauge("signatures", "Approval signatures made", measures.signatures)
    gauge("files_away", "Whether the bucket with the files of plans does not answer", measures.files_away)
    by_channel("messages_failing", "Messages waiting after a failed try", measures.failing)
    by_channel("messages_given_up", "Messages nobody will get", measures.given_up)
    by_channel("messages_faceless", "What came without a sender, mostly files", measures.faceless)
    if measures.last_backup is not None:
        gauge("last_backup_timestamp_seconds", "When the last backup was made", measures.last_backup)
    return generate_latest(registry)

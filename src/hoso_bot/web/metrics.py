"""GET /metrics: what an operator watches, in Prometheus' text format. No names, no contents."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from hoso_bot.store.measures import Measures


def metrics_page(measure: Callable[[], Measures]) -> web.RouteDef:
    """The page of one school; `measure` reads the tables, in a thread."""
    return _page(lambda: rendered({"": measure()}, {"": False}))


def schools_metrics_page(
    measure: Callable[[], Mapping[str, Measures]], troubles: Callable[[], Mapping[str, bool]]
) -> web.RouteDef:
    """The page of many, by their ids. troubles: whether a school is in any, of all that are here."""
    return _page(lambda: rendered(measure(), troubles()))


def _page(read: Callable[[], bytes]) -> web.RouteDef:
    async def metrics(_request: web.Request) -> web.Response:
        body = await asyncio.to_thread(read)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    return web.get("/metrics", metrics)


def rendered(by_school: Mapping[str, Measures], troubles: Mapping[str, bool]) -> bytes:
    """The text format; one school alone has the id '' and no label."""
    registry = CollectorRegistry()
    label = [] if list(troubles) == [""] else ["school"]

    def gauge(name: str, meaning: str, value: Callable[[Measures], float | None]) -> None:
        made = Gauge(f"hoso_{name}", meaning, label, registry=registry)
        for school, measures in by_school.items():
            if (found := value(measures)) is not None:
                (made.labels(school) if label else made).set(found)

    def by_channel(name: str, meaning: str, values: Callable[[Measures], dict[str, int]]) -> None:
        made = Gauge(f"hoso_{name}", meaning, [*label, "channel"], registry=registry)
        for school, measures in by_school.items():
            for channel, value in values(measures).items():
                made.labels(*([school] if label else []), channel).set(value)

    gauge("inbox_age_seconds", "How long the oldest open inbox row has been due", lambda m: m.inbox_age)
    gauge("outbox_age_seconds", "How long the oldest unsent message has been due", lambda m: m.outbox_age)
    gauge("parked", "Work and messages given up until somebody looks", lambda m: m.parked)
    gauge("signatures", "Approval signatures made", lambda m: m.signatures)
    gauge("files_away", "Whether the bucket with the files of plans does not answer", lambda m: m.files_away)
    by_channel("messages_failing", "Messages waiting after a failed try", lambda m: m.failing)
    by_channel("messages_given_up", "Messages nobody will get", lambda m: m.given_up)
    by_channel("messages_faceless", "What came without a sender, mostly files", lambda m: m.faceless)
    if any(measures.last_backup is not None for measures in by_school.values()):
        gauge("last_backup_timestamp_seconds", "When the last backup was made", lambda m: m.last_backup)
    trouble = Gauge("hoso_school_trouble", "1 while a school cannot be run", label, registry=registry)
    for school, is_in_trouble in troubles.items():
        (trouble.labels(school) if label else trouble).set(is_in_trouble)
    return generate_latest(registry)

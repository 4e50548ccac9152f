"""A school's Official Account on the fake Zalo, without a running app."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.fakes.clock import FakeClock
from tests.fakes.zalo_oa_sim import ZaloSim, ZaloWorld
from tests.school import NOW

from hoso_bot.channels.zalo_oa import ZaloOa
from hoso_bot.domain.messages import Key, Parcel
from hoso_bot.settings import Settings, Web
from hoso_bot.settings import ZaloOa as ZaloSettings
from hoso_bot.store.db import Database
from hoso_bot.zalo_account import ZaloAccount

CHAT = "5000000001"


@dataclass
class Oa:
    """The account, its channel, and what the office was told."""

    world: ZaloWorld
    account: ZaloAccount
    channel: ZaloOa
    db: Database
    clock: FakeClock
    lost: list[str] = field(default_factory=list)
    trouble: list[int] = field(default_factory=list)

    def messages(self) -> list[dict[str, Any]]:
        """What the person's phone shows."""
        found = self.world.transcript(int(CHAT))["messages"]
        return [raw for raw in found if raw["from"] == "bot"]

    def passes(self, seconds: float) -> None:
        """Time goes by on both sides."""
        self.world.skips(seconds)
        self.clock.skip(timedelta(seconds=seconds))

    async def close(self) -> None:
        """Give everything back."""
        await self.channel.close()
        self.db.close()


def open_oa(home: Path, zalo: ZaloSim, world: ZaloWorld | None = None, **changes: Any) -> Oa:
    """The OA of the school in `home`; a person there wrote just now."""
    if world is None:
        world = zalo.zalo()
        world.skips(NOW.timestamp() - time.time())
    clock = FakeClock(NOW)
    link = changes.pop("link", "")
    given = {**world.settings(), **changes}
    settings = Settings(
        home=home, web=Web(public_url="https://truong.example"), zalo_oa=ZaloSettings(**given)
    )
    db = Database(settings.database)
    db.migrate()
    lost: list[str] = []
    trouble: list[int] = []
    account = ZaloAccount.of(settings, db, clock, lost.append)
    assert account
    channel = account.channel(lambda parcel, name: link, trouble.append)
    world.does("interacted", chat_id=int(CHAT), name="Cô Loan")
    return Oa(world, account, channel, db, clock, lost, trouble)


def parcel(text: str = "Chào thầy/cô", **more: Any) -> Parcel:
    """Something to say to the person."""
    return Parcel(CHAT, text, **more)


def keys(count: int) -> tuple[tuple[Key, ...], ...]:
    """So many buttons, one a row."""
    return tuple((Key(f"Tuần {number}", f"token-{number:016}"),) for number in range(count))

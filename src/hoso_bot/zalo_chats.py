"""The school's ways into Zalo, joined for the app: an Official Account, a bot, both or neither."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from aiohttp import web

from hoso_bot.channels.zalo_bot import ZaloBot
from hoso_bot.channels.zalo_oa import ZaloOa
from hoso_bot.domain.paying import Tariff
from hoso_bot.lookups import Desk
from hoso_bot.ports import Channel, Pace, Store
from hoso_bot.settings import Settings
from hoso_bot.store.people import People
from hoso_bot.store.spending import Spending
from hoso_bot.web.file_links import FileLinks
from hoso_bot.web.picture_links import PictureLinks
from hoso_bot.workers.toll import Toll
from hoso_bot.zalo_account import TroubleTold, ZaloAccount
from hoso_bot.zalo_bot_account import ZaloBotAccount


@dataclass(frozen=True)
class ZaloChats:
    """told: who is told of a channel's trouble, by the channel's name."""

    desk: Desk
    oa: ZaloAccount | None
    bot: ZaloBotAccount | None
    told: Callable[[str], TroubleTold]

    @classmethod
    def of(cls, settings: Settings, desk: Desk, told: Callable[[str], TroubleTold]) -> ZaloChats:
        """What the settings name. Raises SettingsError for half of it."""
        oa = ZaloAccount.of(settings, desk.db, desk.clock, told(ZaloOa.name).lost)
        return cls(desk, oa, ZaloBotAccount.of(settings), told)

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.oa or self.bot)

    def paces(self) -> dict[str, Pace]:
        """Of the channels whose platform counts calls, by name."""
        return {ZaloOa.name: self.oa.api.pace} if self.oa else {}

    def tolls(self, channels: Iterable[Channel], tariff: Tariff) -> dict[str, Toll]:
        """What is paid for on those of these channels that take money, by name; nothing where nothing is."""
        if tariff.spends == "off":
            return {}
        db, clock = self.desk.db, self.desk.clock
        return {
            channel.name: Toll(
                channel,
                tariff,
                Spending(db, channel.name),
                People(db),
                clock,
                self.told(channel.name).budget,
            )
            for channel in channels
            if isinstance(channel, ZaloOa)
        }

    def channels(self) -> Iterator[ZaloOa | ZaloBot]:
        """A channel each; whoever takes them closes them."""
        files, pictures = FileLinks(self.desk), PictureLinks(self.desk)
        if self.oa:
            yield self.oa.channel(files.link_for, self.told(ZaloOa.name).refused)
        if self.bot:
            yield self.bot.channel(files.link_for, pictures.link_for, self.told(ZaloBot.name).refused)

    def routes(
        self, channels: Iterable[Channel], store: Callable[[str], Store], school: str
    ) -> Iterator[web.RouteDef]:
        """The webhooks of those of these channels that are Zalo's, and the login of the Official Account."""
        for channel in channels:
            if self.oa and isinstance(channel, ZaloOa):
                yield from self.oa.routes(channel, store(channel.name), school)
            if self.bot and isinstance(channel, ZaloBot):
                yield from self.bot.routes(channel, store(channel.name))

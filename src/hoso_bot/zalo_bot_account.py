"""The school's bot on Zalo's Bot Platform as its settings describe it, for the app and the doctor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from hoso_bot.channels.zalo_bot import Hook, ZaloBot
from hoso_bot.channels.zalo_bot_api import BotApi
from hoso_bot.domain.errors import SettingsError
from hoso_bot.domain.messages import Parcel
from hoso_bot.ports import Store
from hoso_bot.settings import Settings
from hoso_bot.web.zalo_bot import WEBHOOK, zalo_bot_webhook


@dataclass(frozen=True)
class ZaloBotAccount:
    """API and settings of one bot. hook: where updates are posted; None: they are polled. Close the API."""

    settings: Settings
    api: BotApi
    hook: Hook | None

    @classmethod
    def of(cls, settings: Settings) -> ZaloBotAccount | None:
        """None where no bot is set. Raises SettingsError for half of one, or without public_url."""
        bot, public_url = settings.zalo_bot, settings.web.public_url
        if bot.token is None:
            return None
        if not public_url:
            raise SettingsError(
                "a Zalo bot needs HOSO_WEB__PUBLIC_URL: files and buttons are behind links of ours"
            )
        hook = None
        if bot.mode == "webhook":
            if bot.secret is None:
                raise SettingsError("webhook mode needs HOSO_ZALO_BOT__SECRET (8 to 256 characters)")
            hook = Hook(f"{public_url}{WEBHOOK}", bot.secret.get_secret_value())
        return cls(settings, BotApi(bot.token.get_secret_value(), bot.base_url), hook)

    def channel(
        self,
        file_link: Callable[[Parcel, str], str],
        picture_link: Callable[[Parcel, str], str],
        on_trouble: Callable[[int], None],
    ) -> ZaloBot:
        """The channel, see `ZaloBot`; its links are made for a parcel of a channel."""
        return ZaloBot(
            self.api,
            base_url=self.settings.zalo_bot.base_url,
            hook=self.hook,
            file_link=lambda parcel: file_link(parcel, ZaloBot.name),
            picture_link=lambda parcel: picture_link(parcel, ZaloBot.name),
            on_trouble=on_trouble,
        )

    def routes(self, channel: ZaloBot, store: Store) -> list[web.RouteDef]:
        """The webhook; none where updates are polled."""
        if self.hook is None:
            return []
        return [zalo_bot_webhook(self.hook.secret, channel.receive, store)]

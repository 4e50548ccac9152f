"""The school's bot on Telegram as the settings name it: its channel, its name, its menu, its webhook."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import structlog
from aiohttp import web

from hoso_bot import texts
from hoso_bot.channels.telegram import Telegram
from hoso_bot.domain.errors import SettingsError
from hoso_bot.ports import Store
from hoso_bot.settings import Settings
from hoso_bot.store.db import Database
from hoso_bot.store.school import School
from hoso_bot.web.server import telegram_webhook
from hoso_bot.workers.patience import Patience

log = structlog.get_logger(__name__)

COMMANDS = (
    "nop",
    "trangthai",
    "hoso",
    "choduyet",
    "kiemtra",
    "kiemchung",
    "thuhoi",
    "lich",
    "thieu",
    "miennop",
    "uyquyen",
    "vangmat",
    "daythay",
    "baocao",
    "bang",
    "catdien",
    "suco",
    "bienban",
    "quydinh",
    "hotro",
    "kenh",
    "dulieu",
    "huongdan",
)
"""The chat's menu, in its order."""
LONGEST_PAUSE = 60.0


@dataclass(frozen=True)
class TelegramAccount:
    """What the process needs to speak as the school's bot."""

    settings: Settings
    db: Database
    channel: Telegram

    @classmethod
    def of(cls, settings: Settings, db: Database) -> TelegramAccount | None:
        """None without a token. Raises SettingsError for half of a webhook's settings."""
        telegram = settings.telegram
        if telegram.token is None:
            return None
        token, proxy = telegram.token.get_secret_value(), telegram.proxy or None
        account = cls(settings, db, Telegram(token, telegram.base_url, proxy=proxy))
        if account.by_webhook:
            account._webhook()
        return account

    @property
    def by_webhook(self) -> bool:
        """Whether Telegram calls us instead of being asked."""
        return self.settings.telegram.mode == "webhook"

    async def listen(self, store: Store) -> None:
        """Introduce the bot, then receive until cancelled."""
        await self._introduce()
        if self.by_webhook:
            await asyncio.Event().wait()
        await self.channel.listen(store)

    def routes(self, store: Store) -> Iterator[web.RouteDef]:
        """The webhook's, where there is one."""
        if self.by_webhook:
            telegram = self.channel
            yield telegram_webhook(telegram.receive, self._webhook()[1], store, telegram.answer_tap)

    async def _introduce(self) -> None:
        """Learn the bot's name for invitation links, show the commands, set the webhook; patiently."""
        pause, patience = 1.0, Patience()
        while True:
            try:
                username = await self.channel.me()
                await patience.ask(partial(self._note, username))
                await self._show_commands()
                if self.by_webhook:
                    await self.channel.set_webhook(*self._webhook())
                log.info("telegram.ready", username=username, mode=self.settings.telegram.mode)
                return
            except OSError as error:
                log.warning("telegram.unreachable", error=str(error), again_in=pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    def _note(self, username: str) -> None:
        with self.db.write() as connection:
            connection.execute(School(self.db).set_telegram_username(username))

    async def _show_commands(self) -> None:
        """Fill the chat's menu; without it the commands still work when typed."""
        try:
            await self.channel.show_commands([(c, texts.render(f"command.{c}")) for c in COMMANDS])
        except SettingsError as error:
            log.warning("telegram.no_command_menu", error=str(error))

    def _webhook(self) -> tuple[str, str]:
        public, secret = self.settings.web.public_url, self.settings.telegram.secret
        if not public or not secret:
            raise SettingsError("webhook mode needs HOSO_WEB__PUBLIC_URL and HOSO_TELEGRAM__SECRET")
        return f"{public}/webhook/telegram", secret.get_secret_value()

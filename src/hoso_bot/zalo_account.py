"""The school's Zalo Official Account as its settings describe it, for the app, the doctor and the login."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from aiohttp import web

from hoso_bot.channels import zalo_oa_events
from hoso_bot.channels.zalo_oa import ZaloOa
from hoso_bot.channels.zalo_oa_api import OaApi
from hoso_bot.channels.zalo_oa_tokens import OaTokens, Seal
from hoso_bot.domain.calendar import VN
from hoso_bot.domain.errors import SettingsError, outline
from hoso_bot.domain.events import BudgetUsed, ChannelTrouble, to_json
from hoso_bot.domain.messages import Parcel
from hoso_bot.domain.year_events import OFFICE_LANE
from hoso_bot.pdf.keys import master_key_from_text, unwrap, wrap
from hoso_bot.ports import Clock, Store
from hoso_bot.settings import Settings
from hoso_bot.store.channel_tokens import ChannelTokens
from hoso_bot.store.db import Database
from hoso_bot.store.inbox import INTERNAL, Arrival, Inbox
from hoso_bot.web.zalo_oa import LOGIN, zalo_oa_login, zalo_oa_webhook

log = structlog.get_logger(__name__)

LOOK_AGAIN_SECONDS = 60.0
PERMISSION_PATH = "/v4/oa/permission"
SEALED_FOR = "zalo-oa-token"


@dataclass(frozen=True)
class ZaloAccount:
    """Tokens, API and settings of one OA. Close the API when done."""

    settings: Settings
    clock: Clock
    store: ChannelTokens
    api: OaApi
    tokens: OaTokens

    @classmethod
    def of(
        cls,
        settings: Settings,
        db: Database,
        clock: Clock,
        on_lost: Callable[[str], None] = lambda pair: None,
    ) -> ZaloAccount | None:
        """None where the settings name no OA. Raises SettingsError for half of one, or without public_url."""
        oa = settings.zalo_oa
        if oa.app_id is None:
            return None
        if oa.app_secret is None or oa.oa_secret is None:
            raise SettingsError("Zalo needs HOSO_ZALO_OA__APP_SECRET and HOSO_ZALO_OA__OA_SECRET too")
        if not settings.web.public_url:
            raise SettingsError(
                "Zalo needs HOSO_WEB__PUBLIC_URL: webhooks, links and the PIN page have to be reached"
            )
        master = master_key_from_text(settings.master())
        seal = Seal(
            lambda plain: wrap(master, plain, SEALED_FOR), lambda kept: unwrap(master, kept, SEALED_FOR)
        )
        store = ChannelTokens(db, zalo_oa_events.CHANNEL)
        api = OaApi(oa.base_url, oa.oauth_url, oa.calls_per_minute, oa.business_url)
        app = (oa.app_id, oa.app_secret.get_secret_value())
        tokens = OaTokens(store, api, seal, clock, app, on_lost)
        if oa.refresh_token:
            tokens.begin(oa.refresh_token.get_secret_value())
        return cls(settings, clock, store, api, tokens)

    def channel(self, link_for: Callable[[Parcel, str], str], on_trouble: Callable[[int], None]) -> ZaloOa:
        """The channel, see `ZaloOa`."""
        oa = self.settings.zalo_oa
        return ZaloOa(
            self.tokens,
            self.api,
            self.clock,
            base_url=oa.base_url,
            template_type=oa.template_type,
            payload_style=oa.payload_style,
            link_for=link_for,
            on_trouble=on_trouble,
        )

    def routes(self, channel: ZaloOa, store: Store, school: str) -> list[web.RouteDef]:
        """The webhook, and the page the administrator comes back to."""
        oa = self.settings.zalo_oa
        secret, app_id = oa.oa_secret.get_secret_value() if oa.oa_secret else "", oa.app_id or ""
        return [
            zalo_oa_webhook(
                lambda header, body: zalo_oa_events.signature_matches(header, body, app_id, secret),
                lambda raw: channel.receive(raw, self.tokens.account_id),
                store,
            ),
            zalo_oa_login(school, self.tokens.finish_login),
        ]

    async def keep_account_known(self) -> None:
        """Where nobody sends and so asks for tokens: whose webhooks are ours, until cancelled."""
        while True:
            try:
                await self.tokens.look()
            except Exception as error:  # no login yet, or a database that is away
                log.info("zalo_oa.account_unknown", error=outline(error))
            await asyncio.sleep(LOOK_AGAIN_SECONDS)

    def login_url(self) -> str:
        """Where the OA's administrator agrees."""
        oauth, public = self.settings.zalo_oa.oauth_url.rstrip("/"), self.settings.web.public_url
        return self.tokens.login_url(f"{oauth}{PERMISSION_PATH}", f"{public}{LOGIN}")


@dataclass(frozen=True)
class TroubleTold:
    """Tells the office what its account's administrator has to mend: once, however often it is found."""

    channel: str
    inbox: Inbox
    clock: Clock
    ring: Callable[[], None]

    def lost(self, pair: str) -> None:
        """A pair of tokens that is spent, by its name."""
        self._owe(f"lost:{pair}", ChannelTrouble(self.channel))

    def refused(self, code: int) -> None:
        """A refusal of everything, once a day."""
        today = self.clock.now().astimezone(VN).date().isoformat()
        self._owe(f"{code}:{today}", ChannelTrouble(self.channel, code))

    def budget(self, month: str, percent: int) -> None:
        """So much of a month's money is gone; each once a month."""
        self._owe(f"budget:{month}:{percent}", BudgetUsed(self.channel, month, percent))

    def _owe(self, name: str, event: ChannelTrouble | BudgetUsed) -> None:
        external_id = f"trouble:{event.channel}:{name}"
        self.inbox.keep([Arrival(INTERNAL, external_id, OFFICE_LANE, to_json(event))])
        self.ring()

"""A Zalo Official Account, both ways: webhooks come in, consultation messages go out.

What the platform can do and what is only hearsay: docs/zalo.md. It changes no message, takes none back, is
never silent, and lets a person be written to for 48 hours after they wrote. Whether more is paid for, another
decides (`workers.toll`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import structlog

from hoso_bot.channels import zalo_oa_events
from hoso_bot.channels.safe_download import SafeDownload
from hoso_bot.channels.zalo_oa_api import PUBLIC_API, OaApi, ZaloRefused
from hoso_bot.channels.zalo_oa_errors import (
    BY_PHONE,
    MEANINGS,
    OF_TEMPLATES,
    OFFICE_PAUSE,
    Meaning,
    meaning,
    of_template,
    outcome,
)
from hoso_bot.channels.zalo_oa_sending import MAX_SENT_BYTES, Delivery
from hoso_bot.channels.zalo_oa_tokens import NeedsLogin, OaTokens
from hoso_bot.domain.errors import outline
from hoso_bot.domain.events import ChatEvent, FileSent
from hoso_bot.domain.messages import Abilities, Gone, Later, Outcome, Parcel, Sent, Template
from hoso_bot.domain.reach import FREE_WINDOW
from hoso_bot.ports import Clock, Store

log = structlog.get_logger(__name__)

OLDEST_EVENT = timedelta(hours=24)
"""Zalo repeats a failed delivery for about two hours; what is signed and much older is somebody's replay."""
LOOK_AFTER_TOKENS = 3_600.0
MAX_FILE_BYTES = 20 * 2**20

PayloadStyle = Literal["text", "object"]


class ZaloOa:
    """The OA channel (`ports.Channel`).

    template_type: what the template of buttons is called, '' to leave it out; payload_style: a button's
    payload as plain text or as an object. Both are open points of a real account. on_trouble: told of a
    refusal that the OA's administrator has to mend, by its code.
    """

    name: str = zalo_oa_events.CHANNEL
    max_file_bytes: int = MAX_FILE_BYTES
    abilities: Abilities = Abilities(
        edits=False, erases=False, typed_answers=True, sends_up_to=MAX_SENT_BYTES, free_window=FREE_WINDOW
    )

    def __init__(
        self,
        tokens: OaTokens,
        api: OaApi,
        clock: Clock,
        *,
        base_url: str = PUBLIC_API,
        template_type: str = "",
        payload_style: PayloadStyle = "text",
        link_for: Callable[[Parcel, str], str] = lambda parcel, channel: "",
        on_trouble: Callable[[int], None] = lambda code: None,
    ) -> None:
        """link_for: a short-lived link to a parcel's file, for what is too big; '' for none."""
        self._tokens, self._api, self._clock = tokens, api, clock
        self._downloads = SafeDownload(MAX_FILE_BYTES, trusted=base_url)
        self._delivery = Delivery(
            api, template_type, payload_style, lambda parcel: link_for(parcel, self.name)
        )
        self._on_trouble = on_trouble

    # --- incoming --------------------------------------------------------------------------------

    def parse(self, raw: dict[str, Any]) -> ChatEvent | None:
        """The event in a raw webhook, see `zalo_oa_events.parse`."""
        return zalo_oa_events.parse(raw)

    def receive(self, raw: dict[str, Any], account_id: str | None) -> tuple[str, str, dict[str, Any]] | None:
        """A signed webhook as the store wants it: (external id, lane, raw); None for what is not kept.

        Raises KeyError, TypeError, ValueError or AttributeError for a malformed one.
        """
        found = zalo_oa_events.arrival(raw, account_id)
        if found is None or self._clock.now() - zalo_oa_events.sent_at(raw) > OLDEST_EVENT:
            return None
        self.parse(raw)  # what cannot be read now never could be
        return *found, raw

    async def listen(self, store: Store) -> None:
        """Webhooks come by themselves; here the tokens are kept alive, also over the holidays."""
        while True:
            try:
                await self._tokens.access()
            except Exception as error:  # also a database that is away: the next hour asks again
                log.warning("zalo_oa.no_token", error=outline(error))
            await asyncio.sleep(LOOK_AFTER_TOKENS)

    async def fetch(self, file: FileSent, target: Path) -> None:
        """Stream the file to `target`. Raises FileRefused (too big, gone, forbidden) or OSError (retry)."""
        await self._downloads.fetch(file.remote_id, target)

    # --- outgoing --------------------------------------------------------------------------------

    async def send(self, parcel: Parcel) -> Outcome:
        """Deliver one parcel as `zalo_oa_sending.Delivery` says; never raises."""
        try:
            return Sent(await self._with_token(parcel))
        except ZaloRefused as refused:
            return await self._refusal(refused)
        except NeedsLogin as error:
            return Later(str(error), OFFICE_PAUSE, refused=True)
        except (OSError, ValueError, KeyError) as error:
            why = outline(error)
            log.warning("zalo_oa.send_failed", error=why)
            return Gone(why) if isinstance(error, FileNotFoundError) else Later(why)

    def pieces(self, parcel: Parcel) -> int:
        """How many messages are paid for when this parcel is, its picture aside."""
        return self._delivery.pieces(parcel)

    async def send_template(self, template: Template) -> Outcome:
        """Deliver a template to the chat, or to the phone where its kind knows phones only; never raises."""
        try:
            return Sent(await self._template_with_token(template))
        except ZaloRefused as refused:
            kind = OF_TEMPLATES.get(refused.code, Meaning.AGAIN)
            await self._tell(refused, kind)
            return of_template(refused.code, refused.message, self._clock.now())
        except NeedsLogin as error:
            return Later(str(error), OFFICE_PAUSE, refused=True)
        except (OSError, ValueError, KeyError) as error:
            return Later(outline(error))

    async def _template_with_token(self, template: Template) -> str:
        async def deliver(access: str) -> str:
            try:
                return await self._api.send_template(access, template)
            except ZaloRefused as refused:
                if refused.code != BY_PHONE or not template.phone:
                    raise
            return await self._api.send_template(access, template, by_phone=True)

        return await self._retried(deliver, OF_TEMPLATES)

    async def _with_token(self, parcel: Parcel) -> str:
        return await self._retried(lambda access: self._delivery.deliver(access, parcel), MEANINGS)

    async def _retried(
        self, deliver: Callable[[str], Awaitable[str]], meanings: Mapping[int, Meaning]
    ) -> str:
        """Deliver; once more with a fresh token where Zalo refuses this one before the time."""
        access = await self._tokens.access()
        try:
            return await deliver(access)
        except ZaloRefused as refused:
            if meanings.get(refused.code) is not Meaning.TOKEN:
                raise
        return await deliver(await self._tokens.access(refused=access))

    async def _refusal(self, refused: ZaloRefused) -> Outcome:
        await self._tell(refused, meaning(refused.code))
        return outcome(refused.code, refused.message, self._clock.now())

    async def _tell(self, refused: ZaloRefused, kind: Meaning) -> None:
        log.warning("zalo_oa.refused", code=refused.code, meaning=kind.name)
        if kind in (Meaning.OFFICE, Meaning.SPENT):
            await asyncio.to_thread(self._on_trouble, refused.code)

    async def close(self) -> None:
        """Give back the connections."""
        await self._downloads.close()
        await self._api.close()

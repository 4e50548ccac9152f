"""A bot of Zalo's Bot Platform, both ways: updates by long polling or webhook, words and pictures out.

What the platform can do and what is only hearsay: docs/zalo.md. It carries no file and no button, changes no
message, takes none back, is never silent. Who wrote once may be written to for ever.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import structlog

from hoso_bot.channels import zalo_bot_events
from hoso_bot.channels.file_by_link import LinkFor
from hoso_bot.channels.safe_download import SafeDownload
from hoso_bot.channels.zalo_bot_api import PUBLIC_API, BotApi, BotRefused
from hoso_bot.channels.zalo_bot_errors import Meaning, meaning, outcome
from hoso_bot.channels.zalo_bot_sending import Delivery
from hoso_bot.domain.errors import outline
from hoso_bot.domain.events import ChatEvent, FileSent
from hoso_bot.domain.messages import Abilities, Gone, Later, Outcome, Parcel, Sent
from hoso_bot.ports import FACELESS, Store

log = structlog.get_logger(__name__)

POLL_SECONDS = 30
LOOK_AFTER_WEBHOOK = 3_600.0
LONGEST_PAUSE = 30.0
MAX_FILE_BYTES = 20 * 2**20

MALFORMED = (ValueError, TypeError, KeyError, AttributeError, OverflowError, OSError)
"""What reading an update raises that is not as documented."""

Done = TypeVar("Done")
Item = tuple[str, str, dict[str, Any]]


@dataclass(frozen=True)
class Hook:
    """Where Zalo posts updates, and what it says to be known by."""

    url: str
    secret: str


class ZaloBot:
    """The Bot channel (`ports.Channel`).

    hook: have updates posted there instead of polling for them. file_link, picture_link: short-lived links to
    a parcel's file and picture. on_trouble: told of a refusal that the bot's owner has to mend, by its code.
    """

    name: str = zalo_bot_events.CHANNEL
    max_file_bytes: int = MAX_FILE_BYTES
    abilities: Abilities = Abilities(
        edits=False, erases=False, typed_answers=True, receives_files=False, buttons=False
    )

    def __init__(
        self,
        api: BotApi,
        *,
        base_url: str = PUBLIC_API,
        hook: Hook | None = None,
        file_link: LinkFor = lambda parcel: "",
        picture_link: LinkFor = lambda parcel: "",
        on_trouble: Callable[[int], None] = lambda code: None,
        poll_seconds: int = POLL_SECONDS,
        look_after: float = LOOK_AFTER_WEBHOOK,
    ) -> None:
        self._api, self._hook, self._is_set = api, hook, False
        self._downloads = SafeDownload(MAX_FILE_BYTES, trusted=base_url)
        self._delivery = Delivery(api, file_link, picture_link)
        self._on_trouble, self._poll_seconds, self._look_after = on_trouble, poll_seconds, look_after

    # --- incoming --------------------------------------------------------------------------------

    def parse(self, raw: dict[str, Any]) -> ChatEvent | None:
        """The event in an update, see `zalo_bot_events.parse`."""
        return zalo_bot_events.parse(raw)

    def receive(self, raw: dict[str, Any]) -> Item | None:
        """An update as the store wants it: (external id, lane, raw); None for what is not kept.

        What came from nobody is kept, to be counted. What is malformed is noted and not kept: Zalo does not
        say it again in other words.
        """
        try:
            if zalo_bot_events.is_faceless(raw):
                return f"{FACELESS}{secrets.token_hex(8)}", f"{self.name}:{FACELESS}", raw
            found = zalo_bot_events.arrival(raw)
            if found is None:
                return None
            self.parse(raw)  # what cannot be read now never could be
        except MALFORMED as error:
            log.warning("zalo_bot.malformed", error=type(error).__name__)
            return None
        return *found, raw

    async def listen(self, store: Store) -> None:
        """Until cancelled. A webhook is set and looked after; or taken away, for with one nobody may poll."""
        if self._hook is None:
            await self._patiently(self._api.delete_webhook)
            log.warning("zalo_bot.polling", mend="what comes while nobody polls is lost: hoso-bot doctor")
            await self._poll(store)
        while self._hook:
            await self._patiently(partial(self._keep_webhook, self._hook))
            await asyncio.sleep(self._look_after)

    async def _poll(self, store: Store) -> None:
        """For ever. A poll takes an update off Zalo for good, so one in hand is kept before the next."""
        while True:
            found = map(self.receive, await self._patiently(self._polled))
            if items := [item for item in found if item]:
                await self._patiently(partial(store, items))

    async def _polled(self) -> list[dict[str, Any]]:
        """What somebody wrote just now. Raises BotRefused, OSError."""
        try:
            return await self._api.updates(self._poll_seconds)
        except BotRefused as refused:
            if refused.code == 400:  # a webhook, perhaps from another process
                await self._api.delete_webhook()
            raise

    async def _keep_webhook(self, hook: Hook) -> None:
        """Set it where it is not, at the start and whenever somebody else took it away."""
        if self._is_set and await self._api.webhook() == hook.url:
            return
        verified = (await self._api.set_webhook(hook.url, hook.secret)).get("verification")
        if isinstance(verified, dict) and not verified.get("ok"):
            log.warning("zalo_bot.webhook_not_reached", status=verified.get("status_code"))
        log.info("zalo_bot.ready", mode="webhook", again=self._is_set)
        self._is_set = True

    async def _patiently(self, act: Callable[[], Awaitable[Done]]) -> Done:
        """Until it succeeds, with growing pauses."""
        failures = 0
        while True:
            try:
                return await act()
            except Exception as error:
                failures += 1
                log.warning("zalo_bot.failed", failures=failures, error=outline(error))
                if isinstance(error, BotRefused):
                    await self._tell_of(error)
            pause = min(LONGEST_PAUSE, 0.5 * 2.0 ** min(failures, 10))
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311

    async def fetch(self, file: FileSent, target: Path) -> None:
        """Stream a picture to `target`. Raises FileRefused (too big, gone, forbidden) or OSError (retry)."""
        await self._downloads.fetch(file.remote_id, target)

    # --- outgoing --------------------------------------------------------------------------------

    async def send(self, parcel: Parcel) -> Outcome:
        """Deliver one parcel as `zalo_bot_sending.Delivery` says; never raises."""
        try:
            return Sent(await self._delivery.deliver(parcel))
        except BotRefused as refused:
            log.warning("zalo_bot.refused", code=refused.code, meaning=meaning(refused.code).name)
            await self._tell_of(refused)
            return outcome(refused.code, str(refused))
        except (OSError, ValueError, KeyError) as error:
            why = outline(error)
            log.warning("zalo_bot.send_failed", error=why)
            return Gone(why) if isinstance(error, FileNotFoundError) else Later(why)

    async def _tell_of(self, refused: BotRefused) -> None:
        if meaning(refused.code) is Meaning.OFFICE:
            await asyncio.to_thread(self._on_trouble, refused.code)

    async def close(self) -> None:
        """Give back the connections."""
        await self._downloads.close()
        await self._api.close()

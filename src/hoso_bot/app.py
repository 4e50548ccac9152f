"""The one place where real parts are chosen, joined, started and stopped."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

import structlog
from aiohttp import web

from hoso_bot import texts
from hoso_bot.casework.reminding import is_due, still_wanted
from hoso_bot.channels import telegram_updates, zalo_bot_events, zalo_oa_events
from hoso_bot.channels.pin_guard import PinGuard, Words
from hoso_bot.choices import policy, tariff
from hoso_bot.clock import SystemClock
from hoso_bot.domain.errors import FilesAway, SettingsError
from hoso_bot.domain.events import InternalEvent, to_json
from hoso_bot.domain.weekend_events import REMINDER_LANE, ReminderRound
from hoso_bot.filing import file_store
from hoso_bot.lookups import Desk
from hoso_bot.office import Office
from hoso_bot.pdf.csc_client import signing_service
from hoso_bot.pdf.keys import master_key_from_text
from hoso_bot.pdf.sandbox import Sandbox
from hoso_bot.pdf.sandbox_child import SandboxLimits
from hoso_bot.pdf.sign import SigningDesk
from hoso_bot.pdf.tsa_client import timestamp_client
from hoso_bot.ports import Channel, Clock, FileStore, Inspector, Signer, Store
from hoso_bot.settings import Settings
from hoso_bot.store.db import Database
from hoso_bot.store.file_parts import FileParts
from hoso_bot.store.files import free_bytes
from hoso_bot.store.home_lock import only_one
from hoso_bot.store.inbox import INTERNAL, Arrival, GroupCommit, Inbox
from hoso_bot.store.measures import measure
from hoso_bot.store.other_ways import OtherWays
from hoso_bot.store.outbox import Outbox
from hoso_bot.store.pins import Pins
from hoso_bot.store.school import School
from hoso_bot.store.typed_answers import TypedAnswers
from hoso_bot.telegram_account import TelegramAccount
from hoso_bot.web.board.routes import board_routes
from hoso_bot.web.board.visit import BoardDesk
from hoso_bot.web.file_links import FileLinks, file_pages
from hoso_bot.web.listening import Listening, tell_ready
from hoso_bot.web.message_page.links import MessageLinks
from hoso_bot.web.message_page.pictures import PagePictures
from hoso_bot.web.message_page.routes import message_routes
from hoso_bot.web.message_page.visit import MessageDesk
from hoso_bot.web.metrics import metrics_page
from hoso_bot.web.picture_links import PictureLinks, picture_pages
from hoso_bot.web.pin_page import PinDesk, pin_pages
from hoso_bot.web.server import application
from hoso_bot.web.upload.desk import UploadDesk, keep_swept
from hoso_bot.web.upload.pages import upload_routes
from hoso_bot.web.verification import VerificationDesk, verification_pages
from hoso_bot.workers.bell import Bell
from hoso_bot.workers.dispatcher import Dispatcher
from hoso_bot.workers.patience import Patience
from hoso_bot.workers.scheduler import JOBS, Round, Scheduler
from hoso_bot.workers.sender import Sender
from hoso_bot.zalo_account import TroubleTold
from hoso_bot.zalo_chats import ZaloChats

log = structlog.get_logger(__name__)

Pool = TypeVar("Pool", Sandbox, SigningDesk)
CLAIM_SECONDS = 5.0
REFUSALS = range(300, 500)
PUBLIC_CPU, PUBLIC_WALL = 30, 40.0
"""Seconds a file from the web page may cost; a tagged plan of 490 pages takes 15."""
WORDS = {
    telegram_updates.CHANNEL: Words(telegram_updates.parse, telegram_updates.with_text),
    zalo_oa_events.CHANNEL: Words(zalo_oa_events.parse, zalo_oa_events.with_text),
    zalo_bot_events.CHANNEL: Words(zalo_bot_events.parse, zalo_bot_events.with_text),
}


@dataclass
class App:
    """A running school. Use `async with App(settings).running():`.

    extra_channels and extra_routes: the web demo's phones; nothing else adds any.
    inspector and signer: parts somebody else started and will close; by default the app's own.
    """

    settings: Settings
    clock: Clock = field(default_factory=SystemClock)
    extra_channels: tuple[Channel, ...] = ()
    extra_routes: tuple[web.AbstractRouteDef, ...] = ()
    inspector: Inspector | None = None
    signer: Signer | None = None
    port: int | None = None
    """The port the web server listens on, once running; None when it does not."""

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[App]:
        """Start everything; stop it in the opposite order."""
        async with contextlib.AsyncExitStack() as stack:
            await self._start(stack)
            yield self

    async def run_forever(self) -> None:
        """Until a worker dies (its error is raised) or this task is cancelled."""
        async with self.running():
            tell_ready()
            done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()

    # --- starting --------------------------------------------------------------------------------

    async def _start(self, stack: contextlib.AsyncExitStack) -> None:
        stack.enter_context(only_one(self.settings.home))
        self._open_database(stack)
        self._only_process(stack)
        self.desk = desk = self._desk(stack)
        self.inbox = Inbox(self.db, self.clock)
        self.outbox = Outbox(self.db, self.clock)
        log.info("recovered", inbox=self.inbox.recover(), outbox=self.outbox.recover())
        self._writer = GroupCommit(self.inbox)
        stack.callback(self._writer.close)
        self._pins = PinGuard(Pins(self.db), desk.signer, WORDS)
        self._bell, self._sender_bell = Bell(), Bell()
        self._zalo = ZaloChats.of(self.settings, desk, self._told)
        self.channels = {c.name: c for c in self._chats(stack)}
        other_ways = OtherWays(self.db, self.clock)
        self._dispatcher = Dispatcher(
            desk, self.inbox, self.channels, self._bell, self._sender_bell, other_ways=other_ways
        )
        self._sender = Sender(
            self.outbox,
            self.inbox,
            self.channels,
            desk.files,
            self.clock,
            desk.policy.quiet,
            self._sender_bell,
            self._bell,
            still_wanted=lambda row: still_wanted(row, desk),
            typed=TypedAnswers(self.db),
            page_of=lambda row: MessageLinks(desk).link_for(row.address, row.person_id, row.key),
            other_ways=other_ways,
            paces=self._zalo.paces(),
            tolls=self._zalo.tolls(self.channels.values(), tariff(self.settings)),
        )
        await self._start_web(stack)
        self._tasks = [asyncio.create_task(w.run()) for w in (self._dispatcher, self._sender)]
        reminders = Round("reminders", lambda: is_due(desk), reminder_round, REMINDER_LANE)
        self.scheduler = Scheduler(self.inbox, self.clock, self._bell, [*JOBS, reminders])
        self._tasks.append(asyncio.create_task(self.scheduler.run()))
        self._tasks += [asyncio.create_task(self._listen(channel)) for channel in self.channels.values()]
        self._tasks.append(asyncio.create_task(keep_swept(self._uploads)))
        self._tasks.append(asyncio.create_task(self._stay_the_only_process()))
        stack.push_async_callback(_stop, self._tasks)

    def _open_database(self, stack: contextlib.AsyncExitStack) -> None:
        office = Office(self.settings, self.clock)
        office.signers.ensure_keys()
        for person in office.signers.without_key():
            log.warning("signer.without_certificate", staff_id=person.staff_id, mend="hoso-bot staff enrol")
        self._custody = office.signers.custody
        if not self.settings.signing.custody_is_said:
            log.warning("custody.unsaid", goes_on_as=self._custody, mend="hoso-bot doctor")
        office.close()
        self.db = Database(self.settings.database, self.settings.school_id)
        stack.callback(self.db.close)

    def _only_process(self, stack: contextlib.AsyncExitStack) -> None:
        """Two processes would poll one bot twice; on a server the school folder's lock is not enough."""
        self._claim = self.db.claim("run")
        if not self._claim.holds():
            raise SettingsError("another hoso-bot runs this school on the same database")
        stack.callback(self._claim.release)

    async def _stay_the_only_process(self) -> None:
        """Ends the process when another one took the school over while the database was away."""
        patience = Patience()
        while await patience.ask(self._claim.holds):
            await asyncio.sleep(CLAIM_SECONDS)
        raise SettingsError("another hoso-bot took this school over")

    def _desk(self, stack: contextlib.AsyncExitStack) -> Desk:
        files = file_store(self.settings, self.db)
        files.sweep()
        _prove(files)
        inspector = self.inspector or _warmed(Sandbox(), stack)
        signer = self.signer or _warmed(signing_desk(self.settings, self.clock), stack)
        rules = policy(self.settings, self._custody)
        return Desk(self.db, self.clock, files, inspector, signer, texts.render, rules)

    def _chats(self, stack: contextlib.AsyncExitStack) -> Iterator[Channel]:
        self._telegram = TelegramAccount.of(self.settings, self.db)
        if not (self._telegram or self._zalo or self.extra_channels):
            raise SettingsError("no Telegram token: set HOSO_TELEGRAM__TOKEN (from @BotFather)")
        ours = [*([self._telegram.channel] if self._telegram else []), *self._zalo.channels()]
        for channel in ours:
            stack.push_async_callback(channel.close)
        yield from (*ours, *self.extra_channels)

    def _told(self, channel: str) -> TroubleTold:
        return TroubleTold(channel, self.inbox, self.clock, self._bell)

    async def _listen(self, channel: Channel) -> None:
        telegram = self._telegram
        listener = telegram if telegram and channel is telegram.channel else channel
        await listener.listen(self._store(channel.name))

    def _store(self, source: str) -> Store:
        async def keep(items: list[tuple[str, str, dict[str, Any]]]) -> None:
            items = await self._pins.sealed(source, items)
            await self._writer.keep([Arrival(source, *item) for item in items])
            self._bell.ring()

        return keep

    # --- the web side ----------------------------------------------------------------------------

    async def _start_web(self, stack: contextlib.AsyncExitStack) -> None:
        routes = [*self.extra_routes, *self._pages(stack)]
        by_webhook = bool(self._telegram and self._telegram.by_webhook)
        needed = bool(self.extra_routes or by_webhook or self._zalo)
        school = School(self.db).row().name
        routes += self._zalo.routes(self.channels.values(), self._store, school)
        if self._telegram:
            routes += self._telegram.routes(self._store(self._telegram.channel.name))
        server = Listening(application(self.state, routes, self.db.school_id, self.settings.web.proxy))
        stack.push_async_callback(server.stop)
        try:
            self.port = await server.start(self.settings.web.host, self.settings.web.port)
        except OSError as error:
            where = f"{self.settings.web.host}:{self.settings.web.port}"
            if needed:
                raise SettingsError(
                    f"cannot listen on {where} ({error.strerror}); set HOSO_WEB__PORT"
                ) from None
            log.warning("web.off", where=where, error=str(error))

    def _pages(self, stack: contextlib.AsyncExitStack) -> list[web.RouteDef]:
        """What anybody may open. Files from the outside get a sandbox of their own, started by the first."""
        inspector = self.inspector
        if inspector is None:
            inspector = Sandbox(limits=SandboxLimits(cpu=PUBLIC_CPU, wall=PUBLIC_WALL))
            stack.callback(inspector.close)
        verification = VerificationDesk(self.desk, inspector, self._custody)
        metrics = metrics_page(lambda: measure(self.db, self.clock, self.desk.files))
        self._uploads = self._upload_desk()
        board = BoardDesk(self.desk, told=self._sender_bell.ring)
        pictures = PagePictures(self.desk.files, inspector, self.clock)
        stack.callback(pictures.close)
        return [
            metrics,
            *verification_pages(verification),
            *pin_pages(PinDesk(self.desk, self._owe)),
            *board_routes(board),
            *file_pages(FileLinks(self.desk)),
            *message_routes(MessageDesk(self.desk, self._owe, pictures, told=self._sender_bell.ring)),
            *picture_pages(PictureLinks(self.desk)),
            *upload_routes(self._uploads),
        ]

    def _upload_desk(self) -> UploadDesk:
        parts = self.settings.home / "parts"
        without_buttons = frozenset(c.name for c in self.channels.values() if not c.abilities.buttons)
        return UploadDesk(
            self.desk, FileParts(parts), self._bell.ring, partial(free_bytes, parts), without_buttons
        )

    async def _owe(self, external_id: str, lane: str, event: InternalEvent) -> None:
        """Work that a page brought; the same id again is the same work."""
        await self._writer.keep([Arrival(INTERNAL, external_id, lane, to_json(event))])
        self._bell.ring()

    def state(self) -> dict[str, Any]:
        """Rows per state and whether every worker is alive and at work. Raises what the database raises."""
        tasks = getattr(self, "_tasks", [])
        alive = bool(tasks) and not any(task.done() for task in tasks)
        waits = bool(tasks) and bool(self._dispatcher.patience.trouble or self._sender.patience.trouble)
        away = self.desk.files.trouble()
        return {
            "ok": alive and not waits and not away,
            "inbox": self.inbox.counts(),
            "outbox": self.outbox.counts(),
            **({"files": away} if away else {}),
        }


def _prove(files: FileStore) -> None:
    """A wrong key, bucket or prefix stops the start; a store that does not answer is waited for."""
    try:
        files.prove()
    except FilesAway as away:
        if away.status in REFUSALS:
            raise SettingsError(f"{away} (hoso-bot doctor)") from None
        log.warning("files.away", error=away.why)


def _warmed(part: Pool, stack: contextlib.AsyncExitStack) -> Pool:
    """Start a pool of processes in the background; closed with the app."""
    stack.callback(part.close)
    part.warm()
    return part


def reminder_round(at: datetime) -> ReminderRound:
    """The event of one look at what is due."""
    return ReminderRound(at.isoformat())


def signing_desk(settings: Settings, clock: Clock) -> SigningDesk:
    """The desk with everything the settings give it. Raises SettingsError."""
    return SigningDesk(
        master_key_from_text(settings.master()),
        workers=1,
        timestamps=timestamp_client(settings, clock),
        token_environment=settings.signing.token_environment,
        remote=signing_service(settings.signing),
    )


async def _stop(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

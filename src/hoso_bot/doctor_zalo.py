"""What the doctor says about the school's Zalo: tokens, webhook, clock, and whom it may write to now."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import NamedTuple

from hoso_bot.channels.zalo_oa import FREE_WINDOW
from hoso_bot.channels.zalo_oa_events import CHANNEL
from hoso_bot.channels.zalo_oa_tokens import NeedsLogin
from hoso_bot.domain.calendar import VN
from hoso_bot.domain.errors import SettingsError
from hoso_bot.ports import Clock
from hoso_bot.settings import Settings
from hoso_bot.store.db import Database
from hoso_bot.store.inbox import Inbox
from hoso_bot.store.people import People
from hoso_bot.zalo_account import ZaloAccount

QUIET_WEBHOOK = timedelta(days=3)
CLOCKS_AGREE = timedelta(minutes=1)
WEBHOOK_MEND = (
    "in the Zalo app's console set the webhook {url}, tick the user_send_*, follow and unfollow events, and "
    "subscribe again if Zalo ended it"
)


class ZaloFinding(NamedTuple):
    """One line: whether it is well, and what it says."""

    ok: bool
    what: str


async def examine_zalo(
    settings: Settings, db: Database, school_id: str, clock: Clock
) -> AsyncIterator[ZaloFinding]:
    """Every check; nothing where the settings name no OA. Refreshes the tokens when they need it."""
    try:
        account = ZaloAccount.of(settings, db, school_id, clock)
    except SettingsError as error:
        yield ZaloFinding(False, str(error))
        return
    if account is None:
        return
    try:
        if not settings.web.public_url.startswith("https://"):
            yield ZaloFinding(
                False, "Zalo delivers to https only: HOSO_WEB__PUBLIC_URL must begin with https://"
            )
        yield await _tokens(account)
        if account.api.clock_ahead is not None:
            yield _clocks(account.api.clock_ahead)
        yield _webhook(Inbox(db, school_id, clock).newest(CHANNEL), clock.now(), settings)
        yield _reached(People(db, school_id), clock.now())
    finally:
        await account.api.close()


async def _tokens(account: ZaloAccount) -> ZaloFinding:
    try:
        if await account.api.accepts(await account.tokens.access()):
            return ZaloFinding(True, "Zalo takes the tokens")
    except NeedsLogin as error:
        return ZaloFinding(False, f"Zalo: {error}")
    except OSError as error:
        return ZaloFinding(False, f"Zalo does not answer ({error}); check the network")
    return ZaloFinding(False, "Zalo refuses the access token: hoso-bot zalo-oa login")


def _clocks(ahead: timedelta) -> ZaloFinding:
    seconds = abs(ahead.total_seconds())
    text = f"this machine's clock and Zalo's differ by {seconds:.0f} s"
    mend = ": set this machine's clock (timedatectl set-ntp true)"
    agree = abs(ahead) <= CLOCKS_AGREE
    return ZaloFinding(agree, text if agree else text + mend)


def _webhook(newest: datetime | None, now: datetime, settings: Settings) -> ZaloFinding:
    mend = WEBHOOK_MEND.format(url=f"{settings.web.public_url}/webhook/zalo-oa")
    if newest is None:
        return ZaloFinding(False, f"no webhook of Zalo came yet: {mend}")
    text = f"last webhook of Zalo {newest.astimezone(VN):%Y-%m-%d %H:%M}"
    fresh = now - newest <= QUIET_WEBHOOK
    return ZaloFinding(fresh, text if fresh else f"{text}: {mend}")


def _reached(people: People, now: datetime) -> ZaloFinding:
    """Whom Zalo lets nobody write to now, and who has no other chat."""
    chats = [(p, people.accounts(p.id)) for p in people.all() if p.active]
    on_zalo = [(p, accounts) for p, accounts in chats if any(a.address.channel == CHANNEL for a in accounts)]
    silent = [
        person.name
        for person, accounts in on_zalo
        if all(a.address.channel == CHANNEL and now - a.last_used > FREE_WINDOW for a in accounts)
    ]
    text = f"{len(on_zalo)} people on Zalo"
    if not silent:
        return ZaloFinding(True, text)
    return ZaloFinding(
        True, f"{text}; silent for over 48 h, so they have to write first: {', '.join(silent)}"
    )

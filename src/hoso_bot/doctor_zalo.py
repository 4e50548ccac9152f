"""What the doctor says about the school's Zalo: tokens, webhook, clock, and whom it may write to now."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from hoso_bot import texts
from hoso_bot.casework.reminding import messages_of_a_weekend, unreached_of
from hoso_bot.channels.zalo_oa_events import CHANNEL
from hoso_bot.channels.zalo_oa_tokens import NeedsLogin
from hoso_bot.choices import policy
from hoso_bot.domain.calendar import VN
from hoso_bot.domain.errors import SettingsError
from hoso_bot.domain.paying import Tariff, month_of
from hoso_bot.domain.reach import Hurdle
from hoso_bot.lookups import Desk
from hoso_bot.ports import Clock
from hoso_bot.settings import Settings
from hoso_bot.store.db import Database
from hoso_bot.store.inbox import Inbox
from hoso_bot.unit_of_work import UnitOfWork
from hoso_bot.zalo_account import ZaloAccount

QUIET_WEBHOOK = timedelta(days=3)
CLOCKS_AGREE = timedelta(minutes=1)
WEBHOOK_MEND = (
    "in the Zalo app's console set the webhook {url}, tick the user_send_*, follow and unfollow events, and "
    "subscribe again if Zalo ended it"
)

WHY = {
    Hurdle.SILENT: "silent for too long (they write one word to the OA, or link another chat)",
    Hurdle.CLOSED: "left or blocked every chat (hoso-bot staff invite)",
}


class ZaloFinding(NamedTuple):
    """One line: whether it is well, and what it says."""

    ok: bool
    what: str


async def examine_zalo(settings: Settings, db: Database, clock: Clock) -> AsyncIterator[ZaloFinding]:
    """Every check; nothing where the settings name no OA. Refreshes the tokens when they need it."""
    try:
        account = ZaloAccount.of(settings, db, clock)
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
        yield _webhook(Inbox(db, clock).newest(CHANNEL), clock.now(), settings)
        uow = _looking(settings, db, clock)
        yield _paid(uow.policy.tariff, uow)
        yield _reached(uow)
    finally:
        await account.api.close()


def _looking(settings: Settings, db: Database, clock: Clock) -> UnitOfWork:
    """A unit of work that only looks."""
    nobody: Any = None
    desk = Desk(db, clock, nobody, nobody, nobody, texts.render, policy(settings, ""))
    return UnitOfWork(desk, "doctor")


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


def _paid(tariff: Tariff, uow: UnitOfWork) -> ZaloFinding:
    """What the school pays for, what it spent this month, and what a weekend may cost at most."""
    if tariff.spends == "off":
        return ZaloFinding(True, "nothing is paid for: after 48 silent hours Zalo takes no message")
    month = month_of(uow.now())
    spent = uow.spending.spent(month)
    kinds = "reminders" if tariff.spends == "reminders" else "reminders, results and plans to approve"
    templates = ", ".join(sorted(tariff.templates)) or "none"
    most = tariff.at_most(messages_of_a_weekend(uow), spent)
    text = (
        f"paid for after 48 silent hours: {kinds}; templates: {templates}; {month}: {spent} of "
        f"{tariff.monthly} VND spent; a weekend may cost {most} VND at most"
    )
    left = tariff.monthly - spent >= tariff.price
    return ZaloFinding(left, text if left else f"{text}; used up: HOSO_ZALO_OA__MONTHLY_BUDGET")


def _reached(uow: UnitOfWork) -> ZaloFinding:
    """Whom nothing will reach on the coming weekend although they have a chat, why, and what helps."""
    on_zalo = f"{len(uow.people.linked(CHANNEL))} people on Zalo"
    unreached = unreached_of(uow)
    names = {why: [one.person.name for one in unreached if one.why is why] for why in WHY}
    named = "; ".join(f"{', '.join(people)}: {WHY[why]}" for why, people in names.items() if people)
    return ZaloFinding(
        True, f"{on_zalo}; on the weekend, as it stands, nothing reaches {named}" if named else on_zalo
    )

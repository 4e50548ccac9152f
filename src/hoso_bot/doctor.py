"""`hoso-bot doctor`: what a school needs to run, each trouble with its fix."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from hoso_bot.channels.telegram import Telegram
from hoso_bot.clock import SystemClock
from hoso_bot.domain.calendar import VN, next_week
from hoso_bot.domain.errors import HosoError
from hoso_bot.domain.roster import Role
from hoso_bot.domain.routing import NoApprover, signing_order
from hoso_bot.office import SCHOOL_ID, Office
from hoso_bot.pdf.keys import master_key_from_text
from hoso_bot.pdf.outside_certificate import facts_of
from hoso_bot.settings import Settings
from hoso_bot.store.archive_checks import ArchiveChecks, ArchiveState

LOW_DISK = 2 * 2**30
EXPIRES_SOON = timedelta(days=30)
STALE_ARCHIVE = timedelta(days=30)


@dataclass(frozen=True)
class Finding:
    """One line of the doctor."""

    ok: bool
    what: str


async def examine(settings: Settings) -> list[Finding]:
    """Every check in a fixed order; none of them changes anything or raises."""
    findings = [_attempt(check, settings) for check in (_master_key, _disk)]
    findings += list(_school(settings))
    findings.append(await _telegram(settings))
    return findings


def _attempt(check: Callable[[Settings], Finding], settings: Settings) -> Finding:
    try:
        return check(settings)
    except (HosoError, OSError) as error:
        return Finding(False, str(error))


def _master_key(settings: Settings) -> Finding:
    master_key_from_text(settings.master())
    return Finding(True, "master key reads well; is it printed and in the safe?")


def _disk(settings: Settings) -> Finding:
    free = shutil.disk_usage(settings.home).free
    text = f"{free / 2**30:.0f} GB free on the disk of {settings.home}"
    return Finding(
        free > LOW_DISK, text if free > LOW_DISK else f"{text}: make room, below 2 GB is too little"
    )


def _school(settings: Settings) -> Iterator[Finding]:
    office = Office(settings, SystemClock())
    try:
        people = [p for p in office.people.all() if p.active]
        if not people:
            yield Finding(False, "no staff: hoso-bot staff import LIST.xlsx")
            return
        yield Finding(True, f"{len(people)} people on the staff list")
        yield from _approvers(settings, office)
        yield from _signers(settings, office)
        linked = office.people.linked()
        missing = [p.name for p in people if p.id not in linked]
        yield Finding(
            not missing,
            f"no chat linked yet: {', '.join(missing)} (hoso-bot staff invite)" if missing else "all linked",
        )
        today = SystemClock().now().astimezone(VN).date()
        coming = next_week(office.weeks(), today)
        yield Finding(
            True, f"next week is {coming.number}, deadline {coming.deadline}" if coming else "no week left"
        )
        yield _archive(ArchiveChecks(office.db, SCHOOL_ID).state(), SystemClock().now())
    finally:
        office.close()


def _archive(state: ArchiveState, now: datetime) -> Finding:
    """What the nightly validation found, and whether it still happens."""
    if state.doubted:
        named = "; ".join(f"{code}: {', '.join(doubts)}" for code, doubts in state.doubted[:5])
        more = f" and {len(state.doubted) - 5} more" if len(state.doubted) > 5 else ""
        return Finding(False, f"archive: {named}{more}: bring these files back from a backup")
    if state.oldest is None:
        return Finding(True, "archive: no signed file yet")
    since = f"{state.oldest.astimezone(VN):%Y-%m-%d}"
    text = f"archive: {state.files} signed files, every one validated since {since}"
    late = now - state.oldest > STALE_ARCHIVE
    return Finding(not late, f"{text}: leave the bot running at night (1:30 to 7:30)" if late else text)


def _approvers(settings: Settings, office: Office) -> Iterator[Finding]:
    people = office.people.all()
    without: list[str] = []
    for person in people:
        if person.active and person.role != Role.STAFF:
            try:
                signing_order(person, people, settings.roles.records_admin)
            except NoApprover:
                without.append(person.name)
    yield Finding(
        not without,
        f"nobody approves the plans of {', '.join(without)}: add a vice-principal or principal to the list"
        if without
        else "everybody's plans have approvers",
    )


def _signers(settings: Settings, office: Office) -> Iterator[Finding]:
    waiting = ", ".join(person.name for person in office.signers.without_key())
    yield Finding(
        not waiting,
        f"no certificate: {waiting} (hoso-bot staff enrol)"
        if waiting
        else "every approver has a certificate",
    )
    yield from _outside(office)
    if settings.signing.custody == "pin":
        locked = office.signers.authority_is_locked()
        what = "is under the office passphrase" if locked else "opens with the master key alone"
        mend = "" if locked else ": hoso-bot staff enrol --passphrase …"
        yield Finding(locked, f"the certificate authority {what}{mend}")


def _outside(office: Office) -> Iterator[Finding]:
    """Certificates of other authorities, which expire without the school's doing."""
    now = SystemClock().now()
    for person, key in office.signers.approvers():
        if key is None or not key.foreign:
            continue
        facts = facts_of(key.certificate_pem)
        until = f"{facts.until.astimezone(VN):%Y-%m-%d}"
        text = f"{person.name} signs with a certificate of {facts.issuer}, good until {until}"
        soon = facts.until - now < EXPIRES_SOON
        mend = f": hoso-bot staff certificate {person.staff_id} NEW.cer"
        yield Finding(not soon, text + mend if soon else text)


async def _telegram(settings: Settings) -> Finding:
    token = settings.telegram.token
    if token is None:
        return Finding(False, "no Telegram token: set HOSO_TELEGRAM__TOKEN (from @BotFather)")
    channel = Telegram(token.get_secret_value(), settings.telegram.base_url, proxy=settings.telegram.proxy)
    try:
        return Finding(True, f"Telegram answers: @{await channel.me()}")
    except (HosoError, OSError) as error:
        return Finding(
            False, f"Telegram does not answer ({error}); check the token, the network or the proxy"
        )
    finally:
        await channel.close()

"""`hoso-bot doctor`: what a school needs to run, each trouble with its fix."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from hoso_bot.channels.telegram import Telegram
from hoso_bot.clock import SystemClock
from hoso_bot.doctor_files import examine_files
from hoso_bot.doctor_zalo import ZaloFinding, examine_zalo
from hoso_bot.doctor_zalo_bot import examine_zalo_bot
from hoso_bot.domain.calendar import VN, next_week
from hoso_bot.domain.errors import HosoError, NoTimestamp, SettingsError
from hoso_bot.domain.roster import Role
from hoso_bot.domain.routing import NoApprover, signing_order
from hoso_bot.domain.signature_levels import RENEW_BEFORE
from hoso_bot.office import Office
from hoso_bot.pdf.keys import master_key_from_text
from hoso_bot.pdf.outside_certificate import facts_of
from hoso_bot.pdf.tsa_client import timestamp_client
from hoso_bot.ports import Clock
from hoso_bot.settings import Settings
from hoso_bot.signers import Signers
from hoso_bot.store import audit
from hoso_bot.store.archive_checks import ArchiveChecks, ArchiveState
from hoso_bot.store.db import Database, from_moment
from hoso_bot.store.server_checks import describe

LOW_DISK = 2 * 2**30
EXPIRES_SOON = timedelta(days=30)
CLOCKS_AGREE = timedelta(minutes=1)
TSA_MEND = (
    "check HOSO_SIGNING__TSA_URL, HOSO_SIGNING__TSA_CA, the network and the clock; signatures are made "
    "without timestamps meanwhile, finished files get theirs later"
)
CUSTODY = {
    "pin": "custody pin: each key opens with its signer's own PIN only",
    "server": "custody server: this machine alone opens every signer's key; guard it",
}
UNSAID = (
    "hoso.toml does not say who opens signers' keys; as before this machine alone does (custody server). "
    'Better, under their own PINs: hoso-bot staff enrol --passphrase "…" (a new sentence of the office, kept '
    'on paper), then custody = "pin" under [signing]; or keep it so: custody = "server" under [signing]'
)
STALE_ARCHIVE = timedelta(days=30)
STALE_BACKUP = timedelta(days=2)


@dataclass(frozen=True)
class Finding:
    """One line of the doctor."""

    ok: bool
    what: str


async def examine(settings: Settings) -> list[Finding]:
    """Every check in a fixed order; none of them changes anything or raises."""
    findings = [_attempt(check, settings) for check in (_master_key, _disk, _web)]
    findings += list(_school(settings))
    findings += await asyncio.to_thread(lambda: list(_timestamps(settings, SystemClock())))
    findings.append(await _telegram(settings))
    findings += [Finding(ok, what) async for ok, what in _zalo(settings)]
    return findings


def _attempt(check: Callable[[Settings], Finding], settings: Settings) -> Finding:
    try:
        return check(settings)
    except (HosoError, OSError) as error:
        return Finding(False, str(error))


def _attempts(
    checks: Callable[[Settings, Office], Iterator[Finding]], settings: Settings, office: Office
) -> Iterator[Finding]:
    try:
        yield from checks(settings, office)
    except HosoError as error:
        yield Finding(False, f"signers' keys: {error}")


def _master_key(settings: Settings) -> Finding:
    master_key_from_text(settings.master())
    return Finding(True, "master key reads well; is it printed and in the safe?")


def _disk(settings: Settings) -> Finding:
    free = shutil.disk_usage(settings.home).free
    text = f"{free / 2**30:.1f} GB free on the disk of {settings.home}"
    mend = "make room, below 2 GB is too little (never in the school's folder; deploy/README.md, full disk)"
    return Finding(free > LOW_DISK, text if free > LOW_DISK else f"{text}: {mend}")


def _web(settings: Settings) -> Finding:
    """Whether people can open pages, and whether nobody on the way reads what logs them in."""
    public = settings.web.public_url
    if not public:
        return Finding(
            True,
            "no public web address, so no web board (/bang), no page for files over 20 MB (/nop), "
            "no page for PINs and no QR on plans: "
            "a TLS proxy and HOSO_WEB__PUBLIC_URL bring them (docs/settings.md)",
        )
    address = urlsplit(public)
    if address.scheme == "https" or address.hostname in ("127.0.0.1", "localhost"):
        return Finding(True, f"web pages at {public}: board {public}/bang, signatures {public}/v")
    return Finding(False, f"{public} is not https://, links and PINs could be read on the way: a TLS proxy")


def _school(settings: Settings) -> Iterator[Finding]:
    office = Office(settings, SystemClock())
    try:
        people = [p for p in office.people.all() if p.active]
        if not people:
            yield Finding(False, "no staff: hoso-bot staff import LIST.xlsx")
            return
        yield Finding(True, f"{len(people)} people on the staff list")
        yield from _approvers(settings, office)
        yield from _attempts(_signers, settings, office)
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
        yield _database(office)
        yield from (Finding(ok, what) for ok, what in examine_files(settings, office.db))
        yield _archive(ArchiveChecks(office.db).state(), SystemClock().now())
        with office.db.read() as connection:
            last = audit.newest(connection, office.db.school_id, "backup.made")
        yield _backup(last, SystemClock().now())
    finally:
        office.close()


def _database(office: Office) -> Finding:
    what, weak = describe(office.db)
    return Finding(not weak, f"{what}: {'; '.join(weak)}" if weak else what)


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


def _backup(last: tuple[str, dict[str, Any]] | None, now: datetime) -> Finding:
    """How old the last backup is, by the log: `last` is its moment and what was noted about it."""
    mend = "hoso-bot backup DEST, with DEST on another disk (every night: the timer in deploy/)"
    if last is None:
        return Finding(False, f"no backup yet: {mend}")
    made, facts = from_moment(last[0]), last[1]
    text = f"last backup {made.astimezone(VN):%Y-%m-%d %H:%M}, in {facts['folder']}"
    if now - made > STALE_BACKUP:
        return Finding(False, f"{text}: {(now - made).days} days ago; {mend}")
    if facts["same_disk"]:
        return Finding(False, f"{text}: on the same disk as the school, both die together; {mend}")
    return Finding(True, text)


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
    """Who could not sign today, and why; `office.signers` needs the master key."""
    signers = office.signers
    custody = signers.custody
    yield Finding(True, CUSTODY[custody]) if settings.signing.custody_is_said else Finding(False, UNSAID)
    passphrase = " --passphrase …" if custody == "pin" else ""
    waiting = ", ".join(f"{p.name} ({p.staff_id})" for p in signers.without_key())
    yield Finding(
        not waiting,
        f"no certificate, cannot sign: {waiting}: hoso-bot staff enrol{passphrase}"
        if waiting
        else "every approver has a certificate",
    )
    for person in signers.delegates_without_key():
        mend = f"hoso-bot staff enrol {person.staff_id}{passphrase}"
        yield Finding(False, f"delegated to, but no certificate, cannot sign: {person.name}: {mend}")
    if custody == "pin":
        yield from _pins(signers)
    yield from _outside(office)


def _pins(signers: Signers) -> Iterator[Finding]:
    locked = signers.authority_is_locked()
    what = "is under the office passphrase" if locked else "opens with the master key alone"
    mend = "" if locked else ": hoso-bot staff enrol --passphrase …"
    yield Finding(locked, f"the certificate authority {what}{mend}")
    for person in signers.blocked():
        mend = f"hoso-bot staff unlock {person.staff_id} (PIN forgotten: staff enrol {person.staff_id})"
        yield Finding(False, f"too many wrong PINs, cannot sign: {person.name}: {mend}")
    if later := ", ".join(person.name for person in signers.without_pin()):
        yield Finding(True, f"no PIN yet, the first approval asks for it: {later}")


def _timestamps(settings: Settings, clock: Clock) -> Iterator[Finding]:
    """Ask the timestamp authority for a token, as a signature would; nothing where none is set."""
    try:
        client = timestamp_client(settings, clock)
        if client is None:
            return
        token = client.token(secrets.token_bytes(32), patient=True)
    except (NoTimestamp, SettingsError) as error:
        yield Finding(False, f"timestamp authority: {error}: {TSA_MEND}")
        return
    now = clock.now()
    yield _clocks(token.at - now)
    ends, left = f"{token.until.astimezone(VN):%Y-%m-%d}", token.until - now
    text = f"timestamp authority answers; its certificate ends on {ends}"
    if left > RENEW_BEFORE:
        yield Finding(True, text)
    else:
        yield Finding(
            False, f"{text}: have it renewed, or set another HOSO_SIGNING__TSA_URL, before that day"
        )


def _clocks(difference: timedelta) -> Finding:
    seconds = difference.total_seconds()
    text = f"this machine's clock and the timestamp authority's differ by {abs(seconds):.0f} s"
    if abs(difference) <= CLOCKS_AGREE:
        return Finding(True, text)
    return Finding(False, f"{text}: set this machine's clock (timedatectl set-ntp true)")


def _support(settings: Settings, office: Office) -> Finding:
    """Who answers questions in the bot (R47), and whether a question reaches them."""
    wanted = settings.roles.support
    people = [person for person in office.people.all() if person.active]
    if wanted is None:
        return Finding(True, "questions to /hotro go to the records admin (another: [roles] support)")
    found = next((person for person in people if person.staff_id == wanted), None)
    if found is None:
        return Finding(False, f"[roles] support: nobody on the staff list has the id {wanted}")
    linked = found.id in office.people.reachable()
    mend = "" if linked else ": not linked, hoso-bot staff invite"
    return Finding(linked, f"questions to /hotro go to {found.name}{mend}")


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


async def _zalo(settings: Settings) -> AsyncIterator[ZaloFinding]:
    db = Database(settings.database, settings.school_id)
    try:
        async for finding in examine_zalo(settings, db, SystemClock()):
            yield finding
        async for finding in examine_zalo_bot(settings, db):
            yield finding
    finally:
        db.close()


async def _telegram(settings: Settings) -> Finding:
    token = settings.telegram.token
    if token is None and (settings.zalo_oa.app_id or settings.zalo_bot.token):
        return Finding(True, "no Telegram token: Zalo is the only chat platform")
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

"""`/dulieu`: what is held about a person, and taking the consent back (Law 91/2025/QH15, Decree 356/2025)."""

from __future__ import annotations

from datetime import timedelta

from hoso_bot.casework import consenting, data_desk
from hoso_bot.casework.case import queue
from hoso_bot.casework.consenting import CONSENT_TEXT
from hoso_bot.casework.strangers import may_answer
from hoso_bot.domain.chain_events import DutyChanged
from hoso_bot.domain.events import Address, CommandSent, StepApproved
from hoso_bot.domain.messages import BUTTONS_ONLY, Button, Message
from hoso_bot.domain.privacy_events import (
    ConsentRenewed,
    ConsentRound,
    CorrectionAsked,
    DataFileAsked,
    RequestsAsked,
    WithdrawalAsked,
    WithdrawalConfirmed,
    WithdrawalDropped,
)
from hoso_bot.domain.roster import Person
from hoso_bot.domain.submission import UploadState
from hoso_bot.reports.delivery import passing
from hoso_bot.reports.own_data import write_own_data
from hoso_bot.store.people import Account
from hoso_bot.unit_of_work import Unguarded, UnitOfWork

ASKED_EVERY = timedelta(days=14)


# --- looking -----------------------------------------------------------------------------------------


def show(event: CommandSent, uow: UnitOfWork) -> None:
    """`/dulieu`, by anybody: what is held, in plain words and counts; the look is in the log."""
    if uow.person is None:
        _show_stranger(uow)
        return
    if event.argument.strip().lower() in ("yeucau", "yêu cầu") and data_desk.may_answer(uow.actor, uow):
        data_desk.show_open(uow)
        return
    uow.record("data.shown", uow.actor.staff_id)
    uow.reply(Message("privacy.card", data_desk.held_facts(uow.actor, uow), _keys(uow)))


def _keys(uow: UnitOfWork) -> tuple[tuple[Button, ...], ...]:
    correct = Button("privacy.button.correct", CorrectionAsked())
    own = (
        (Button("privacy.button.download", DataFileAsked()),),
        (correct, Button("privacy.button.withdraw", WithdrawalAsked())),
    )
    if waiting := data_desk.waiting_for(uow.actor, uow):
        return (*own, (Button("privacy.button.requests", RequestsAsked(), {"count": len(waiting)}),))
    return own


def send_file(event: DataFileAsked, uow: UnitOfWork) -> None:
    """`Tải dữ liệu của tôi`: a page, the same as JSON, and the own files as far as a chat takes them."""
    person, target = uow.actor, uow.files.new_temporary()
    try:
        left_out = write_own_data(
            target,
            data_desk.held_facts(person, uow),
            uow.own_records.of(person),
            uow.own_records.files(person),
            uow.files,
            uow.words,
        )
        file = passing(target, f"du-lieu-{person.staff_id}.zip", uow)
    finally:
        target.unlink(missing_ok=True)
    uow.record("data.exported", person.staff_id, left_out=left_out)
    facts = {"left_out": left_out, "staff_id": person.staff_id}
    uow.reply(Message("privacy.file.sent", facts, (), file))


def _show_stranger(uow: UnitOfWork) -> None:
    if uow.origin is None or not may_answer(uow):
        return
    tries, messages = uow.holdings.of_chat(uow.origin)
    facts = {"tries": tries, "messages": messages, "days": uow.policy.retention.messages_days}
    uow.reply(Message("privacy.stranger", {**facts, "school": uow.school.row().name}))


# --- taking the consent back ---------------------------------------------------------------------------


def explain_withdrawal(event: WithdrawalAsked, uow: UnitOfWork) -> None:
    """`Rút đồng ý`: what ends at once, what the school must keep and why; nothing has changed yet."""
    yes = Button("privacy.button.withdraw_now", WithdrawalConfirmed())
    no = Button("privacy.button.keep", WithdrawalDropped())
    facts = {
        "drafts": len(uow.plans.uploads_in(uow.actor.id, UploadState.READY)),
        "waiting": len(queue(uow.actor, uow)),
        "linked": len(uow.people.accounts(uow.actor.id)),
    }
    uow.reply(Message("privacy.before_withdrawal", facts, ((yes,), (no,))))


def keep_consent(event: WithdrawalDropped, uow: UnitOfWork) -> None:
    """`Thôi, giữ nguyên`."""
    uow.reply(Message("privacy.kept"))


def withdraw(event: WithdrawalConfirmed, uow: UnitOfWork) -> None:
    """`Rút đồng ý ngay`: every chat of the person is nobody's; whose cards waited there are dealt anew."""
    person, accounts = uow.actor, uow.people.accounts(uow.actor.id)
    waiting, consent = len(queue(person, uow)), {account.consent_text for account in accounts}
    _say_goodbye([account.address for account in accounts], uow)
    _end_access(person, accounts, uow)
    _hand_over(person, uow)
    uow.record("consent.withdrawn", person.staff_id, chats=len(accounts), consent=sorted(consent))
    if told := data_desk.clerk(person, uow):
        facts = {"name": person.name, "staff_id": person.staff_id, "group": person.group}
        uow.say(told, Message("privacy.office_withdrawn", {**facts, "waiting": waiting}))
    uow.spent_card = None  # its buttons went with the goodbye


def _end_access(person: Person, accounts: list[Account], uow: UnitOfWork) -> None:
    """Chats, codes and web pages open nothing; what nobody confirmed is not handed in."""
    now = uow.now()
    for account in accounts:
        consenting.end(account, uow)
    uow.change(
        uow.people.withdrew(person.id, now),
        Unguarded(uow.invites.revoke(person.id, now)),
        Unguarded(uow.web_sessions.end(person.id, now)),
        Unguarded(uow.known_browsers.end(person.id, now)),
    )
    for draft in uow.plans.uploads_in(person.id, UploadState.READY):
        uow.change(uow.plans.move_upload(draft.id, [UploadState.READY], UploadState.CANCELLED))


def _say_goodbye(chats: list[Address], uow: UnitOfWork) -> None:
    """The last words there; said to nobody in particular, because to the person nothing more is sent."""
    for chat in chats:
        uow.say_at(chat, Message("privacy.withdrawn"))
    if uow.origin and uow.spent_card:
        uow.say_at(uow.origin, BUTTONS_ONLY, edits=uow.spent_card)


def _hand_over(person: Person, uow: UnitOfWork) -> None:
    """What waited for this person goes to who stands in; the signing window closes. Nothing is lost."""
    signers = {person.id, *uow.step_cards.signers_behind(person.id)}
    uow.change(uow.step_cards.forget_of(person.id))
    for signer_id in sorted(signers):
        uow.emit(DutyChanged(signer_id), f"duty:{signer_id}")
    for plan_id, version_id, step in uow.step_cards.unsigned_by(person.id):
        uow.emit(StepApproved(version_id, step), f"plan:{plan_id}")
    if key := uow.school.signing_key(person.id):
        uow.signer.close_window(key.key_id)


# --- words that changed --------------------------------------------------------------------------------


def ask_again(event: ConsentRound, uow: UnitOfWork) -> None:
    """Who agreed to older words is asked for the new ones; until then the old consent stands for itself."""
    chats = uow.people.chats()
    for person in uow.people.all():
        account = chats.get(person.id)
        if account is None or not person.active or account.consent_text == CONSENT_TEXT:
            continue
        if not uow.was_recorded(("consent.asked",), person.staff_id, uow.now() - ASKED_EVERY):
            uow.record("consent.asked", person.staff_id, consent=CONSENT_TEXT)
            yes = Button("button.agree", ConsentRenewed(CONSENT_TEXT))
            no = Button("button.disagree", WithdrawalAsked())
            uow.say(person, consenting.question(account.address.channel, yes, no, uow, renewed=True))


def renew(event: ConsentRenewed, uow: UnitOfWork) -> None:
    """`Đồng ý` to the newer words; to words that changed again meanwhile nobody has agreed yet."""
    assert uow.origin is not None
    if event.text == CONSENT_TEXT:
        channel = uow.origin.channel
        uow.change(uow.people.agreed(uow.actor.id, channel, CONSENT_TEXT, uow.now()))
        uow.record("consent.renewed", uow.actor.staff_id, channel=channel, **consenting.proof(channel, uow))
    uow.reply(Message("privacy.thanks"))

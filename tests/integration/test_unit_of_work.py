"""A handler collects; the commit writes all of it or nothing."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from tests.parts import Parts, states
from tests.school import NOW, week

from hoso_bot.domain.chain_events import FileLeftOver
from hoso_bot.domain.errors import Conflict
from hoso_bot.domain.events import (
    Address,
    ChatClosed,
    MessageUndeliverable,
    SupportAsked,
    UploadStored,
    from_json,
)
from hoso_bot.domain.messages import Attachment, Button, Message
from hoso_bot.domain.submission import Upload, UploadState
from hoso_bot.handlers import handle
from hoso_bot.lookups import Desk
from hoso_bot.store.files import FolderStore
from hoso_bot.store.inbox import Arrival
from hoso_bot.store.people import People
from hoso_bot.store.prompts import Prompts
from hoso_bot.unit_of_work import Unguarded, UnitOfWork

HELP = Message("stray", {"unconfirmed": [], "waiting": 0}, ((Button("button.support", SupportAsked()),),))
PLAIN = Message("tap.used")


@pytest.fixture
def lan(parts: Parts) -> Address:
    """The chat of teacher GV09."""
    return parts.link("GV09", "101")


def outbox(parts: Parts) -> list[tuple[str, str]]:
    return parts.rows("SELECT chat_id, json_extract(message, '$.text') FROM outbox ORDER BY id")


def claimed(parts: Parts) -> int:
    parts.inbox.keep([Arrival("telegram", "1", "telegram:101", {})])
    return parts.inbox.claim(1, [])[0].id


def test_nothing_happens_before_the_commit(parts: Parts, lan: Address) -> None:
    uow = parts.unit(staff_id="GV09", origin=lan)
    uow.reply(PLAIN)
    uow.record("did", "it")
    uow.emit(UploadStored("u1"), "telegram:101")
    assert outbox(parts) == []
    assert states(parts.inbox) == {}


def test_one_commit_writes_facts_messages_owed_work_log_and_done(parts: Parts, lan: Address) -> None:
    row = claimed(parts)
    uow = UnitOfWork(parts.desk, "in1", lan, parts.staff("GV09"), row)
    uow.reply(PLAIN)
    uow.record("did", "it")
    uow.emit(UploadStored("u1"), "telegram:101")
    uow.commit()
    assert outbox(parts) == [("101", "tap.used")]
    assert states(parts.inbox) == {"done": 1, "todo": 1}
    assert parts.rows("SELECT actor, action FROM audit ORDER BY number DESC LIMIT 1") == [("GV09", "did")]


def test_a_guard_that_fails_undoes_everything(parts: Parts, lan: Address) -> None:
    row, before = claimed(parts), parts.rows("SELECT count(*) FROM audit")
    uow = UnitOfWork(parts.desk, "in1", lan, parts.staff("GV09"), row)
    uow.reply(HELP)
    uow.record("did", "it")
    uow.emit(UploadStored("u1"), "telegram:101")
    uow.change(Prompts(parts.db).use_button("no such button", NOW))
    with pytest.raises(Conflict):
        uow.commit()
    assert outbox(parts) == []
    assert states(parts.inbox) == {"doing": 1}
    assert parts.rows("SELECT count(*) FROM buttons") == [(0,)]
    assert parts.rows("SELECT count(*) FROM audit") == before


def test_an_unguarded_change_may_match_nothing(parts: Parts, lan: Address) -> None:
    uow = parts.unit(staff_id="GV09", origin=lan)
    uow.change(Unguarded(Prompts(parts.db).close_buttons("nothing", NOW)))
    uow.commit()


def test_the_same_event_committed_twice_says_nothing_twice(parts: Parts, lan: Address) -> None:
    row = claimed(parts)
    for attempt in range(2):
        uow = UnitOfWork(parts.desk, f"in{row}", lan, parts.staff("GV09"), row)
        uow.reply(PLAIN)
        if attempt == 0:
            uow.commit()
        else:
            with pytest.raises(Conflict):
                uow.commit()
    assert outbox(parts) == [("101", "tap.used")]


def test_buttons_carry_short_opaque_tokens_bound_to_person_and_chat(parts: Parts, lan: Address) -> None:
    uow = parts.unit(staff_id="GV09", origin=lan)
    for _ in range(2):
        uow.reply(HELP)
    uow.commit()
    rows = parts.rows("SELECT token, chat_id, person_id FROM buttons")
    assert len({token for token, _, _ in rows}) == 2
    assert all(len(token.encode()) <= 64 and len(token) >= 22 for token, _, _ in rows)
    assert {(chat, person) for _, chat, person in rows} == {("101", parts.staff("GV09").id)}


def test_say_finds_the_person_wherever_they_are_linked(parts: Parts, lan: Address) -> None:
    uow = parts.unit()
    uow.say(parts.staff("GV09"), PLAIN)
    uow.commit()
    assert outbox(parts) == [("101", "tap.used")]


def test_the_newest_reachable_chat_is_used(parts: Parts, lan: Address) -> None:
    parts.clock.skip(timedelta(days=1))
    parts.link("GV09", "zalo-9", "zalo_oa")
    uow = parts.unit()
    uow.say(parts.staff("GV09"), PLAIN)
    uow.commit()
    with parts.db.write() as connection:
        people = People(parts.db)
        connection.execute(people.set_reachable(Address("zalo_oa", "zalo-9"), reachable=False))
    uow = parts.unit("second")
    uow.say(parts.staff("GV09"), PLAIN)
    uow.commit()
    assert [chat for chat, _ in outbox(parts)] == ["zalo-9", "101"]


def test_an_answer_goes_to_the_chat_the_question_came_from(parts: Parts, lan: Address) -> None:
    parts.clock.skip(timedelta(days=1))
    parts.link("GV09", "zalo-9", "zalo_oa")
    uow = parts.unit(staff_id="GV09", origin=lan)
    uow.say(parts.staff("GV09"), PLAIN)
    uow.commit()
    assert outbox(parts) == [("101", "tap.used")]


def test_the_office_hears_of_a_person_nobody_can_reach(parts: Parts) -> None:
    parts.link("PHT01", "900")
    uow = parts.unit()
    assert uow.say(parts.staff("GV09"), PLAIN) is None
    uow.commit()
    assert outbox(parts) == [("900", "office.unreachable")]


@pytest.mark.parametrize("first", ["said", "blocked", "refused"])
def test_whatever_shows_a_person_unreachable_the_office_hears_it_once_in_twelve_hours(
    parts: Parts, lan: Address, first: str
) -> None:
    parts.link("PHT01", "900")
    person = parts.staff("GV09")

    def happens(what: str, number: int) -> None:
        uow = parts.unit(f"{what}{number}", "GV09", None if what == "said" else lan)
        if what == "said":
            uow.person = None
            uow.say(person, PLAIN)
        elif what == "blocked":
            handle(ChatClosed(lan, NOW, "1"), uow)
        else:
            handle(MessageUndeliverable(person.id, "blocked"), uow)
        uow.commit()

    with parts.db.write() as connection:
        connection.execute(People(parts.db).set_reachable(lan, reachable=False))
    for number, what in enumerate((first, "said", "blocked", "refused")):
        happens(what, number)
    assert outbox(parts) == [("900", "office.unreachable")]
    parts.clock.skip(timedelta(hours=12, minutes=1))
    happens(first, 9)
    assert len(outbox(parts)) == 2


def test_an_office_nobody_can_reach_is_no_endless_loop(parts: Parts) -> None:
    uow = parts.unit()
    assert uow.say(parts.staff("GV09"), PLAIN) is None
    uow.commit()
    assert outbox(parts) == []


# --- a file that was only looked at ----------------------------------------------------------------


def looked_at(parts: Parts, hold: bool = True) -> str:
    """A fetched file in hand (a kill ends that), and the owed work that follows a rehearsal."""
    temporary = parts.desk.files.new_temporary()
    temporary.write_bytes(b"%PDF-1.7 thu")
    sha256 = parts.desk.files.adopt(temporary, hold)
    uow = parts.unit("rehearsal")
    uow.emit(FileLeftOver(sha256), "telegram:101")
    uow.commit()
    return sha256


def forgets(desk: Desk, parts: Parts) -> None:
    """The next owed work that is due is done, as the dispatcher would."""
    (row,) = parts.inbox.claim(1, [])
    uow = UnitOfWork(desk, f"in{row.id}", inbox_row=row.id)
    handle(from_json(row.payload), uow)
    uow.commit()


def test_after_a_crash_between_answer_and_removal_the_bytes_go_at_the_next_start(parts: Parts) -> None:
    sha256 = looked_at(parts, hold=False)
    restarted = dataclasses.replace(parts.desk, files=FolderStore(parts.home / "files"))
    assert restarted.files.path(sha256).exists()
    forgets(restarted, parts)
    with pytest.raises(FileNotFoundError):
        restarted.files.path(sha256)


def test_bytes_that_arrive_again_meanwhile_are_looked_at_later_and_stay_when_handed_in(parts: Parts) -> None:
    sha256, files = looked_at(parts), parts.desk.files
    forgets(parts.desk, parts)  # another chat has them in hand
    assert files.path(sha256).exists() and parts.inbox.claim(1, []) == []
    uow, person = parts.unit("submission"), parts.staff("GV08")
    upload = Upload("u", person.id, sha256, "x.pdf", 9, NOW, UploadState.CHECKING, Address("telegram", "9"))
    uow.change(uow.plans.add_upload(upload))
    uow.commit()
    files.release(sha256)
    parts.clock.skip(timedelta(minutes=5))
    forgets(parts.desk, parts)
    assert files.path(sha256).exists() and states(parts.inbox) == {"done": 2}


@pytest.mark.parametrize(
    "write",
    [
        lambda uow, sha256: uow.record("plan.given_back", "KHBD", evidence=sha256),
        lambda uow, sha256: uow.record("step.signed", "KHBD", sha256=sha256),
        lambda uow, sha256: uow.say_at(
            Address("telegram", "9"), replace(PLAIN, attachment=Attachment(sha256, "x.pdf", 9))
        ),
        lambda uow, sha256: uow.say_at(
            Address("telegram", "9"), replace(PLAIN, picture=Attachment(sha256, "x.jpg", 9))
        ),
    ],
)
def test_what_the_log_or_an_unsent_message_names_is_needed(parts: Parts, write: Any) -> None:
    uow = parts.unit()
    assert not uow.needs_file("a" * 64)
    write(uow, "a" * 64)
    uow.commit()
    assert uow.needs_file("a" * 64) and not uow.needs_file("b" * 64)


def test_a_reply_without_a_chat_is_a_mistake(parts: Parts) -> None:
    with pytest.raises(LookupError):
        parts.unit().reply(PLAIN)


def test_a_closed_card_has_no_good_button(parts: Parts, lan: Address) -> None:
    uow = parts.unit("first", "GV09", lan)
    key = uow.reply(HELP)
    uow.commit()
    closing = parts.unit("second")
    closing.close_card(key, Message("tap.unknown"))
    closing.commit()
    assert parts.rows("SELECT count(*) FROM buttons WHERE used_at IS NULL") == [(0,)]
    assert parts.rows("SELECT edits FROM outbox ORDER BY id DESC LIMIT 1") == [(key,)]


def test_closing_a_card_twice_changes_it_once(parts: Parts, lan: Address) -> None:
    uow = parts.unit("first", "GV09", lan)
    key = uow.reply(HELP)
    uow.commit()
    closing = parts.unit("second")
    closing.close_card(key, Message("tap.unknown"))
    closing.close_card(key)
    closing.commit()
    assert outbox(parts) == [("101", "stray"), ("101", "tap.unknown")]


def test_the_office_is_the_first_vice_principal_unless_named(parts: Parts) -> None:
    office = parts.unit().office()
    assert office and office.staff_id == "PHT01"
    with parts.db.write() as connection:
        connection.execute(sa.text("UPDATE people SET active = false WHERE staff_id = 'PHT01'"))
    office = parts.unit().office()
    assert office and office.staff_id == "HT01"


def test_a_week_that_was_removed_is_a_lookup_error(parts: Parts) -> None:
    assert parts.unit().week(week(13).year, 13) == week(13)
    with pytest.raises(LookupError, match="no week 99"):
        parts.unit().week(week(13).year, 99)

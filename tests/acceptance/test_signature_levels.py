"""With a timestamp authority the signed file lasts; without its answer it is signed all the same."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.timestamp_authority import SLOW_SECONDS, TimestampAuthority
from tests.pins import chooses, confirms
from tests.plans_to_send import Desk
from tests.school import MakeSchool, School
from tests.waiting import wait_for

from hoso_bot.domain.events import to_json
from hoso_bot.domain.record_events import ArchivedFileDue
from hoso_bot.pdf.keys import master_key_from_text
from hoso_bot.pdf.sign import SigningDesk
from hoso_bot.pdf.tsa_client import timestamp_client
from hoso_bot.record import against_record
from hoso_bot.store.inbox import INTERNAL, Arrival, Inbox
from hoso_bot.store.revocations import Revocations


@pytest.fixture
def authority() -> Iterator[TimestampAuthority]:
    with TimestampAuthority.started() as authority:
        yield authority


@pytest.fixture
def timestamped(make_school: MakeSchool, authority: TimestampAuthority) -> Iterator[Callable[..., School]]:
    """Makes a school with this kind of authority."""
    desks: list[SigningDesk] = []

    def make(kind: str, **signing: str) -> School:
        school = make_school(signing={"tsa_url": authority.url(kind), **signing})
        authority.says(school.clock.now())
        master = master_key_from_text(school.settings.master())
        desk = SigningDesk(master, workers=1, timestamps=timestamp_client(school.settings, school.clock))
        desks.append(desk)
        desk.warm()
        school.signer = desk
        school.start()
        return school

    yield make
    for desk in desks:
        desk.close()


def approved(school: School, desk: Desk, folder: Path) -> tuple[Path, str]:
    """The file the teacher gets, and the words with it."""
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.head.approves()
    school.vice.gets_card()
    school.vice.approves()
    heard = school.teacher.hears("phê duyệt đủ")
    path = folder / "delivered.pdf"
    path.write_bytes(heard.file())
    return path, heard.text


def asked_again(school: School, folder: Path) -> Path:
    """The teacher's later download."""
    school.teacher.says("/trangthai")
    school.teacher.hears("Tuần 13")
    school.teacher.presses("Bản đã duyệt")
    path = folder / "later.pdf"
    path.write_bytes(school.teacher.hears("Bản đã duyệt").file())
    return path


def verified(school: School, path: Path) -> dict[str, Any]:
    """`hoso-bot verify FILE --home …` in this process."""
    report = school.inspector.verify(path, Revocations(school.app.db).trust())
    return against_record(path, report, school.settings)


def levels(found: dict[str, Any]) -> list[str]:
    return [signature["level"] for signature in found["signatures"]]


def test_a_file_is_delivered_with_timestamps_and_later_made_to_last(
    timestamped: Callable[[str], School], desk: Desk, tmp_path: Path
) -> None:
    school = timestamped("good")
    delivered, words = approved(school, desk, tmp_path)
    assert "Mức chữ ký: PAdES B-T." in words
    school.rests()
    later = asked_again(school, tmp_path)
    assert later.read_bytes().startswith(delivered.read_bytes()) and later != delivered
    found, earlier = verified(school, later), verified(school, delivered)
    assert (found["valid"], found["known"], found["problems"]) == (True, True, [])
    assert levels(found) == ["PAdES B-LTA"] * 2 and "notes" not in found
    assert (earlier["valid"], earlier["known"]) == (True, True) and levels(earlier) == ["PAdES B-T"] * 2
    assert any("an earlier level of the same approved file" in note for note in earlier["notes"])
    (upgraded,) = school.audited("file.upgraded")
    assert upgraded["level"] == "PAdES B-LTA"
    assert [upgraded["sha256"]] == [sha for (sha,) in school.rows("SELECT current_sha256 FROM versions")]
    school.teacher.sends(delivered)
    school.teacher.hears("HỢP LỆ")
    school.checks()


def test_a_dead_authority_costs_a_level_and_the_file_is_upgraded_when_it_is_back(
    timestamped: Callable[[str], School], authority: TimestampAuthority, desk: Desk, tmp_path: Path
) -> None:
    school = timestamped("good")
    authority.dies()
    delivered, words = approved(school, desk, tmp_path)
    assert "Mức chữ ký: PAdES B-B (chưa có dấu thời gian; em sẽ tự bổ sung vào bản lưu sau)." in words
    assert levels(verified(school, delivered)) == ["PAdES B-B"] * 2
    for minutes in (2, 5):
        school.passes(minutes=minutes)
        authority.says(school.clock.now())
        wait_for(lambda: len(school.audited("file.upgrade_put_off")) > 1)
    authority.recovers()
    school.passes(hours=7)
    authority.says(school.clock.now())
    wait_for(lambda: school.audited("file.upgraded"))
    found = verified(school, asked_again(school, tmp_path))
    assert found["valid"] and levels(found) == ["PAdES B-T"] * 2  # nothing yet about the authority
    assert verified(school, delivered)["valid"]
    assert Inbox(school.app.db, school.clock).parked() == []
    school.checks()


def test_a_slow_authority_does_not_hold_a_signature(
    timestamped: Callable[[str], School], desk: Desk, tmp_path: Path
) -> None:
    school = timestamped("slow")
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.head.presses("Ký duyệt")
    school.head.presses("Xác nhận")
    since = time.monotonic()
    wait_for(lambda: school.audited("step.signed"))
    assert time.monotonic() - since < SLOW_SECONDS
    assert [signed["level"] for signed in school.audited("step.signed")] == ["PAdES B-B"]
    school.vice.gets_card()


def test_a_pin_opens_the_key_for_a_signature_with_a_timestamp(
    timestamped: Callable[..., School], desk: Desk, tmp_path: Path
) -> None:
    school = timestamped("good", custody="pin")
    for week, leaders in ((13, {school.head: "407193", school.vice: "518204"}), (14, {school.head: ""})):
        school.teacher.hands_in(desk.plan(week))
        for leader, pin in leaders.items():
            leader.gets_card()
            confirms(leader)
            if pin:
                chooses(leader, pin)
            leader.hears("^Đã ký KHBD|đã ký đủ")  # week 14: the window is still open
    signed = [(entry["level"]) for entry in school.audited("step.signed")]
    assert signed == ["PAdES B-T"] * 3 and len(school.audited("pin.set")) == 2
    wait_for(lambda: school.audited("file.upgraded"))
    found = verified(school, asked_again(school, tmp_path))
    assert found["valid"] and levels(found) == ["PAdES B-LTA"] * 2
    school.checks()


def test_proof_goes_on_when_the_authoritys_certificate_ends(
    timestamped: Callable[..., School], authority: TimestampAuthority, desk: Desk, tmp_path: Path
) -> None:
    school = timestamped("soon_over")
    delivered, _ = approved(school, desk, tmp_path)
    wait_for(lambda: school.audited("file.upgraded"))
    validated_by_night(school, "one")
    wait_for(lambda: school.audited("file.renewal_useless"))  # the same certificate would prove no longer
    authority.renews()
    validated_by_night(school, "two")
    wait_for(lambda: len(school.audited("file.upgraded")) == 2)
    first, second = school.audited("file.upgraded")
    assert second["was"] == first["sha256"] and second["until"] > first["until"]
    validated_by_night(school, "three")
    school.checks()
    assert len(school.audited("file.upgraded")) == 2
    found = verified(school, asked_again(school, tmp_path))
    assert found["valid"] and levels(found) == ["PAdES B-LTA"] * 2
    earlier = verified(school, delivered)
    assert earlier["valid"] and earlier["known"]


def validated_by_night(school: School, night: str) -> None:
    """The nightly check of the one archived file."""
    ((version_id,),) = school.rows("SELECT id FROM versions")
    due = to_json(ArchivedFileDue(version_id))
    school.app.premises.inbox.keep([Arrival(INTERNAL, f"test:{night}", "archive", due)])

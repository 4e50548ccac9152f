"""The drill: the school's computer dies, and the school goes on from last night's backup."""

from __future__ import annotations

from pathlib import Path

from tests.integration.signing_parts import pdfsig
from tests.plans_to_send import Desk
from tests.school import School

from hoso_bot.restoration import look_over, restore
from hoso_bot.settings import SCHOOL_ID
from hoso_bot.store.backup_format import read_manifest
from hoso_bot.store.backups import Made, Source, back_up


def quietly(_what: str, _done: int, _total: int) -> None:
    """Nobody watches."""


def backs_up(school: School, dest: Path) -> Made:
    """What the nightly timer does, while the bot runs."""
    files, key = school.app.desk.files, school.settings.master()
    source = Source(school.home, school.settings.database, SCHOOL_ID, files, key)
    return back_up(source, dest, school.clock.now(), quietly)


def moves_to(school: School, source: Path, home: Path) -> None:
    """The school's folder is gone; its people and phones are the same."""
    restore(source, home, school.clock, quietly, master_key=school.settings.master())
    school.home, school.settings = home, school.settings.model_copy(update={"home": home, "database_url": ""})


def test_after_a_dead_disk_the_conversation_goes_on(school: School, desk: Desk, tmp_path: Path) -> None:
    # Week 13 is signed by both; week 14 waits for the head when the night's backup is made.
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.head.approves()
    school.vice.gets_card()
    school.vice.approves()
    school.teacher.hears("phê duyệt đủ")
    school.teacher.hands_in(desk.plan(14))
    card = school.head.gets_card()
    made = backs_up(school, tmp_path / "usb")
    # What happens afterwards is lost: she rejects it, and the disk dies.
    school.head.rejects("Tiết 2 chưa có hoạt động vận dụng, đề nghị bổ sung")
    school.rests()
    school.stop()

    school.passes(hours=9)
    moves_to(school, tmp_path / "usb", tmp_path / "new computer")
    school.start()

    # Her old card still works on the new computer; nobody gets a card a second time.
    school.rests()
    school.head.presses_as_it_was("Ký duyệt", card)
    school.head.hears("Chữ ký số được ghi vào tệp")
    school.head.presses("Xác nhận")
    school.head.hears("^Đã ký KHBD|đã ký đủ")
    school.vice.gets_card()
    school.vice.approves()
    signed = school.teacher.hears("phê duyệt đủ")
    assert signed.file_name
    school.rests()

    found = look_over(school.home, school.clock, quietly)
    assert (found.signed, found.sound) == (2, True), found
    [restored] = school.audited("school.restored")
    assert restored["backup"] == made.folder.name
    for judged in (says_pdfsig(school, sha256, tmp_path) for sha256 in signed_files(school)):
        assert judged.count("Signature is Valid") == 2, judged
        assert judged.count("Certificate is Trusted") == 2, judged
    last = read_manifest(made.folder).last_entry
    assert last and [last.number] == numbers(school, last.hash)


def signed_files(school: School) -> list[str]:
    return [sha256 for (sha256,) in school.rows("SELECT current_sha256 FROM versions")]


def numbers(school: School, entry_hash: str) -> list[int]:
    """Where the restored log has the entry that the manifest calls its last."""
    return [number for (number,) in school.rows("SELECT number FROM audit WHERE hash = ?", entry_hash)]


def says_pdfsig(school: School, sha256: str, room: Path) -> str:
    [(ca_pem,)] = school.rows("SELECT ca_pem FROM schools")
    folder = room / sha256[:8]
    folder.mkdir()
    return pdfsig(school.home / "files" / sha256[:2] / sha256, ca_pem, folder)

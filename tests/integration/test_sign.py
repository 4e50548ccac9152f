"""Signatures of the desk as outside judges see them, and the desk's own manners."""

from __future__ import annotations

import dataclasses
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest
from signing_parts import (
    CODE,
    HEAD,
    MASTER,
    NOW,
    VICE,
    hybrid,
    order,
    pdfsig,
    plan,
    program,
    review,
    school,
    text,
)

from hoso_bot.domain.calendar import VN
from hoso_bot.domain.errors import SigningFailed
from hoso_bot.domain.signing import Signed
from hoso_bot.pdf.keys import new_master_key
from hoso_bot.pdf.sign import SigningDesk

SCHOOL = school()
GROWTH = 18 * 1024
BYTE_RANGE = re.compile(rb"/ByteRange \[0 (\d+) (\d+) (\d+)\]")


@pytest.fixture(scope="module")
def desk() -> Iterator[SigningDesk]:
    with SigningDesk(MASTER, workers=2) as desk:
        desk.warm()
        yield desk


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    review(plan(tmp_path / "plan.pdf"), tmp_path / "review.pdf")
    return tmp_path / "review.pdf"


def sign_both(desk: SigningDesk, copy: Path) -> tuple[Path, Path]:
    """The review copy after the group head, and after the vice-principal."""
    first, second = copy.with_name("first.pdf"), copy.with_name("second.pdf")
    desk.sign(order(copy, first, HEAD, SCHOOL.head))
    desk.sign(order(first, second, VICE, SCHOOL.vice))
    return first, second


def test_poppler_finds_two_valid_trusted_signatures_and_the_last_covers_all(
    desk: SigningDesk, copy: Path, tmp_path: Path
) -> None:
    said = pdfsig(sign_both(desk, copy)[1], SCHOOL.authority.ca_pem, tmp_path)
    assert said.count("Signature is Valid.") == 2
    assert said.count("Certificate is Trusted.") == 2
    assert said.count("Signature Type: ETSI.CAdES.detached") == 2
    one, two = said.split("Signature #2:")
    assert "Not total document signed" in one and "- Total document signed" in two
    assert SCHOOL.head.name in one and SCHOOL.vice.name in two


@pytest.mark.parametrize("kind", ["p256", "rsa2048", "rsa3072"])
def test_openssl_verifies_each_cms_as_cades(desk: SigningDesk, copy: Path, tmp_path: Path, kind: str) -> None:
    openssl, theirs = program("openssl", "openssl"), school(kind)  # type: ignore[arg-type]
    desk.sign(order(copy, tmp_path / "a.pdf", HEAD, theirs.head))
    desk.sign(order(tmp_path / "a.pdf", tmp_path / "b.pdf", VICE, theirs.vice))
    (tmp_path / "ca.pem").write_bytes(theirs.authority.ca_pem)
    data = (tmp_path / "b.pdf").read_bytes()
    ranges = [tuple(map(int, found)) for found in BYTE_RANGE.findall(data)]
    assert len(ranges) == 2
    for start, end, rest in ranges:
        (tmp_path / "tbs").write_bytes(data[:start] + data[end : end + rest])
        (tmp_path / "cms").write_bytes(bytes.fromhex(data[start + 1 : end - 1].decode()))
        words = f"cms -verify -inform DER -in {tmp_path}/cms -content {tmp_path}/tbs -binary -cades"
        words += f" -CAfile {tmp_path}/ca.pem -purpose any -out {os.devnull} -attime {int(NOW.timestamp())}"
        done = subprocess.run([openssl, *words.split()], capture_output=True, text=True)
        assert "CAdES Verification successful" in done.stderr


def test_each_signature_only_adds_bytes(desk: SigningDesk, copy: Path) -> None:
    first, second = sign_both(desk, copy)
    assert first.read_bytes().startswith(copy.read_bytes())
    assert second.read_bytes().startswith(first.read_bytes())


@pytest.mark.parametrize("kind", ["p256", "rsa2048"])
def test_growth_is_small_and_brings_no_font(desk: SigningDesk, copy: Path, tmp_path: Path, kind: str) -> None:
    target = tmp_path / "signed.pdf"
    signed = desk.sign(order(copy, target, HEAD, school(kind).head))  # type: ignore[arg-type]
    added = target.read_bytes()[copy.stat().st_size :]
    assert signed.size - copy.stat().st_size == len(added) < GROWTH
    assert b"/FontFile" not in added and b"/Info " in added and b"/ModDate" not in added


def test_report_is_about_the_file_on_disk(desk: SigningDesk, copy: Path, tmp_path: Path) -> None:
    from hashlib import sha256

    target = tmp_path / "signed.pdf"
    signed = desk.sign(order(copy, target, HEAD, SCHOOL.head))
    data = target.read_bytes()
    assert signed == Signed(sha256(data).hexdigest(), len(data), SCHOOL.head.key.key_id)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plan.pdf", "review.pdf", "signed.pdf"]


def test_stamp_says_who_when_what_and_what_it_is_worth(desk: SigningDesk, copy: Path, tmp_path: Path) -> None:
    target = tmp_path / "signed.pdf"
    desk.sign(order(copy, target, HEAD, SCHOOL.head, on_behalf_of="Tổ phó Trần Thị Ưng"))
    shown = text(target)
    for expected in (
        "Đã duyệt: Lê Thị Minh Hạnh",
        "Tổ trưởng khối 4",
        "Ký thay: Tổ phó Trần Thị Ưng",
        f"Thời gian ký: {NOW.astimezone(VN).isoformat()}",
        f"Mã hồ sơ: {CODE}",
        "Chữ ký điện tử chuyên dùng, giá trị nội bộ",
    ):
        assert expected in shown


def test_signing_time_is_written_in_vietnams_zone(desk: SigningDesk, copy: Path, tmp_path: Path) -> None:
    desk.sign(order(copy, tmp_path / "signed.pdf", HEAD, SCHOOL.head))
    with pikepdf.open(tmp_path / "signed.pdf") as pdf:
        field = pdf.Root.AcroForm.Fields[0]
        assert str(field.V.M) == f"D:{NOW.astimezone(VN):%Y%m%d%H%M%S}+07'00'"
        assert field.V.SubFilter == pikepdf.Name("/ETSI.CAdES.detached")


def test_very_long_name_is_shown_whole_inside_its_box(desk: SigningDesk, copy: Path, tmp_path: Path) -> None:
    long = "Nguyễn Phước Công Tằng Tôn Nữ Huyền Trang Thị Ngọc Quỳnh Hương Giang Diễm Thuý Ánh Tuyết"
    person = dataclasses.replace(SCHOOL.head, name=long, role="Tổ trưởng tổ chuyên môn khối 4 và khối 5 " * 2)
    desk.sign(order(copy, tmp_path / "signed.pdf", HEAD, person, on_behalf_of=long))
    shown = " ".join(text(tmp_path / "signed.pdf").split())
    assert shown.count(long) == 2 and "giá trị nội bộ" in shown


def test_letters_the_font_lacks_show_a_replacement(desk: SigningDesk, copy: Path, tmp_path: Path) -> None:
    person = dataclasses.replace(SCHOOL.head, name="Lê 漢字 \x00\n😀 Hạnh")
    desk.sign(order(copy, tmp_path / "signed.pdf", HEAD, person))
    assert "Đã duyệt: Lê ?? ? Hạnh" in " ".join(text(tmp_path / "signed.pdf").split())


def test_word_like_hybrid_upload_can_be_signed_twice(desk: SigningDesk, tmp_path: Path) -> None:
    review(hybrid(plan(tmp_path / "plan.pdf"), tmp_path / "word.pdf"), tmp_path / "review.pdf")
    said = pdfsig(sign_both(desk, tmp_path / "review.pdf")[1], SCHOOL.authority.ca_pem, tmp_path)
    assert said.count("Signature is Valid.") == 2


def test_two_threads_sign_different_files_at_once(desk: SigningDesk, copy: Path, tmp_path: Path) -> None:
    targets = [tmp_path / f"{number}.pdf" for number in range(8)]
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda target: desk.sign(order(copy, target, HEAD, SCHOOL.head)), targets))
    assert len({signed.sha256 for signed in made}) == len(targets)
    assert all(target.stat().st_size == signed.size for target, signed in zip(targets, made, strict=True))


def test_killed_worker_is_replaced(copy: Path, tmp_path: Path) -> None:
    with SigningDesk(MASTER, workers=1) as desk:
        desk.sign(order(copy, tmp_path / "a.pdf", HEAD, SCHOOL.head))
        (killed,) = desk.pids()
        os.kill(killed, signal.SIGKILL)
        desk.sign(order(copy, tmp_path / "b.pdf", HEAD, SCHOOL.head))
        (replaced,) = desk.pids()
    assert replaced != killed and (tmp_path / "b.pdf").exists()


def test_worker_killed_at_work_loses_no_order(copy: Path, tmp_path: Path) -> None:
    with SigningDesk(MASTER, workers=1) as desk, ThreadPoolExecutor(1) as thread:
        desk.sign(order(copy, tmp_path / "a.pdf", HEAD, SCHOOL.head))
        (pid,) = desk.pids()
        os.kill(pid, signal.SIGSTOP)
        waiting = thread.submit(desk.sign, order(copy, tmp_path / "b.pdf", HEAD, SCHOOL.head))
        time.sleep(0.3)
        assert not waiting.done()
        os.kill(pid, signal.SIGKILL)
        assert waiting.result(60).size == (tmp_path / "b.pdf").stat().st_size


def test_closed_desk_leaves_no_process_and_signs_nothing(copy: Path, tmp_path: Path) -> None:
    desk = SigningDesk(MASTER, workers=1)
    desk.sign(order(copy, tmp_path / "a.pdf", HEAD, SCHOOL.head))
    (pid,) = desk.pids()
    desk.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(SigningFailed):
        desk.sign(order(copy, tmp_path / "b.pdf", HEAD, SCHOOL.head))


def test_workers_die_with_their_parent() -> None:
    words = (
        "import os, time; from hoso_bot.pdf.sign import SigningDesk; d = SigningDesk(bytes(32), 1); d.warm();"
    )
    words += "time.sleep(1); print(d.pids()[0], flush=True); os._exit(0)"
    pid = int(subprocess.run([sys.executable, "-c", words], capture_output=True, check=True).stdout)
    deadline = time.monotonic() + 20
    while Path(f"/proc/{pid}/stat").exists() and time.monotonic() < deadline:
        if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return
        time.sleep(0.1)
    assert not Path(f"/proc/{pid}").exists()


def test_master_key_is_in_no_argument_and_no_environment(
    desk: SigningDesk, copy: Path, tmp_path: Path
) -> None:
    desk.sign(order(copy, tmp_path / "a.pdf", HEAD, SCHOOL.head))
    for pid in desk.pids():
        seen = Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()
        assert MASTER.hex().encode() not in seen and MASTER not in seen
        assert Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")[0] == b"TZ=Asia/Ho_Chi_Minh"


def refused(desk: SigningDesk, wish: object, target: Path) -> str:
    """Why the desk refuses; nothing may be left at the target."""
    with pytest.raises(SigningFailed) as failure:
        desk.sign(wish)  # type: ignore[arg-type]
    assert not target.exists()
    return str(failure.value)


def test_wrapped_key_of_another_person_signs_nothing(desk: SigningDesk, copy: Path, tmp_path: Path) -> None:
    swapped = dataclasses.replace(SCHOOL.head.key, wrapped_key=SCHOOL.vice.key.wrapped_key)
    wish = order(copy, tmp_path / "x.pdf", HEAD, dataclasses.replace(SCHOOL.head, key=swapped))
    assert "does not open" in refused(desk, wish, wish.target)


def test_another_certificate_beside_a_key_signs_nothing(
    desk: SigningDesk, copy: Path, tmp_path: Path
) -> None:
    swapped = dataclasses.replace(SCHOOL.head.key, certificate_pem=SCHOOL.vice.key.certificate_pem)
    wish = order(copy, tmp_path / "x.pdf", HEAD, dataclasses.replace(SCHOOL.head, key=swapped))
    assert "key id" in refused(desk, wish, wish.target)


def test_key_of_another_school_signs_nothing(desk: SigningDesk, copy: Path, tmp_path: Path) -> None:
    foreign = dataclasses.replace(SCHOOL.head.key, ca_pem=school().authority.ca_pem)
    wish = order(copy, tmp_path / "x.pdf", HEAD, dataclasses.replace(SCHOOL.head, key=foreign))
    assert "school" in refused(desk, wish, wish.target)


def test_wrong_master_key_signs_nothing(copy: Path, tmp_path: Path) -> None:
    wish = order(copy, tmp_path / "x.pdf", HEAD, SCHOOL.head)
    with SigningDesk(new_master_key(), workers=1) as desk:
        assert "does not open" in refused(desk, wish, wish.target)


@pytest.mark.parametrize("shift", [timedelta(days=-2), timedelta(days=365 * 6)])
def test_nobody_signs_outside_the_life_of_the_certificate(
    desk: SigningDesk, copy: Path, tmp_path: Path, shift: timedelta
) -> None:
    wish = dataclasses.replace(order(copy, tmp_path / "x.pdf", HEAD, SCHOOL.head), at=NOW + shift)
    assert "not valid at the signing time" in refused(desk, wish, wish.target)


def test_time_without_zone_is_refused(desk: SigningDesk, copy: Path, tmp_path: Path) -> None:
    wish = dataclasses.replace(
        order(copy, tmp_path / "x.pdf", HEAD, SCHOOL.head), at=NOW.replace(tzinfo=None)
    )
    refused(desk, wish, wish.target)


def test_field_is_signed_once_and_must_exist(desk: SigningDesk, copy: Path, tmp_path: Path) -> None:
    first = tmp_path / "first.pdf"
    desk.sign(order(copy, first, HEAD, SCHOOL.head))
    again = order(first, tmp_path / "x.pdf", HEAD, SCHOOL.vice)
    assert "filled already" in refused(desk, again, again.target)
    unknown = dataclasses.replace(again, field="Khac")
    assert "Khac" in refused(desk, unknown, unknown.target)


def test_file_that_is_no_review_copy_is_refused(desk: SigningDesk, tmp_path: Path) -> None:
    wish = order(plan(tmp_path / "plan.pdf"), tmp_path / "x.pdf", HEAD, SCHOOL.head)
    refused(desk, wish, wish.target)
    (tmp_path / "plan.pdf").write_bytes(b"no pdf")
    refused(desk, wish, wish.target)

"""`/v/{code}` as an inspector with a phone meets it, and everything a forger might upload there."""

from __future__ import annotations

import io
import os
import re
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from tests.acceptance.forgeries import ATTACKS, by_another_certificate
from tests.integration.signing_parts import program
from tests.plans_to_send import Desk
from tests.school import MakeSchool, School
from typer.testing import CliRunner

from hoso_bot.cli import app as cli
from hoso_bot.commands.files import _print_verdict, _verdict
from hoso_bot.domain.lookup_code import spelled
from hoso_bot.pdf.sandbox import Sandbox
from hoso_bot.pdf.sign import SigningDesk
from hoso_bot.web.verification import MAX_MB

if TYPE_CHECKING:
    from playwright import sync_api as playwright
else:
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: make test installs it")

PUBLIC = "https://hoso.truong.example"
REASON = "Thiếu phần điều chỉnh sau bài dạy, cô bổ sung giúp."
PICTURES = os.environ.get("PICTURES")  # a folder to keep screenshots in, for people to look at


@dataclass(frozen=True)
class Answer:
    """A page as it came."""

    status: int
    html: str
    headers: dict[str, str]

    @property
    def words(self) -> str:
        """What a reader sees, on one line."""
        body = re.sub(r"<(style|title).*?</\1>", " ", self.html, flags=re.DOTALL)
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())

    @property
    def headline(self) -> str:
        """The verdict."""
        found = re.search(r"<strong>(.*?)</strong>", self.html)
        return unescape(found[1]) if found else ""


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: object) -> None:
        return None


@dataclass(frozen=True)
class Approved:
    """A school with one approved plan of version 1, and its web pages."""

    school: School
    signed: bytes
    review: bytes
    code: str
    folder: Path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.school.app.port}"

    def opens(self, path: str, body: bytes | None = None, **headers: str) -> Answer:
        request = urllib.request.Request(self.address + path, body, headers)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stay())
        try:
            with opener.open(request, timeout=120) as answer:
                return Answer(answer.status, answer.read().decode(), dict(answer.headers))
        except urllib.error.HTTPError as refused:
            with refused:
                return Answer(refused.code, refused.read().decode(), dict(refused.headers))

    def uploads(self, path: str, data: bytes, field: str = "file") -> Answer:
        head = f'--b\r\nContent-Disposition: form-data; name="{field}"; filename="a.pdf"\r\n\r\n'
        body = head.encode() + data + b"\r\n--b--\r\n"
        kind = {"Content-Type": "multipart/form-data; boundary=b", "X-Forwarded-For": fresh_address()}
        return self.opens(path, body, **kind)


_addresses = iter(range(1, 250))


def fresh_address() -> str:
    """Every upload comes from somebody else, as through a proxy: limits are tested apart."""
    return f"198.51.100.{next(_addresses)}"


@pytest.fixture(scope="module")
def approved(
    make_any_school: MakeSchool, desk: Desk, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Approved]:
    school = make_any_school(web={"public_url": PUBLIC + "/"})
    school.start()
    school.teacher.hands_in(desk.plan(13))
    review = school.head.gets_card().file()
    school.head.approves()
    school.vice.gets_card()
    school.vice.approves()
    signed = school.teacher.hears("phê duyệt đủ").file()
    ((code,),) = school.rows("SELECT lookup_code FROM versions")
    yield Approved(school, signed, review, spelled(code), tmp_path_factory.mktemp("approved"))
    school.checks()
    school.close()


# --- who holds the paper -----------------------------------------------------------------------------


def test_the_qr_on_the_last_page_leads_to_the_page_about_it(approved: Approved) -> None:
    pdf, picture = approved.folder / "signed.pdf", approved.folder / "page"
    pdf.write_bytes(approved.signed)
    command = [program("pdftoppm", "poppler-utils"), "-r", "120", "-png", str(pdf), str(picture)]
    subprocess.run(command, check=True)
    last = sorted(approved.folder.glob("page*.png"))[-1]
    scanned = subprocess.run(
        [program("zbarimg", "zbar-tools"), "--quiet", "--raw", str(last)], capture_output=True, text=True
    ).stdout.strip()
    assert scanned == f"{PUBLIC}/v/{approved.code}"
    answer = approved.opens(scanned.removeprefix(PUBLIC))
    assert (answer.status, answer.headline) == (200, "ĐÃ DUYỆT, đang có hiệu lực")


def test_the_page_says_who_when_what_and_what_it_is_worth(approved: Approved) -> None:
    words = approved.opens(f"/v/{approved.code}").words
    for said in (
        "Trường Tiểu học Hoa Phượng",
        "KHBD Tuần 13",
        "Tạ Thị Loan",
        "Bùi Thị Tuyết Nga Tổ trưởng – Tổ 4-5 Ký lúc ",
        "Lương Quang Tùng Phó hiệu trưởng Ký lúc ",
        "(giờ Việt Nam, +07:00)",
        "chữ ký điện tử chuyên dùng, giá trị nội bộ",
        "Khóa ký do máy chủ nhà trường giữ; xác nhận bằng tài khoản chat",
        "đáng tin ngang với máy chủ của nhà trường và tài khoản chat",
        "để so từng byte",
    ):
        assert said in words


def test_the_page_says_no_more_about_people_than_the_stamps(approved: Approved) -> None:
    html = approved.opens(f"/v/{approved.code}").html
    staff = approved.school.staff
    for member in staff.values():
        assert not member.phone or member.phone not in html
    others = [p.name for key, p in staff.items() if key not in ("GV09", "GV06", "PHT01")]
    assert [name for name in others if name in html] == []


def test_the_page_speaks_english_too(approved: Approved) -> None:
    answer = approved.opens(f"/v/{approved.code}?lang=en")
    assert answer.headline == "APPROVED, in force"
    assert 'lang="en"' in answer.html and "Vice-principal" in answer.words
    assert "specialised electronic signature of internal value" in answer.words


def test_the_page_needs_no_script_and_nothing_from_outside(approved: Approved) -> None:
    answer = approved.opens(f"/v/{approved.code}")
    assert "<script" not in answer.html and "http" not in answer.html.replace("https://schema", "")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("spelling", [str.upper, lambda code: code.replace("-", ""), lambda c: c + "%20"])
def test_a_code_is_read_however_it_is_typed(approved: Approved, spelling: object) -> None:
    assert approved.opens("/v/" + spelling(approved.code)).status == 200  # type: ignore[operator]


def test_a_typed_code_leads_to_its_page(approved: Approved) -> None:
    answer = approved.opens(f"/v?code={approved.code.upper()}&lang=en")
    assert (answer.status, answer.headers["Location"]) == (303, f"v/{approved.code}?lang=en")
    assert approved.opens("/v?code=khong-co").status == 404


@pytest.mark.parametrize("code", ["0000-0000-0000-0000", "khong-co", "a%2F..%2Fb", "%3Cscript%3E"])
def test_an_unknown_code_gets_a_page_that_helps(approved: Approved, code: str) -> None:
    answer = approved.opens(f"/v/{code}")
    assert (answer.status, answer.headline) == (404, "Không tìm thấy mã này")
    assert "Chọn tệp PDF đã ký" in answer.words and "<script" not in answer.html


def test_a_code_that_can_be_guessed_tells_nothing_not_even_whether_it_exists(approved: Approved) -> None:
    ((real,),) = approved.school.rows("SELECT code FROM plans")
    answers = [approved.opens(f"/v/{code}") for code in (f"{real}-1", f"{real}9-1", real)]
    assert {(a.status, a.headline) for a in answers} == {(404, "Đây là mã hồ sơ, chưa phải mã tra cứu")}
    assert all("Tạ Thị Loan" not in a.html for a in answers)


# --- who holds the file --------------------------------------------------------------------------------


def test_the_delivered_file_is_the_archived_one(approved: Approved) -> None:
    for path in ("/v", f"/v/{approved.code}"):
        answer = approved.uploads(path, approved.signed)
        assert (answer.status, answer.headline) == (200, "HỢP LỆ")
        assert "đúng từng byte với bản nhà trường đang lưu" in answer.words
        assert answer.words.count("Nguyên vẹn, chứng thư do nhà trường cấp") == 2


SAID = {
    "flipped": ("KHÔNG KHỚP", "KHÔNG KHỚP"),
    "flipped late": ("ĐÃ BỊ SỬA", "ĐÃ BỊ SỬA"),
    "cut": ("THIẾU CHỮ KÝ", "THIẾU CHỮ KÝ"),
    "appended": ("ĐÃ BỊ THÊM", "ĐÃ BỊ THÊM"),
    "annotated": ("ĐÃ BỊ THÊM", "ĐÃ BỊ THÊM"),
    "swapped page": ("KHÔNG KHỚP", "KHÔNG KHỚP"),
    "emptied ByteRange": ("ĐÃ BỊ SỬA", "ĐÃ BỊ SỬA"),
    "emptied Contents": ("ĐÃ BỊ SỬA", "ĐÃ BỊ SỬA"),
    "wrapped": ("ĐÃ BỊ SỬA", "ĐÃ BỊ SỬA"),
    "objects without table": ("ĐÃ BỊ THÊM", "ĐÃ BỊ THÊM"),
    "shadow, replaced": ("ĐÃ BỊ THÊM", "ĐÃ BỊ THÊM"),
    "shadow, hidden": ("ĐÃ BỊ THÊM", "ĐÃ BỊ THÊM"),
    "another name shown": ("ĐÃ BỊ THÊM", "ĐÃ BỊ THÊM"),
    "last page dropped": ("ĐÃ BỊ THÊM", "ĐÃ BỊ THÊM"),
    "inside another": ("KHÔNG KHỚP", "KHÔNG KHỚP"),
    "behind another": ("KHÔNG KHỚP", "KHÔNG KHỚP"),
    "transplanted": ("ĐÃ BỊ SỬA", "ĐÃ BỊ SỬA"),
}
"""By attack: the headline on the scanned code's page, and on the page without a code."""


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_forgery_is_named_on_the_page_by_the_command_and_in_chat(
    approved: Approved,
    attack: str,
    inspector: Sandbox,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    forged = tmp_path / "forged.pdf"
    forged.write_bytes(ATTACKS[attack](approved.signed))
    pages = [approved.uploads(path, forged.read_bytes()) for path in (f"/v/{approved.code}", "/v")]
    assert tuple(page.headline for page in pages) == SAID[attack]
    assert all('class="verdict good"' not in page.html for page in pages)
    assert attack == "cut" or all('class="mark good"' not in page.html for page in pages)
    found = _verdict(inspector, forged, None, approved.school.settings)
    assert not found["valid"] and found["problems"]
    capsys.readouterr()  # what the running school says meanwhile
    _print_verdict(found)
    printed = capsys.readouterr().out
    assert printed.startswith("NOT VALID\n") and "\n  ! " in printed
    approved.school.teacher.sends(forged.read_bytes(), "da-ky.pdf", caption="/kiemchung")
    approved.school.teacher.hears(SAID[attack][1])


def test_the_command_tells_by_its_exit_code(approved: Approved, tmp_path: Path) -> None:
    for attack, code in ((None, 0), ("shadow, replaced", 1)):
        path = tmp_path / "file.pdf"
        path.write_bytes(ATTACKS[attack](approved.signed) if attack else approved.signed)
        said = CliRunner().invoke(cli, ["verify", str(path), "--home", str(approved.school.home)])
        assert said.exit_code == code
        assert said.stdout.startswith("NOT VALID" if code else "VALID")
        assert code or said.stdout.count("The school's server holds the key") == 2


def test_what_was_cut_off_is_named(approved: Approved) -> None:
    words = approved.uploads("/v", ATTACKS["cut"](approved.signed)).words
    assert "chỉ có 1/2 chữ ký đã ghi nhận" in words
    assert "Lương Quang Tùng ✘ Đã ký theo hồ sơ, nhưng tệp này không có chữ ký đó" in words


def test_somebody_elses_certificate_on_the_real_review_copy_is_noticed(
    approved: Approved, inspector: Sandbox, signing_desk: SigningDesk, tmp_path: Path
) -> None:
    forged = tmp_path / "other.pdf"
    forged.write_bytes(by_another_certificate(approved.review, tmp_path, signing_desk))
    answer = approved.uploads("/v", forged.read_bytes())
    assert answer.headline == "ĐÃ BỊ SỬA"
    assert "chữ ký không phải của người duyệt đã ghi nhận" in answer.words
    assert "Chứng thư không do nhà trường cấp" in answer.words
    assert not _verdict(inspector, forged, None, approved.school.settings)["valid"]


def test_a_code_written_into_a_file_asks_nothing_out_of_the_record(approved: Approved) -> None:
    """Else anybody could learn who has handed in what by writing codes into files."""
    ((real,),) = approved.school.rows("SELECT code FROM plans")
    made_up = [b"%PDF-1.7\n1 0 obj <</HosoCode (" + f"{c}-1".encode() + b")>>" for c in (real, real + "9")]
    answers = [approved.uploads("/v", data) for data in made_up]
    assert {a.headline for a in answers} == {"KHÔNG KHỚP"}
    assert all("Tạ Thị Loan" not in a.html and "Bùi Thị Tuyết Nga" not in a.html for a in answers)


@pytest.mark.parametrize(
    ("data", "field", "status", "headline"),
    [
        (b"", "file", 400, "Chưa có tệp"),
        (b"%PDF", "other", 400, "Chưa có tệp"),
        (b"hello", "file", 200, "KHÔNG CÓ CHỮ KÝ SỐ"),
        (bytes((MAX_MB + 1) * 2**20), "file", 413, "Tệp quá lớn"),
    ],
    ids=["empty", "no file", "words", "too big"],
)
def test_what_is_no_signed_plan_gets_a_sentence(
    approved: Approved, data: bytes, field: str, status: int, headline: str
) -> None:
    answer = approved.uploads("/v", data, field)
    assert (answer.status, answer.headline) == (status, headline)


def test_nothing_that_was_uploaded_is_kept(approved: Approved) -> None:
    folder = approved.school.home / "files"
    before = sorted(folder.rglob("*"))
    approved.uploads("/v", b"%PDF-1.7 a file of somebody")
    assert sorted(folder.rglob("*")) == before


def test_one_address_cannot_ask_all_day(approved: Approved) -> None:
    me = {"X-Forwarded-For": "203.0.113.9"}
    statuses = [approved.opens("/v/khong-co", **me).status for _ in range(70)]
    assert statuses[:60] == [404] * 60 and statuses[-1] == 429
    assert approved.opens("/v/khong-co", **{"X-Forwarded-For": "203.0.113.10"}).status == 404


# --- as it looks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_works_without_script_on_a_phone_and_on_a_desk(
    approved: Approved, browser: playwright.Browser, width: int, tmp_path: Path
) -> None:
    complaints: list[str] = []
    page = browser.new_page(viewport={"width": width, "height": 740}, java_script_enabled=False)
    page.on("console", lambda message: complaints.append(message.text))
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    page.goto(f"{approved.address}/v/{approved.code}")
    shot(page, f"record-{width}", tmp_path)
    assert fits(page)
    forged = tmp_path / "cut.pdf"
    forged.write_bytes(ATTACKS["cut"](approved.signed))
    page.set_input_files("#file", forged)
    page.get_by_role("button", name="Kiểm tra tệp").click()
    playwright.expect(page.locator(".verdict.bad strong")).to_have_text("THIẾU CHỮ KÝ")
    shot(page, f"cut-{width}", tmp_path)
    assert fits(page)
    page.get_by_role("link", name="English").click()
    playwright.expect(page.locator("h1")).to_have_text("Check the signatures of a record")
    assert complaints == []
    assert {url for url in addresses if not url.startswith(approved.address)} == set()
    page.close()


def test_the_page_follows_the_record(
    make_any_school: MakeSchool, desk: Desk, browser: playwright.Browser, tmp_path: Path
) -> None:
    """What one paper's code says as its version waits, is rejected and is replaced."""
    school = make_any_school(web={"public_url": PUBLIC})
    school.start()
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    ((code,),) = school.rows("SELECT lookup_code FROM versions")
    page = browser.new_page(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    said = []
    for moment in (
        lambda: None,
        lambda: school.head.rejects(REASON),
        lambda: school.teacher.hands_in(desk.mended(13)),
    ):
        moment()
        school.rests()
        page.goto(f"http://127.0.0.1:{school.app.port}/v/{spelled(code)}")
        said.append(page.locator(".verdict strong").text_content())
        shot(page, f"state-{len(said)}", tmp_path)
        assert fits(page)
    assert said == ["CHƯA DUYỆT ĐỦ", "KHÔNG CÓ HIỆU LỰC", "KHÔNG CÓ HIỆU LỰC"]
    assert "Bản 2 đang chờ duyệt." in (page.locator(".verdict").text_content() or "")
    page.close()
    school.checks()
    school.close()


def fits(page: playwright.Page) -> bool:
    """Nothing stands out on the right: measured without script, by the size of a full picture."""
    size = Image.open(io.BytesIO(page.screenshot(full_page=True))).size
    viewport = page.viewport_size
    return bool(viewport) and size[0] == viewport["width"]


def shot(page: playwright.Page, name: str, folder: Path) -> None:
    page.screenshot(path=Path(PICTURES or folder) / f"{name}.png", full_page=True)

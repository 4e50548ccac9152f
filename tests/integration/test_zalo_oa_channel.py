"""The OA channel against the strict fake: what goes out, what comes of refusals, which files are fetched."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from tests.fakes.zalo_oa_sim import ZaloSim
from tests.integration.zalo_parts import CHAT, Oa, keys, open_oa, parcel

from hoso_bot.channels.safe_download import PublicResolver, SafeDownload, is_public
from hoso_bot.domain.calendar import VN
from hoso_bot.domain.errors import FileRefused
from hoso_bot.domain.events import Address, FileSent
from hoso_bot.domain.messages import Gone, Later, OutOfWindow, Sent, Template

SENTENCE = "Thầy/cô xem lại mục hai của kế hoạch giúp em nhé. "


@pytest_asyncio.fixture
async def oa(template: Path, tmp_path: Path, zalo: ZaloSim) -> AsyncIterator[Oa]:
    """An OA whose fake has no complaint about it in the end."""
    home = tmp_path / "school"
    shutil.copytree(template, home)
    opened = open_oa(home, zalo, link="https://truong.example/f/abc")
    yield opened
    assert opened.world.state()["strictness"] == []
    await opened.close()


# --- what goes out -----------------------------------------------------------------------------------


async def test_a_text_arrives(oa: Oa) -> None:
    assert isinstance(await oa.channel.send(parcel()), Sent)
    assert [raw["text"] for raw in oa.messages()] == ["Chào thầy/cô"]


async def test_a_long_text_becomes_several_messages_cut_at_sentences(oa: Oa) -> None:
    text = (SENTENCE * 100).strip()
    await oa.channel.send(parcel(text, keys=keys(1)))
    shown = oa.messages()
    assert len(shown) == 3
    assert all(raw["text"].endswith("nhé.") and len(raw["text"]) <= 2000 for raw in shown)
    assert " ".join(raw["text"] for raw in shown) == text
    assert [bool(raw["buttons"]) for raw in shown] == [False, False, True]


async def test_more_than_five_buttons_go_on_in_further_messages(oa: Oa) -> None:
    await oa.channel.send(parcel(keys=keys(12)))
    shown = oa.messages()
    assert [len(raw["buttons"]) for raw in shown] == [5, 5, 2]
    assert [raw["text"] for raw in shown] == ["Chào thầy/cô", "Các lựa chọn khác:", "Các lựa chọn khác:"]
    titles = [key["label"] for raw in shown for row in raw["buttons"] for key in row]
    assert titles == [f"Tuần {number}" for number in range(12)]


async def test_a_file_comes_before_its_words(oa: Oa, tmp_path: Path) -> None:
    file = tmp_path / "a.pdf"
    file.write_bytes(b"%PDF-1.7 small")
    await oa.channel.send(parcel("Bản đã duyệt", path=str(file), file_name="KHBD-da-ky.pdf", keys=keys(1)))
    first, second = oa.messages()
    assert (first["document"]["file_name"], first["text"]) == ("KHBD-da-ky.pdf", "")
    assert second["text"] == "Bản đã duyệt"
    assert oa.world.bytes_of(first["document"]["file_id"]) == b"%PDF-1.7 small"


@pytest.mark.parametrize(("name", "size"), [("KHBD.pdf", 5 * 2**20 + 1), ("ho-so.zip", 10)])
async def test_what_zalo_does_not_take_becomes_a_link(oa: Oa, tmp_path: Path, name: str, size: int) -> None:
    file = tmp_path / "stored"
    file.write_bytes(b"x" * size)
    assert isinstance(await oa.channel.send(parcel("Thẻ", path=str(file), file_name=name)), Sent)
    (shown,) = oa.messages()
    assert "https://truong.example/f/abc" in shown["text"]
    assert name in shown["text"]


async def test_a_picture_comes_first_and_a_bad_one_is_left_out(oa: Oa, tmp_path: Path) -> None:
    picture = tmp_path / "p.jpg"
    picture.write_bytes(b"\xff\xd8\xff picture")
    await oa.channel.send(parcel("Thẻ", picture=str(picture)))
    assert [(raw["photo"], raw["text"]) for raw in oa.messages()] == [(True, ""), (False, "Thẻ")]
    picture.write_bytes(b"x" * (2**20 + 1))
    await oa.channel.send(parcel("Thẻ 2", picture=str(picture)))
    oa.world.fault("error", "upload/image", code=-201)
    picture.write_bytes(b"small")
    await oa.channel.send(parcel("Thẻ 3", picture=str(picture)))
    assert [raw["text"] for raw in oa.messages()][2:] == ["Thẻ 2", "Thẻ 3"]


# --- refusals ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (-200, Later),
        (-201, Gone),
        (-230, OutOfWindow),
        (-213, Gone),
        (-224, Later),
        (-777, Later),
    ],
)
async def test_a_refusal_becomes_its_outcome(oa: Oa, code: int, kind: type[Any]) -> None:
    oa.world.fault("error", "cs", code=code)
    assert isinstance(await oa.channel.send(parcel()), kind)
    assert oa.trouble == ([code] if code == -224 else [])
    assert isinstance(await oa.channel.send(parcel()), Sent)


async def test_a_refusal_for_too_many_calls_fills_the_minute(oa: Oa) -> None:
    oa.world.fault("error", "cs", code=-32)
    assert isinstance(await oa.channel.send(parcel()), Later)
    assert oa.account.api.pace.is_full()


@pytest.mark.parametrize("code", [-216, -220, 216, 401, -401])
async def test_a_token_refused_early_is_refreshed_and_the_message_goes_out_once(oa: Oa, code: int) -> None:
    await oa.channel.send(parcel("eins"))
    oa.world.fault("error", "cs", code=code)
    assert isinstance(await oa.channel.send(parcel("zwei")), Sent)
    assert [raw["text"] for raw in oa.messages()] == ["eins", "zwei"]
    assert oa.world.state()["refreshes"] == 2


async def test_a_token_refused_twice_waits_for_the_office(oa: Oa) -> None:
    oa.world.fault("error", "cs", code=-216, times=2)
    assert await oa.channel.send(parcel()) == Later("Zalo -216: as the test wished", 300.0, refused=True)
    assert oa.world.state()["refreshes"] == 2


async def test_a_stale_upload_is_made_once_more(oa: Oa, tmp_path: Path) -> None:
    file = tmp_path / "a.pdf"
    file.write_bytes(b"%PDF-1.7")
    oa.world.fault("error", "cs", code=-100)
    assert isinstance(await oa.channel.send(parcel("Thẻ", path=str(file), file_name="a.pdf")), Sent)
    assert len([call for call in oa.world.state()["calls"] if call["path"].endswith("/file")]) == 2


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 502}, {"kind": "lost"}])
async def test_a_server_in_trouble_is_tried_again(oa: Oa, fault: dict[str, Any]) -> None:
    await oa.channel.send(parcel("eins"))
    oa.world.fault(fault.pop("kind"), "cs", **fault)
    assert isinstance(await oa.channel.send(parcel("zwei")), Later)


async def test_nobody_writes_more_often_than_allowed(oa: Oa) -> None:
    oa.world.changes(per_minute=2)
    outcomes = [await oa.channel.send(parcel(str(number))) for number in range(3)]
    assert outcomes[:2] == [Sent("oa1"), Sent("oa2")]
    assert outcomes[2] == Later("Zalo -32: Reached limit call API", 30.0, refused=True)


async def test_who_muted_or_left_is_gone(oa: Oa) -> None:
    oa.world.changes(chat_id=CHAT, muted=True)
    assert await oa.channel.send(parcel()) == Gone("Zalo -244: User muted this kind", person_left=True)
    stranger = parcel().__class__("404", "Chào")
    assert await oa.channel.send(stranger) == Gone("Zalo -213: User has not followed OA", person_left=True)


async def test_at_night_the_ban_is_waited_for(oa: Oa) -> None:
    oa.passes(seconds_until(oa, 23) + 1_800)
    oa.world.does("interacted", chat_id=int(CHAT))
    oa.world.changes(night_ban=True)
    outcome = await oa.channel.send(parcel())
    assert isinstance(outcome, Later)
    assert outcome.why.startswith("Zalo -234")
    assert outcome.after is not None
    assert abs(outcome.after - 6.5 * 3600) < 120


# --- files -------------------------------------------------------------------------------------------


def sent_file(oa: Oa, **wish: Any) -> FileSent:
    """A person sends a file; the event as the channel reads it (the webhook has nowhere to go)."""
    import base64

    body = wish.pop("body", b"%PDF-1.7 of a teacher")
    encoded = base64.b64encode(body).decode()
    oa.world.does("document", chat_id=int(CHAT), base64=encoded, file_name="giao an 12.pdf", **wish)
    found = oa.world.transcript(int(CHAT))["messages"][-1]["document"]
    import hashlib

    digest = wish.get("checksum", hashlib.md5(body, usedforsecurity=False).hexdigest())
    url = wish.get("url") or f"{oa.world.base_url}/files/{oa.world.app_id}/{found['file_id']}/giao_an_12.pdf"
    link = f"{url}#{digest}" if digest else url
    return FileSent(Address("zalo_oa", CHAT), datetime.now(UTC), "1", link, "giao an 12.pdf")


async def test_a_file_is_fetched_and_its_sum_checked(oa: Oa, tmp_path: Path) -> None:
    target = tmp_path / "target"
    await oa.channel.fetch(sent_file(oa), target)
    assert target.read_bytes() == b"%PDF-1.7 of a teacher"
    await oa.channel.fetch(sent_file(oa, checksum=""), target)
    with pytest.raises(OSError, match="damaged"):
        await oa.channel.fetch(sent_file(oa, checksum="0" * 32), target)
    oa.world.fault("garbage", "download")
    with pytest.raises(OSError, match="damaged"):
        await oa.channel.fetch(sent_file(oa), target)


async def test_a_file_without_a_link_or_gone_is_refused(oa: Oa, tmp_path: Path) -> None:
    event = sent_file(oa)
    oa.world.fault("status", "download", status=404)
    with pytest.raises(FileRefused):
        await oa.channel.fetch(event, tmp_path / "t")
    oa.world.fault("status", "download", status=503)
    with pytest.raises(OSError, match="503"):
        await oa.channel.fetch(event, tmp_path / "t")
    nothing = FileSent(event.origin, event.sent_at, "2", "", "x", "other")
    with pytest.raises(FileRefused):
        await oa.channel.fetch(nothing, tmp_path / "t")


async def test_too_many_bytes_are_not_taken_whatever_was_announced(oa: Oa, tmp_path: Path) -> None:
    small = SafeDownload(10, trusted=oa.world.base_url)
    with pytest.raises(FileRefused, match="too_big"):
        await small.fetch(sent_file(oa).remote_id, tmp_path / "t")
    await small.close()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/x.pdf",
        "https://127.0.0.1/x.pdf",
        "https://10.0.0.8/x.pdf",
        "https://192.168.1.1/x.pdf",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/x.pdf",
        "https://[::ffff:10.0.0.1]/x.pdf",
        "https://localhost/x.pdf",
        "https://printer.local/x.pdf",
        "http://f1.zdn.vn/x.pdf",
        "ftp://f1.zdn.vn/x.pdf",
        "file:///etc/passwd",
        "https://user:pw@f1.zdn.vn/x.pdf",
        "https:///x.pdf",
        "nonsense",
    ],
)
async def test_a_forbidden_address_is_never_asked(oa: Oa, tmp_path: Path, url: str) -> None:
    with pytest.raises(FileRefused, match=r"file\.fetch_failed"):
        await oa.channel.fetch(sent_file(oa, url=url), tmp_path / "t")
    assert not (tmp_path / "t").exists()


async def test_a_redirect_to_a_neighbour_is_not_followed(oa: Oa, tmp_path: Path) -> None:
    event = sent_file(oa)
    for to in ("http://127.0.0.1:9/secret", "https://10.1.2.3/secret"):
        oa.world.fault("redirect", "download", to=to)
        with pytest.raises(FileRefused, match=r"file\.fetch_failed"):
            await oa.channel.fetch(event, tmp_path / "t")
    oa.world.fault("redirect", "download", to=event.remote_id.partition("#")[0])
    await oa.channel.fetch(event, tmp_path / "t")
    oa.world.fault("redirect", "download", to=event.remote_id.partition("#")[0], times=9)
    with pytest.raises(FileRefused, match=r"file\.fetch_failed"):
        await oa.channel.fetch(event, tmp_path / "t")


async def test_a_name_that_leads_home_is_not_asked() -> None:
    with pytest.raises(OSError, match="no public address"):
        await PublicResolver().resolve("localhost", 443)


@pytest.mark.parametrize(
    ("host", "public"),
    [
        ("8.8.8.8", True),
        ("f1.zdn.vn", True),
        ("2001:4860:4860::8888", True),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("intranet", False),
        ("db.internal", False),
    ],
)
def test_public_is_what_the_world_reaches(host: str, public: bool) -> None:
    assert is_public(host) is public


# --- templates ---------------------------------------------------------------------------------------


def of_template(**changes: Any) -> Template:
    values = {"name": "Tạ Thị Loan", "week": "13"}
    return Template(
        **{
            "chat_id": CHAT,
            "phone": "84912345678",
            "id": "w1",
            "values": values,
            "tracking_id": "a",
            **changes,
        }
    )


async def test_a_template_reaches_who_was_silent_for_a_month(oa: Oa) -> None:
    oa.world.does("template", id="w1", blanks=["name", "week"])
    oa.world.changes(wallet=300)
    oa.passes(30 * 86_400)
    assert isinstance(await oa.channel.send_template(of_template()), Sent)
    assert oa.messages()[-1]["text"] == "[w1] name=Tạ Thị Loan; week=13"
    assert isinstance(await oa.channel.send_template(of_template()), OutOfWindow)  # no money left
    assert oa.trouble == [-115]


async def test_an_old_template_goes_by_phone_and_only_there(oa: Oa) -> None:
    oa.world.does("template", id="w1", blanks=["name", "week"], old=True)
    oa.world.changes(wallet=1000, chat_id=CHAT, phone="84912345678")
    assert isinstance(await oa.channel.send_template(of_template()), Sent)
    assert isinstance(await oa.channel.send_template(of_template(phone="84999999999")), OutOfWindow)  # -118
    assert isinstance(await oa.channel.send_template(of_template(phone="")), OutOfWindow)  # -249
    assert [call["path"] for call in oa.world.state()["calls"][-4:]] == [
        "/message/template",
        "/v3.0/oa/message/template",
        "/message/template",
        "/v3.0/oa/message/template",
    ]


@pytest.mark.parametrize(
    ("change", "other", "told"),
    [
        ({"approved": False}, {}, [-131]),
        ({}, {"id": "w2"}, [-109]),
    ],
)
async def test_what_the_administrator_has_to_mend_is_told(
    oa: Oa, change: dict[str, Any], other: dict[str, Any], told: list[int]
) -> None:
    oa.world.does("template", **{"id": "w1", "blanks": ["name", "week"], **change})
    oa.world.changes(wallet=1000)
    assert isinstance(await oa.channel.send_template(of_template(**other)), OutOfWindow)
    assert oa.trouble == told


async def test_beyond_48_hours_a_message_costs_and_without_a_wallet_it_does_not_go(oa: Oa) -> None:
    oa.passes(3 * 86_400)
    assert isinstance(await oa.channel.send(parcel()), OutOfWindow)
    oa.world.changes(wallet=60)
    assert isinstance(await oa.channel.send(parcel()), Sent)
    assert isinstance(await oa.channel.send(parcel()), OutOfWindow)
    assert oa.trouble == [-320, -321]
    assert oa.world.state()["bills"] == [{"user": CHAT, "kind": "message", "price": 55}]


async def test_a_night_ban_holds_templates_and_messages_until_six(oa: Oa) -> None:
    oa.world.does("template", id="w1", blanks=["name", "week"])
    oa.world.changes(wallet=1000, night_ban=True)
    oa.passes(seconds_until(oa, 23))
    for outcome in (await oa.channel.send(parcel()), await oa.channel.send_template(of_template())):
        assert isinstance(outcome, Later) and outcome.refused
        assert outcome.after is not None and abs(outcome.after - 7 * 3600) < 120
    assert oa.world.state()["bills"] == []


def seconds_until(oa: Oa, hour: int) -> float:
    """Until this hour in Vietnam."""
    local = oa.clock.now().astimezone(VN)
    at = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    return (at - local).total_seconds()

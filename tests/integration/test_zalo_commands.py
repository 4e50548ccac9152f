"""`zalo-oa login`, `staff invite --zalo` and what the doctor says about Zalo."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from tests.fakes.zalo_oa_sim import ZaloSim, ZaloWorld
from tests.integration.zalo_parts import Oa, open_oa, parcel

from hoso_bot import cli
from hoso_bot.clock import SystemClock
from hoso_bot.doctor_zalo import _clocks, _webhook, examine_zalo
from hoso_bot.domain.events import Address
from hoso_bot.domain.messages import Sent
from hoso_bot.domain.paying import Fare, month_of
from hoso_bot.settings import Settings
from hoso_bot.store.inbox import Arrival, Inbox
from hoso_bot.store.people import People
from hoso_bot.store.spending import Spending

Hoso = Callable[..., tuple[int, str, str]]


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "school"
    shutil.copytree(template, copy)
    return copy


@pytest.fixture
def world(zalo: ZaloSim) -> ZaloWorld:
    return zalo.zalo()


@pytest.fixture
def hoso(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Path, world: ZaloWorld
) -> Hoso:
    """Runs one command of the school; (exit code, stdout, stderr)."""
    for name, value in world.settings().items():
        if name != "refresh_token":
            monkeypatch.setenv(f"HOSO_ZALO_OA__{name.upper()}", value)
    monkeypatch.setenv("HOSO_WEB__PUBLIC_URL", "https://truong.example")
    monkeypatch.setenv("HOSO_HOME", str(home))

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["hoso-bot", *map(str, arguments)])
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def test_a_login_by_pasting_the_address_that_came_back(hoso: Hoso, world: ZaloWorld) -> None:
    code, out, _ = hoso("zalo-oa", "login")
    assert code == 0
    url = next(line for line in out.splitlines() if line.startswith("http"))
    asked = parse_qs(urlsplit(url).query)
    assert urlsplit(url).path == "/v4/oa/permission"
    assert len(asked["code_challenge"][0]) == 43 and "=" not in asked["code_challenge"][0]
    agreed = world.does("agree", challenge=asked["code_challenge"][0])
    back = f"https://truong.example/zalo-oa/login?code={agreed['code']}&oa_id={agreed['oa_id']}"
    assert hoso("zalo-oa", "login", "--code", f"{back}&state=another")[0] == 1
    code, out, err = hoso("zalo-oa", "login", "--code", f"{back}&state={asked['state'][0]}")
    assert (code, err) == (0, "")
    assert "connected" in out
    assert hoso("zalo-oa", "login", "--code", agreed["code"])[0] == 1
    code, out, _ = hoso("staff", "invite", "--zalo", "--json", "GV09")
    (invite,) = json.loads(out)
    assert set(invite) == {"staff_id", "name", "code", "zalo_link", "expires"}
    assert invite["zalo_link"] == f"https://zalo.me/{agreed['oa_id']}"
    assert invite["code"].startswith("GV09 ")


def test_short_codes_are_for_everybody_who_is_not_on_zalo(hoso: Hoso, tmp_path: Path) -> None:
    code, out, _ = hoso("staff", "invite", "--zalo")
    assert code == 0
    assert len(out.splitlines()) == 14
    assert all("until" in line for line in out.splitlines())
    assert hoso("staff", "invite", "--zalo", "--pdf", tmp_path / "x.pdf")[0] == 2
    assert hoso("staff", "invite", "--zalo", "GV99")[0] == 1


def test_without_an_app_the_commands_say_what_to_set(hoso: Hoso, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOSO_ZALO_OA__APP_ID")
    for words in (("zalo-oa", "login"), ("staff", "invite", "--zalo")):
        code, _, err = hoso(*words)
        assert code == 2
        assert "HOSO_ZALO_OA__APP_ID" in err


# --- the doctor --------------------------------------------------------------------------------------


@pytest_asyncio.fixture
async def oa(home: Path, zalo: ZaloSim) -> AsyncIterator[Oa]:
    opened = open_oa(home, zalo)
    yield opened
    await opened.close()


async def said(oa: Oa, settings: Settings | None = None) -> list[tuple[bool, str]]:
    found = examine_zalo(settings or oa.account.settings, oa.db, oa.clock)
    return [(ok, what) async for ok, what in found]


async def test_the_doctor_sees_good_tokens_and_a_silent_webhook(oa: Oa) -> None:
    tokens, clock, webhook, paid, reached = await said(oa)
    assert tokens == (True, "Zalo takes the tokens")
    assert clock[0]
    assert not webhook[0]
    assert "https://truong.example/webhook/zalo-oa" in webhook[1]
    assert paid == (True, "nothing is paid for: after 48 silent hours Zalo takes no message")
    assert reached == (True, "0 people on Zalo")
    Inbox(oa.db, oa.clock).keep([Arrival("zalo_oa", "1", "zalo_oa:1", {})])
    assert (await said(oa))[2][0]
    oa.passes(4 * 86_400)
    late = (await said(oa))[2]
    assert not late[0]
    assert "subscribe again" in late[1]


async def test_the_doctor_names_who_has_to_write_first(oa: Oa) -> None:
    people = People(oa.db)
    loan = next(person for person in people.all() if person.staff_id == "GV09")
    with oa.db.write() as connection:
        at = Address("zalo_oa", "5000000001")
        connection.execute(people.link(loan.id, at, "consent-2", oa.clock.now()))
    on_wednesday = (await said(oa))[-1]
    assert on_wednesday[0]
    assert "on the weekend, as it stands, nothing reaches Tạ Thị Loan: silent" in on_wednesday[1]
    oa.passes(49 * 3600)
    with oa.db.write() as connection:
        connection.execute(people.heard(at, oa.clock.now()))
    assert (await said(oa))[-1] == (True, "1 people on Zalo")


async def test_the_doctor_says_what_is_paid_and_what_a_weekend_may_cost(oa: Oa) -> None:
    people, ledger = People(oa.db), Spending(oa.db, "zalo_oa")
    loan = next(person for person in people.all() if person.staff_id == "GV09")
    with oa.db.write() as connection:
        at = Address("zalo_oa", "5000000001")
        connection.execute(people.link(loan.id, at, "consent-2", oa.clock.now()))
    paying = {"paid": "reminders", "monthly_budget": 300}
    settings = oa.account.settings
    settings = settings.model_copy(update={"zalo_oa": settings.zalo_oa.model_copy(update=paying)})
    ok, text = (await said(oa, settings))[-2]
    assert ok
    month = month_of(oa.clock.now())
    assert (
        f"reminders; templates: none; {month}: 0 of 300 VND spent; a weekend may cost 220 VND at most" in text
    )
    ledger.note("m", Fare.MESSAGE, 275, 300, oa.clock.now())
    ok, text = (await said(oa, settings))[-2]
    assert not ok
    assert text.endswith("a weekend may cost 25 VND at most; used up: HOSO_ZALO_OA__MONTHLY_BUDGET")


async def test_the_doctor_sees_lost_tokens_and_http(oa: Oa) -> None:
    oa.world.does("revoke", refresh=True)
    assert (await said(oa))[0][1].endswith("hoso-bot zalo-oa login")
    settings = oa.account.settings.model_copy(
        update={"web": oa.account.settings.web.model_copy(update={"public_url": "http://x"})}
    )
    assert (await said(oa, settings))[0][1].endswith("must begin with https://")
    nothing = settings.model_copy(update={"zalo_oa": settings.zalo_oa.model_copy(update={"app_id": None})})
    assert await said(oa, nothing) == []


def test_clocks_that_differ_are_a_trouble() -> None:
    assert _clocks(timedelta(seconds=30)).ok
    assert not _clocks(timedelta(seconds=-90)).ok
    assert "timedatectl" in _clocks(timedelta(minutes=5)).what


def test_a_webhook_of_today_is_well(tmp_path: Path) -> None:
    now = SystemClock().now()
    settings: Any = Settings(home=tmp_path)
    assert _webhook(now - timedelta(days=1), now, settings).ok


# --- the fake is strict ------------------------------------------------------------------------------


async def test_the_fake_refuses_and_notes_what_the_sheet_calls_wrong(oa: Oa) -> None:
    access = await oa.account.tokens.access()
    wrong: list[dict[str, Any]] = [
        {"text": "x" * 2001},
        {"text": ""},
        {"text": "a", "unknown": 1},
        {"text": "a", "attachment": {"type": "list", "payload": {}}},
        {
            "text": "a",
            "attachment": {"type": "template", "payload": {"template_type": "list", "buttons": []}},
        },
        {"text": "a", "attachment": {"type": "template", "payload": {"buttons": []}}},
        {"text": "a", "attachment": {"type": "template", "payload": {"buttons": [button()] * 6}}},
        {"text": "", "attachment": {"type": "template", "payload": {"buttons": [button()]}}},
        {"text": "a", "attachment": {"type": "template", "payload": {"buttons": [button(title="x" * 101)]}}},
        {"text": "a", "attachment": {"type": "template", "payload": {"buttons": [button(type="callback")]}}},
        {"text": "a", "attachment": {"type": "file", "payload": {"token": "x"}}},
    ]
    for message in wrong:
        with pytest.raises(Exception, match=r"Zalo -2\d\d"):
            await oa.account.api.send(access, "5000000001", message)
    assert len(oa.world.state()["strictness"]) == len(wrong)
    assert isinstance(await oa.channel.send(parcel()), Sent)


def button(**changes: str) -> dict[str, str]:
    return {"title": "Duyệt", "type": "oa.query.hide", "payload": "#x", **changes}

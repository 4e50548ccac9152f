"""Rotating tokens: never two refreshers, saved before used, a lost pair told once."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import random
import shutil
import time
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from tests.fakes.zalo_oa_sim import ZaloSim, ZaloWorld
from tests.integration.zalo_parts import Oa, open_oa, parcel

from hoso_bot.channels.zalo_oa_tokens import LoginFailed, NeedsLogin
from hoso_bot.domain.messages import Later, Sent

KILLS = int(os.environ.get("HOSO_KILLS", "50"))


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "school"
    shutil.copytree(template, copy)
    return copy


@pytest_asyncio.fixture
async def oa(home: Path, zalo: ZaloSim) -> AsyncIterator[Oa]:
    opened = open_oa(home, zalo)
    yield opened
    assert opened.world.state()["strictness"] == []
    await opened.close()


def pair(oa: Oa) -> tuple[bytes | None, bytes | None]:
    row = oa.account.store.row()
    assert row
    return row.access_token, row.refresh_token


async def test_the_refresh_token_of_the_settings_is_used_once(oa: Oa) -> None:
    first = await oa.account.tokens.access()
    assert await oa.account.tokens.access() == first
    assert oa.world.state()["refreshes"] == 1
    oa.account.tokens.begin("an older one, still in the settings")
    assert await oa.account.tokens.access() == first


async def test_tokens_lie_sealed(oa: Oa, home: Path) -> None:
    access = await oa.account.tokens.access()
    oa.db.close()
    kept = b"".join(path.read_bytes() for path in home.glob("hoso.db*"))
    assert access.encode() not in kept
    given = oa.account.settings.zalo_oa.refresh_token
    assert given
    assert given.get_secret_value().encode() not in kept


async def test_a_token_is_refreshed_in_time(oa: Oa) -> None:
    first = await oa.account.tokens.access()
    oa.passes(22 * 3600)
    assert await oa.account.tokens.access() == first
    oa.passes(1.5 * 3600)
    second = await oa.account.tokens.access()
    assert second != first
    assert isinstance(await oa.channel.send(parcel()), Sent)


async def test_two_bots_and_many_messages_refresh_once(oa: Oa, home: Path, zalo: ZaloSim) -> None:
    other = open_oa(home, zalo, oa.world)
    both = [oa.account.tokens, other.account.tokens]
    found = await asyncio.gather(*(both[n % 2].access() for n in range(20)))
    assert len(set(found)) == 1
    refused = found[0]
    found = await asyncio.gather(*(both[n % 2].access(refused) for n in range(20)))
    assert len(set(found)) == 1
    state = oa.world.state()
    assert (state["refreshes"], state["spent_again"]) == (2, 0)
    await other.close()


async def test_zalo_in_trouble_is_no_lost_pair(oa: Oa) -> None:
    first = await oa.account.tokens.access()
    oa.passes(23.5 * 3600)
    before = pair(oa)
    for fault in ({"kind": "status", "status": 502}, {"kind": "error", "code": -32}):
        oa.world.fault(method="token", **fault)  # type: ignore[arg-type]
        assert await oa.account.tokens.access() == first  # good for another hour and a half
    oa.passes(2 * 3600)
    oa.world.fault("status", "token", status=502)
    with pytest.raises(OSError, match="502"):
        await oa.account.tokens.access()
    assert (pair(oa), oa.lost) == (before, [])
    assert await oa.account.tokens.access() != first


async def test_an_answer_that_got_lost_is_told_once_and_not_asked_again(oa: Oa) -> None:
    oa.world.fault("lost", "token")
    with pytest.raises(OSError, match="Error"):
        await oa.account.tokens.access()
    for _ in range(3):
        with pytest.raises(NeedsLogin, match="hoso-bot zalo-oa login"):
            await oa.account.tokens.access()
    assert len(oa.lost) == 1
    assert len([call for call in oa.world.state()["calls"] if "form" in call]) == 2
    assert isinstance(await oa.channel.send(parcel()), Later)


async def log_in(oa: Oa) -> tuple[str, str, str]:
    """The administrator agrees on Zalo's page; what comes back: code, state, OA id."""
    asked = parse_qs(urlsplit(oa.account.login_url()).query)
    assert asked["redirect_uri"] == ["https://truong.example/zalo-oa/login"]
    agreed = oa.world.does("agree", challenge=asked["code_challenge"][0])
    return agreed["code"], asked["state"][0], agreed["oa_id"]


async def test_a_login_mends_a_lost_pair(oa: Oa) -> None:
    oa.world.does("revoke", refresh=True)
    with pytest.raises(NeedsLogin):
        await oa.account.tokens.access()
    code, state, oa_id = await log_in(oa)
    await oa.account.tokens.finish_login(code, state, oa_id)
    assert oa.account.tokens.account_id == oa_id
    assert isinstance(await oa.channel.send(parcel()), Sent)


async def test_a_login_is_good_once_for_its_own_answer_in_time(oa: Oa) -> None:
    with pytest.raises(LoginFailed, match="no login was begun"):
        await oa.account.tokens.finish_login("x", "y", None)
    code, state, oa_id = await log_in(oa)
    with pytest.raises(LoginFailed, match="another login"):
        await oa.account.tokens.finish_login(code, state + "x", oa_id)
    with pytest.raises(LoginFailed, match="does not take the code"):
        await oa.account.tokens.finish_login("wrong", state, oa_id)
    await oa.account.tokens.finish_login(code, None, oa_id)  # pasted
    with pytest.raises(LoginFailed, match="no login was begun"):
        await oa.account.tokens.finish_login(code, state, oa_id)
    code, state, oa_id = await log_in(oa)
    oa.passes(16 * 60)
    with pytest.raises(LoginFailed, match="too long"):
        await oa.account.tokens.finish_login(code, state, oa_id)


# --- killed in the middle ----------------------------------------------------------------------------


def refresh_for_ever(home: Path, zalo_url: str, app_id: str) -> None:
    """A bot that does nothing but refresh, in a process that will be killed."""
    zalo = ZaloSim()
    zalo.base_url = zalo_url

    async def refresh() -> None:
        oa = open_oa(home, zalo, ZaloWorld(zalo_url, app_id))
        access = ""
        while True:
            access = await oa.account.tokens.access(refused=access)

    asyncio.run(refresh())


def test_a_kill_at_any_moment_leaves_a_pair_that_works_or_is_told_once(home: Path, zalo: ZaloSim) -> None:
    world = zalo.zalo()
    context, chance = multiprocessing.get_context("fork"), random.Random(7)
    lost = 0
    for _ in range(KILLS):
        process = context.Process(target=refresh_for_ever, args=(home, world.base_url, world.app_id))
        process.start()
        time.sleep(chance.uniform(0.05, 0.35))
        process.kill()
        process.join()
        lost += asyncio.run(works_or_is_told(home, world, zalo))
    assert world.state()["strictness"] == []
    assert lost < KILLS  # most kills hurt nothing
    assert world.state()["refreshes"] > KILLS / 2


async def works_or_is_told(home: Path, world: ZaloWorld, zalo: ZaloSim) -> int:
    """After the kill: a lease that is over is taken, then a message goes out; 1 when it took a login."""
    oa = open_oa(home, zalo, world)
    oa.passes(61)
    try:
        before = len(oa.lost)
        if isinstance(await oa.channel.send(parcel()), Sent):
            refused = await oa.account.tokens.access()
            try:
                await oa.account.tokens.access(refused)
                return 0
            except NeedsLogin:
                pass
        assert len(oa.lost) == before + 1
        await oa.channel.send(parcel())
        assert len(oa.lost) == before + 1
        code, state, oa_id = await log_in(oa)
        await oa.account.tokens.finish_login(code, state, oa_id)
        assert isinstance(await oa.channel.send(parcel()), Sent)
        return 1
    finally:
        await oa.close()

"""What the doctor says about a Zalo bot, and short codes where there is a bot alone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.clock import FakeClock
from tests.fakes.zalo_bot_sim import ZaloBotSim, ZaloBotWorld
from tests.school import NOW

from hoso_bot.doctor_zalo_bot import POLLING, examine_zalo_bot
from hoso_bot.domain.errors import SettingsError
from hoso_bot.domain.events import Address
from hoso_bot.office import Office
from hoso_bot.ports import FACELESS
from hoso_bot.settings import Settings, Web, ZaloBot, ZaloOa
from hoso_bot.store.inbox import Arrival, Inbox

PUBLIC = "https://truong.example"
HOOK = f"{PUBLIC}/webhook/zalo-bot"


@dataclass
class Clinic:
    """A school with a bot on the fake."""

    home: Path
    world: ZaloBotWorld
    clock: FakeClock

    def settings(self, public_url: str = PUBLIC, **bot: str) -> Settings:
        """The bot's, with changes."""
        given = {**self.world.settings(), **bot}
        return Settings(home=self.home, web=Web(public_url=public_url), zalo_bot=ZaloBot(**given))  # type: ignore[arg-type]

    async def said(self, settings: Settings) -> list[tuple[bool, str]]:
        """Every finding."""
        office = Office(settings, self.clock)
        try:
            return [(ok, what) async for ok, what in examine_zalo_bot(settings, office.db)]
        finally:
            office.close()


@pytest.fixture
def clinic(template: Path, tmp_path: Path, zalo_bot: ZaloBotSim) -> Iterator[Clinic]:
    copy = tmp_path / "school"
    shutil.copytree(template, copy)
    return Clinic(copy, zalo_bot.world(), FakeClock(NOW))


async def test_a_bot_that_polls_is_well_and_told_what_it_loses(clinic: Clinic) -> None:
    assert await clinic.said(clinic.settings()) == [
        (True, "Zalo takes the bot's token: Bot Hoa Phượng"),
        (True, POLLING),
        (True, "0 people on the Zalo bot"),
    ]


async def test_a_webhook_is_compared_with_the_settings(clinic: Clinic) -> None:
    by_hook = clinic.settings(mode="webhook", secret="a-secret-of-ours")
    assert (await clinic.said(by_hook))[1] == (
        False,
        f"Zalo bot: the webhook is set nowhere; hoso-bot run sets {HOOK}",
    )
    clinic.world.call("setWebhook", url=HOOK, secret_token="a-secret-of-ours")
    assert (await clinic.said(by_hook))[1] == (True, f"Zalo bot: updates come to {HOOK}")
    ok, what = (await clinic.said(clinic.settings()))[1]
    assert (ok, "webhook is set at truong.example" in what) == (False, True)
    clinic.world.call("setWebhook", url="https://other.example/x", secret_token="x" * 8)
    assert "other.example, of another program" in (await clinic.said(by_hook))[1][1]


async def test_a_name_a_token_and_an_address_that_will_not_do(clinic: Clinic) -> None:
    clinic.world.changes(name="Trợ lý hồ sơ")
    assert (await clinic.said(clinic.settings()))[0] == (
        False,
        "Zalo takes the bot's token, but its name must begin with Bot: Trợ lý hồ sơ",
    )
    (refused,) = await clinic.said(clinic.settings(token="1:another-token"))
    assert refused == (False, "Zalo refuses the bot (Zalo Bot 401: Unauthorized): check HOSO_ZALO_BOT__TOKEN")
    (dead,) = await clinic.said(clinic.settings(base_url="http://127.0.0.1:9"))
    assert dead[1].startswith("Zalo does not answer the bot (getMe: ClientConnectorError)")
    assert (await clinic.said(clinic.settings(public_url="http://x.example")))[0][1].endswith("with https://")
    (half,) = await clinic.said(clinic.settings(public_url=""))
    assert "HOSO_WEB__PUBLIC_URL" in half[1]
    assert await clinic.said(Settings(home=clinic.home)) == []


async def test_what_came_without_a_sender_is_counted(clinic: Clinic) -> None:
    office = Office(clinic.settings(), clinic.clock)
    inbox = Inbox(office.db, clinic.clock)
    inbox.keep([Arrival("zalo_bot", f"{FACELESS}{n}", "zalo_bot:faceless", {}) for n in range(3)])
    with office.db.write() as connection:
        at, person = Address("zalo_bot", "1"), office.person("GV09")
        connection.execute(office.people.link(person.id, at, "consent-2", clinic.clock.now()))
    office.close()
    assert (await clinic.said(clinic.settings()))[-1][1].startswith(
        "1 people on the Zalo bot; 3 messages came without a sender (mostly files)"
    )


@pytest.mark.parametrize("both", [False, True])
def test_short_codes_are_for_who_has_no_zalo_chat(clinic: Clinic, both: bool) -> None:
    changes: dict[str, Any] = {"zalo_oa": ZaloOa(app_id="1")} if both else {}
    office = Office(clinic.settings().model_copy(update=changes), clinic.clock)
    everybody = len(office.invite_to_zalo())
    with office.db.write() as connection:
        at, person = Address("zalo_bot", "1"), office.person("GV09")
        connection.execute(office.people.link(person.id, at, "consent-2", clinic.clock.now()))
    assert len(office.invite_to_zalo()) == everybody - 1
    assert office.invite_to_zalo(("GV09",))[0].link is None
    office.close()
    nothing = Office(Settings(home=clinic.home), clinic.clock)
    with pytest.raises(SettingsError, match="HOSO_ZALO_BOT__TOKEN"):
        nothing.invite_to_zalo()
    nothing.close()

"""The demo school: made up, on 127.0.0.1 only, where a visitor may be anyone."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from hoso_bot import texts
from hoso_bot.app import App
from hoso_bot.channels.web_chat import WebChat
from hoso_bot.channels.web_chat.pages import Phone
from hoso_bot.clock import SystemClock
from hoso_bot.domain.calendar import VN, Week, next_week
from hoso_bot.domain.roster import Person
from hoso_bot.founding import Where, init
from hoso_bot.office import Office
from hoso_bot.sample.lesson_plan import write_plan
from hoso_bot.settings import Custody, Settings, Web
from hoso_bot.store.roster_file import read_roster
from hoso_bot.telegram_account import COMMANDS

SCHOOL_NAME = "Trường Tiểu học Hoa Phượng"
CAST = {"teacher": "GV04", "head": "GV01", "vice": "PHT01"}


@dataclass(frozen=True)
class DemoSchool:
    """A sample school on disk, its three players and their invitation codes."""

    settings: Settings
    cast: dict[str, Person]
    codes: dict[str, str]
    weeks: tuple[Week, ...]

    def phones(self) -> list[Phone]:
        """The three phones of the page, teacher first."""
        return [
            Phone(chat, p.name, f"{texts.render(f'role.{p.role.value}')} · {p.group}")
            for chat, p in self.cast.items()
        ]

    def coming_weeks(self) -> tuple[Week, ...]:
        """Next teaching week and the ones after it; the year's last week when the year is over."""
        today = SystemClock().now().astimezone(VN).date()
        first = next_week(self.weeks, today) or self.weeks[-1]
        return self.weeks[self.weeks.index(first) :]

    def sample_plan(self, week: Week, folder: Path) -> Path:
        """A believable plan of the teacher for `week`, written into `folder`."""
        teacher = self.cast["teacher"]
        target = folder / f"KHBD_Tuan_{week.number}_Lop_{teacher.classes[0]}.pdf"
        if not target.exists():
            write_plan(
                target,
                week=week.number,
                first=week.first,
                last=week.last,
                teacher=teacher.name,
                class_name=teacher.classes[0],
                school=SCHOOL_NAME,
            )
        return target


def make_school(
    home: Path, custody: Custody = "pin", passphrase: str = "", where: Where | None = None
) -> None:
    """A school folder with the sample staff; used by `init --sample` and the demos."""
    clock = SystemClock()
    init(home, SCHOOL_NAME, clock, passphrase=passphrase, custody=custody, where=where)
    office = Office(Settings(home=home), clock, passphrase)
    with resources.as_file(resources.files("hoso_bot.sample") / "roster.csv") as roster:
        office.import_staff(read_roster(roster))
    office.close()


def open_school(home: Path, port: int) -> DemoSchool:
    """Make the demo school in `home` for an App on 127.0.0.1:`port`; no setting from outside counts."""
    for name in [name for name in os.environ if name.startswith("HOSO_")]:
        del os.environ[name]
    make_school(home, custody="server")
    public = f"http://127.0.0.1:{port}" if port else ""
    settings = Settings(home=home, web=Web(host="127.0.0.1", port=port, public_url=public))
    office = Office(settings, SystemClock())
    staff = {p.staff_id: p for p in office.people.all()}
    invites = {i.person.staff_id: i.code for i in office.invite(tuple(CAST.values()))}
    weeks = office.weeks()
    office.close()
    cast = {chat: staff[staff_id] for chat, staff_id in CAST.items()}
    codes = {chat: invites[staff_id] for chat, staff_id in CAST.items()}
    return DemoSchool(settings, cast, codes, weeks)


def demo_app(school: DemoSchool, shelf: Path, samples: Sequence[Path]) -> App:
    """The whole product with the three phones instead of a chat platform."""
    commands = [(name, texts.render(f"command.{name}")) for name in COMMANDS]
    channel = WebChat(shelf, school.phones(), samples, commands)
    return App(school.settings, extra_channels=(channel,), extra_routes=tuple(channel.routes()))

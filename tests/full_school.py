"""A school of sixty teachers on a Sunday evening, written straight into its record: every state occurs."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from tests.fakes.clock import FakeClock
from tests.school import week

from hoso_bot.domain.approval import ApprovalStep, StepState
from hoso_bot.domain.calendar import Week
from hoso_bot.domain.events import Address
from hoso_bot.domain.expected import Exemption
from hoso_bot.domain.inspection import Finding, Inspection, PlanFacts, Structure
from hoso_bot.domain.roster import COLUMNS, Person, Role
from hoso_bot.domain.submission import (
    Plan,
    PlanState,
    Upload,
    UploadState,
    Version,
    VersionState,
    record_code,
)
from hoso_bot.office import Office
from hoso_bot.settings import Settings
from hoso_bot.store.boards import Boards
from hoso_bot.store.db import Database, moment, new_id
from hoso_bot.store.files import FolderStore
from hoso_bot.store.obligations import Obligations
from hoso_bot.store.plans import Plans
from hoso_bot.store.roster_file import read_roster

GROUPS, IN_A_GROUP = 6, 10
FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Phan", "Vũ", "Đặng", "Bùi")
MIDDLE = ("Thị Thanh", "Thị Hồng", "Ngọc Phương", "Thị Kim", "Đức", "Thị Bích", "Hoàng Bảo", "Thị Mỹ")
GIVEN = ("Hương", "Uyên", "Quỳnh", "Oanh", "Phúc", "Nguyệt", "Trâm", "Diễm", "Loan", "Khuyên", "Ánh")
LONGEST = "Công Tằng Tôn Nữ Nguyễn Thị Hoàng Phương Uyên"
REASON = (
    "Bài Toán tiết 2 chưa nêu yêu cầu cần đạt; hoạt động khởi động Tiếng Việt trang 4 trùng tuần trước, "
    "đồng chí bổ sung và trình lại giúp trước thứ Hai."
)


def staff_list() -> list[list[str]]:
    """The rows of the roster: a principal, two vice-principals, six groups of ten."""
    rows = [
        ["HT01", "Vũ Thị Bích Hạnh", "Hiệu trưởng", "Ban giám hiệu", "", "", "", "0900000001"],
        ["PHT01", "Lương Quang Tùng", "Phó hiệu trưởng", "Ban giám hiệu", "", "", "", "0900000002"],
    ]
    for group in range(1, GROUPS + 1):
        name = f"Tổ {group}" if group < GROUPS else "Tổ Năng khiếu – Ngoại ngữ – Tin học"
        for place in range(IN_A_GROUP):
            number = (group - 1) * IN_A_GROUP + place
            post = ("Tổ trưởng", "Tổ phó")[place] if place < 2 else "Giáo viên"
            called = f"{FAMILY[number % 10]} {MIDDLE[number % 8]} {GIVEN[number % 11]}"
            called = LONGEST if number == 13 else called
            classes = f"{min(group, 5)}{chr(65 + place)}"
            rows.append([f"GV{number + 1:02d}", called, post, name, classes, "Toán, Tiếng Việt", "20", ""])
    return rows


@dataclass
class Record:
    """Writes plans as if they had come through the chat. file, picture: hashes of what every plan shows."""

    db: Database
    staff: dict[str, Person]
    file: str
    picture: str

    def __post_init__(self) -> None:
        self.plans = Plans(self.db)

    def runs(self, *statements: Any) -> None:
        with self.db.write() as connection:
            for statement in statements:
                connection.execute(statement)

    def chain(self, teacher: Person) -> tuple[tuple[Role, str], ...]:
        """Who signs."""
        last = (Role.VICE_PRINCIPAL, self.staff["PHT01"].id)
        if teacher.role is Role.GROUP_HEAD:
            return (last,)
        head = next(p for p in self.staff.values() if p.role is Role.GROUP_HEAD and p.group == teacher.group)
        return (Role.GROUP_HEAD, head.id), last

    def keeps(self, teacher: Person, of: Week, decided: int, late: int = 0, **how: Any) -> Plan:
        """A plan whose first `decided` steps are signed; `rejected` by the first, then `again` handed in."""
        plan_id, at = new_id(), of.deadline - timedelta(hours=30) + timedelta(minutes=37 * decided)
        at = of.deadline + timedelta(minutes=late) if late else at
        chain = self.chain(teacher)
        whole = decided >= len(chain)
        state = PlanState.APPROVED if whole else PlanState.PENDING
        state = PlanState.REJECTED if how.get("rejected") and not how.get("again") else state
        number = 2 if how.get("again") else 1
        code = record_code(of, teacher.staff_id)
        plan = Plan(plan_id, of.year, "KHBD", teacher.id, of.number, code, number, how.get("state", state))
        self.runs(self.plans.add_plan(plan))
        if how.get("rejected"):
            earlier = VersionState.SUPERSEDED if how.get("again") else VersionState.REJECTED
            self._version(plan, 1, earlier, at, late, chain, 0, rejected=True)
        if not how.get("rejected") or how.get("again"):
            of_version = VersionState.APPROVED if whole else VersionState.PENDING
            of_version = VersionState.DOUBTED if plan.state is PlanState.DOUBTED else of_version
            at = at + timedelta(hours=9) if number == 2 else at
            self._version(plan, number, of_version, at, 0 if number == 2 else late, chain, decided)
        return plan

    def _version(
        self,
        plan: Plan,
        number: int,
        state: VersionState,
        at: datetime,
        late: int,
        chain: tuple[tuple[Role, str], ...],
        decided: int,
        rejected: bool = False,
    ) -> None:
        upload_id, version_id = new_id(), new_id()
        self.runs(*self._upload(upload_id, plan, at))
        version = Version(
            version_id,
            plan.id,
            number,
            upload_id,
            state,
            self.file,
            self.file,
            self.file,
            90_000,
            12,
            at,
            late,
        )
        self.runs(self.plans.add_version(replace(version, lookup_code=f"{plan.id}{number}"[-16:].lower())))
        for place, (role, signer) in enumerate(chain, start=1):
            done = place <= decided
            of_step = (
                StepState.SIGNED if done else StepState.PENDING if place == decided + 1 else StepState.WAITING
            )
            more: dict[str, Any] = {"decided_at": moment(at + timedelta(hours=2 * place))} if done else {}
            if rejected:
                of_step = StepState.REJECTED if place == 1 else StepState.VOID
                more = {"decided_at": moment(at + timedelta(hours=3)), "reason": REASON} if place == 1 else {}
            step = ApprovalStep(version_id, place, role, signer, of_step)
            self.runs(self.plans.add_step(step).values(**more))

    def _upload(self, upload_id: str, plan: Plan, at: datetime) -> list[Any]:
        found = (
            Finding("many_pages", "hint", (), {"pages": 130}),
            Finding("blank_pages", "hint", (4, 9, 10)),
        )
        read = Inspection(
            Structure(90_000, 12, True),
            PlanFacts(weeks=(plan.week,), classes=("5B",), subjects=("Toán", "Tiếng Việt"), lessons=22),
            found if hash(upload_id) % 3 else (),
        )
        upload = Upload(
            upload_id,
            plan.person_id,
            self.file,
            f"KHBD tuan {plan.week}.pdf",
            90_000,
            at,
            UploadState.SUBMITTED,
            Address("telegram", "1"),
        )
        kept = {"inspection": read.to_json(), "picture": self.picture, "year": plan.year, "week": plan.week}
        return [self.plans.add_upload(upload).values(**kept)]


def fill(home: Path, clock: FakeClock, pdf: bytes, picture: bytes, weeks: int = 13) -> None:
    """Make the school in `home` this one; the last of `weeks` is in full swing, the others are over."""
    roster = home / "staff.csv"
    with roster.open("w", encoding="utf-8", newline="") as target:
        csv.writer(target).writerows([COLUMNS, *staff_list()])
    office = Office(Settings(home=home), clock)
    office.import_staff(read_roster(roster))
    staff = {p.staff_id: p for p in office.people.all() if p.active}
    db = office.db
    files = FolderStore(home / "files")
    record = Record(db, staff, _put(files, pdf), _put(files, picture))
    teachers = [p for p in staff.values() if p.staff_id.startswith("GV")]
    for number in range(max(1, weeks - 3), weeks):
        for place, teacher in enumerate(teachers):
            late = 95 + place * 40 if place % 11 == number % 11 else 0
            record.keeps(teacher, week(number), 2, late, rejected=place % 9 == 4, again=place % 9 == 4)
    _this_week(record, teachers, week(weeks))
    office.close()


def _this_week(record: Record, teachers: list[Person], of: Week) -> None:
    for place, teacher in enumerate(teachers):
        kind = place % 10
        if kind == 3:
            continue
        if kind == 7:
            reason = "nghỉ ốm, có giấy của bệnh viện đa khoa tỉnh"
            excuse = Exemption(teacher.id, of.year, of.number, reason, "PHT01", of.deadline)
            record.runs(*Obligations(record.db).exempt(excuse))
            continue
        if kind == 5:
            record.keeps(teacher, of, 0, rejected=True)
        elif kind == 6:
            record.keeps(teacher, of, 0, rejected=True, again=True)
        elif kind == 8:
            record.keeps(teacher, of, 1, state=PlanState.DOUBTED if place == 18 else PlanState.PENDING)
        elif kind == 9:
            record.keeps(teacher, of, 0, late=140 + place)
        else:
            plan = record.keeps(teacher, of, 2 if place < 40 else 0)
            if plan.state is PlanState.APPROVED and place % 4 == 0:
                mark = Boards(record.db).mark_portal
                with record.db.read() as connection:
                    query = sa.text("SELECT id FROM versions WHERE plan_id = :plan").bindparams(plan=plan.id)
                    version_id = connection.execute(query).scalar_one()
                record.runs(mark(version_id, "PHT01", of.deadline))


def _put(files: FolderStore, data: bytes) -> str:
    place = files.new_temporary()
    place.write_bytes(data)
    return files.adopt(place)

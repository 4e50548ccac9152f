"""Uploads, plans, their versions and the approval steps of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hoso_bot.domain.approval import DECIDED, ApprovalStep, StepState
from hoso_bot.domain.quota import Earlier
from hoso_bot.domain.submission import (
    Plan,
    PlanState,
    Upload,
    UploadState,
    Version,
    VersionState,
)
from hoso_bot.store.db import Database, from_moment, moment, once_a_look
from hoso_bot.store.plan_rows import read_plan, read_step, read_upload, read_version
from hoso_bot.store.tables import plans, steps, uploads, versions


class Plans:
    """One school's plans: lookups, and the guarded statements that move them."""

    def __init__(self, db: Database) -> None:
        self._db, self._school = db, db.school_id

    # --- looking -----------------------------------------------------------------------------

    def _rows(self, table: sa.Table, *conditions: Any, order: Any = None) -> list[Any]:
        query = sa.select(table).where(table.c.school_id == self._school, *conditions)
        return self._db.rows(query.order_by(order) if order is not None else query)

    @once_a_look
    def upload(self, upload_id: str) -> Upload:
        """One upload. Raises LookupError."""
        for row in self._db.found(uploads, id=upload_id):
            return read_upload(row)
        raise LookupError(f"no upload {upload_id}")

    @once_a_look
    def uploads_in(self, person_id: str, *states: UploadState) -> list[Upload]:
        """The person's uploads in these states, oldest first."""
        rows = self._rows(
            uploads,
            uploads.c.person_id == person_id,
            uploads.c.state.in_([s.value for s in states]),
        )
        # Sorted here: SQLite would rather read all a person ever sent in its order than sort a few rows.
        return [read_upload(row) for row in sorted(rows, key=lambda row: row.sent_at)]

    def was_shown(self, person_id: str, sha256: str) -> bool:
        """Whether this person got a card about these bytes before."""
        mine = uploads.c.school_id == self._school, uploads.c.person_id == person_id
        shown = sa.select(uploads.c.id).where(
            *mine, uploads.c.sha256 == sha256, uploads.c.card_key.is_not(None)
        )
        with self._db.read() as connection:
            return connection.execute(shown.limit(1)).first() is not None

    def sent_since(self, person_id: str, since: datetime) -> list[Earlier]:
        """When this person sent files and how large, oldest first."""
        sent = uploads.c.person_id == person_id, uploads.c.sent_at >= moment(since)
        return [
            Earlier(from_moment(row.sent_at), row.size)
            for row in self._rows(uploads, *sent, order=uploads.c.sent_at)
        ]

    @once_a_look
    def version(self, version_id: str) -> tuple[Plan, Version]:
        """A version with its plan. Raises LookupError."""
        for row in self._db.found(versions, id=version_id):
            version = read_version(row)
            return self.plan(version.plan_id), version
        raise LookupError(f"no version {version_id}")

    def plan(self, plan_id: str) -> Plan:
        """One plan. Raises LookupError."""
        for row in self._db.found(plans, id=plan_id):
            return read_plan(row)
        raise LookupError(f"no plan {plan_id}")

    def by_code(self, code: str) -> Plan | None:
        """The plan with this record code."""
        rows = self._db.found(plans, code=code)
        return read_plan(rows[0]) if rows else None

    @once_a_look
    def in_week(self, year: str, register: str, person_id: str, week: int) -> list[Plan]:
        """The plans a teacher handed in for a week, one a part (R13)."""
        asked = {"year": year, "register": register, "person_id": person_id, "week": week}
        rows = self._db.found(plans, plans.c.part, **asked)
        return [read_plan(row) for row in rows]

    @once_a_look
    def of_person(self, person_id: str, most: int | None = None, week: int | None = None) -> list[Plan]:
        """The person's plans, latest week first: at most so many, of every year's week of this number."""
        mine = [plans.c.school_id == self._school, plans.c.person_id == person_id]
        if week is not None:
            mine.append(plans.c.week == week)
        query = sa.select(plans).where(*mine).limit(most)
        query = query.order_by(plans.c.year.desc(), plans.c.week.desc(), plans.c.part)
        return [read_plan(row) for row in self._db.rows(query)]

    @once_a_look
    def of_year(self, person_id: str, year: str) -> list[Plan]:
        """The person's plans of a school year."""
        rows = self._db.found(plans, person_id=person_id, year=year)
        return [read_plan(row) for row in rows]

    def of_week(
        self, year: str, register: str, week: int, person_id: str | None = None
    ) -> list[tuple[Plan, int]]:
        """Every plan of one week in a register, each with the minutes its first version was late (Q3).

        person_id: of this one person.

        A version its teacher took back was no submission; a plan of such versions only is 0 minutes late.
        """
        earlier = versions.alias()
        first = (
            sa.select(sa.func.min(earlier.c.number))
            .where(
                earlier.c.school_id == self._school,  # the index begins with it
                earlier.c.plan_id == plans.c.id,
                earlier.c.state != VersionState.WITHDRAWN.value,
            )
            .scalar_subquery()
        )
        late = sa.func.coalesce(versions.c.minutes_late, 0).label("minutes_late")
        query = (
            sa.select(plans, late)
            .select_from(plans)
            .outerjoin(
                versions,
                sa.and_(
                    versions.c.school_id == self._school,
                    versions.c.plan_id == plans.c.id,
                    versions.c.number == first,
                ),
            )
            .where(
                plans.c.school_id == self._school,
                plans.c.year == year,
                plans.c.register == register,
                plans.c.week == week,
                *(() if person_id is None else (plans.c.person_id == person_id,)),
            )
        )
        return [(read_plan(row), row.minutes_late) for row in self._db.rows(query)]

    def current_version(self, plan: Plan) -> Version:
        """The version that counts."""
        rows = self._db.found(versions, plan_id=plan.id, number=plan.version)
        return read_version(rows[0])

    def first_submission(self, plan: Plan) -> Version | None:
        """What on-time is judged on (Q3): the first version its teacher did not take back."""
        kept = versions.c.state != VersionState.WITHDRAWN.value
        rows = self._rows(versions, versions.c.plan_id == plan.id, kept, order=versions.c.number)
        return read_version(rows[0]) if rows else None

    def by_file(self, sha256: str) -> tuple[Plan, Version] | None:
        """The version whose original, or whose signed file, has these bytes.

        A file that was upgraded after its delivery is found by what was delivered too.
        """
        later = steps.alias("later")
        followed = sa.exists().where(
            later.c.version_id == steps.c.version_id, later.c.number > steps.c.number
        )
        delivered = sa.select(steps.c.version_id).where(
            steps.c.school_id == self._school, steps.c.signed_sha256 == sha256, ~followed
        )
        return self.latest_with(sha256, (versions.c.original_sha256, versions.c.current_sha256), delivered)

    def latest_with(
        self, sha256: str, stages: Sequence[sa.Column[str]], also: sa.Select[Any]
    ) -> tuple[Plan, Version] | None:
        """The latest version that has these bytes in one of its stages, or whose id `also` finds.

        A question for each: with OR between columns a database reads every version the school ever had.
        """
        mine = versions.c.school_id == self._school
        asked = sa.union(*(sa.select(versions.c.id).where(mine, stage == sha256) for stage in stages), also)
        with self._db.read() as connection:
            ids = connection.execute(asked).scalars().all()
        return max(map(self.version, ids), key=lambda one: one[1].submitted_at, default=None)

    def doubted(self) -> list[tuple[Plan, Version]]:
        """Plans whose signed file failed validation, each with that version."""
        rows = self._db.found(plans, plans.c.code, state=PlanState.DOUBTED.value)
        return [(plan, self.current_version(plan)) for plan in map(read_plan, rows)]

    @once_a_look
    def steps(self, version_id: str) -> list[ApprovalStep]:
        """The chain of a version, in signing order."""
        rows = self._db.found(steps, steps.c.number, version_id=version_id)
        return [read_step(row) for row in rows]

    def decided_steps(self, plan: Plan | None) -> int:
        """How many steps of the plan's current version were decided."""
        if plan is None:
            return 0
        chain = self.steps(self.current_version(plan).id)
        return sum(step.state in DECIDED for step in chain)

    # --- statements for a unit of work ---------------------------------------------------------

    def add_upload(self, upload: Upload) -> sa.Insert:
        """A file that arrived."""
        return uploads.insert().values(
            id=upload.id,
            school_id=self._school,
            person_id=upload.person_id,
            sha256=upload.sha256,
            name=upload.name,
            size=upload.size,
            sent_at=moment(upload.sent_at),
            state=upload.state.value,
            channel=upload.address.channel,
            chat_id=upload.address.chat_id,
            lookup_code=upload.lookup_code or None,
            inbox_row=upload.inbox_row,
        )

    def move_upload(
        self, upload_id: str, from_states: Iterable[UploadState], to: UploadState, **values: Any
    ) -> sa.Update:
        """Guarded: changes no row when the upload is in another state."""
        return (
            sa.update(uploads)
            .where(
                uploads.c.school_id == self._school,
                uploads.c.id == upload_id,
                uploads.c.state.in_([s.value for s in from_states]),
            )
            .values(state=to.value, **values)
        )

    def add_plan(self, plan: Plan) -> sa.Insert:
        """The first version's plan."""
        return plans.insert().values(
            id=plan.id,
            school_id=self._school,
            year=plan.year,
            register=plan.register,
            person_id=plan.person_id,
            week=plan.week,
            code=plan.code,
            version=plan.version,
            state=plan.state.value,
            part=plan.part,
            instead_of=plan.instead_of,
        )

    def move_plan(self, plan: Plan, to: PlanState, version: int | None = None) -> sa.Update:
        """Guarded by state and version as they were read."""
        return (
            sa.update(plans)
            .where(
                plans.c.school_id == self._school,
                plans.c.id == plan.id,
                plans.c.state == plan.state.value,
                plans.c.version == plan.version,
            )
            .values(state=to.value, version=version or plan.version)
        )

    def add_version(self, version: Version) -> sa.Insert:
        """A new version; (plan, number) is unique."""
        return versions.insert().values(
            id=version.id,
            school_id=self._school,
            plan_id=version.plan_id,
            number=version.number,
            upload_id=version.upload_id,
            state=version.state.value,
            original_sha256=version.original_sha256,
            review_sha256=version.review_sha256,
            current_sha256=version.current_sha256,
            size=version.size,
            pages=version.pages,
            submitted_at=moment(version.submitted_at),
            minutes_late=version.minutes_late,
            changes=version.changes.to_json() if version.changes else None,
            lookup_code=version.lookup_code or None,
        )

    def move_version(self, version: Version, to: VersionState, **values: Any) -> sa.Update:
        """Guarded by the state and the bytes as they were read."""
        return (
            sa.update(versions)
            .where(
                versions.c.school_id == self._school,
                versions.c.id == version.id,
                versions.c.state == version.state.value,
                versions.c.current_sha256 == version.current_sha256,
            )
            .values(state=to.value, **values)
        )

    def add_step(self, step: ApprovalStep) -> sa.Insert:
        """One place in a chain."""
        return steps.insert().values(
            school_id=self._school,
            version_id=step.version_id,
            number=step.number,
            role=step.role.value,
            signer_id=step.signer_id,
            state=step.state.value,
            card_key=step.card_key,
        )

    def move_step(
        self, step: ApprovalStep, to: StepState, at: datetime | None = None, **values: Any
    ) -> sa.Update:
        """Guarded by the step's state as it was read; `at` is the moment of the decision."""
        if at:
            values["decided_at"] = moment(at)
        return (
            sa.update(steps)
            .where(
                steps.c.school_id == self._school,
                steps.c.version_id == step.version_id,
                steps.c.number == step.number,
                steps.c.state == step.state.value,
            )
            .values(state=to.value, **values)
        )

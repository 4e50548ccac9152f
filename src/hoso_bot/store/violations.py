"""Cases of R41, what was said about them, and the documents made of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from enum import Enum
from typing import Any

import sqlalchemy as sa

from hoso_bot.domain.violation import Answer, Case, Details, Kind, Line, State
from hoso_bot.store.db import Database, from_moment, moment, new_id
from hoso_bot.store.tables import violation_cases as cases
from hoso_bot.store.tables import violation_lines as lines
from hoso_bot.store.tables import violation_papers as papers

_ENDS = ("decided_at", "annulled_at", "objected_at")
_MOMENTS = ("opened_at", "invited_at", "explain_by", "answered_at", *_ENDS)
_PEOPLE = ("person_id", "opened_by", "decided_by", "annulled_by")
_PLAIN = ("id", "number", "year", "version", "week", "sheet", *_PEOPLE)


@dataclass(frozen=True)
class Papers:
    """One pair of documents made of a case, by their content hashes."""

    made_at: datetime
    docx_sha256: str
    pdf_sha256: str


def _case(row: Any) -> Case:
    return Case(
        **{name: getattr(row, name) for name in _PLAIN},
        **{name: from_moment(at) if (at := getattr(row, name)) else None for name in _MOMENTS},  # type: ignore[arg-type]
        state=State(row.state),
        day=date.fromisoformat(row.day) if row.day else None,
        kind=Kind(row.kind) if row.kind else None,
        answer=Answer(row.answer) if row.answer else None,
        details=Details(**row.details),
    )


def _values(case: Case) -> dict[str, Any]:
    values = {name: _stored(value) for name, value in vars(case).items()}
    # What nobody said is left out, so that a later version may know more questions.
    values["details"] = {name: said for name, said in asdict(case.details).items() if said is not None}
    return values


def _stored(value: Any) -> Any:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value


class Violations:
    """One school's cases: lookups, and the statements that change them."""

    def __init__(self, db: Database) -> None:
        self._db, self._school = db, db.school_id

    # --- looking -----------------------------------------------------------------------------

    def _found(self, *conditions: Any) -> list[Case]:
        query = sa.select(cases).where(
            cases.c.school_id == self._school, cases.c.state != State.DROPPED.value, *conditions
        )
        return [_case(row) for row in self._db.rows(query.order_by(cases.c.year, cases.c.number))]

    def get(self, case_id: str) -> Case:
        """One case that was not dropped. Raises LookupError."""
        for case in self._found(cases.c.id == case_id):
            return case
        raise LookupError(f"no case {case_id}")

    def all(self) -> list[Case]:
        """Every case, oldest first; those dropped as a draft are gone."""
        return self._found()

    def about(self, person_id: str) -> list[Case]:
        """The cases about one person, oldest first."""
        return self._found(cases.c.person_id == person_id)

    def confirmed(self, first: date, last: date) -> dict[str, int]:
        """How many records of R41 count against whom, by person id: who has none is not in it.

        Counted are cases whose record a person decided and nobody annulled, and whose lesson lay on one of
        the days `first` to `last`, both included: the day of the lesson decides, not the day of the record.
        Lateness is no case; an open, cleared or annulled one counts nothing.
        """
        found = self._found(
            cases.c.state == State.RECORDED.value,
            cases.c.day >= first.isoformat(),
            cases.c.day <= last.isoformat(),
        )
        return dict(Counter(case.person_id for case in found))

    def next_number(self, year: str) -> int:
        """The number of a new case; two that take the same one meet at the unique key."""
        query = sa.select(sa.func.max(cases.c.number)).where(
            cases.c.school_id == self._school, cases.c.year == year
        )
        return int(self._db.rows(query)[0][0] or 0) + 1

    def lines(self, case_id: str) -> list[Line]:
        """The explanation so far, in the order it was written."""
        return [
            Line(r.id, from_moment(r.at), r.author_id, r.text, r.file_name, r.sha256)
            for r in self._db.found(lines, lines.c.at, lines.c.id, case_id=case_id)
        ]

    def papers(self, case_id: str) -> Papers | None:
        """The newest documents of a case; older ones are kept too."""
        query = sa.select(papers).where(papers.c.school_id == self._school, papers.c.case_id == case_id)
        rows = self._db.rows(query.order_by(papers.c.made_at.desc()).limit(1))
        return Papers(from_moment(rows[0].made_at), rows[0].docx_sha256, rows[0].pdf_sha256) if rows else None

    # --- statements for a unit of work ---------------------------------------------------------

    def add(self, case: Case) -> sa.Insert:
        """A new case."""
        return cases.insert().values(school_id=self._school, **_values(case))

    def change(self, before: Case, after: Case) -> sa.Update:
        """Guarded: changes no row when somebody changed the case since it was read."""
        return (
            sa.update(cases)
            .where(
                cases.c.school_id == self._school,
                cases.c.id == before.id,
                cases.c.version == before.version,
            )
            .values(**_values(replace(after, version=before.version + 1)))
        )

    def add_line(self, case: Case, line: Line) -> sa.Insert:
        """A piece of the explanation."""
        return lines.insert().values(
            id=line.id,
            school_id=self._school,
            case_id=case.id,
            at=moment(line.at),
            author_id=line.author_id,
            text=line.text,
            file_name=line.file_name,
            sha256=line.sha256,
        )

    def remove_line(self, case: Case, line_id: str) -> sa.Delete:
        """Take a piece back; only before the explanation was sent."""
        return sa.delete(lines).where(
            lines.c.school_id == self._school, lines.c.case_id == case.id, lines.c.id == line_id
        )

    def keep_papers(self, case: Case, docx_sha256: str, pdf_sha256: str, now: datetime) -> sa.Insert:
        """Documents made of the case as it is now."""
        return papers.insert().values(
            id=new_id(),
            school_id=self._school,
            case_id=case.id,
            made_at=moment(now),
            docx_sha256=docx_sha256,
            pdf_sha256=pdf_sha256,
        )

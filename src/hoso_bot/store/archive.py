"""The school's record asked about a file or a code: which version it is, and how far the bytes agree."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from hoso_bot.domain.signing import SignatureReport
from hoso_bot.domain.verdict import Comparison, Match, Recorded, Verdict
from hoso_bot.ports import FileStore
from hoso_bot.store.db import Database
from hoso_bot.store.people import People
from hoso_bot.store.plans import Plans
from hoso_bot.store.revocations import Revocations
from hoso_bot.store.rulebook import Rulebook
from hoso_bot.store.tables import plans, signing_keys, steps, versions

_OWN_CODE = re.compile(rb"/HosoCode ?\(([A-Z0-9-]{5,60})\)")
"""Written by the review copy in plain sight; only a hint to find the record, anybody can write it."""
_LONGEST_CODE = 72
"""Bytes of a match."""


class Archive:
    """Lookups only; nothing here changes anything."""

    def __init__(self, db: Database, files: FileStore) -> None:
        self._db, self._school, self._files = db, db.school_id, files
        self._plans, self._people = Plans(db), People(db)
        self._rulebook, self._revocations = Rulebook(db), Revocations(db)

    # --- finding -----------------------------------------------------------------------------------

    def by_lookup_code(self, code: str) -> Recorded | None:
        """The version whose QR leads to this code."""
        return self._first(sa.select(versions.c.id).where(versions.c.lookup_code == code))

    def by_hash(self, sha256: str) -> Recorded | None:
        """The version with exactly these bytes in one of its stages, the latest where several have."""
        stages = (versions.c.current_sha256, versions.c.review_sha256, versions.c.original_sha256)
        signed = sa.select(steps.c.version_id).where(
            steps.c.school_id == self._school, steps.c.signed_sha256 == sha256
        )
        latest = self._plans.latest_with(sha256, stages, signed)
        return self.of(latest[1].id) if latest else None

    def by_printed_code(self, code: str) -> Recorded | None:
        """The version whose pages carry this code (`KHBD-2627-T13-GV09-1`)."""
        plan_code, _, number = code.rpartition("-")
        if not number.isdecimal() or len(number) > 4:
            return None
        query = sa.select(versions.c.id).join(plans, plans.c.id == versions.c.plan_id)
        return self._first(query.where(plans.c.code == plan_code, versions.c.number == int(number)))

    def _first(self, query: Any) -> Recorded | None:
        query = query.where(versions.c.school_id == self._school).order_by(versions.c.submitted_at.desc())
        with self._db.read() as connection:
            found = connection.execute(query.limit(1)).first()
        return self.of(found.id) if found else None

    def of(self, version_id: str) -> Recorded:
        """A version with its chain and everybody in it. Raises LookupError."""
        plan, version = self._plans.version(version_id)
        chain = self._plans.steps(version_id)
        ids = {plan.person_id, *(step.signer_id for step in chain), *(step.decider_id for step in chain)}
        if plan.instead_of:
            ids.add(plan.instead_of)
        people = {id_: self._people.get(id_) for id_ in ids}
        book = self._rulebook.book(plan.register)
        used = [step.certificate_sha256 for step in chain if step.certificate_sha256]
        revoked = {one: at for one in used if (at := self._revocations.of(one))}
        return Recorded(plan, version, chain, people, book, revoked, self._custody(used))

    def _custody(self, certificates: Sequence[str]) -> dict[str, str]:
        """How the keys of these certificates (SHA-256) are kept; a key kept in another way is another key."""
        query = sa.select(signing_keys.c.id, signing_keys.c.custody).where(
            signing_keys.c.school_id == self._school, signing_keys.c.id.in_(certificates)
        )
        with self._db.read() as connection:
            return {row.id: row.custody for row in connection.execute(query)}

    # --- judging -----------------------------------------------------------------------------------

    def judge(self, path: Path, report: SignatureReport, expected: Recorded | None = None) -> Verdict:
        """The verdict on a verified file; `expected`: the record it was shown for (a scanned code).

        A code inside the file leads to a record only when the file's beginning proves that it was ours:
        else anybody could ask about any code by writing it into a file.
        """
        claimed = own_code(path) or ""
        for recorded in (self.by_hash(report.sha256), self.by_printed_code(claimed), expected):
            if recorded is None:
                continue
            comparison = self.compare(path, report.sha256, recorded)
            if comparison.match is not Match.ALTERED or recorded is expected:
                other = expected is not None and expected.version.id != recorded.version.id
                return Verdict(recorded, report, comparison, claimed, other)
        return Verdict(None, report, claimed=claimed)

    def compare(self, path: Path, sha256: str, recorded: Recorded) -> Comparison:
        """How far a file's bytes are those of a version, judged by the hashes of its stages."""
        stages = list(self._stages(recorded))
        for stage, signatures, _ in reversed(stages):
            if stage == sha256:
                whole = stage == recorded.version.current_sha256 or signatures == len(recorded.chain)
                return Comparison(Match.SAME if whole else Match.EARLIER, signatures)
        if sha256 == recorded.version.original_sha256:
            return Comparison(Match.ORIGINAL)
        size = path.stat().st_size
        for stage, signatures, length in reversed(stages):
            if length and length < size and _begins(path, length, stage):
                current = stage == recorded.version.current_sha256
                kind = Match.APPENDED if current else Match.DIVERGED
                return Comparison(kind, signatures, size - length if current else 0)
        return Comparison(Match.ALTERED)

    def _stages(self, recorded: Recorded) -> Iterator[tuple[str, int, int]]:
        """(SHA-256, signatures, bytes) of the review copy and of what each signature made of it."""
        version = recorded.version
        hashes = [version.review_sha256, *(step.signed_sha256 or "" for step in recorded.signed)]
        if version.current_sha256 != hashes[-1]:  # upgraded later: timestamps, no new signer
            hashes.append(version.current_sha256)
        for number, sha256 in enumerate(hashes):
            yield sha256, min(number, len(recorded.signed)), self._size(sha256)

    def _size(self, sha256: str) -> int:
        try:
            return self._files.size(sha256)
        except (OSError, ValueError):
            return 0


def own_code(path: Path) -> str | None:
    """The printed code a file claims to carry, found without parsing it, a piece at a time."""
    with path.open("rb") as file:
        seen = b""
        while piece := file.read(2**20):
            seen += piece
            if found := _OWN_CODE.search(seen):
                return found[1].decode("ascii")
            seen = seen[-_LONGEST_CODE:]
    return None


def _begins(path: Path, length: int, sha256: str) -> bool:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while length and (piece := file.read(min(length, 2**20))):
            digest.update(piece)
            length -= len(piece)
    return digest.hexdigest() == sha256

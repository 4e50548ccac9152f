"""What database, files and chats must say after a day of kills, read without the product's own queries."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

from tests.acceptance.busy_school import Decision, Result
from tests.database import dicts_of
from tests.fakes.telegram_sim import World

from hoso_bot.domain.signing import SignatureReport
from hoso_bot.pdf.sandbox import Sandbox

Row = dict[str, Any]


class Aftermath:
    """The school in `home` and the chats of `world`. Every method asserts one promise."""

    def __init__(self, home: Path, world: World) -> None:
        self._home, self._world = home, world

    def rows(self, query: str) -> list[Row]:
        """The rows of a query, as they lie on disk."""
        return dicts_of(self._home, query)

    def stored_updates(self) -> Counter[int]:
        """How often each update lies in the inbox."""
        rows = self.rows("SELECT external_id FROM inbox WHERE source = 'telegram'")
        return Counter(int(row["external_id"]) for row in rows)

    def confirmed(self, issued: set[int]) -> set[int]:
        """Which of these updates the server has forgotten, because the bot said that it has them."""
        pending = {update["update_id"] for update in self._world.state()["pending_updates"]}
        return issued - pending

    # --- inbox and outbox ------------------------------------------------------------------------

    def nothing_confirmed_is_missing(self, issued: set[int]) -> int:
        """An update the server may forget is on disk, once; the number of those."""
        confirmed, stored = self.confirmed(issued), self.stored_updates()
        missing = confirmed - set(stored)
        assert not missing, f"confirmed but not stored: {sorted(missing)}"
        assert set(stored.values()) <= {1}
        return len(confirmed)

    def everything_is_handled(self) -> None:
        """No row waits, hangs or was given up."""
        odd = self.rows("SELECT id, source, state, attempts, error, payload FROM inbox WHERE state != 'done'")
        assert not odd, f"inbox rows not done: {odd}"
        odd = self.rows("SELECT id, state, attempts, error, message FROM outbox WHERE state != 'sent'")
        assert not odd, f"messages not sent: {odd}"

    def visible_duplicates(self) -> int:
        """Messages people saw more often than they were said; none was said and never seen."""
        said = self.rows("SELECT chat_id, ref FROM outbox WHERE edits IS NULL")
        kept = {(row["chat_id"], int(row["ref"])) for row in said}
        assert len(kept) == len(said)
        seen = {
            (chat_id, message["message_id"])
            for chat_id, chat in self._world.state()["chats"].items()
            for message in chat["messages"]
            if message["from"] == "bot" and not message["photo"]  # a picture goes with its card
        }
        assert kept <= seen, f"recorded as sent but not in the chat: {kept - seen}"
        return len(seen - kept)

    # --- decisions -------------------------------------------------------------------------------

    def every_file_became_a_version(self, results: list[Result]) -> None:
        """Each file that was sent is one version, no more and no less."""
        sent = Counter(result.sent for result in results)
        assert sent == Counter(v["original_sha256"] for v in self.rows("SELECT * FROM versions"))

    def decided_exactly_as_meant(self, decisions: list[Decision]) -> None:
        """Steps decided = what leaders meant = one audit entry each."""
        meant = {(d.leader, d.sha256): d.reason for d in decisions}
        assert len(meant) == len(decisions)
        steps = self.rows(
            "SELECT s.*, p.staff_id, v.review_sha256, v.number AS version, plans.code FROM steps s"
            " JOIN people p ON p.id = s.signer_id JOIN versions v ON v.id = s.version_id"
            " JOIN plans ON plans.id = v.plan_id ORDER BY s.version_id, s.number"
        )
        shown, done, entries = "", {}, Counter[tuple[str, int, int, str]]()
        for step in steps:
            shown = step["review_sha256"] if step["number"] == 1 else shown  # what the card of the step held
            if step["state"] in ("signed", "rejected"):
                done[step["staff_id"], shown] = step["reason"]
                entries[step["code"], step["version"], step["number"], step["state"]] += 1
            else:
                assert step["state"] in ("waiting", "void"), step
            shown = step["signed_sha256"]
        assert done == meant
        assert entries == self._audited("signed", "rejected")
        approved = {key[:3] for key in entries if key[3] == "signed"}
        assert Counter(dict.fromkeys(approved, 1)) == Counter(
            {key[:3]: count for key, count in self._audited("approved").items()}
        )

    def _audited(self, *verbs: str) -> Counter[tuple[str, int, int, str]]:
        counted: Counter[tuple[str, int, int, str]] = Counter()
        for entry in self.rows("SELECT action, subject, facts FROM audit WHERE action LIKE 'step.%'"):
            verb, facts = entry["action"].removeprefix("step."), json.loads(entry["facts"])
            if verb in verbs:
                counted[entry["subject"], facts["version"], facts["step"], verb] += 1
        return counted

    def every_teacher_has_the_result(self, results: list[Result]) -> None:
        """The signed file, byte for byte the archived one, or the reason, word for word."""
        versions = {v["original_sha256"]: v for v in self.rows("SELECT * FROM versions")}
        for result in results:
            version = versions[result.sent]
            steps = self.rows(f"SELECT * FROM steps WHERE version_id = '{version['id']}' ORDER BY number")
            reasons = [step["reason"] for step in steps if step["state"] == "rejected"]
            if version["state"] == "approved":
                assert (result.signed, result.reason) == (version["current_sha256"], None)
            else:
                assert version["state"] == "rejected"
                assert [result.reason] == reasons

    # --- files -----------------------------------------------------------------------------------

    def every_signature_holds(self) -> int:
        """Files are what their names say; signed ones verify and begin with their review copy."""
        for path in (self._home / "files").glob("??/*"):
            assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name
        ca = self.rows("SELECT ca_pem FROM schools")[0]["ca_pem"]
        with Sandbox() as sandbox:
            return sum(self._holds(sandbox, ca, version) for version in self.rows("SELECT * FROM versions"))

    def _holds(self, sandbox: Sandbox, ca: bytes, version: Row) -> int:
        steps = self.rows(f"SELECT * FROM steps WHERE version_id = '{version['id']}' ORDER BY number")
        signed = [step for step in steps if step["state"] == "signed"]
        path, review = self._file(version["current_sha256"]), self._file(version["review_sha256"])
        assert path.read_bytes().startswith(review.read_bytes())
        if not signed:
            assert path == review
            return 0
        report = sandbox.verify(path, ca)
        _agrees(report, signed, complete=len(signed) == len(steps))
        return len(signed)

    def _file(self, sha256: str) -> Path:
        return self._home / "files" / sha256[:2] / sha256


def _agrees(report: SignatureReport, signed: list[Row], *, complete: bool) -> None:
    assert not report.flaws
    assert report.valid == complete
    assert report.sha256 == signed[-1]["signed_sha256"]
    assert [s.certificate_sha256 for s in report.signatures] == [s["certificate_sha256"] for s in signed]
    assert all(s.intact and s.trusted for s in report.signatures)
    assert report.signatures[-1].covers_whole_file

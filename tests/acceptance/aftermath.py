"""What database, files and chats must say after a day of kills, read without the product's own queries."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tests.acceptance.busy_school import Decision, Result
from tests.database import dicts_of
from tests.fakes.telegram_sim import World

from hoso_bot.domain.messages import ERASED
from hoso_bot.domain.signing import SignatureReport
from hoso_bot.pdf.sandbox import Sandbox

Row = dict[str, Any]
ON_ITS_WAY = 0.5
"""Seconds a call may take that a dead bot has sent."""
DUE = "(attempts > 0 OR try_at <= received_at)"
"""Of inbox rows: due at once when they came."""
Entries = Counter[tuple[str, int, int, str]]
"""Plan code, version, step, what happened: how often."""


class Aftermath:
    """The school in `home` and the chats of `world`. A list is what is wrong, a line each; empty is good."""

    def __init__(self, home: Path, world: World) -> None:
        self.home, self._world = home, world

    def rows(self, query: str) -> list[Row]:
        """The rows of a query, as they lie on disk."""
        return dicts_of(self.home, query)

    def broken(
        self,
        issued: set[int],
        results: list[Result],
        decisions: list[Decision],
        deaths: Sequence[float],
    ) -> dict[str, list[str]]:
        """By promise each case in which it was not kept; of signatures and the log others tell.

        issued: the updates people caused. deaths: of the bot, seconds since the epoch.
        """
        never_fetched = sorted(issued - self.acknowledged(issued))
        return {
            "acknowledged updates lost": self.lost_updates(issued),
            "updates stored twice": self.doubled_updates(),
            "updates never fetched": [f"update {number}" for number in never_fetched],
            "work left undone": self.left_undone(),
            "files not exactly one version": self.files_without_one_version(results),
            "decisions and log entries lost or doubled": self.decisions_not_as_meant(decisions),
            "steps neither open nor over": self.steps_in_between(),
            "results not as archived": self.results_not_as_archived(results),
            "messages recorded but not seen": self.unseen_messages(),
            "messages doubled within one life": self.doubled_messages(deaths),
            "files damaged or half written": self.damaged_files(),
            "files missing": self.missing_files(),
        }

    # --- inbox and outbox ------------------------------------------------------------------------

    def stored_updates(self) -> Counter[int]:
        """How often each update lies in the inbox."""
        rows = self.rows("SELECT external_id FROM inbox WHERE source = 'telegram'")
        return Counter(int(row["external_id"]) for row in rows)

    def acknowledged(self, issued: set[int]) -> set[int]:
        """Which of these updates the server has forgotten, because the bot said that it has them."""
        return issued - set(self._world.does("waiting")["update_ids"])

    def lost_updates(self, issued: set[int]) -> list[str]:
        """What the server may forget is on disk."""
        acknowledged = self.acknowledged(issued)
        return [f"update {number}" for number in sorted(acknowledged - set(self.stored_updates()))]

    def doubled_updates(self) -> list[str]:
        """What is on disk is there once."""
        return [f"update {number}" for number, times in self.stored_updates().items() if times > 1]

    def left_undone(self) -> list[str]:
        """No row waits, hangs or was given up; what is due on a later day may wait."""
        inbox = self.rows(
            f"SELECT id, source, state, attempts, error, payload FROM inbox WHERE state != 'done' AND {DUE}"
        )
        outbox = self.rows("SELECT id, state, attempts, error, message FROM outbox WHERE state != 'sent'")
        return [f"inbox {row}" for row in inbox] + [f"outbox {row}" for row in outbox]

    # --- messages --------------------------------------------------------------------------------

    def unseen_messages(self) -> list[str]:
        """What is recorded as sent stands in its chat."""
        seen = set(self._seen())
        return [f"message {place}" for place in self._said() if place not in seen]

    def repeated_messages(self) -> list[Row]:
        """What people saw although no row says so: a kill met the answer, the next life sent it again.

        `twin`: that next one, as it stands in the chat; None when there is none.
        """
        said, seen = set(self._said()), self._seen()
        recorded: dict[Any, list[Row]] = {}
        for place in said & set(seen):
            recorded.setdefault(_what(place[0], seen[place]), []).append(seen[place])
        repeated = []
        for place in set(seen) - said:
            message = seen[place]
            twins = [
                twin for twin in recorded.get(_what(place[0], message), []) if twin["at"] > message["at"]
            ]
            repeated.append({**message, "twin": min(twins, key=lambda twin: float(twin["at"]), default=None)})
        return repeated

    def doubled_messages(self, deaths: Sequence[float]) -> list[str]:
        """A message is repeated only by a later life of the bot than the one that sent it first."""
        return [
            f"{message['text']!r} at {message['at']}"
            for message in self.repeated_messages()
            if not message["twin"] or not _died_between(message["at"], message["twin"]["at"], deaths)
        ]

    def _said(self) -> list[tuple[str, int]]:
        rows = self.rows("SELECT chat_id, ref, message FROM outbox WHERE edits IS NULL AND state = 'sent'")
        said = [row for row in rows if json.loads(row["message"])["text"] != ERASED]
        return [(row["chat_id"], int(row["ref"])) for row in said]

    def _seen(self) -> dict[tuple[str, int], Row]:
        return {
            (chat_id, message["message_id"]): message
            for chat_id, chat in self._world.state()["chats"].items()
            for message in chat["messages"]
            if message["from"] == "bot" and not message["photo"]  # a picture goes with its card
        }

    # --- decisions -------------------------------------------------------------------------------

    def files_without_one_version(self, results: list[Result]) -> list[str]:
        """Each file that was sent is one version, no more and no less."""
        sent = Counter(result.sent for result in results)
        kept = Counter(v["original_sha256"] for v in self.rows("SELECT * FROM versions"))
        return differences("file", sent, kept)

    def decisions_not_as_meant(self, decisions: list[Decision]) -> list[str]:
        """Steps decided are what leaders meant, once, each with one entry in the log."""
        meant = Counter((d.leader, d.sha256, d.reason) for d in decisions)
        done, entries = Counter[tuple[str, str, str | None]](), Entries()
        shown = ""
        for step in self._steps():
            shown = step["review_sha256"] if step["number"] == 1 else shown  # what the card of the step held
            if step["state"] in ("signed", "rejected"):
                done[step["staff_id"], shown, step["reason"]] += 1
                entries[step["code"], step["version"], step["number"], step["state"]] += 1
            shown = step["signed_sha256"]
        signed = Entries({(*key[:3], "approved"): n for key, n in entries.items() if key[3] == "signed"})
        return differences("decision", meant, done) + differences(
            "log entry", entries + signed, self._audited("signed", "rejected", "approved")
        )

    def steps_in_between(self) -> list[str]:
        """Each step waits, is void or is over."""
        over = ("signed", "rejected", "waiting", "void")
        return [f"step {step}" for step in self._steps() if step["state"] not in over]

    def _steps(self) -> list[Row]:
        return self.rows(
            "SELECT s.*, p.staff_id, v.review_sha256, v.number AS version, plans.code FROM steps s"
            " JOIN people p ON p.id = s.signer_id JOIN versions v ON v.id = s.version_id"
            " JOIN plans ON plans.id = v.plan_id ORDER BY s.version_id, s.number"
        )

    def _audited(self, *verbs: str) -> Entries:
        counted = Entries()
        for entry in self.rows("SELECT action, subject, facts FROM audit WHERE action LIKE 'step.%'"):
            verb, facts = entry["action"].removeprefix("step."), json.loads(entry["facts"])
            if verb in verbs:
                counted[entry["subject"], facts["version"], facts["step"], verb] += 1
        return counted

    def results_not_as_archived(self, results: list[Result]) -> list[str]:
        """Teachers have the signed file, byte for byte the archived one, or the reason, word for word."""
        versions = {v["original_sha256"]: v for v in self.rows("SELECT * FROM versions")}
        reasons: dict[str, list[str]] = {}
        signed: dict[str, str] = {}
        for step in self._steps():
            signed[step["version_id"]] = step["signed_sha256"]
            if step["state"] == "rejected":
                reasons.setdefault(step["version_id"], []).append(step["reason"])
        wrong = []
        for result in results:
            version = versions.get(result.sent, {"state": "missing", "id": ""})
            if version["state"] == "approved":
                right = (result.signed, result.reason) == (signed[version["id"]], None)
            else:
                right = version["state"] == "rejected" and [result.reason] == reasons.get(version["id"])
            if not right:
                wrong.append(f"{result}: {version['state']}")
        return wrong

    # --- files -----------------------------------------------------------------------------------

    def damaged_files(self) -> list[str]:
        """Files are what their names say; nothing is left half written."""
        damaged = [
            path.name for path in self._files() if hashlib.sha256(path.read_bytes()).hexdigest() != path.name
        ]
        return damaged + [f"tmp/{path.name}" for path in (self.home / "files" / "tmp").iterdir()]

    def missing_files(self) -> list[str]:
        """What versions and steps name is there."""
        kept = {path.name for path in self._files()}
        named = {step["signed_sha256"] for step in self._steps()} - {None}
        for version in self.rows("SELECT * FROM versions"):
            named |= {version[f"{which}_sha256"] for which in ("original", "review", "current")}
        return sorted(named - kept)

    def unnamed_files(self) -> list[str]:
        """Files that nothing names: made by work that a kill ended, and made anew by the next life."""
        tables = ("uploads", "versions", "steps", "inbox", "outbox", "audit", "undecided_files")
        told = "\n".join(str(row) for table in tables for row in self.rows(f"SELECT * FROM {table}"))
        return [path.name for path in self._files() if path.name not in told]

    def signatures(self) -> tuple[int, list[str]]:
        """How many there are; files that do not verify, or do not begin with their review copy."""
        ca = self.rows("SELECT ca_pem FROM schools")[0]["ca_pem"]
        steps: dict[str, list[Row]] = {}
        for step in self._steps():
            steps.setdefault(step["version_id"], []).append(step)
        count, wrong = 0, []
        with Sandbox() as sandbox:
            for version in self.rows("SELECT * FROM versions"):
                mine = steps[version["id"]]
                signed = [step for step in mine if step["state"] == "signed"]
                count += len(signed)
                if not self._holds(sandbox, ca, version, signed, complete=len(signed) == len(mine)):
                    wrong.append(f"version {version['id']}, file {version['current_sha256']}")
        return count, wrong

    def _holds(self, sandbox: Sandbox, ca: bytes, version: Row, signed: list[Row], *, complete: bool) -> bool:
        newest, review = self.file(version["current_sha256"]), self.file(version["review_sha256"])
        path = self.file(signed[-1]["signed_sha256"]) if signed else newest  # timestamps may stand behind
        if not path.read_bytes().startswith(review.read_bytes()):
            return False
        if not newest.read_bytes().startswith(path.read_bytes()):
            return False
        return _agrees(sandbox.verify(path, ca), signed, complete) if signed else path == review

    def file(self, sha256: str) -> Path:
        """Where a file lies in the store."""
        return self.home / "files" / sha256[:2] / sha256

    def _files(self) -> Iterable[Path]:
        return (self.home / "files").glob("??/*")


def _what(chat_id: str, message: Row) -> tuple[str, str, str | None]:
    """Chat, first words and file of a message."""
    words = [*message["earlier"], message["text"]][0]
    return chat_id, words, message["document"] and message["document"]["sha256"]


def _died_between(first: float, second: float, deaths: Sequence[float]) -> bool:
    """Whether these are messages of two lives; the first one may have been on its way at the end of one."""
    return any(first - ON_ITS_WAY <= death <= second for death in deaths)


def _agrees(report: SignatureReport, signed: list[Row], complete: bool) -> bool:
    return (
        not report.flaws
        and report.valid == complete
        and report.sha256 == signed[-1]["signed_sha256"]
        and [s.certificate_sha256 for s in report.signatures] == [s["certificate_sha256"] for s in signed]
        and all(s.intact and s.trusted for s in report.signatures)
        and report.signatures[-1].covers_whole_file
    )


def differences(what: str, wanted: Counter[Any], found: Counter[Any]) -> list[str]:
    """`lost` and `doubled` ones, a line each."""
    return [f"{what} lost: {one}" for one in (wanted - found)] + [
        f"{what} doubled or not meant: {one}" for one in (found - wanted)
    ]

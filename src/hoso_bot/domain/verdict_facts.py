"""A verdict as plain data: the blanks of every sentence and page about it."""

from __future__ import annotations

from typing import Any

from hoso_bot.domain.approval import ApprovalStep
from hoso_bot.domain.signing import SignatureCheck
from hoso_bot.domain.verdict import Recorded, Verdict

KEPT = ("server", "pin", "token", "remote", "own")
"""Ways to keep a key that have their sentences (`page.kept.<word>`, `page.kept_worth.<word>`): by the server,
by the server under the signer's PIN, in a token, by a remote signing service, by the signer elsewhere."""


def facts(verdict: Verdict) -> dict[str, Any]:
    """The blanks of every sentence about a verdict, as JSON data.

    signatures: what the file proves, or without a file what the record says (`sound`: also nothing else was
    done to the file); missing: who signed according to the record and does not appear in the file.
    """
    recorded, report = verdict.recorded, verdict.report
    in_file = [_shown(check, recorded) for check in report.signatures] if report else []
    for one in in_file:
        one["sound"] = one["ok"] and not verdict.tampered
    of_record = _of_record(recorded) if recorded else []
    names = {(s["name"], s["field"]) for s in in_file if s["ok"]}
    return {
        "summary": verdict.summary,
        "valid": verdict.valid,
        "from_file": report is not None,
        "signatures": in_file if report else of_record,
        "missing": [s for s in of_record if report and (s["name"], s["field"]) not in names],
        "revision": verdict.comparison.revision,
        "extra": verdict.comparison.added,
        "claimed": verdict.claimed,
        "expected_other": verdict.expected_other,
        "record": _record_facts(recorded) if recorded else None,
        "sha256": report.sha256 if report else "",
        "problems": list(verdict.problems),
    }


def _shown(check: SignatureCheck, recorded: Recorded | None) -> dict[str, Any]:
    step = _step_of(check, recorded)
    return {
        "field": check.field,
        "name": check.signer,
        "role": _role_of(step, recorded) if step and recorded and not check.role else "",
        "group": recorded.people[step.decider_id].group if step and recorded and not check.role else "",
        "title": check.role,
        "at": check.time,
        "level": check.level,
        "intact": check.intact,
        "trusted": check.trusted,
        "ok": check.intact and check.trusted and (recorded is None or step is not None),
        "recorded": step is not None,
        "instead_of": _instead_of(step, recorded) if step and recorded else "",
        "custody": custody(check.certificate_sha256, recorded) if step else "",
    }


def custody(certificate_sha256: str | None, recorded: Recorded | None) -> str:
    """How the key behind a recorded signature was kept when it signed; empty where the record cannot tell."""
    found = recorded.custody.get(certificate_sha256 or "", "") if recorded else ""
    return found if found in KEPT else ""


def _step_of(check: SignatureCheck, recorded: Recorded | None) -> ApprovalStep | None:
    wanted = (check.field, check.certificate_sha256)
    signed = recorded.signed if recorded else []
    return next((step for step in signed if (step.field, step.certificate_sha256) == wanted), None)


def _of_record(recorded: Recorded) -> list[dict[str, Any]]:
    return [_step_facts(step, recorded) for step in recorded.signed]


def _step_facts(step: ApprovalStep, recorded: Recorded) -> dict[str, Any]:
    signer = recorded.people[step.decider_id]
    return {
        "field": step.field,
        "name": signer.name,
        "role": _role_of(step, recorded),
        "group": signer.group,
        "title": "",
        "at": step.decided_at.isoformat() if step.decided_at else "",
        "level": "",
        "intact": True,
        "trusted": True,
        "ok": True,
        "sound": True,
        "recorded": True,
        "instead_of": _instead_of(step, recorded),
        "custody": custody(step.certificate_sha256, recorded),
    }


def _role_of(step: ApprovalStep, recorded: Recorded) -> str:
    """In which role somebody signed; certificates of other authorities do not say it."""
    signer = recorded.people[step.decider_id]
    return (signer.role if step.decided_by else step.role).value


def _instead_of(step: ApprovalStep, recorded: Recorded) -> str:
    return recorded.people[step.signer_id].name if step.decided_by else ""


def _record_facts(recorded: Recorded) -> dict[str, Any]:
    plan, version = recorded.plan, recorded.version
    return {
        "code": recorded.code,
        "book": recorded.book,
        "part_name": plan.part,
        "cover": recorded.people[plan.instead_of].name if plan.instead_of else "",
        "year": plan.year,
        "week": plan.week,
        "teacher": recorded.people[plan.person_id].name,
        "version": version.number,
        "newest": plan.version,
        "newest_state": plan.state.value,
        "standing": recorded.standing.value,
        "signed": len(recorded.signed),
        "chain": len(recorded.chain),
        "sha256": version.current_sha256,
        "lookup_code": version.lookup_code,
    }

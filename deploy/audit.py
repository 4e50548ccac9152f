"""`make audit`: the packages of requirements*.lock against the advisories the Python Package Index publishes.

Exits with 0 when nothing is known against any package, 1 when something is, 3 when the service could not be
asked, or not about all of them: then nothing is known, which is not the same as good.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.lock", "requirements-dev.lock")
CLEAN, FOUND, NOT_ASKED = 0, 1, 3
TIMEOUT_SECONDS = 10


def main() -> int:
    """Ask, say what came of it, and return the exit code."""
    report, trouble = ask()
    if report is None:
        lines, code = [f"Nothing was audited: the advisory service is out of reach ({trouble})."], NOT_ASKED
    else:
        lines, code = verdict(report, at_run_time())
    sys.stdout.write("\n".join(lines) + "\n")
    return code


def ask() -> tuple[dict[str, Any] | None, str]:
    """pip-audit's report, or None and its last words. It resolves and installs nothing."""
    locks = [word for lock in LOCKS for word in ("--requirement", str(ROOT / lock))]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        asked = ["--require-hashes", "--disable-pip", "--progress-spinner=off", "--format=json"]
        limits = [f"--timeout={TIMEOUT_SECONDS}", f"--output={report}"]
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "pip_audit", *locks, *asked, *limits], capture_output=True, text=True
        )
        if report.exists() and report.stat().st_size:
            return json.loads(report.read_text(encoding="utf-8")), ""
    return None, (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1][:200]


def at_run_time() -> set[str]:
    """Names of the packages the bot itself runs with; the others only build and test it."""
    lines = (ROOT / LOCKS[0]).read_text(encoding="utf-8").splitlines()
    return {line.partition("==")[0] for line in lines if "==" in line and not line.startswith((" ", "#"))}


def verdict(report: dict[str, Any], runs: set[str]) -> tuple[list[str], int]:
    """What a report says, in lines, and the exit code. A package nobody knows about is no good news."""
    unknown = {d["name"]: d["skip_reason"] for d in report["dependencies"] if "skip_reason" in d}
    bad = {
        (d["name"], d["version"], v["id"], *v["fix_versions"])
        for d in report["dependencies"]
        for v in d.get("vulns", ())
    }
    lines = [f"{name}: not audited ({why})" for name, why in sorted(unknown.items())]
    names = {d["name"] for d in report["dependencies"]}
    if unknown.keys() == names:
        lines = ["The service answers, but knows none of the packages: perhaps a mirror without advisories."]
    for name, version, advisory, *mended in sorted(bad):
        where = "at run time" if name in runs else "in tools only"
        lines.append(
            f"{name} {version} ({where}): {advisory}, mended in {', '.join(mended) or 'no version yet'}"
        )
    lines.append(f"{len(names)} packages: {len(bad)} advisories, {len(unknown)} packages not audited.")
    return lines, FOUND if bad else NOT_ASKED if unknown or not names else CLEAN


if __name__ == "__main__":
    sys.exit(main())

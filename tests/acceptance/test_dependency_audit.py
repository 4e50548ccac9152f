"""`make audit`: found, nothing found and not asked are three different answers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import Any

import pytest
from deploy.audit import CLEAN, FOUND, NOT_ASKED, ROOT, at_run_time, verdict

CLOSED = "http://127.0.0.1:9"
ADVISORY = {"id": "PYSEC-1", "fix_versions": ["2.0"]}


def test_without_the_service_it_says_that_nothing_was_audited() -> None:
    away = {"HTTP_PROXY": CLOSED, "HTTPS_PROXY": CLOSED, "http_proxy": CLOSED, "https_proxy": CLOSED}
    away |= {"NO_PROXY": "", "no_proxy": ""}
    done = subprocess.run(
        [sys.executable, ROOT / "deploy/audit.py"], env={**os.environ, **away}, capture_output=True, text=True
    )
    assert done.returncode == NOT_ASKED not in {CLEAN, FOUND}
    assert "Nothing was audited" in done.stdout and "out of reach" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("dependency", "code", "said"),
    [
        ({"vulns": []}, CLEAN, "1 packages: 0 advisories, 0 packages not audited."),
        ({"vulns": [ADVISORY]}, FOUND, "one 1.0 (at run time): PYSEC-1, mended in 2.0"),
        ({"vulns": [ADVISORY | {"fix_versions": []}]}, FOUND, "mended in no version yet"),
        ({"skip_reason": "not on the index"}, NOT_ASKED, "knows none of the packages"),
    ],
)
def test_each_answer_has_its_own_code(dependency: dict[str, Any], code: int, said: str) -> None:
    report = {"dependencies": [{"name": "one", "version": "1.0"} | dependency]}
    lines, given = verdict(report, {"one"})
    assert given == code and said in "\n".join(lines)


def test_a_package_nobody_knows_is_named() -> None:
    other = {"name": "other", "version": "1.0", "skip_reason": "not on the index"}
    report = {"dependencies": [{"name": "one", "version": "1.0", "vulns": []}, other]}
    lines, code = verdict(report, set())
    assert code == NOT_ASKED and lines[0] == "other: not audited (not on the index)"


def test_an_empty_report_is_no_good_news() -> None:
    assert verdict({"dependencies": []}, set())[1] == NOT_ASKED


def test_packages_of_the_bot_are_told_from_those_of_its_tools() -> None:
    runs = at_run_time()
    assert "aiohttp" in runs and "pytest" not in runs
    assert all(re.fullmatch(r"[a-z0-9._-]+", name) for name in runs)

"""Containers for a district and alert rules: no engine runs here, so their structure is looked at."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from tests.acceptance.test_deploy import DEPLOY, RUNBOOK
from tests.acceptance.test_docs import ROOT, settings_names

from hoso_bot.settings import Settings
from hoso_bot.store.measures import Measures
from hoso_bot.web.metrics import rendered

DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
SCHOOLS = {name: service for name, service in SERVICES.items() if service["image"] == "hoso-bot"}
CADDY = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
RULES = [r for g in yaml.safe_load((DEPLOY / "alerts.yaml").read_text())["groups"] for r in g["rules"]]
INSIDE = {"healthz", "readyz", "metrics"}


def test_the_image_has_only_what_the_lock_pins_and_runs_as_nobody() -> None:
    stages = re.split(r"^FROM ", DOCKERFILE, flags=re.M)[1:]
    assert len(stages) == 2 and all(stage.startswith("python:3.13-slim") for stage in stages)
    assert "\nUSER 10001:10001\n" in stages[-1] and "pip install" not in stages[-1]
    installs = [line for line in DOCKERFILE.splitlines() if "pip install" in line]
    assert [line for line in installs if "--require-hashes" not in line] == [
        "RUN pip install --no-deps --no-build-isolation ."
    ]
    assert not re.search(r"^ADD |https?://(?!127\.0\.0\.1)|curl|wget|requirements-dev", DOCKERFILE, re.M)
    assert "/readyz" in DOCKERFILE


def test_everything_the_image_copies_is_let_into_the_build_and_exists() -> None:
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    copied = {w for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.M) for w in line.split()}
    assert ignored[0] == "*" and copied == {line[1:] for line in ignored if line.startswith("!")}
    assert all((ROOT / name).exists() for name in copied)


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_locked_down_and_watched(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True and service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["healthcheck"]["test"][0] == "CMD"
    assert service.get("privileged") is None and "docker.sock" not in str(service)
    assert service.get("user", "root") not in {"root", "0"} or name == "proxy"
    assert ("ports" in service) == (name == "proxy")


def test_a_school_has_its_own_folder_and_secrets_and_waits_for_the_database() -> None:
    assert len(SCHOOLS) == 2
    for name, service in SCHOOLS.items():
        assert service["volumes"] == [f"{name}:/srv/school"] and service["env_file"] == f"{name}.env"
        assert service["depends_on"] == {"postgres": {"condition": "service_healthy"}}
        assert "/readyz" in " ".join(service["healthcheck"]["test"])
        assert "reverse_proxy {args[0]}" in CADDY and f"import school {name}:8080" in CADDY


def test_only_schools_reach_the_database_and_its_password_is_a_file() -> None:
    on_back = {name for name, service in SERVICES.items() if "back" in service["networks"]}
    assert on_back == {"postgres", *SCHOOLS} and COMPOSE["networks"]["back"] == {"internal": True}
    assert "POSTGRES_PASSWORD" not in SERVICES["postgres"]["environment"]


def test_the_proxys_address_is_the_one_the_runbook_tells_the_bots() -> None:
    address = SERVICES["proxy"]["networks"]["front"]["ipv4_address"]
    assert f"HOSO_WEB__PROXY={address}" in RUNBOOK
    named = set(re.findall(r"HOSO_[A-Z]\w+", DOCKERFILE + RUNBOOK)) - {"HOSO_MASTER_KEY", "HOSO_HOME"}
    assert named <= settings_names(Settings, "HOSO_")


def first_segments() -> set[str]:
    """The beginning of every path the program answers, read from where its routes are written."""
    sources = [p.read_text(encoding="utf-8") for p in (ROOT / "src/hoso_bot/web").rglob("*.py")]
    lines = [line for source in sources for line in source.splitlines()]
    written = [ln for ln in lines if re.search(r"web\.(get|post)\(|add_get\(|^(WEBHOOK|LOGIN)| paths = ", ln)]
    return {first for line in written for first in re.findall(r"\"/([a-z-]+)", line)}


def test_the_proxy_forwards_exactly_the_public_paths() -> None:
    [public] = re.findall(r"@public path (.+)", CADDY)
    forwarded = {path.split("/")[1] for path in public.split()}
    assert first_segments() > INSIDE | {"webhook", "zalo-oa", "v"}
    assert forwarded == first_segments() - INSIDE
    assert re.search(r"\thandle \{\n\t\trespond 404", CADDY)


def test_alerts_speak_of_metrics_there_are() -> None:
    some = {"telegram": 1}
    measures = Measures(1, 1, 1, 1, failing=some, given_up=some, faceless=some, last_backup=1)
    there = set(re.findall(r"^(hoso_\w+)", rendered(measures).decode(), re.M))
    asked = {name for rule in RULES for name in re.findall(r"\bhoso_\w+", rule["expr"])}
    assert asked and asked <= there


def test_every_alert_names_its_row_in_the_runbook_and_every_row_its_alert() -> None:
    rows = re.findall(r"^\| (Hoso\w+) \|", RUNBOOK.split("## Alerts")[1], re.M)
    assert [rule["alert"] for rule in RULES] == rows
    for rule in RULES:
        assert rule["annotations"]["summary"].endswith(f"Runbook: Alerts, {rule['alert']}.")


def test_the_runbook_says_that_none_of_it_was_run() -> None:
    for section in ("## A district", "## Alerts"):
        assert "run" in RUNBOOK.split(section)[1][:400] and "here" in RUNBOOK.split(section)[1][:400]

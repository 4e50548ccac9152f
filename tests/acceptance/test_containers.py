"""Containers for a district and alert rules: no engine runs here, so everything else is tried."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.acceptance.mortal_bot import hoso_bot
from tests.acceptance.test_deploy import DEPLOY, RUNBOOK
from tests.acceptance.test_docs import ROOT, settings_names
from tests.ports import free_port
from tests.school import School
from tests.web_board import looks

from hoso_bot.settings import Settings

DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
BOTS = {name: service for name, service in SERVICES.items() if service["image"] == "hoso-bot"}
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
    assert service.get("user", "root") not in {"root", "0"} or name in {"proxy", "objects"}
    assert ("ports" in service) == (name == "proxy")


def test_every_school_is_run_by_the_same_processes_and_each_kind_by_two() -> None:
    assert sorted(BOTS) == ["web-1", "web-2", "worker-1", "worker-2"]
    for name, service in BOTS.items():
        assert service["command"] == ["run", "--role", name.partition("-")[0]]
        assert service["volumes"] == ["district:/srv/school"] and service["env_file"] == "district.env"
        healthy = {"condition": "service_healthy"}
        assert service["depends_on"] == {"postgres": healthy, "objects": healthy}
        assert service["environment"]["HOSO_WEB__WORKER_PORT"] == "8080"  # where its health is asked for
        assert "127.0.0.1:8080/readyz" in " ".join(service["healthcheck"]["test"])
    [site] = re.findall(r"^hoa-sen\S+, kim-dong\S+ \{\n(.+?)^\}", CADDY, re.M | re.S)
    assert site.startswith("\timport only_public\n\treverse_proxy web-1:8080 web-2:8080 ")


def test_only_schools_reach_database_and_files_and_the_password_is_a_file() -> None:
    on_back = {name for name, service in SERVICES.items() if "back" in service["networks"]}
    assert on_back == {"postgres", "objects", *BOTS} and COMPOSE["networks"]["back"] == {"internal": True}
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
    [public] = re.findall(r"@inside not path (.+)", CADDY)
    forwarded = {path.split("/")[1] for path in public.split()}
    assert first_segments() > INSIDE | {"webhook", "zalo-oa", "v"}
    assert forwarded == first_segments() - INSIDE
    assert "\trespond @inside 404\n" in CADDY


def test_the_proxy_as_it_is_written_lets_only_those_through(school: School, tmp_path: Path) -> None:
    """The real Caddy with the real rules, on an address of this machine and without TLS."""
    port = free_port()
    config = CADDY.partition("hoa-sen.example.edu.vn")[0]
    config += (
        f"http://127.0.0.1:{port} {{\nimport only_public\nreverse_proxy 127.0.0.1:{school.app.port}\n}}\n"
    )
    (tmp_path / "Caddyfile").write_text("{\n\tadmin off\n}\n" + config)
    command = ["caddy", "run", "--adapter", "caddyfile", "--config", str(tmp_path / "Caddyfile")]
    env = {**os.environ, "XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    with (tmp_path / "log").open("wb") as log:
        caddy = subprocess.Popen(command, env=env, stdout=log, stderr=log)
    try:
        outside = f"http://127.0.0.1:{port}"
        assert status(f"{outside}/v") == 200, (tmp_path / "log").read_text()
        assert {name: status(f"{outside}/{name}") for name in INSIDE} == dict.fromkeys(INSIDE, 404)
        assert status(f"{outside}/nop/{'a' * 20}", data=b"x" * (51 * 2**20)) in {404, 413}
        [directly] = {status(f"http://127.0.0.1:{school.app.port}/{name}") for name in INSIDE}
        assert directly == 200
    finally:
        caddy.terminate()
        caddy.wait(20)


def status(address: str, data: bytes | None = None) -> int:
    """What a GET (or a POST of `data`) is answered with, once somebody listens there."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(100):
        try:
            with opener.open(address, data, timeout=20) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            with refused:
                return int(refused.code)
        except urllib.error.URLError as silent:
            if not isinstance(silent.reason, ConnectionRefusedError):
                return 413  # it hung up on too large a body
            time.sleep(0.1)
    raise AssertionError(f"nobody listens at {address}")


def test_a_real_caddy_accepts_the_whole_file() -> None:
    checked("caddy", "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile"))


def test_the_compose_file_is_one_by_the_specification() -> None:
    checked("check-jsonschema", "--builtin-schema", "vendor.compose-spec", str(DEPLOY / "compose.yaml"))


def test_a_linter_finds_nothing_in_the_dockerfile() -> None:
    checked("hadolint", str(DEPLOY / "Dockerfile"))


def test_prometheus_own_tool_accepts_the_alerts() -> None:
    checked("promtool", "check", "rules", str(DEPLOY / "alerts.yaml"))


def checked(program: str, *arguments: str) -> None:
    """A checker that finds nothing to say; from this environment, else from the system."""
    beside = Path(sys.executable).with_name(program)
    found = str(beside) if beside.exists() else shutil.which(program)
    if not found:
        pytest.skip(f"{program} is missing: see .ci/run")
    done = subprocess.run([found, *arguments], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_running_school_has_every_metric_that_alerts_ask_for(school: School, tmp_path: Path) -> None:
    hoso_bot("backup", str(tmp_path / "usb"), "--home", str(school.home))
    told = looks(school.app.port, "/metrics").body.decode()
    there = set(re.findall(r"^# TYPE (hoso_\w+) gauge", told, re.M))
    asked = {name for rule in RULES for name in re.findall(r"\bhoso_\w+", rule["expr"])}
    assert asked and asked <= there


def test_the_object_store_speaks_the_region_and_port_the_runbook_tells_the_bots() -> None:
    store = tomllib.loads((DEPLOY / "garage.toml").read_text())
    port = store["s3_api"]["api_bind_addr"].rpartition(":")[2]
    assert f"HOSO_FILES__ENDPOINT=http://objects:{port}" in RUNBOOK
    assert f"HOSO_FILES__REGION={store['s3_api']['s3_region']}" in RUNBOOK
    folders = {store["metadata_dir"], store["data_dir"]}
    mounted = {volume.split(":")[1] for volume in SERVICES["objects"]["volumes"]}
    assert all(any(folder.startswith(f"{place}/") for place in mounted) for folder in folders)


def test_every_alert_names_its_row_in_the_runbook_and_every_row_its_alert() -> None:
    rows = re.findall(r"^\| (Hoso\w+) \|", RUNBOOK.split("## Alerts")[1], re.M)
    assert [rule["alert"] for rule in RULES] == rows
    for rule in RULES:
        assert rule["annotations"]["summary"].endswith(f"Runbook: Alerts, {rule['alert']}.")


def test_the_runbook_says_what_was_never_run() -> None:
    for section in ("## A district", "## Alerts"):
        assert "run" in RUNBOOK.split(section)[1][:400] and "here" in RUNBOOK.split(section)[1][:400]

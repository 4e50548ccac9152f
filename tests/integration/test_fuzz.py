"""A few files of each class of the fuzz run (`make fuzz`), the same ones every time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from bench import fuzz
from bench.fuzz import MASTER, Gauntlet, Hostile, good_plans, hostile_files
from tests import pdf_bombs

from hoso_bot.domain.errors import FileRefused
from hoso_bot.pdf.sandbox import Sandbox
from hoso_bot.pdf.sign import SigningDesk

BOMBS = (
    "many small bombs",
    "deep arrays in a page",
    "structure in a ring",
    "page tree ring",
    "two tables in a ring",
)
BENT = 18


@pytest.fixture(scope="module")
def gauntlet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gauntlet]:
    with Sandbox() as sandbox, SigningDesk(MASTER, workers=1) as desk:
        yield Gauntlet(tmp_path_factory.mktemp("fuzz"), sandbox, desk)


@pytest.fixture(autouse=True)
def _kept_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(fuzz, "OUT", tmp_path / "kept")


def test_no_bomb_breaks_a_promise(gauntlet: Gauntlet) -> None:
    for name in BOMBS:
        gauntlet.run(Hostile("bombs", name, pdf_bombs.STRUCTURE[name]))
    for name, make in pdf_bombs.POLYGLOTS.items():
        gauntlet.run(Hostile("polyglots", name, make))
    assert gauntlet.broken == []
    assert gauntlet.lines["bombs"].accepted and gauntlet.lines["polyglots"].refused


def test_no_bent_file_breaks_a_promise(gauntlet: Gauntlet) -> None:
    plans = good_plans(gauntlet.folder)
    signed = gauntlet.finished(plans[0])
    bombs = sum(map(len, (pdf_bombs.STRUCTURE, pdf_bombs.DRAWING, pdf_bombs.POLYGLOTS)))
    for one in list(hostile_files(bombs + BENT, 1, plans, signed))[bombs:]:
        gauntlet.run(one)
    assert gauntlet.broken == []
    for kind in ("plans: bytes", "plans: syntax", "plans: objects", "signed files"):
        line = gauntlet.lines[kind]
        assert line.files == line.accepted + line.refused + line.stopped > 0
    assert gauntlet.lines["plans: objects"].accepted


def test_the_same_seed_makes_the_same_files(gauntlet: Gauntlet) -> None:
    plans = good_plans(gauntlet.folder)[:1]
    bombs = sum(map(len, (pdf_bombs.STRUCTURE, pdf_bombs.DRAWING, pdf_bombs.POLYGLOTS)))
    once, again, other = (
        [one.make() for one in list(hostile_files(bombs + 18, seed, plans, plans[0]))[bombs:]]
        for seed in (1, 1, 2)
    )
    assert once == again != other


def test_a_broken_promise_is_seen_and_its_file_kept(
    gauntlet: Gauntlet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each in turn: a refusal without words, an error nobody expected, an answer that took too long."""

    def raising(error: Exception) -> None:
        def take_in(*given: object) -> None:
            raise error

        monkeypatch.setattr(gauntlet.sandbox, "take_in", take_in)

    broken = list(gauntlet.broken)
    for error, seconds, told in (
        (FileRefused("file.no_such_key"), 15.0, "no words for file.no_such_key"),
        (ZeroDivisionError(), 15.0, "take_in raised ZeroDivisionError"),
        (FileRefused("file.broken"), -1.0, "take_in took"),
    ):
        raising(error)
        monkeypatch.setattr(fuzz, "PROMISED_SECONDS", seconds)
        assert told in gauntlet.run(Hostile("made", told, lambda: b"%PDF-1.7"))
    assert len(gauntlet.broken) == len(broken) + 3
    assert len(list((tmp_path / "kept").iterdir())) == 3
    gauntlet.broken[:] = broken

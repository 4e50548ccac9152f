"""Approved plans as ZIP files for the sector's portal: signed files as they are, and a list Excel opens."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hoso_bot.domain.bundle import LARGEST, Item, pieces
from hoso_bot.domain.calendar import VN
from hoso_bot.domain.roster import Person
from hoso_bot.lookups import Words
from hoso_bot.ports import FileStore
from hoso_bot.store.files import file_sha256

LIST_NAME = "danh-sach.csv"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
COLUMNS = (
    "code",
    "file",
    "staff_id",
    "name",
    "group",
    "week",
    "part",
    "version",
    "state",
    "first_at",
    "approved_at",
    "signers",
    "pages",
    "size",
    "sha256",
    "on_portal",
    "piece",
)


@dataclass(frozen=True)
class Bundle:
    """One ZIP that was written. version_ids: what is in it."""

    name: str
    path: Path
    version_ids: tuple[str, ...]


def write_bundles(
    name: str,
    items: Sequence[Item],
    people: Mapping[str, Person],
    files: FileStore,
    words: Words,
    place: Callable[[str], Path],
    largest: int = LARGEST,
) -> list[Bundle]:
    """Write `name`.zip, or `name`-1.zip, `name`-2.zip …, each where `place` says; no approved plan: none.

    Every piece carries the whole list. Raises OSError, also when a file of the archive is not what the record
    says: a bundle with a doubtful file is worse than none.
    """
    ready = [item for item in items if item.version]
    paths = [_checked(item, files) for item in ready]
    sizes = [path.stat().st_size for path in paths]
    listed = len(_listed(items, {}, people, words)) + 1_000
    cut = [piece for piece in pieces(sizes, listed, largest) if piece]
    found = {ready[index].filed.plan.code: n for n, piece in enumerate(cut, start=1) for index in piece}
    manifest = _listed(items, found, people, words)
    bundles = []
    for number, piece in enumerate(cut, start=1):
        called = f"{name}.zip" if len(cut) == 1 else f"{name}-{number}.zip"
        chosen = [(ready[index], paths[index]) for index in piece]
        target = place(called)
        _write(target, manifest, chosen)
        inside = tuple(item.version.id for item, _ in chosen if item.version)
        bundles.append(Bundle(called, target, inside))
    return bundles


def _checked(item: Item, files: FileStore) -> Path:
    assert item.version
    path = files.path(item.version.current_sha256)
    if file_sha256(path) != item.version.current_sha256:
        raise OSError(f"the archive's file of {item.filed.plan.code} is not what the record says")
    return path


def _write(target: Path, manifest: bytes, chosen: Sequence[tuple[Item, Path]]) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(LIST_NAME, manifest)
        for item, path in chosen:
            archive.write(path, item.file_name)


def _listed(
    items: Sequence[Item], found: Mapping[str, int], people: Mapping[str, Person], words: Words
) -> bytes:
    """The list as CSV in UTF-8 with the mark Excel looks for; no cell is a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([words(f"report.list.{column}") for column in COLUMNS])
    for item in items:
        writer.writerow([_harmless(value) for value in _row(item, found, people, words)])
    return text.getvalue().encode("utf-8-sig")


def _row(item: Item, found: Mapping[str, int], people: Mapping[str, Person], words: Words) -> list[str]:
    plan, version, teacher = item.filed.plan, item.version, item.teacher
    chain = item.filed.chain(version) if version else ()
    signers = [people[step.decider_id].name for step in chain if step.decider_id in people]
    ended = [step.decided_at for step in chain if step.decided_at]
    return [
        plan.code,
        item.file_name,
        teacher.staff_id,
        teacher.name,
        teacher.group,
        str(plan.week),
        plan.part,
        str(version.number if version else plan.version),
        words(f"report.state.{item.state.value}"),
        _moment(item.filed.kept[0].submitted_at),
        _moment(max(ended, default=None)),
        "; ".join(signers),
        str(version.pages) if version else "",
        str(version.size) if version else "",
        version.current_sha256 if version else "",
        _moment(item.filed.on_portal),
        str(found.get(plan.code, "")),
    ]


def _moment(at: datetime | None) -> str:
    return f"{at.astimezone(VN):%d/%m/%Y %H:%M}" if at else ""


def _harmless(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA) else value

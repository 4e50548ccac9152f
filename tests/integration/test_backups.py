"""Backups of a school at work: complete or not there, nothing twice, never the key, every flip named."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.parts import Parts
from tests.school import NOW

from hoso_bot.restoration import look_over, restore
from hoso_bot.settings import SCHOOL_ID
from hoso_bot.store import audit
from hoso_bot.store.audit import Entry
from hoso_bot.store.backup_format import BackupFailed, pooled, read_manifest, snapshots
from hoso_bot.store.backups import Made, Source, back_up, portable
from hoso_bot.store.db import moment

HOSO_BOT = str(Path(sys.executable).with_name("hoso-bot"))


def quietly(_what: str, _done: int, _total: int) -> None:
    """Nobody watches."""


class Keeper:
    """Backs one school up, a day later each time."""

    def __init__(self, parts: Parts, dest: Path) -> None:
        self.parts, self.dest, self._days = parts, dest, 0

    def backs_up(self, **wishes: Any) -> Made:
        self._days += 1
        key = (self.parts.home / "master.key").read_text(encoding="ascii").strip()
        source = Source(self.parts.home, self.parts.db.url, SCHOOL_ID, self.parts.desk.files, key)
        return back_up(source, self.dest, NOW + timedelta(days=self._days), quietly, **wishes)

    def adds_file(self, content: bytes) -> str:
        path = self.parts.desk.files.new_temporary()
        path.write_bytes(content)
        return self.parts.desk.files.adopt(path)

    def restores(self, **wishes: Any) -> Path:
        home = self.dest.with_name("restored")
        restore(self.dest, home, self.parts.clock, quietly, **wishes)
        return home


@pytest.fixture
def keeper(parts: Parts, tmp_path: Path) -> Keeper:
    return Keeper(parts, tmp_path / "backups")


def everything(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


# --- what is in it ---------------------------------------------------------------------------------


def test_a_second_backup_copies_only_what_is_new(keeper: Keeper) -> None:
    first = keeper.adds_file(b"plan 1")
    assert keeper.backs_up().copied == 1
    before = pooled(keeper.dest, first).stat()
    keeper.adds_file(b"plan 2")
    made = keeper.backs_up()
    assert (made.files, made.copied, made.bytes) == (2, 1, 6)
    assert pooled(keeper.dest, first).stat() == before


def test_nothing_is_shared_with_the_school_but_the_bytes(keeper: Keeper) -> None:
    sha256 = keeper.adds_file(b"plan")
    keeper.backs_up()
    assert pooled(keeper.dest, sha256).stat().st_nlink == 1


def test_the_master_key_is_nowhere_in_a_backup(keeper: Keeper) -> None:
    key = (keeper.parts.home / "master.key").read_text(encoding="ascii").strip()
    settings = keeper.parts.home / "hoso.toml"
    settings.write_text(f'master_key = "{key}"\n' + settings.read_text(encoding="utf-8"), encoding="utf-8")
    keeper.backs_up()
    raw = bytes.fromhex(key.replace("-", ""))[:32]
    for name, content in everything(keeper.dest).items():
        assert key.encode() not in content and raw not in content, name
        assert key.replace("-", "").encode() not in content and "master.key" not in name


def test_a_key_that_cannot_be_left_out_stops_the_backup(keeper: Keeper) -> None:
    key = (keeper.parts.home / "master.key").read_text(encoding="ascii").strip()
    for hiding in (
        f"# the key: {key.replace('-', ' ')}\n",
        '"master\\u005fkey" = "x"\n',
        'quiet = """\nmaster_key = \n"',
    ):
        with pytest.raises(BackupFailed, match=r"move it to the file master\.key"):
            portable(hiding, key)
    assert portable('database_url = "sqlite:////x"\nquiet = ""\n', key) == 'quiet = ""\n'


def test_only_the_newest_are_kept_with_the_files_they_name(keeper: Keeper) -> None:
    old = keeper.adds_file(b"looked at, then removed")
    made = [keeper.backs_up(keep=2)]
    keeper.parts.desk.files.remove(old, lambda: False)
    stays = keeper.adds_file(b"plan")
    made += [keeper.backs_up(keep=2), keeper.backs_up(keep=2)]
    assert made[-1].removed == (made[0].folder.name,)
    assert snapshots(keeper.dest) == [m.folder for m in made[1:]]
    assert pooled(keeper.dest, stays).exists() and not pooled(keeper.dest, old).exists()


def test_with_a_damaged_manifest_no_file_is_removed(keeper: Keeper) -> None:
    old = keeper.adds_file(b"plan")
    keeper.backs_up(keep=1)
    keeper.parts.desk.files.remove(old, lambda: False)
    damaged = keeper.backs_up(keep=2).folder
    (damaged / "manifest.json").write_bytes(b"{}")
    keeper.backs_up(keep=2)
    assert pooled(keeper.dest, old).exists()


# --- where it may go -------------------------------------------------------------------------------


@pytest.mark.parametrize("where", [".", "files", "backups/today"])
def test_the_schools_own_folder_is_refused(keeper: Keeper, where: str) -> None:
    keeper.dest = keeper.parts.home / where
    before = everything(keeper.parts.home)
    with pytest.raises(BackupFailed, match="own folder"):
        keeper.backs_up()
    assert everything(keeper.parts.home).keys() == before.keys()


def test_a_folder_with_somebody_elses_files_is_refused(keeper: Keeper) -> None:
    (keeper.dest / "files").mkdir(parents=True)
    with pytest.raises(BackupFailed, match="somebody else"):
        keeper.backs_up()


def test_another_schools_backups_are_left_alone(keeper: Keeper) -> None:
    keeper.backs_up()
    mark = keeper.dest / "hoso-backup.json"
    mark.write_text(json.dumps({**json.loads(mark.read_text()), "ca_sha256": "0" * 64}))
    with pytest.raises(BackupFailed, match="another school"):
        keeper.backs_up(keep=1)
    assert len(snapshots(keeper.dest)) == 1


# --- when it goes wrong ----------------------------------------------------------------------------


def test_under_load_every_snapshot_is_one_moment(keeper: Keeper) -> None:
    """A writer commits a file and its log entry together: no snapshot may know one without the other."""
    enough, written = threading.Event(), []

    def writes() -> None:
        while not enough.is_set():
            sha256 = keeper.adds_file(os.urandom(20_000))
            entry = Entry("test", "file.kept", "s", {"sha256": sha256, "padding": "x" * 4000})
            with keeper.parts.db.write() as connection:
                audit.append(connection, SCHOOL_ID, moment(NOW), [entry])
            written.append(sha256)

    writer = threading.Thread(target=writes)
    writer.start()
    try:
        made = []
        for count in (30, 60, 90):
            while len(written) < count:
                time.sleep(0.005)
            made.append(keeper.backs_up())
        at_end = len(written)
    finally:
        enough.set()
        writer.join()
    assert at_end > 90
    for one in made:
        manifest = read_manifest(one.folder)
        with closing(sqlite3.connect(one.folder / "hoso.db")) as connection:
            rows = connection.execute("SELECT facts FROM audit WHERE action = 'file.kept'").fetchall()
        assert len(rows) >= 30
        assert {json.loads(facts)["sha256"] for (facts,) in rows} <= manifest.files.keys()
        assert all(
            pooled(keeper.dest, sha256).stat().st_size == size for sha256, size in manifest.files.items()
        )
    found = look_over(keeper.restores(), keeper.parts.clock, quietly)
    assert found.sound


def test_a_killed_backup_never_looks_complete(keeper: Keeper) -> None:
    for number in range(150):
        keeper.adds_file(f"{number}".encode() * 1000)
    command = [HOSO_BOT, "backup", str(keeper.dest), "--home", str(keeper.parts.home)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while process.poll() is None and len(list(keeper.dest.glob("files/??/*"))) < 20:
        time.sleep(0.001)
    process.kill()
    assert process.wait() == -9, "it was quicker than the kill"
    assert snapshots(keeper.dest) == [] and list(keeper.dest.glob(".making-*"))
    with pytest.raises(BackupFailed, match="no complete backup"):
        keeper.restores()
    made = keeper.backs_up()
    assert made.files == 150 and 0 < made.copied < 150
    assert not list(keeper.dest.glob(".making-*")) and not list(keeper.dest.glob("files/??/*.part"))
    keeper.restores()


@contextmanager
def a_file_may_have(size: int) -> Iterator[None]:
    """The system refuses to write more than `size` bytes to any file, as a full disk would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize(
    ("limit", "said"), [(2_000_000, "is full: nothing was added"), (100_000, "the database cannot be copied")]
)
def test_a_disk_that_takes_no_more_keeps_the_earlier_backup(keeper: Keeper, limit: int, said: str) -> None:
    """First a lesson plan does not fit, then not even the database."""
    keeper.backs_up()
    before = everything(keeper.dest)
    keeper.adds_file(b"x" * 2_100_000)
    with a_file_may_have(limit), pytest.raises(BackupFailed, match=said):
        keeper.backs_up()
    assert everything(keeper.dest) == before
    keeper.restores()


def test_no_room_for_the_new_files_is_known_beforehand(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper.adds_file(b"a lesson plan")
    usage = shutil.disk_usage(keeper.parts.home)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=12))
    with pytest.raises(BackupFailed, match="is full"):
        keeper.backs_up()
    assert snapshots(keeper.dest) == []


# --- bringing it back ------------------------------------------------------------------------------


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("name", ["hoso.db", "hoso.toml", "manifest.json", "file"])
def test_a_flipped_byte_is_found_and_named(keeper: Keeper, name: str) -> None:
    sha256 = keeper.adds_file(b"a lesson plan")
    made = keeper.backs_up()
    damaged = pooled(keeper.dest, sha256) if name == "file" else made.folder / name
    flip(damaged)
    with pytest.raises(BackupFailed, match="damaged") as refused:
        keeper.restores()
    assert str(damaged) in str(refused.value)
    assert not keeper.dest.with_name("restored").exists()


def test_a_damaged_file_may_be_left_out_but_not_a_damaged_database(keeper: Keeper) -> None:
    sha256, whole = keeper.adds_file(b"a lesson plan"), keeper.adds_file(b"another")
    made = keeper.backs_up()
    flip(pooled(keeper.dest, sha256))
    home = keeper.restores(without_damaged=True)
    assert [p.name for p in (home / "files").rglob("*") if p.is_file()] == [whole]
    shutil.rmtree(home)
    flip(made.folder / "hoso.db")
    with pytest.raises(BackupFailed, match="Try an earlier one"):
        keeper.restores(without_damaged=True)


def test_rereading_renews_what_rotted_in_the_backup(keeper: Keeper) -> None:
    sha256 = keeper.adds_file(b"a lesson plan")
    keeper.backs_up()
    flip(pooled(keeper.dest, sha256))
    assert keeper.backs_up().copied == 0
    assert keeper.backs_up(reread=True).copied == 1
    assert hashlib.sha256(pooled(keeper.dest, sha256).read_bytes()).hexdigest() == sha256


def test_a_file_damaged_in_the_school_is_told_and_not_copied(keeper: Keeper) -> None:
    sha256 = keeper.adds_file(b"a lesson plan")
    flip(keeper.parts.desk.files.path(sha256))
    assert keeper.backs_up().damaged == (sha256,)
    assert not pooled(keeper.dest, sha256).exists()


def test_a_school_that_is_there_is_never_touched(keeper: Keeper) -> None:
    keeper.backs_up()
    before = everything(keeper.parts.home)
    with pytest.raises(BackupFailed, match="holds a school already"):
        restore(keeper.dest, keeper.parts.home, keeper.parts.clock, quietly)
    other = keeper.parts.home.with_name("documents")
    other.mkdir()
    (other / "letter.odt").write_text("mine")
    with pytest.raises(BackupFailed, match="is not empty"):
        restore(keeper.dest, other, keeper.parts.clock, quietly)
    assert everything(keeper.parts.home) == before and everything(other) == {"letter.odt": b"mine"}


def test_only_the_schools_own_master_key_is_taken(keeper: Keeper) -> None:
    from hoso_bot.pdf import keys

    keeper.backs_up()
    with pytest.raises(BackupFailed, match="not the master key of the school"):
        keeper.restores(master_key=keys.master_key_to_text(keys.new_master_key()))
    own = (keeper.parts.home / "master.key").read_text(encoding="ascii").strip()
    key = keeper.restores(master_key=own.upper().replace("-", " ")) / "master.key"
    assert key.read_text(encoding="ascii").strip() == own and key.stat().st_mode & 0o777 == 0o600


def test_an_earlier_snapshot_by_its_name_or_its_folder(keeper: Keeper) -> None:
    first = keeper.backs_up().folder
    keeper.backs_up()
    with pytest.raises(BackupFailed, match=f"there are: {first.name}, "):
        keeper.restores(name="20200101-000000")
    keeper.restores(name=first.name)
    restore(first, keeper.dest.with_name("again"), keeper.parts.clock, quietly)


# --- nothing is done twice -------------------------------------------------------------------------


def queue(parts: Parts, **more: Any) -> None:
    """Messages that wait to be said: one that tells, one that asks, one with a file, one that erases."""
    address = parts.link("GV09", "1")
    plain = {"text": "x", "facts": {}, "buttons": [], "attachment": None, "picture": None}
    kinds = {
        "tells": plain,
        "asks": plain | {"buttons": [[{"label": "l", "token": "t", "facts": {}}]]},
        "brings": plain | {"attachment": {"sha256": "a", "name": "n"}},
        "erases": plain | {"text": "erased", "facts": {"ref": "5"}},
    }
    with parts.db.write() as connection:
        from hoso_bot.store.tables import outbox

        rows = [parts.outbox.row(key, None, address, m, None) for key, m in kinds.items()]
        rows.append(parts.outbox.row("changes", None, address, plain, "asks"))
        connection.execute(outbox.insert(), rows)


def waiting(home: Path) -> set[str]:
    with closing(sqlite3.connect(home / "hoso.db")) as connection:
        rows = connection.execute("SELECT key FROM outbox WHERE state IN ('todo', 'sending')").fetchall()
    return {key for (key,) in rows}


def test_what_only_tells_is_not_said_twice(keeper: Keeper) -> None:
    queue(keeper.parts)
    keeper.backs_up()
    keeper.parts.clock.skip(timedelta(days=2))
    assert waiting(keeper.restores()) == {"asks", "brings", "erases", "changes"}


def test_a_school_that_moves_at_once_says_everything(keeper: Keeper) -> None:
    queue(keeper.parts)
    keeper.backs_up()
    keeper.parts.clock.skip(timedelta(days=1, minutes=50))
    assert waiting(keeper.restores()) == {"tells", "asks", "brings", "erases", "changes"}

"""Hundreds of changed bytes, and every other way to bend a finished file, each noticed by `verify`.

HOSO_FLIPS=1000 pytest tests/integration/test_many_flips.py     # a long run
"""

from __future__ import annotations

import os
import random
import re
from dataclasses import dataclass, replace
from pathlib import Path

import pikepdf
import pytest
from signing_parts import HEAD, VICE, School, hybrid, order, plan, review, school

from hoso_bot.pdf.sign import SigningDesk
from hoso_bot.pdf.verify import verify_file

FLIPS, PARTS = int(os.environ.get("HOSO_FLIPS", "160")), 8
HOLE = re.compile(rb"/Contents <([0-9A-F]+)>")


@dataclass(frozen=True)
class Finished:
    """A plan as MS Word writes it, signed by head and vice-principal."""

    school: School
    folder: Path
    first: bytes
    second: bytes

    def valid(self, data: bytes) -> bool:
        path = self.folder / "candidate.pdf"
        path.write_bytes(data)
        return verify_file(path, self.school.authority.ca_pem).valid


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, signing_desk: SigningDesk) -> Finished:
    folder, ours = tmp_path_factory.mktemp("finished"), school()
    source, copy, first, second = (folder / f"{name}.pdf" for name in ("plan", "copy", "first", "second"))
    review(hybrid(plan(source), folder / "word.pdf"), copy)
    signing_desk.sign(order(copy, first, HEAD, ours.head))
    signing_desk.sign(order(first, second, VICE, ours.vice))
    return Finished(ours, folder, first.read_bytes(), second.read_bytes())


@pytest.mark.parametrize("part", range(PARTS))
def test_flipped_bytes_in_signed_ranges_are_all_noticed(finished: Finished, part: int) -> None:
    """Half of them under the first signature, the rest under the last; none inside a signature's own hole.

    Every third is a single bit. In parts, so that several cores share the work.
    """
    chance = random.Random(part)
    assert finished.valid(finished.second)
    holes = [range(*hole.span(1)) for hole in HOLE.finditer(finished.second)]
    places = [at for at in range(len(finished.second)) if not any(at in hole for hole in holes)]
    under_both = [at for at in places if at < len(finished.first)]
    missed = []
    for number in range(FLIPS // PARTS):
        at = chance.choice(under_both if number % 2 else places)
        flip = chance.randrange(1, 256) if number % 3 else 1 << chance.randrange(8)
        changed = bytes([finished.second[at] ^ flip])
        if finished.valid(finished.second[:at] + changed + finished.second[at + 1 :]):
            missed.append((at, changed))
    assert missed == []


def test_a_swapped_page_is_noticed(finished: Finished, tmp_path: Path) -> None:
    """Rewritten, and as an update behind the signatures."""
    with pikepdf.open(finished.folder / "second.pdf") as pdf:
        pages = list(pdf.pages)
        pdf.pages[0], pdf.pages[1] = pages[1], pages[0]
        pdf.save(tmp_path / "swapped.pdf")
    assert not finished.valid((tmp_path / "swapped.pdf").read_bytes())
    with pikepdf.open(finished.folder / "second.pdf") as pdf:
        number, kids = pdf.Root.Pages.objgen[0], [kid.objgen[0] for kid in pdf.Root.Pages.Kids]
        count, root = len(pdf.objects) + 1, pdf.Root.objgen[0]
    previous = int(finished.second.rsplit(b"startxref", 1)[1].split()[0])
    swapped = b" ".join(b"%d 0 R" % kid for kid in (kids[1], kids[0], *kids[2:]))
    at = len(finished.second) + 1
    body = b"\n%d 0 obj\n<</Type/Pages/Count %d/Kids[%s]>>\nendobj\n" % (number, len(kids), swapped)
    table = b"xref\n%d 1\n%010d 00000 n \ntrailer\n<</Size %d/Root %d 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n"
    tail = table % (number, at, count, root, previous, at + len(body) - 1)
    assert not finished.valid(finished.second + body + tail)


def test_a_signature_by_another_certificate_of_the_same_name_is_noticed(
    finished: Finished, signing_desk: SigningDesk, tmp_path: Path
) -> None:
    stranger = school()
    wish = order(finished.folder / "first.pdf", tmp_path / "x.pdf", VICE, stranger.vice)
    signing_desk.sign(replace(wish, key=stranger.vice.key))
    assert not finished.valid((tmp_path / "x.pdf").read_bytes())


def test_truncation_to_the_first_revision_is_noticed(finished: Finished) -> None:
    assert not finished.valid(finished.first)

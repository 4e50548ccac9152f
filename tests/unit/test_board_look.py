"""The web board's looks: colours one can read in both schemes, signs told apart, nothing from elsewhere."""

from __future__ import annotations

import re
from importlib import resources

import pytest

from hoso_bot import texts
from hoso_bot.domain.board import State
from hoso_bot.reports.sign_shapes import BARS, SHAPES
from hoso_bot.web import frame
from hoso_bot.web.board.sprite import sprite
from hoso_bot.web.frame import own_file, own_file_address

FOLDER = resources.files("hoso_bot.web") / "templates" / "board"
STYLE = (FOLDER / "board.css").read_text(encoding="utf-8")
SCHEMES = [
    dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6})", block))
    for block in re.findall(r":root \{([^}]*)\}", STYLE)
]
LIGHT, DARK = SCHEMES[0], {**SCHEMES[0], **SCHEMES[1]}


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_words_can_be_read(scheme: dict[str, str]) -> None:
    for ink in ("ink", "quiet", "link", "late", "good"):
        for ground in ("ground", "band"):
            assert contrast(scheme[ink], scheme[ground]) >= 4.5, (ink, ground)
    assert contrast(scheme["link"], scheme["on-link"]) >= 4.5
    assert contrast(scheme["focus"], scheme["ground"]) >= 3


def test_every_state_has_a_sign_and_a_bar() -> None:
    drawn = sprite()
    for state in State:
        assert f'id="sign-{state.value}"' in drawn
        assert state in SHAPES
        if state is not State.EXEMPT:
            assert f".bar-{state.value}" in STYLE


def test_the_signs_differ_without_their_colour() -> None:
    waiting_for_the_last = (State.VICE, State.PRINCIPAL)
    shapes = {
        (s.ring, s.pie, s.dots, s.strokes) for state, s in SHAPES.items() if state is not State.PRINCIPAL
    }
    assert len(shapes) == len(SHAPES) - 1
    assert len({SHAPES[state] for state in waiting_for_the_last}) == 1


def test_bars_are_filled_as_in_the_picture() -> None:
    for state in (State.APPROVED, State.VICE, State.HEAD, State.RETURNED, State.DOUBTED):
        assert re.search(rf"\.bar-{state.value}\b[^}}]*fill: #{bytes(BARS[state]).hex()}", STYLE), state


def test_what_an_outage_excused_is_no_late_mark() -> None:
    line = {
        "plan_id": "p1",
        "standing": "approved",
        "reason": "",
        "version": 1,
        "late": 0,
        "excused": 40,
        "causes": ["bot"],
        "holder": "",
        "approved_at": "",
        "on_portal": False,
    }
    parts = frame._templates().get_template("board/parts.html").module
    cells = str(parts.cells(texts.render, "/bang", line))  # type: ignore[attr-defined]
    assert cells.count("không tính trễ") == 2  # once for a phone, once for a wide screen
    assert "trễ 40 phút" not in cells


def test_nothing_comes_from_elsewhere() -> None:
    for file in FOLDER.iterdir():
        text = file.read_text(encoding="utf-8")
        assert "//" not in re.sub(r"^\s*// .*$", "", text, flags=re.MULTILINE), file.name
        assert "style=" not in text
        assert "onclick" not in text
        assert "url(" not in text


def test_another_text_of_an_own_file_is_another_address() -> None:
    assert re.fullmatch(r"tinh/board\.css\?v=[0-9a-f]{12}", own_file_address("board.css"))
    assert own_file("board.js").content_type == "text/javascript"
    with pytest.raises(KeyError):
        own_file("page.html")

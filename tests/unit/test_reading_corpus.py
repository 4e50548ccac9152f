"""The reader of plans measured on hundreds of made-up files, and on files made to be misread.

The promise: with its own name every single-week file is read right; without it none is read wrong and none is
blocked; files of several weeks are blocked.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.plan_corpus import ENCODINGS, Plan, several, single
from tests.plan_traps import DAYS, LESSON, ONE, SEVERAL

from hoso_bot.domain.checks import Limits, check
from hoso_bot.domain.inspection import PlanFacts, Structure
from hoso_bot.domain.lesson_plan import read

SINGLES = 300
SEVERALS = 120
UNREAD = 0.03  # share of single-week files about which the teacher may have to be asked
UNSEEN = 0.04  # share of files of several weeks that may pass: class meetings alone tell of them


def blocks(facts: PlanFacts) -> bool:
    structure = Structure(size=1, pages=9, text_layer=True)
    return any(finding.severity == "block" for finding in check(structure, facts, Limits()))


def wrong(plans: Sequence[Plan], judge: Callable[[Plan], bool]) -> list[str]:
    return [plan.told for plan in plans if not judge(plan)]


@pytest.fixture(scope="module")
def singles() -> list[Plan]:
    return [single(number) for number in range(SINGLES)]


@pytest.fixture(scope="module")
def severals() -> list[Plan]:
    return [several(number) for number in range(SEVERALS)]


def test_every_plan_is_read_right_with_its_own_name(singles: list[Plan]) -> None:
    assert wrong(singles, lambda plan: read(plan.pages, plan.name).weeks == plan.weeks) == []


def test_without_a_name_no_plan_is_read_wrong_or_blocked(singles: list[Plan]) -> None:
    facts = {plan: read(plan.pages, "scan0001.pdf") for plan in singles}
    assert wrong(singles, lambda plan: facts[plan].weeks in ((), plan.weeks)) == []
    assert sum(not found.weeks for found in facts.values()) <= UNREAD * SINGLES


@pytest.mark.parametrize("named", [True, False])
def test_files_of_several_weeks_are_blocked(severals: list[Plan], named: bool) -> None:
    facts = {plan: read(plan.pages, plan.name if named else "x.pdf") for plan in severals}
    unseen = wrong(severals, lambda plan: blocks(facts[plan]) and facts[plan].weeks == plan.weeks)
    assert len(unseen) <= UNSEEN * SEVERALS, unseen
    if named:
        assert wrong(severals, lambda plan: facts[plan].weeks == plan.weeks) == []


@pytest.mark.parametrize("trap", ONE)
def test_one_week_is_not_misread_for(trap: str) -> None:
    assert read(ONE[trap], "TUAN 12.pdf").weeks == (12,)
    assert read(ONE[trap], "x.pdf").weeks in ((), (12,))


@pytest.mark.parametrize("trap", SEVERAL)
def test_several_weeks_are_seen_in_spite_of(trap: str) -> None:
    pages, weeks = SEVERAL[trap]
    facts = read(pages, "x.pdf")
    assert (facts.weeks, blocks(facts)) == (weeks, True)


@pytest.mark.parametrize(
    "pages",
    [
        ["TUẦN 12, 13 - Tiết 23 đến 26\n" + LESSON],
        ["TUẦN 12, 13\n" + LESSON * 2, *(f"Tuần 12\n{LESSON}" for _ in range(3))],
        [
            f"KHBD TUẦN 12 + 13\nThứ hai, ngày 23/11/2026\n{LESSON}",
            f"Thứ sáu, ngày 27/11/2026\n{LESSON}",
        ],
        ["GIÁO ÁN TUẦN 1 - 5\n", *(f"Thứ {day}\n{LESSON * 2}" for day in ("hai", "ba", "tư", "năm", "sáu"))],
    ],
    ids=["one lesson", "headings of one week", "dates of one week", "weekdays of one week"],
)
def test_a_title_that_lists_weeks_over_lessons_of_one_does_not_block(pages: list[str]) -> None:
    assert not blocks(read(pages, "x.pdf"))


@pytest.mark.parametrize("head", ["Thứ {}, ngày {}/11/2026", "Thứ {}"])
def test_a_name_of_two_weeks_is_confirmed_by_their_days(head: str) -> None:
    pages = [f"{head.format(day, 16 + n + 2 * (n > 4))}\n{LESSON}" for n, day in enumerate(DAYS * 2)]
    both, one = read(pages, "TUAN 11,12.pdf"), read(pages[:5], "TUAN 11,12.pdf")
    assert (both.weeks, blocks(both)) == ((11, 12), True)
    assert (one.weeks, blocks(one)) == ((11, 12), False)


# --- whatever happens to the text on its way -------------------------------------------------------------

PLANS = st.integers(0, 10_000).map(single)


def _spaced(text: str) -> str:
    """The title drawn letter by letter."""
    return text.replace("TUẦN", "T U Ầ N").replace("Tuần", "T u ầ n")


HARMLESS: dict[str, Callable[[str], str]] = {
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "hard spaces": lambda text: text.replace(" ", "\xa0"),
    "double spaces": lambda text: text.replace(" ", "  "),
    "trailing spaces": lambda text: text.replace("\n", "  \n"),
    "Windows lines": lambda text: text.replace("\n", "\r\n"),
    "blank lines": lambda text: text.replace("\n", "\n\n"),
    "a page number": lambda text: f"{text}\nTrang 7",
    "a school's head": lambda text: f"TRƯỜNG TIỂU HỌC VÍ DỤ   Năm học 2026-2027\n{text}",
    "a teacher's foot": lambda text: f"{text}\nGV: Trần Thị Ví Dụ",
}


@settings(deadline=None, max_examples=60)
@given(PLANS, st.sampled_from(sorted(HARMLESS)))
def test_what_happens_on_the_way_to_pdf_changes_no_week(plan: Plan, change: str) -> None:
    changed = [HARMLESS[change](page) for page in plan.pages]
    assert read(changed, "x.pdf").weeks in ((), plan.weeks)
    assert read(changed, plan.name).weeks == plan.weeks


@settings(deadline=None, max_examples=40)
@given(PLANS, st.integers(8, 60))
def test_page_breaks_in_odd_places_make_no_week_wrong(plan: Plan, rows: int) -> None:
    lines = "\n".join(plan.pages).splitlines()
    pages = ["\n".join(lines[at : at + rows]) for at in range(0, len(lines), rows)]
    facts = read(pages, plan.name)
    assert facts.weeks == plan.weeks
    assert not blocks(facts)


@settings(deadline=None, max_examples=40)
@given(
    st.integers(0, 35), st.sampled_from(["TUẦN {}", "Kế hoạch bài dạy tuần {}", "GIÁO ÁN LỚP 4 - TUẦN {}"])
)
def test_a_title_is_read_however_it_is_typed(week: int, form: str) -> None:
    title = form.format(week)
    typed = [title, title.upper(), title.lower(), _spaced(title), _bare(title), title.replace(" ", "  ")]
    assert {read([f"{way}\n{LESSON * 3}"], "x.pdf").weeks for way in typed} == {(week,)}


def _bare(text: str) -> str:
    apart = unicodedata.normalize("NFD", text.replace("Đ", "D").replace("đ", "d"))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_tells_the_same_week(encoding: str) -> None:
    pages = ["KẾ HOẠCH BÀI DẠY\nTUẦN 12\n" + LESSON * 3, LESSON * 3]
    assert read([ENCODINGS[encoding](page) for page in pages], "x.pdf").weeks == (12,)

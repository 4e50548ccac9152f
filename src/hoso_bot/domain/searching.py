"""What somebody types to find a colleague, a week or a plan: `loan 5b t13`, `KHBD-2627-T13-GV09`. Pure.

Accents, case and order do not matter; every word has to fit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from hoso_bot.domain.roster import Person
from hoso_bot.domain.vietnamese import fold

_CODE = re.compile(r"[a-z]{2,8}-\d{4}(?:-t\d{1,2})?(?:-[a-z0-9-]*)?(?![a-z0-9])")
_WEEK = re.compile(r"(?<![a-z0-9-])(?:tuan|t)\s?(\d{1,2})(?![a-z0-9-])")
_SAID_BESIDE = {"lop", "co", "thay", "tuan", "to", "khoi", "mon", "ma"}
"""Words people put beside what they mean. After one of them a number is no week."""
_MOST_TYPED = 120


@dataclass(frozen=True)
class Query:
    """words: folded; each has to fit. week: of this school year's table. code: how a record code begins."""

    words: tuple[str, ...] = ()
    week: int | None = None
    code: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was asked for."""
        return not (self.words or self.week or self.code)


def read_query(typed: str) -> Query:
    """What was typed, understood."""
    text = fold(typed[:_MOST_TYPED].replace(",", " ").replace(";", " "))
    code = _CODE.search(text)
    if code:
        text = text.replace(code[0], " ", 1)
    named = _WEEK.search(text)
    if named:
        text = text.replace(named[0], " ", 1)
    words, week = _words(text.split(), int(named[1]) if named else None)
    return Query(words, week, code[0].upper().rstrip("-") if code else "")


def _words(tokens: Iterable[str], week: int | None) -> tuple[tuple[str, ...], int | None]:
    """(the words to fit, the week): a lonely number is a week."""
    words, before = list[str](), ""
    for token in tokens:
        if token.isdecimal() and len(token) <= 2 and week is None and before not in _SAID_BESIDE:
            week = int(token)
        elif token not in _SAID_BESIDE:
            words.append(token)
        before = token
    return tuple(words), week


def found(query: Query, people: Iterable[Person]) -> list[Person]:
    """Who fits every word, the closest first, then in the order given; nobody without a word."""
    if not query.words:
        return []
    ranked = [(rank, person) for person in people if (rank := _rank(query, person)) is not None]
    return [person for _, person in sorted(ranked, key=lambda pair: pair[0])]


def _rank(query: Query, person: Person) -> int | None:
    """0 for the closest; None when a word does not fit."""
    ranks = [_fit(word, person) for word in query.words]
    return sum(rank for rank in ranks if rank is not None) if None not in ranks else None


def _fit(word: str, person: Person) -> int | None:
    """How well one word fits: the id or a class, a name, its beginning, the group, a subject."""
    names, group = fold(person.name).split(), fold(person.group).split()
    subjects = [part for subject in person.subjects for part in fold(subject).split()]
    fits = (
        word == fold(person.staff_id) or word in (fold(one) for one in person.classes),
        word in names,
        any(name.startswith(word) for name in names),
        word in group or word in "-".join(group).split("-"),
        word in subjects,
    )
    return next((rank for rank, fits_so in enumerate(fits) if fits_so), None)

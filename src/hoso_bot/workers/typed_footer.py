"""The lines under a message that say what to type where its buttons cannot be seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from hoso_bot import texts


@dataclass(frozen=True)
class Choice:
    """A button of the message: the text key of its label, its words, and what is typed for it."""

    label_key: str
    label: str
    word: str = ""


def worded(labels: Sequence[tuple[str, str]]) -> list[Choice]:
    """Each (text key, words) with its own word: the key's, or `CHON1`, `CHON2` … where that is not clear."""
    words = [_word(key) for key, _ in labels]
    common = Counter(words)
    return [
        Choice(key, label, word if word and common[word] == 1 else f"{texts.raw('typed.choice')}{n}")
        for n, ((key, label), word) in enumerate(zip(labels, words, strict=True), 1)
    ]


def _word(key: str) -> str:
    return _known(f"typed.word.{key}")


def _known(key: str) -> str:
    return texts.raw(key) if key in texts.keys() else ""  # noqa: SIM118 - no dict


def footer(choices: Sequence[Choice], number: str, buttons: bool = True) -> str:
    """What to type, with the labels where a word alone does not say what it does; buttons: there are some."""
    answers = [
        {"word": one.word, "label": one.label, "hint": _known(f"typed.hint.{one.label_key}")}
        for one in choices
    ]
    plain = all(_word(choice.label_key) == choice.word for choice in choices)
    return texts.render("typed.footer", answers=answers, number=number, plain=plain, buttons=buttons)


def with_page(link: str, typed: str) -> str:
    """The link to the page that has the buttons, above what to type; '' leaves either out."""
    page = texts.render("message_page.footer", link=link) if link else ""
    return "\n".join(filter(None, (page, typed)))

"""A signer's PIN: which ones are too easy, and how wrong tries close the door (R30; OWASP ASVS 5 6.3.1)."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

DIGITS = 6
TRIES_BEFORE_PAUSE = 5
TRIES_BEFORE_BLOCK = 10
TRIES_ELSEWHERE = 2
"""Before a block where a token or a service counts too: the strictest of them lock after the third."""
PAUSE = timedelta(minutes=15)


SEALED, NO_PIN = "pin1:", "pin0:"
"""How texts begin that were typed as a PIN: sealed to the signing desk, or dropped for not being one."""


def is_secret(text: str) -> bool:
    """Whether a text stands for something typed as a PIN."""
    return text.startswith((SEALED, NO_PIN))


def looks_like_pin(typed: str) -> bool:
    """Six digits."""
    digits = normal(typed)
    return len(digits) == DIGITS and digits.isascii() and digits.isdigit()


def looks_like_foreign_pin(typed: str) -> bool:
    """What a token or a signing service may have as a PIN or one-time code: one word of 4 to 32 letters."""
    word = typed.strip()
    return 4 <= len(word) <= 32 and word.isascii() and word.isprintable() and " " not in word


def may_be_foreign_pin(typed: str) -> bool:
    """One word that is no command, perhaps a token's PIN mistyped: not to be kept in clear."""
    return len(typed.split()) == 1 and not typed.lstrip().startswith("/")


def may_be_pin(typed: str) -> bool:
    """Digits and little else, a PIN perhaps mistyped: not to be kept in clear."""
    digits = sum(map(str.isdigit, typed))
    return digits >= DIGITS - 2 and digits > len(typed) / 2 and "/" not in typed


def normal(typed: str) -> str:
    """The digits of what was typed; phones and people put spaces, dots and dashes between them."""
    return "".join(letter for letter in typed if letter not in " .-\u00a0")


def pin_problem(pin: str, known_numbers: Iterable[str] = ()) -> str | None:
    """Text key of what is wrong with a new PIN, None for a good one.

    known_numbers: digits others know of this person (telephone): no part of them makes a PIN.
    """
    if not looks_like_pin(pin):
        return "pin.shape"
    steps = {(int(b) - int(a)) % 10 for a, b in itertools.pairwise(pin)}
    repeats = pin in (pin[:1] * 6, pin[:2] * 3, pin[:3] * 2)
    known = any(pin in "".join(filter(str.isdigit, number)) for number in known_numbers)
    if repeats or steps in ({1}, {9}) or known:
        return "pin.weak"
    return None


@dataclass(frozen=True)
class Tries:
    """Wrong tries since the last right one, and until when the next one has to wait."""

    wrong: int = 0
    paused_until: datetime | None = None
    before_block: int = TRIES_BEFORE_BLOCK

    @property
    def blocked(self) -> bool:
        """Only the office opens this again."""
        return self.wrong >= self.before_block

    @property
    def left(self) -> int:
        """Tries before the next pause or the block; 0 when blocked."""
        if self.blocked:
            return 0
        return (
            min(self.before_block, TRIES_BEFORE_PAUSE * (self.wrong // TRIES_BEFORE_PAUSE + 1)) - self.wrong
        )

    def may_try(self, now: datetime) -> bool:
        """Neither paused nor blocked."""
        return not self.blocked and (self.paused_until is None or now >= self.paused_until)

    def one_more(self, now: datetime) -> Tries:
        """After a try that is counted as wrong until it proves right."""
        wrong = self.wrong + 1
        pauses = wrong % TRIES_BEFORE_PAUSE == 0
        return Tries(wrong, now + PAUSE if pauses else None, self.before_block)

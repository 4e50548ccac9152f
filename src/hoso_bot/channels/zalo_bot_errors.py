"""Every refusal of Zalo's Bot Platform that is documented, and who has to act on it. Pure.

https://bot.zaloplatforms.com/docs names few numbers and no limits; docs/zalo.md says what is open.
"""

from __future__ import annotations

from enum import Enum, auto

from hoso_bot.domain.messages import Gone, Later, Outcome

OFFICE_PAUSE = 300.0


class Meaning(Enum):
    """Who has to act.

    AGAIN: nobody, try again. OFFICE: who administers the bot (token, quota). LEFT: this chat takes no
    messages. BUG: the programmer.
    """

    AGAIN = auto()
    OFFICE = auto()
    LEFT = auto()
    BUG = auto()


MEANINGS: dict[int, Meaning] = {
    400: Meaning.BUG,  # bad parameter
    401: Meaning.OFFICE,  # token refused
    403: Meaning.AGAIN,  # documented as an internal error
    404: Meaning.LEFT,  # no such chat; the methods are there
    408: Meaning.AGAIN,  # in answer to a poll alone it says that nobody wrote
    429: Meaning.OFFICE,  # out of quota
}


def meaning(code: int) -> Meaning:
    """What a code means; an unknown one may pass, so it is tried again."""
    return MEANINGS.get(code, Meaning.AGAIN)


def outcome(code: int, why: str) -> Outcome:
    """What the sender makes of a refusal."""
    match meaning(code):
        case Meaning.OFFICE:
            return Later(why, OFFICE_PAUSE)
        case Meaning.LEFT:
            return Gone(why, person_left=True)
        case Meaning.BUG:
            return Gone(why)
    return Later(why)

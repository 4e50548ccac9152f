"""Every refusal of openapi.zalo.me that is known, and who has to act on it. Pure.

Refusals come as HTTP 200 with `error` and `message`. https://docs.zaloplatforms.com/docs/OA
Templates (ZBS) have codes of their own beside them.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from enum import Enum, auto

from hoso_bot.domain.calendar import VN
from hoso_bot.domain.messages import Gone, Later, Outcome, OutOfWindow

NIGHT_ENDS = time(6)
RATE_PAUSE = 30.0
OFFICE_PAUSE = 300.0


class Meaning(Enum):
    """Who has to act.

    AGAIN: nobody, try again. SLOWER: us, too many calls a minute. NIGHT: nobody before the morning.
    REUPLOAD: us, the attachment's id is stale. TOKEN: us, with a fresh access token.
    SILENT: the person has to write first. LEFT: this chat takes no messages.
    OFFICE: the OA's administrator. SPENT: the same, but whoever writes now is still answered (money or number
    of messages used up). BUG: the programmer.
    """

    AGAIN = auto()
    SLOWER = auto()
    NIGHT = auto()
    REUPLOAD = auto()
    TOKEN = auto()
    SILENT = auto()
    LEFT = auto()
    OFFICE = auto()
    SPENT = auto()
    BUG = auto()


MEANINGS: dict[int, Meaning] = {
    -32: Meaning.SLOWER,
    -100: Meaning.REUPLOAD,  # attachment expired
    -200: Meaning.AGAIN,  # send failed
    -201: Meaning.BUG,  # some field invalid
    -204: Meaning.OFFICE,  # OA deleted
    -205: Meaning.OFFICE,  # OA unknown
    -209: Meaning.OFFICE,  # app inactive
    -210: Meaning.BUG,  # parameter over its limit
    -211: Meaning.SPENT,  # out of quota
    -212: Meaning.OFFICE,  # API not registered
    -213: Meaning.LEFT,  # not a follower
    -216: Meaning.TOKEN,  # access token invalid
    -217: Meaning.LEFT,  # blocked invitations
    -218: Meaning.SILENT,  # receiver's quota
    -219: Meaning.OFFICE,  # app disabled
    -220: Meaning.TOKEN,  # access token expired or removed
    -221: Meaning.OFFICE,  # OA not verified
    -223: Meaning.OFFICE,  # app not authorised
    -224: Meaning.OFFICE,  # tier too low
    -227: Meaning.LEFT,  # banned, or idle over 45 days
    -230: Meaning.SILENT,  # no interaction in 7 days
    -232: Meaning.SILENT,  # interaction expired
    -233: Meaning.BUG,  # message type unsupported
    -234: Meaning.NIGHT,
    -235: Meaning.OFFICE,  # OA type unsupported
    -240: Meaning.BUG,  # V2 send closed
    -242: Meaning.BUG,  # bad appsecret_proof
    -244: Meaning.LEFT,  # muted
    -248: Meaning.BUG,  # breaks platform rules
    -249: Meaning.BUG,  # template not by user id
    -320: Meaning.SPENT,  # no ZCA wallet
    -321: Meaning.SPENT,  # wallet empty
    216: Meaning.TOKEN,  # seen in the wild beside -216
    401: Meaning.TOKEN,
    -401: Meaning.TOKEN,
}

OF_TEMPLATES: dict[int, Meaning] = {
    **MEANINGS,
    -105: Meaning.SILENT,  # phone invalid
    -108: Meaning.SILENT,  # phone invalid
    -109: Meaning.OFFICE,  # no such template
    -115: Meaning.SPENT,
    -118: Meaning.SILENT,  # no Zalo account under this phone
    -120: Meaning.OFFICE,  # OA not permitted
    -124: Meaning.TOKEN,
    -127: Meaning.OFFICE,  # test mode reaches administrators only
    -131: Meaning.OFFICE,  # template not approved
    -132: Meaning.OFFICE,  # blanks are not the template's
    -133: Meaning.NIGHT,
    -135: Meaning.OFFICE,  # OA not permitted
    -138: Meaning.OFFICE,  # app not permitted
    -139: Meaning.SILENT,  # the person refuses this kind
    -1122: Meaning.OFFICE,  # a blank is missing
    -1124: Meaning.OFFICE,  # a blank's form is wrong
}
BY_PHONE = -249
"""The template cannot be sent by user id: an old one."""


def meaning(code: int) -> Meaning:
    """What a code means; an unknown one may pass, so it is tried again."""
    return MEANINGS.get(code, Meaning.AGAIN)


def outcome(code: int, message: str, now: datetime) -> Outcome:
    """What the sender makes of a refusal."""
    why = f"Zalo {code}: {message}"
    match meaning(code):
        case Meaning.SLOWER:
            return Later(why, RATE_PAUSE, refused=True)
        case Meaning.NIGHT:
            return Later(why, _until_morning(now), refused=True)
        case Meaning.OFFICE | Meaning.TOKEN:
            return Later(why, OFFICE_PAUSE, refused=True)
        case Meaning.SILENT | Meaning.SPENT:
            return OutOfWindow(why)
        case Meaning.LEFT:
            return Gone(why, person_left=True)
        case Meaning.BUG:
            return Gone(why)
    return Later(why, refused=True)


def of_template(code: int, message: str, now: datetime) -> Outcome:
    """What becomes of a message whose template was refused: only what passes by itself is waited for."""
    why = f"Zalo {code}: {message}"
    match OF_TEMPLATES.get(code, Meaning.AGAIN):
        case Meaning.SLOWER:
            return Later(why, RATE_PAUSE, refused=True)
        case Meaning.NIGHT:
            return Later(why, _until_morning(now), refused=True)
        case Meaning.TOKEN:
            return Later(why, OFFICE_PAUSE, refused=True)
        case Meaning.AGAIN:
            return Later(why, refused=True)
        case Meaning.LEFT:
            return Gone(why, person_left=True)
    return OutOfWindow(why)


def _until_morning(now: datetime) -> float:
    """Seconds until the night ban ends in Vietnam."""
    local = now.astimezone(VN)
    ends = datetime.combine(local.date(), NIGHT_ENDS, VN)
    if ends <= local:
        ends += timedelta(days=1)
    return (ends - local).total_seconds()

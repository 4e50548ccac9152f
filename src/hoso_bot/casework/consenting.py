"""Consent: which words a person agreed to, and what ends when it is taken back (Law 91/2025/QH15).

Words that change in substance get a new number and a text of their own; the old ones stay, as what was agreed
to then. The log keeps who agreed to which words, when, with the SHA-256 of what was shown.
"""

from __future__ import annotations

import hashlib
from typing import Any

from hoso_bot.domain.messages import Button, Message
from hoso_bot.store.people import Account
from hoso_bot.unit_of_work import Unguarded, UnitOfWork

CONSENT_TEXT = "consent-2"
HELD_BACK = "the chat's consent was withdrawn"


def question(channel: str, yes: Button, no: Button, uow: UnitOfWork, renewed: bool = False) -> Message:
    """The words somebody is asked to agree to, with both answers and no default."""
    return Message("consent.asked", {**_facts(channel, uow), "renewed": renewed}, ((yes, no),))


def proof(channel: str, uow: UnitOfWork) -> dict[str, str]:
    """What the log keeps of a consent: which words, and the SHA-256 of them as they were shown."""
    shown = uow.words("consent.text_2", **_facts(channel, uow))
    return {"consent": CONSENT_TEXT, "words": hashlib.sha256(shown.encode()).hexdigest()}


def _facts(channel: str, uow: UnitOfWork) -> dict[str, Any]:
    return {"school": uow.school.row().name, "channel": channel}


def end(account: Account, uow: UnitOfWork) -> None:
    """This chat is nobody's: nothing it was given works, what waits to be said there is not said."""
    address, now = account.address, uow.now()
    uow.change(
        uow.people.unlink(account.person_id, address.channel),
        uow.prompts.stop_asking(address),
        Unguarded(uow.prompts.spend_buttons_at(address, now)),
        Unguarded(uow.links.end_at(address, now)),
        Unguarded(uow.outbox.hold_back(address, HELD_BACK)),
    )

"""A line somebody wrote: a command or plain words. The same in every chat world."""

from __future__ import annotations

import re
from datetime import datetime

from hoso_bot.domain.events import Address, ChatEvent, CommandSent, TextSent

_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@\w+)?(?:\s+(.*))?", re.DOTALL)


def written(origin: Address, sent_at: datetime, message_ref: str, text: str, answered: str = "") -> ChatEvent:
    """`/name argument` as a command, anything else as text; `answered`: id of the message it answers."""
    command = _COMMAND.fullmatch(text)
    if command is None:
        return TextSent(origin, sent_at, message_ref, text, answered)
    name, argument = command.groups()
    return CommandSent(origin, sent_at, message_ref, name.lower(), (argument or "").strip())

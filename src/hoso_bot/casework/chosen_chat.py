"""The one of a person's chats where they are told things: how the choice stands, and how it is offered."""

from __future__ import annotations

from collections.abc import Sequence

from hoso_bot.domain.chat_choice_events import WHERE_LAST_USED, ChatChosen
from hoso_bot.domain.messages import Button, Message
from hoso_bot.store.people import Account

Rows = tuple[tuple[Button, ...], ...]


def choice(accounts: Sequence[Account]) -> str:
    """The chosen channel; WHERE_LAST_USED without a choice."""
    return next((account.address.channel for account in accounts if account.chosen), WHERE_LAST_USED)


def card(accounts: Sequence[Account]) -> Message:
    """The linked chats and the choice as it stands; with several chats, a button each."""
    ordered = sorted(accounts, key=lambda account: account.address.channel)
    channels, chosen = [account.address.channel for account in ordered], choice(accounts)
    facts = {
        "chats": channels,
        "deaf": [account.address.channel for account in ordered if not account.reachable],
        "chosen": chosen,
        "last": max(accounts, key=lambda account: account.last_used).address.channel,
    }
    return Message("chosen_chat.card", facts, _offers(channels, chosen) if len(channels) > 1 else ())


def question(others: Sequence[Account], new: str) -> Message:
    """Asked once, when a chat in another channel (`new`) is linked beside the `others`."""
    channels = sorted(account.address.channel for account in others)
    return Message("chosen_chat.question", {"others": channels}, _offers([*channels, new], choice(others)))


def _offers(channels: Sequence[str], now: str) -> Rows:
    chats = tuple(
        Button("chosen_chat.button.here", ChatChosen(c), {"channel": c, "now": c == now}) for c in channels
    )
    facts = {"now": now == WHERE_LAST_USED}
    return chats, (Button("chosen_chat.button.last_used", ChatChosen(WHERE_LAST_USED), facts),)

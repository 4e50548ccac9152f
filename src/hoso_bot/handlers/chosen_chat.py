"""`/kenh`: in which of their chats a person gets reminders and news. Answers go where they wrote."""

from __future__ import annotations

from hoso_bot.casework import chosen_chat
from hoso_bot.domain.chat_choice_events import WHERE_LAST_USED, ChatChosen
from hoso_bot.domain.events import CommandSent
from hoso_bot.domain.messages import Button, Message
from hoso_bot.unit_of_work import UnitOfWork


def show(event: CommandSent, uow: UnitOfWork) -> None:
    """`/kenh`: the linked chats and how the choice stands."""
    uow.reply(chosen_chat.card(uow.people.accounts(uow.actor.id)))


def choose(event: ChatChosen, uow: UnitOfWork) -> None:
    """One tap chooses, one more takes it back; a chat that was unlinked meanwhile cannot be chosen."""
    accounts = uow.people.accounts(uow.actor.id)
    before, linked = chosen_chat.choice(accounts), {account.address.channel for account in accounts}
    if event.channel not in {WHERE_LAST_USED, *linked}:
        uow.reply(chosen_chat.card(accounts))
        return
    facts = {"channel": event.channel, "same": event.channel == before}
    if event.channel == before:
        uow.reply(Message("chosen_chat.chosen", facts))
        return
    uow.change(uow.people.choose(uow.actor.id, event.channel))
    uow.record("account.chosen", uow.actor.staff_id, channel=event.channel, before=before)
    back = Button("chosen_chat.button.back", ChatChosen(before))
    uow.reply(Message("chosen_chat.chosen", facts, ((back,),)))

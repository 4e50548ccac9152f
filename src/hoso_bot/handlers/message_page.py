"""What people do on the page of a message: the same as a tap or words in its chat, answered there too."""

from __future__ import annotations

import dataclasses

from hoso_bot.domain.events import ButtonTapped, Event
from hoso_bot.domain.messages import Message
from hoso_bot.domain.page_events import BrowsersForgotten, PagePressed, PageWritten
from hoso_bot.unit_of_work import Unguarded, UnitOfWork


def meant(event: PagePressed | PageWritten, uow: UnitOfWork) -> Event | None:
    """The tap, or the answer to the question that waits; None when the chat is no longer who pressed.

    Whose the page is was asked when it was pressed; it is asked again, because a row may have waited.
    """
    link = uow.links.get(event.link_id)
    person = uow.people.at(link.address) if link else None
    if link is None or person is None or person.id != link.person_id:
        return None
    uow.act_for(person, link.address)
    if isinstance(event, PagePressed):
        return ButtonTapped(link.address, uow.now(), "", event.token)
    question = uow.prompts.question(link.address, uow.now())
    if question is None or getattr(question, "secret", False):
        uow.reply(Message("message_page.nothing_asked"))
        return None
    return dataclasses.replace(question, typed=event.text)  # type: ignore[call-arg]


def forget_browsers(event: BrowsersForgotten, uow: UnitOfWork) -> None:
    """`Gỡ các máy`: every browser has to show a new code of the chat."""
    known = uow.known_browsers.known_of(uow.actor.id, uow.now())
    uow.change(Unguarded(uow.known_browsers.end(uow.actor.id, uow.now())))
    uow.record("browsers.forgotten", uow.actor.staff_id, browsers=len(known))
    uow.reply(Message("message_page.forgotten"))

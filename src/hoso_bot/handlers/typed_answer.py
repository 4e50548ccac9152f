"""`DUYET 4821`: a button for who cannot see it, by the word and number the message named."""

from __future__ import annotations

from hoso_bot.domain.events import ButtonTapped, Event, Tapped, TextSent
from hoso_bot.domain.messages import Message
from hoso_bot.domain.typed_words import TypedWord, bare, read
from hoso_bot.unit_of_work import UnitOfWork

WITHOUT_NUMBER = ("DARO", "DAROA")


def meant(event: TextSent, uow: UnitOfWork) -> Event | None:
    """The tap these words stand for; None when they were meant as one and answered; else the text itself.

    A word of another message's number, or a number nobody gave, is only taken as a slip when the chat was
    told that word before and no question waits for its answer: reasons have words and numbers too.
    """
    typed = read(event.text)
    if typed is None:
        return _without_number(event, uow)
    answers = uow.typed_answers.of(event.origin, typed.number)
    token = next((answer.token for answer in answers if answer.word == typed.word), None)
    if token and (not typed.words or _takes_words(token, uow)):
        return ButtonTapped(event.origin, event.sent_at, event.message_ref, token, typed.words)
    if typed.words or not _is_slip(event, typed, uow):
        return event
    words = sorted(answer.word for answer in answers)
    text = "typed.wrong_word" if words else "typed.wrong_number"
    uow.reply(Message(text, {"word": typed.word, "number": typed.number, "words": words}))
    return None


def _without_number(event: TextSent, uow: UnitOfWork) -> Event:
    """`Đã rõ` alone is the newest such button of the chat: it decides nothing, so no number is needed."""
    if bare(event.text) not in WITHOUT_NUMBER or uow.prompts.question(event.origin, uow.now()):
        return event
    token = uow.typed_answers.newest(event.origin, WITHOUT_NUMBER[0])
    return ButtonTapped(event.origin, event.sent_at, event.message_ref, token) if token else event


def _takes_words(token: str, uow: UnitOfWork) -> bool:
    """Whether words behind it mean anything; else the whole line is what somebody wrote to us."""
    button = uow.prompts.button(token)
    pressed = button.event if button else None
    return isinstance(pressed, Tapped) and pressed.with_words("") is not None


def _is_slip(event: TextSent, typed: TypedWord, uow: UnitOfWork) -> bool:
    question = uow.prompts.question(event.origin, uow.now())
    return question is None and uow.typed_answers.knows_word(event.origin, typed.word)

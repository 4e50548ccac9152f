"""The first-use tour (R45): short cards with a picture each; having seen them is noted."""

from __future__ import annotations

from importlib import resources

from hoso_bot.domain.messages import Attachment, Button, Message
from hoso_bot.domain.tour_events import TourEnded, TourShown, cards
from hoso_bot.unit_of_work import UnitOfWork, attachment

PICTURES = resources.files("hoso_bot") / "pictures"


def show(event: TourShown, uow: UnitOfWork) -> None:
    """One card, with the way to the next or out."""
    names = cards(uow.actor.role)
    name = names[min(max(event.step, 1), len(names)) - 1]
    facts = {"step": event.step, "steps": len(names)}
    if event.step < len(names):
        onward = Button("button.tour_next", TourShown(event.step + 1), facts)
        row = [onward, Button("button.tour_skip", TourEnded(skipped=True))]
    else:
        row = [Button("button.tour_done", TourEnded(skipped=False))]
    uow.reply(Message(f"tour.{name}", {}, (tuple(row),), picture=picture(name, uow)))


def end(event: TourEnded, uow: UnitOfWork) -> None:
    """`Em đã xem xong` or `Bỏ qua`: the office can see who has not taken it."""
    uow.change(*uow.tours.end(uow.actor.id, event.skipped, uow.now()))
    uow.record("tour.ended", uow.actor.staff_id, skipped=event.skipped)
    uow.reply(Message("tour.skipped" if event.skipped else "tour.done"))


def picture(name: str, uow: UnitOfWork) -> Attachment:
    """The card's picture, as a stored file like any other."""
    with resources.as_file(PICTURES / f"{name}.jpg") as path:
        return attachment(uow, uow.files.put(path), f"{name}.jpg")

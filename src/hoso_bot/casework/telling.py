"""Which plans an event is about, for the lines of the log."""

from __future__ import annotations

from hoso_bot import story
from hoso_bot.domain.events import Event, FileSent
from hoso_bot.domain.page_upload import PageFileArrived
from hoso_bot.domain.support_events import PlanFileKept
from hoso_bot.unit_of_work import UnitOfWork

ARRIVALS = (FileSent, PageFileArrived, PlanFileKept)


def tell(event: Event, uow: UnitOfWork) -> None:
    """Say in the log what is done and for which plan; messages and owed work of this unit carry it on."""
    numbers = _numbers(event, uow)
    uow.plan = numbers[0] if len(numbers) == 1 else None
    several = numbers if len(numbers) > 1 else None
    story.learned(does=type(event).__name__, plan=uow.plan, plans=several)


def _numbers(event: Event, uow: UnitOfWork) -> list[int]:
    if type(event) in ARRIVALS and uow.inbox_row is not None:
        return [uow.inbox_row]
    named = vars(event)
    if upload_id := named.get("upload_id"):
        return uow.stories.of_upload(upload_id)
    places = [(named["version_id"],)] if "version_id" in named else named.get("places", ())
    return uow.stories.of_versions([place[0] for place in places]) if places else []

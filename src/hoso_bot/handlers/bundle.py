"""Approved plans as ZIP files for the sector's portal, and the note that somebody put them there.

For the board and the office only; every bundle is in the log. The bot has no connection to the portal and
never says that a plan is there: a person does (R1, R15).
"""

from __future__ import annotations

from hoso_bot.domain import bundle as domain
from hoso_bot.domain import report_events as rep
from hoso_bot.domain.messages import Button, Message
from hoso_bot.reports.bundle import Bundle, write_bundles
from hoso_bot.reports.delivery import passing
from hoso_bot.unit_of_work import UnitOfWork


def offer(event: rep.BundleOffered, uow: UnitOfWork) -> None:
    """Whose plans of this week: the school's or one group's?"""
    board = uow.boards.of_week(uow.week(event.year, event.week), uow.rules, uow.now())
    groups = [group.group for group in board.groups() if group.group]
    whole = Button("report.button.whole_school", rep.BundleAsked(event.year, event.week))
    rows = [
        (Button("report.button.group", rep.BundleAsked(event.year, event.week, group), {"name": group}),)
        for group in groups
    ]
    uow.reply(Message("report.whose_bundle", {"week": event.week}, ((whole,), *rows)))


def send(event: rep.BundleAsked, uow: UnitOfWork) -> None:
    """The ZIP files, then what they are worth and the button for after the upload."""
    scope = domain.Scope(event.year, event.week, event.group, event.teacher_id)
    items = uow.boards.items(scope)
    try:
        made = _written(scope, items, uow)
    except OSError as trouble:
        uow.record("bundle.refused", scope.name(), why=str(trouble))
        uow.reply(Message("report.damaged"))
        return
    facts = {
        "week": event.week,
        "files": len(made),
        "approved": sum(len(one.version_ids) for one in made),
        "left_out": sum(item.version is None for item in items),
    }
    if not made:
        uow.reply(Message("report.nothing_to_bundle", facts))
        return
    for one in made:
        uow.reply(Message("report.bundle_file", {"name": one.name}, (), passing(one.path, one.name, uow)))
    inside = [version_id for one in made for version_id in one.version_ids]
    uow.record("bundle.exported", made[0].name.removesuffix(".zip"), files=len(made), plans=len(inside))
    mark = Button("report.button.on_portal", rep.PortalMarked(inside))
    uow.reply(Message("report.bundled", facts, ((mark,),)))


def _written(scope: domain.Scope, items: list[domain.Item], uow: UnitOfWork) -> list[Bundle]:
    teacher = uow.people.get(scope.teacher_id).staff_id if scope.teacher_id else ""
    people = {person.id: person for person in uow.people.all()}
    return write_bundles(
        scope.name(teacher), items, people, uow.files, uow.words, lambda _: uow.files.new_temporary()
    )


# --- the portal --------------------------------------------------------------------------------------------


def mark(event: rep.PortalMarked, uow: UnitOfWork) -> None:
    """Somebody of the board says that these versions are on the portal."""
    actor, now = uow.actor.staff_id, uow.now()
    uow.change(*(uow.boards.mark_portal(version_id, actor, now) for version_id in event.version_ids))
    uow.record("portal.marked", "portal", versions=event.version_ids)
    undo = Button("report.button.not_on_portal", rep.PortalUnmarked(event.version_ids))
    uow.reply(Message("report.marked", {"count": len(event.version_ids)}, ((undo,),)))


def unmark(event: rep.PortalUnmarked, uow: UnitOfWork) -> None:
    """It was a mistake."""
    uow.change(uow.boards.unmark_portal(event.version_ids))
    uow.record("portal.unmarked", "portal", versions=event.version_ids)
    uow.reply(Message("report.unmarked", {"count": len(event.version_ids)}))

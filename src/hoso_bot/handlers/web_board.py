"""`/bang`: the way to the web board, a one-time link; `/bang thoat` and its button log out everywhere."""

from __future__ import annotations

from hoso_bot.casework.sight import Sight
from hoso_bot.domain.events import CommandSent
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.report_events import WebBoardAsked, WebBoardLeft
from hoso_bot.domain.vietnamese import fold
from hoso_bot.domain.web_session import LINK_GOOD_FOR
from hoso_bot.store.links import Purpose
from hoso_bot.unit_of_work import Unguarded, UnitOfWork


def show(event: CommandSent, uow: UnitOfWork) -> None:
    """`/bang`: a link; `/bang thoat`: log out."""
    if fold(event.argument) == "thoat":
        _leave(uow)
    else:
        _offer(uow)


def offer(event: WebBoardAsked, uow: UnitOfWork) -> None:
    """`Mở bảng trên web` under `/baocao`."""
    _offer(uow)


def leave(event: WebBoardLeft, uow: UnitOfWork) -> None:
    """`Thoát bảng trên web`."""
    _leave(uow)


def _offer(uow: UnitOfWork) -> None:
    """The newest link is the only one: what was sent before leads nowhere."""
    assert uow.origin is not None
    if not Sight(uow).anybody:
        uow.reply(Message("web_board.not_yours"))
        return
    if not uow.policy.public_url:
        uow.reply(Message("web_board.no_web"))
        return
    until = uow.now() + LINK_GOOD_FOR
    token, link = uow.links.new(Purpose.BOARD, uow.actor.id, uow.origin, {}, until)
    uow.change(uow.links.forget(Purpose.BOARD, uow.actor.id), link)
    open_now = uow.web_sessions.open_of(uow.actor.id, uow.now())
    facts = {
        "link": f"{uow.policy.public_url}/bang/vao/{token}",
        "until": until.isoformat(),
        "open": len(open_now),
    }
    way_out = ((Button("web_board.button.leave", WebBoardLeft()),),) if open_now else ()
    uow.reply(Message("web_board.link", facts, way_out))


def _leave(uow: UnitOfWork) -> None:
    open_now = uow.web_sessions.open_of(uow.actor.id, uow.now())
    uow.change(
        uow.links.forget(Purpose.BOARD, uow.actor.id),
        Unguarded(uow.web_sessions.end(uow.actor.id, uow.now())),
    )
    if open_now:
        uow.record("board.left", uow.actor.staff_id, sessions=len(open_now))
    uow.reply(Message("web_board.left" if open_now else "web_board.was_not_open"))

"""`Duyệt các hồ sơ đã xem`: one confirmation for several approvals (R31)."""

from __future__ import annotations

from hoso_bot.casework.approving import signing_key
from hoso_bot.casework.bulk import OURS, Offer, approve, item_facts, offer, outcomes
from hoso_bot.domain.events import DecisionPutOff
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.queue_events import BulkAsked, BulkConfirmed, BulkMoved
from hoso_bot.unit_of_work import UnitOfWork


def ask(event: BulkAsked, uow: UnitOfWork) -> None:
    """What would be signed, by name; what not, and why."""
    key = signing_key(uow.actor, uow)
    if key and key.custody not in OURS:
        uow.reply(Message("bulk.one_by_one"))
        return
    found = offer(uow)
    facts = {
        "ready": [{**item_facts(case), "pages": case.version.pages} for case in found.ready],
        "skipped": [item_facts(case, why) for case, why in found.left_out],
    }
    uow.reply(Message("bulk.confirm" if found.ready else "bulk.none", facts, _buttons(found)))


def _buttons(found: Offer) -> tuple[tuple[Button, ...], ...]:
    if not found.ready:
        return ()
    places = [list(case.place) for case in found.ready]
    yes = Button("bulk.button.confirm", BulkConfirmed(places), {"count": len(places)})
    return ((yes,), (Button("button.not_now", DecisionPutOff(*found.ready[0].place)),))


def confirm(event: BulkConfirmed, uow: UnitOfWork) -> None:
    """`Xác nhận`: every one of them, as if it stood alone."""
    approve(event.places, uow)


def tell_again(event: BulkMoved, uow: UnitOfWork) -> None:
    """The message that lists them says how each stands now."""
    earlier = uow.outbox.find(event.result_key)
    if earlier:
        facts = outcomes(earlier.message["facts"], event.result_key, uow)
        uow.close_card(event.result_key, Message("bulk.result", facts))

"""Templates (ZBS) of a World: approved or not, by user id and by phone, with a quota and a wallet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zalo_chats import Json
    from zalo_oa_world import Person, World

PHONE = re.compile(r"84\d{9}")
MAX_TRACKING = 48
TEMPLATE_PRICE = 300


@dataclass
class Template:
    """One of the OA's. old: made before 10 Dec 2025, so it goes by phone only."""

    id: str
    blanks: list[str]
    approved: bool = True
    old: bool = False


def by_user(world: World, body: Json) -> tuple[Person, Json]:
    """POST /v3.0/oa/message/template. Raises Refused."""
    if set(body) != {"user_id", "template_id", "template_data"}:
        raise world.wrong(f"a template by user id with {sorted(body)}")
    template = _checked(world, body)
    if template.old:
        raise world.refused(-249, "Template does not support sending by UID")
    person = world.people.get(str(body["user_id"]))
    if person is None:
        raise world.refused(-201, "user_id is invalid")
    return _sent(world, person, template, body)


def by_phone(world: World, body: Json) -> tuple[Person, Json]:
    """POST business.openapi.zalo.me/message/template. Raises Refused."""
    needed, more = {"phone", "template_id", "template_data"}, {"tracking_id", "mode"}
    if not needed <= set(body) <= needed | more or len(str(body.get("tracking_id", ""))) > MAX_TRACKING:
        raise world.wrong(f"a template by phone with {sorted(body)}")
    if not PHONE.fullmatch(str(body["phone"])):
        raise world.wrong(f"phone {body['phone']!r}", -108)
    template = _checked(world, body)
    person = next((p for p in world.people.values() if p.phone == body["phone"]), None)
    if person is None:
        raise world.refused(-118, "Zalo account not existed")
    if body.get("mode") == "development" and person.user_id not in world.admins:
        raise world.refused(-127, "Test template can only be sent to admins")
    return _sent(world, person, template, body)


def _checked(world: World, body: Json) -> Template:
    template, values = world.templates.get(str(body["template_id"])), body["template_data"]
    if template is None:
        raise world.refused(-109, "Template ID is invalid")
    if not template.approved:
        raise world.refused(-131, "Template is not approved")
    if sorted(values) != sorted(template.blanks) or not all(isinstance(v, str) for v in values.values()):
        raise world.wrong(f"blanks {sorted(values)} for {template.blanks}", -132)
    if world.is_night():
        raise world.refused(-133, "Not allowed at night")
    return template


def _sent(world: World, person: Person, template: Template, body: Json) -> tuple[Person, Json]:
    if person.muted:
        raise world.refused(-139, "User refused this kind")
    if world.daily_quota <= 0:
        raise world.refused(-211, "Out of quota")
    if world.wallet is None or world.wallet < TEMPLATE_PRICE:
        raise world.refused(-115, "Out of money")
    world.daily_quota -= 1
    world.wallet -= TEMPLATE_PRICE
    world.bills.append({"user": person.user_id, "kind": "template", "price": TEMPLATE_PRICE})
    words = "; ".join(f"{blank}={value}" for blank, value in sorted(body["template_data"].items()))
    shown = world.add(person, by_bot=True, text=f"[{template.id}] {words}")
    at = int(datetime.fromtimestamp(world.now()).timestamp() * 1000)
    quota = {"dailyQuota": "500", "remainingQuota": str(world.daily_quota)}
    return person, {"msg_id": f"zbs{shown.number}", "sent_time": str(at), "quota": quota}

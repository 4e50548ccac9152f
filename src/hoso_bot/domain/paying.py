"""What may cost money where a chat closed on silence: by what is said, by how long, by the month. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal

from hoso_bot.domain.calendar import VN
from hoso_bot.domain.reach import PAID_WINDOW

NEARLY_SPENT = 80
"""Percent of the month's budget at which the office is told."""


class Worth(StrEnum):
    """What a message is to its reader; a courtesy never costs anything."""

    COURTESY = "courtesy"
    REMINDER = "reminder"
    RESULT = "result"
    APPROVAL = "approval"


_REMINDERS = ("eve", "before_break", "day_first", "day_middle", "day_last", "snoozed", "catch_up", "returned")
WORTH: dict[str, Worth] = {
    **{f"remind.{kind}": Worth.REMINDER for kind in (*_REMINDERS, "unconfirmed")},
    "result.approved": Worth.RESULT,
    "result.rejected": Worth.RESULT,
    "withdraw.returned": Worth.RESULT,
    "card.review": Worth.APPROVAL,
    "withdraw.card": Worth.APPROVAL,
    "leading.summary": Worth.APPROVAL,
}
"""By the message's text; what does not stand here is a courtesy."""


class Fare(StrEnum):
    """In which way a message is paid for: itself, or by a template that says that something waits."""

    MESSAGE = "message"
    TEMPLATE = "template"


Spends = Literal["off", "reminders", "all"]


@dataclass(frozen=True)
class Tariff:
    """What this school pays for, in VND. monthly: at most in a calendar month of Vietnam.

    templates: approved templates by what they say, `reminder` and `waiting`; without one nothing is sent
    that way.
    """

    spends: Spends = "off"
    monthly: int = 0
    price: int = 55
    template_price: int = 300
    templates: Mapping[str, str] = field(default_factory=dict)

    def pays_for(self, worth: Worth) -> bool:
        """Whether a message of this worth may cost anything here."""
        return (
            worth is Worth.REMINDER if self.spends == "reminders" else self.spends == "all" and is_paid(worth)
        )

    def fare(self, worth: Worth, silence: timedelta) -> Fare | None:
        """How to reach somebody who was silent for so long (more than the free window); None: not at all."""
        if not self.pays_for(worth):
            return None
        if silence <= PAID_WINDOW:
            return Fare.MESSAGE
        return Fare.TEMPLATE if self.templates.get(template_kind(worth)) else None

    def reach(self, worth: Worth, free: timedelta, spent: int) -> timedelta | None:
        """After how much silence this still arrives when so much of the month is spent; None: after any."""
        if not self.pays_for(worth) or spent + self.price > self.monthly:
            return free
        return None if self.templates.get(template_kind(worth)) else PAID_WINDOW

    def at_most(self, messages: int, spent: int) -> int:
        """What so many messages may cost in the worst case, with what is left of the month."""
        dearest = max(self.price, self.template_price if self.templates else 0)
        return 0 if self.spends == "off" else min(messages * dearest, max(0, self.monthly - spent))

    def cost(self, fare: Fare, messages: int = 1) -> int:
        """The price of so many messages."""
        return messages * (self.price if fare is Fare.MESSAGE else self.template_price)


def is_paid(worth: Worth) -> bool:
    """Whether some school may pay for it."""
    return worth is not Worth.COURTESY


def template_kind(worth: Worth) -> str:
    """Which template stands for a message: the reminder itself, or that something waits in the chat."""
    return "reminder" if worth is Worth.REMINDER else "waiting"


def template_values(worth: Worth, name: str, facts: Mapping[str, Any]) -> dict[str, str]:
    """The fixed blanks of a template: `name`, `week`, and of a reminder `deadline` (`23:59 29/11/2026`)."""
    items = facts.get("items") or [{}]
    week = facts.get("week", items[0].get("week"))
    values = {"name": name, "week": "" if week is None else str(week)}
    if worth is Worth.REMINDER:
        values["deadline"] = _spelled(facts.get("deadline") or items[0].get("deadline"))
    return values


def _spelled(moment: str | None) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(VN):%H:%M %d/%m/%Y}" if moment else ""


def month_of(at: datetime) -> str:
    """The month in Vietnam that a price counts to: `2026-11`."""
    return f"{at.astimezone(VN):%Y-%m}"


def international(phone: str) -> str:
    """A Vietnamese mobile number as Zalo wants it, `84` and nine digits; empty for anything else."""
    digits = re.sub(r"[^0-9]", "", phone)
    national = (
        digits.removeprefix("84")
        if digits.startswith("84") and len(digits) == 11
        else digits.removeprefix("0")
    )
    return f"84{national}" if re.fullmatch(r"[1-9]\d{8}", national) else ""

"""Quiet hours: when nobody is reminded, and what must be said at once arrives without a sound."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from hoso_bot.domain.calendar import VN

_DAY = timedelta(days=1)


class Quiet:
    """Hours of the night in Vietnam: `21:00-06:30`, empty for never."""

    def __init__(self, hours: str = "21:00-06:30") -> None:
        self._span = tuple(time.fromisoformat(part.strip()) for part in hours.split("-")) if hours else None

    def holds(self, at: datetime) -> bool:
        """True inside the quiet hours; the end minute is loud again."""
        if self._span is None:
            return False
        start, end = self._span
        now = at.astimezone(VN).time()
        return start <= now < end if start <= end else now >= start or now < end

    def over(self, at: datetime) -> datetime:
        """The first loud moment at `at` or after it, in Vietnam's time."""
        local = at.astimezone(VN)
        if self._span is None or not self.holds(at):
            return local
        ends = local.replace(hour=self._span[1].hour, minute=self._span[1].minute, second=0, microsecond=0)
        return ends if ends > local else ends + _DAY

    def after(self, start: datetime, span: timedelta) -> datetime:
        """The moment at which `span` of loud time has gone by since `start`, in Vietnam's time."""
        at, left = self.over(start), span
        while (night := self.begins(at)) and night - at < left:
            left -= night - at
            at = self.over(night)
        return at + left

    def begins(self, at: datetime) -> datetime | None:
        """When the next quiet hours begin, after the loud moment `at`; None for never."""
        if self._span is None:
            return None
        local = at.astimezone(VN)
        start = local.replace(hour=self._span[0].hour, minute=self._span[0].minute, second=0, microsecond=0)
        return start if start > local else start + _DAY

"""What counts say in proportion: the same for a tally of boards and for a person's frozen figures. Pure."""

from __future__ import annotations


def rate(part: int, whole: int) -> float | None:
    """part / whole; None of nothing."""
    return part / whole if whole else None


def percent(share: float | None) -> int | None:
    """A rate as a whole percent, half up, as every sheet is rounded."""
    return None if share is None else int(share * 100 + 0.5)


class AuthorRates:
    """Rates of somebody who hands plans in, from counts as `tally.Tally` defines them."""

    owed: int
    on_time: int
    taught: int
    ready: int
    held: int
    finished: int
    first_pass: int

    @property
    def on_time_rate(self) -> float | None:
        """on_time / owed."""
        return rate(self.on_time, self.owed)

    @property
    def ready_rate(self) -> float | None:
        """ready / taught."""
        return rate(self.ready, self.taught)

    @property
    def own_part_rate(self) -> float | None:
        """(ready + held) / taught: what depended on the author was done before the lesson."""
        return rate(self.ready + self.held, self.taught)

    @property
    def first_pass_rate(self) -> float | None:
        """first_pass / finished."""
        return rate(self.first_pass, self.finished)


class ApproverRates:
    """Rates of somebody who decides, from counts as `tally.ApproverTally` defines them."""

    judged: int
    before_lesson: int

    @property
    def before_lesson_rate(self) -> float | None:
        """before_lesson / judged."""
        return rate(self.before_lesson, self.judged)

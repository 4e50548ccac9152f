"""The settings as handlers read them: the school's choices, and nothing secret."""

from __future__ import annotations

from datetime import time, timedelta

from hoso_bot.domain.paying import Tariff
from hoso_bot.domain.policy import Policy
from hoso_bot.domain.quiet import Quiet
from hoso_bot.domain.quota import Quota
from hoso_bot.domain.reach import FREE_WINDOW, OFFICIAL_ACCOUNT, Window
from hoso_bot.domain.reminder_times import Schedule
from hoso_bot.domain.retention import Retention
from hoso_bot.settings import Settings


def policy(settings: Settings, custody: str) -> Policy:
    """What handlers may know of the settings."""
    return Policy(
        records_admin=settings.roles.records_admin,
        support=settings.roles.support,
        support_name=settings.roles.support_name,
        support_phone=settings.roles.support_phone,
        support_zalo=settings.roles.support_zalo,
        effective_week=settings.rules.effective_week,
        open_weeks=settings.rules.open_weeks,
        effective_after_first=settings.rules.effective_after_step == "first",
        custody=custody,
        window_minutes=settings.signing.window_minutes,
        algorithm=settings.signing.algorithm,
        public_url=settings.web.public_url,
        timestamps=settings.signing.tsa_url is not None,
        scheme=settings.evaluation.scheme,
        authority=settings.school.authority,
        place=settings.school.place,
        schedule=_schedule(settings),
        quiet=Quiet(settings.quiet),
        retention=retention_times(settings),
        windows=_windows(settings),
        tariff=tariff(settings),
        quota=_quota(settings),
    )


def _quota(settings: Settings) -> Quota:
    given = settings.uploads
    return Quota(given.files_per_hour, given.mb_per_day * 2**20, given.keep_free_mb * 2**20)


def _windows(settings: Settings) -> dict[str, Window]:
    """Which chats of this school close on silence."""
    if settings.zalo_oa.app_id is None:
        return {}
    return {OFFICIAL_ACCOUNT: Window(FREE_WINDOW, FREE_WINDOW)}


def tariff(settings: Settings) -> Tariff:
    """What this school pays for on its Official Account."""
    oa = settings.zalo_oa
    templates = {kind: number for kind, number in dict(oa.templates).items() if number}
    return Tariff(oa.paid, oa.monthly_budget, oa.price, oa.template_price, templates)


def retention_times(settings: Settings) -> Retention:
    """How long things are kept here."""
    given = dict(settings.retention)
    return Retention(**{name: None if value == "keep" else value for name, value in given.items()})


def _schedule(settings: Settings) -> Schedule:
    def hour(text: str) -> time | None:
        return None if text == "off" else time.fromisoformat(text)

    given = settings.reminders
    return Schedule(
        saturday=hour(given.saturday),
        sunday=tuple(at for text in given.sunday if (at := hour(text))),
        monday=hour(given.monday),
        holiday=hour(given.holiday),
        snooze=timedelta(minutes=given.snooze_minutes),
        unconfirmed=timedelta(minutes=given.unconfirmed_minutes),
        summary=hour(given.summary),
        silent=hour(given.silent),
        silent_after=timedelta(hours=given.silent_hours) or None,
        board=hour(given.board),
        friday=hour(given.friday),
        unreached=hour(given.unreached),
    )

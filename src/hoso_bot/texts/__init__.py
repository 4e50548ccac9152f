"""Every sentence a person reads, by key, from the files of vi/. The only place with Vietnamese prose.

A file is a subject; a key's first part stands in one file only. Pages that anybody may open also speak
English (en/: the same keys, only those that pages use).

Templates are Jinja2 with a missing blank being an error; facts are JSON data (dates and moments ISO).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Any

import jinja2

from hoso_bot.domain.calendar import VN

MANY_EMPTY_LINES = re.compile(r"\n\s*\n\s*\n+")
WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "CN")


def render(key: str, /, **facts: Any) -> str:
    """The sentence of `key` with its blanks filled. Raises KeyError for an unknown key."""
    return _rendered(_template(key), facts)


def render_english(key: str, /, **facts: Any) -> str:
    """The sentence of `key` in English. Raises KeyError for a key that only chats use."""
    return _rendered(_template(key, "en"), facts)


def _rendered(template: jinja2.Template, facts: dict[str, Any]) -> str:
    return MANY_EMPTY_LINES.sub("\n\n", template.render(**facts).strip())


def raw(key: str) -> str:
    """The text of `key` as it stands, blanks unfilled. Raises KeyError."""
    return _texts()[key].strip()


def keys(language: str = "vi") -> set[str]:
    """Every text key."""
    return set(_texts(language))


@cache
def _template(key: str, language: str = "vi") -> jinja2.Template:
    return _environment(language).from_string(_texts(language)[key])


@cache
def _texts(language: str = "vi") -> dict[str, str]:
    found: dict[str, Any] = {}
    for source in resources.files(__name__).joinpath(language).iterdir():
        if source.name.endswith(".toml"):
            table = tomllib.loads(source.read_text(encoding="utf-8"))
            if twice := found.keys() & table.keys():
                raise ValueError(f"{source.name} says again what another file says: {sorted(twice)}")
            found |= table
    return dict(_flatten("", found))


def _flatten(prefix: str, table: dict[str, Any]) -> Iterable[tuple[str, str]]:
    for name, value in table.items():
        path = f"{prefix}{name}"
        if isinstance(value, dict):
            yield from _flatten(f"{path}.", value)
        else:
            yield path, value


@cache
def _environment(language: str = "vi") -> jinja2.Environment:
    environment = jinja2.Environment(  # noqa: S701 - plain text goes to chats, nothing is HTML
        undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(luc_nam=_moment_and_year, gio_ngay=_minute_and_day)
    environment.filters.update(
        ngay=_day, thu=_weekday, ngay_nam=_day_and_year, luc=_moment, han=_deadline, tre=_late
    )
    environment.filters.update(dong=_money, so=_number, trang=_pages, gio=_hour)
    environment.globals.update(t=_t, files_arrive=True)
    if language == "en":
        environment.filters.update(luc_nam=_moment_in_english)
        environment.globals.update(t=render_english)
        return environment
    environment.globals["send_here"] = _send_here
    for key in ("plan_book", "plan_short", "plan_label", "plan_name"):
        environment.globals[key] = _named(key.replace("_", ".", 1))
    return environment


def _named(key: str) -> Callable[[Any], str]:
    """A plan's name for any sentence that has its blanks: `{{ plan_name() }}`.

    Messages kept by an older version have no register and no part: they are about whole weeks' lesson plans.
    """

    @jinja2.pass_context
    def name(context: jinja2.runtime.Context) -> str:
        blanks = {name: context.get(name, "") for name in ("book", "part_name", "cover")}
        return render(key, week=context.resolve("week"), **blanks)

    return name


@jinja2.pass_context
def _t(context: jinja2.runtime.Context, key: str, /, **facts: Any) -> str:
    """Another sentence inside this one, for the same chat."""
    return render(key, **{"files_arrive": context["files_arrive"], **facts})


@jinja2.pass_context
def _send_here(context: jinja2.runtime.Context, what: str) -> str:
    """`gửi tệp PDF vào đây`, or the way to a page where files never arrive in the chat itself.

    Whoever renders a sentence for such a chat says so by `files_arrive`.
    """
    return render("hand_in.here" if context["files_arrive"] else "hand_in.page", what=what)


def _day(value: str) -> str:
    day = date.fromisoformat(value)
    return f"{day:%d/%m}"


def _weekday(value: str) -> str:
    return WEEKDAYS[date.fromisoformat(value).weekday()]


def _day_and_year(value: str) -> str:
    return f"{date.fromisoformat(value):%d/%m/%Y}"


def _local(value: str) -> datetime:
    return datetime.fromisoformat(value).astimezone(VN)


def _moment(value: str) -> str:
    """`20:15 CN 29/11`: when something happened."""
    at = _local(value)
    return f"{at:%H:%M} {WEEKDAYS[at.weekday()]} {at:%d/%m}"


def _hour(value: str) -> str:
    """`20:15`: a moment of today."""
    return f"{_local(value):%H:%M}"


def _moment_and_year(value: str) -> str:
    """`20:15:42 ngày 29/11/2025`: when something was signed."""
    return f"{_local(value):%H:%M:%S ngày %d/%m/%Y}"


def _minute_and_day(value: str) -> str:
    """`20:15 ngày 29/11/2025`: a moment on paper."""
    return f"{_local(value):%H:%M ngày %d/%m/%Y}"


def _moment_in_english(value: str) -> str:
    """`20:15:42 on 29/11/2025`: day before month, as in Vietnam."""
    return f"{_local(value):%H:%M:%S on %d/%m/%Y}"


def _deadline(value: str) -> str:
    """`CN 29/11, 23:59`: until when."""
    at = _local(value)
    return f"{WEEKDAYS[at.weekday()]} {at:%d/%m}, {at:%H:%M}"


def _late(minutes: int) -> str:
    """`2 ngày 3 giờ`, `2 giờ 5 phút`, `7 phút`."""
    days, rest = divmod(minutes, 24 * 60)
    hours, left = divmod(rest, 60)
    if days:
        return f"{days} ngày {hours} giờ" if hours else f"{days} ngày"
    if hours:
        return f"{hours} giờ {left} phút" if left else f"{hours} giờ"
    return f"{left} phút"


def _number(value: float) -> str:
    """A decimal comma, no needless zero: `1,5`, `20`."""
    return f"{value:.1f}".removesuffix(".0").replace(".", ",")


def _money(amount: int) -> str:
    """`10.000`: an amount of VND."""
    return f"{amount:,}".replace(",", ".")


def _pages(pages: list[int]) -> str:
    """`trang 3`, `trang 3, 5–7`; at most six parts, then `…`."""
    parts: list[str] = []
    start = last = None
    for page in [*sorted(set(pages)), None]:
        if last is not None and page == last + 1:
            last = page
            continue
        if start is not None:
            parts.append(f"{start}" if start == last else f"{start}–{last}")
        start = last = page
    shown = ", ".join(parts[:6]) + (", …" if len(parts) > 6 else "")
    return f"trang {shown}"

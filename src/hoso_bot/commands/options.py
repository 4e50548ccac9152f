"""Options that commands share, and the part that does their work."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol, TypeVar

import typer

from hoso_bot.clock import SystemClock
from hoso_bot.domain.errors import HosoError

if TYPE_CHECKING:
    from hoso_bot.office import Office
    from hoso_bot.school_year import SchoolYear


class Closable(Protocol):
    """What holds a database until it is closed."""

    def close(self) -> None: ...


DeskOf = TypeVar("DeskOf", bound=Closable)

Home = Annotated[
    Path | None, typer.Option("--home", envvar="HOSO_HOME", help="The school's folder.", show_envvar=True)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


Passphrase = Annotated[
    str,
    typer.Option(
        "--passphrase",
        envvar="HOSO_OFFICE_PASSPHRASE",
        show_envvar=True,
        help="The office passphrase: needed where a certificate has to be made.",
    ),
]


def print_json(data: Any) -> None:
    """Indented, Vietnamese letters as they are."""
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2))


def must_exist(file: Path) -> None:
    """Raises HosoError when there is no such file."""
    if not file.is_file():
        raise HosoError(f"no file {file}")


def office_of(home: Path | None, passphrase: str = "") -> closing[Office]:
    """The office's tools on this school, closed at the end; `passphrase` opens its CA (custody `pin`)."""
    from hoso_bot.deployment import load
    from hoso_bot.office import Office

    return closing(Office(load(home), SystemClock(), passphrase))


def school_year(home: Path | None) -> closing[SchoolYear]:
    """The office's desk of this school, closed at the end."""
    from hoso_bot.deployment import load
    from hoso_bot.school_year import SchoolYear

    return closing(SchoolYear(load(home), SystemClock()))


@contextmanager
def writing_files(desk: DeskOf) -> Iterator[DeskOf]:
    """The desk, closed at the end; what the machine refuses becomes one line. Raises HosoError."""
    with closing(desk):
        try:
            yield desk
        except OSError as error:
            raise HosoError(str(error)) from None


def day(text: str) -> date:
    """An ISO date of the command line. Raises typer.BadParameter."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a date such as 2027-02-05") from None

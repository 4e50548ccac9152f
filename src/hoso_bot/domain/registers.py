"""Registers (đầu sổ): kinds of records to hand in; a document opens all but lesson plans (R7)."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from hoso_bot.domain.errors import HosoError
from hoso_bot.domain.routing import Step
from hoso_bot.domain.submission import REGISTER

_CODE = re.compile(r"[A-Z][A-Z0-9]{1,7}")


class RegisterRefused(HosoError):
    """A register cannot be opened or closed this way; nothing was changed."""

    exit_code = 1


@dataclass(frozen=True)
class Register:
    """One kind of record. document: number of the guidance that opened it; moments are ISO text or empty."""

    code: str
    name: str
    open: bool = True
    document: str = ""
    opened_by: str = ""
    opened_at: str = ""


def all_registers(kept: Collection[Register], name: str) -> tuple[Register, ...]:
    """Every register, lesson plans (called `name`) first: they are open without anybody opening them (R7)."""
    others = sorted((r for r in kept if r.code != REGISTER), key=lambda r: r.code)
    return (Register(REGISTER, name), *others)


def register_code(text: str) -> str:
    """The code as it stands in record codes. Raises RegisterRefused for anything but 2 to 8 `A-Z0-9`."""
    code = text.strip().upper()
    if not _CODE.fullmatch(code):
        raise RegisterRefused(f"{text!r}: a register's code is 2 to 8 letters A-Z and digits, such as KHDH")
    if code == REGISTER:
        raise RegisterRefused(f"{REGISTER} (lesson plans) is always open")
    return code


def chain_for(register: str, chain: Sequence[Step]) -> tuple[Step, ...]:
    """Lesson plans go through the whole chain, records of other registers to the board alone (R35)."""
    return tuple(chain) if register == REGISTER else (replace(chain[-1], number=1),)

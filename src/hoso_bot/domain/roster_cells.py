"""How one cell of a staff list is read: forgiving about form, strict about content.

Each reader takes cleaned text and returns the value, or raises BadCellError saying what was expected.
"""

from __future__ import annotations

import math
import re
import unicodedata

MAX_TEXT = 100
MAX_STAFF_ID = 40
MAX_PERIODS = 60

_LEFT_BY_COPYING = dict.fromkeys(map(ord, "\u200b\ufeff\u00ad"))  # invisible and harmless, from web pages
_REFUSED_CATEGORIES = ("Cc", "Cf", "Cs", "Co", "Cn")
_ONE_NUMBER = re.compile(r"(\d{1,3}(?:[.,]\d+)?)(?:\s*tiết)?", re.IGNORECASE)


class BadCellError(Exception):
    """str() is what was expected instead."""


def folded(text: str) -> str:
    """`text` for comparing only: no accents, lower case, single spaces, `đ` as `d`, nothing invisible."""
    plain = unicodedata.normalize("NFD", text.translate(_LEFT_BY_COPYING)).casefold().replace("đ", "d")
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())


def as_text(value: object) -> str:
    """A cell of openpyxl or csv as text; a whole number loses the `.0` that Excel gives it."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def cleaned(text: str) -> str:
    """NFC without leftovers of copying. Raises BadCellError for control and bidi characters and formulas."""
    visible = unicodedata.normalize("NFC", text.translate(_LEFT_BY_COPYING)).strip()
    if any(unicodedata.category(c) in _REFUSED_CATEGORIES and c not in "\n\r\t" for c in visible):
        raise BadCellError("text without control or direction characters")
    if visible.startswith(("=", "#")):
        raise BadCellError("a value, not a formula or a formula's error")
    return visible


def shown(text: str) -> str:
    """The beginning of a cell, safe to print in a terminal."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text[:80])


def line(text: str, longest: int = MAX_TEXT) -> str:
    """Text on one line with single spaces. Raises BadCellError when too long."""
    single = " ".join(text.split())
    if len(single) > longest:
        raise BadCellError(f"at most {longest} characters")
    return single


def staff_id(text: str) -> str:
    """The school's own code of a person, as written; at least one letter or digit."""
    code = line(text, MAX_STAFF_ID)
    if not any(c.isalnum() for c in code):
        raise BadCellError("the person's code at the school")
    return code


def full_name(text: str) -> str:
    """A name with at least one letter."""
    name = line(text)
    if not any(c.isalpha() for c in name):
        raise BadCellError("the person's full name")
    return name


def listed(text: str) -> tuple[str, ...]:
    """Parts separated by comma, semicolon or line, each once; `Lịch sử và Địa lí` is one part."""
    parts = (line(part) for part in re.split(r"[,;\n\r]+", text))
    return tuple(dict.fromkeys(part for part in parts if part))


def classes(text: str) -> tuple[str, ...]:
    """`4a; 4B` as (`4A`, `4B`); `4/1` is one class."""
    if re.match(r"\d{4}-\d\d-\d\d", text):
        raise BadCellError("class names as text (the sheet turned them into a date)")
    return listed(text.upper())


def periods(text: str) -> float | None:
    """Periods per week: `19`, `19,5`, `19 tiết`; None for an empty cell."""
    if not text:
        return None
    number = _ONE_NUMBER.fullmatch(text)
    count = float(number[1].replace(",", ".")) if number else math.inf
    if count > MAX_PERIODS:
        raise BadCellError(f"a number from 0 to {MAX_PERIODS}, or nothing")
    return count


def phone(text: str) -> str:
    """Ten or eleven digits from 0: Excel drops a number's leading zero, people write +84."""
    digits = re.sub(r"[\s.\-()]", "", text)
    national = re.sub(r"^(?:\+?84(?=[1-9]\d{8,9}$)|(?=[1-9]\d{8,9}$))", "0", digits)
    if digits and not re.fullmatch(r"0[0-9]{9,10}", national):
        raise BadCellError("one phone number such as 0912 345 678, or nothing")
    return national

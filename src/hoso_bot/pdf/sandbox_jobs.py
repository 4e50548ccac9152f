"""What the sandbox's child can be asked to do: one function per job, from JSON to JSON."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

Facts = dict[str, Any]
_DEEPEST = 20_000

Ask = Callable[[Facts], Facts]
"""Tells the caller something in the middle of a job and returns its answer."""


def _limits(arguments: Facts) -> Any:
    from hoso_bot.domain.checks import Limits

    return Limits(**arguments["limits"])


def _inspect(arguments: Facts, ask: Ask) -> Facts:
    from hoso_bot.pdf.inspect import inspect_file

    return inspect_file(Path(arguments["path"]), arguments["name"], _limits(arguments)).to_json()


def _take_in(arguments: Facts, ask: Ask) -> Facts:
    from hoso_bot.domain.inspection import Inspection
    from hoso_bot.domain.signing import ReviewCopyOrder
    from hoso_bot.pdf.take_in import take_in_file

    path, picture = Path(arguments["path"]), Path(arguments["picture"])

    def then(inspection: Inspection) -> ReviewCopyOrder | None:
        order = ask(inspection.to_json()).get("order")
        return _order(order) if order else None

    copy = take_in_file(path, arguments["name"], _limits(arguments), picture, then)
    return {"review_copy": dataclasses.asdict(copy) if copy else None}


def _review_copy(arguments: Facts, ask: Ask) -> Facts:
    from hoso_bot.pdf.review_copy import make_review_copy

    return dataclasses.asdict(make_review_copy(_order(arguments)))


def _order(fields: Facts) -> Any:
    from hoso_bot.domain.signing import Box, ReviewCopyOrder

    boxes = tuple(Box(**box) for box in fields["boxes"])
    paths = {name: Path(fields[name]) for name in ("source", "target")}
    return ReviewCopyOrder(**{**fields, **paths, "boxes": boxes})


def _print_copy(arguments: Facts, ask: Ask) -> Facts:
    from hoso_bot.domain.signing import PrintOrder
    from hoso_bot.pdf.print_copy import make_print_copy

    paths = {name: Path(arguments[name]) for name in ("source", "target")}
    make_print_copy(PrintOrder(**{**arguments, **paths}))
    return {}


def _go_deep() -> None:
    """pyHanko's difference analysis calls itself for every object on a path: bookmarks are one long path."""
    sys.setrecursionlimit(_DEEPEST)


def _verify(arguments: Facts, ask: Ask) -> Facts:
    from hoso_bot.pdf.verify import verify_file

    _go_deep()
    path, trust = Path(arguments["path"]), arguments["ca_pem"].encode("latin-1")
    return dataclasses.asdict(verify_file(path, trust, arguments["ours"]))


def _look_at_return(arguments: Facts, ask: Ask) -> Facts:
    from hoso_bot.pdf.returned_file import look_at_return

    _go_deep()
    trust = arguments["trust_pem"].encode("latin-1")
    return dataclasses.asdict(look_at_return(Path(arguments["path"]), arguments["size"], trust))


def _compare(arguments: Facts, ask: Ask) -> Facts:
    from hoso_bot.pdf.compare import compare_files

    return compare_files(Path(arguments["old"]), Path(arguments["new"])).to_json()


def _draw_page(arguments: Facts, ask: Ask) -> Facts:
    from hoso_bot.pdf.page_picture import draw_numbered

    return {"drawn": draw_numbered(Path(arguments["path"]), arguments["number"], Path(arguments["target"]))}


JOBS: dict[str, Callable[[Facts, Ask], Facts]] = {
    "inspect": _inspect,
    "take_in": _take_in,
    "review_copy": _review_copy,
    "print_copy": _print_copy,
    "verify": _verify,
    "look_at_return": _look_at_return,
    "compare": _compare,
    "draw_page": _draw_page,
}


def answer(job: str, arguments: Facts, ask: Ask) -> Facts:
    """What a job has to say: `{"done": …}`, `{"refused": text key, "facts": …}` or `{"failed": why}`."""
    from hoso_bot.domain.errors import FileRefused, outline

    try:
        return {"done": JOBS[job](arguments, ask)}
    except FileRefused as refusal:
        return {"refused": refusal.text_key, "facts": refusal.facts}
    except MemoryError:
        return {"failed": "MemoryError"}
    except Exception as error:  # hostile input raises anything; all of it means "no answer"
        return {"failed": outline(error)}

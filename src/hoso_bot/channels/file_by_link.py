"""The words that stand for a file which a chat cannot carry: a link to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hoso_bot import texts
from hoso_bot.domain.messages import Parcel

LINK_HOURS = 24

LinkFor = Callable[[Parcel], str]
"""A link to a part of a parcel for who gets it; '' for none."""


def with_file_link(parcel: Parcel, link_for: LinkFor) -> str:
    """The parcel's words with the way to its file under them."""
    path = Path(parcel.path or "")
    name, mb = parcel.file_name or path.name, max(0.1, round(path.stat().st_size / 2**20, 1))
    if link := link_for(parcel):
        way = texts.render("zalo.file_link", link=link, name=name, mb=mb, hours=LINK_HOURS)
    else:
        way = texts.render("zalo.no_file", name=name, mb=mb)
    return f"{parcel.text}\n\n{way}".strip()

"""What a browser keeps of ours."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web


def keep_cookie(
    answer: web.Response, name: str, secret: str, longest: timedelta, root: str, secure: bool
) -> None:
    """Give the browser a secret for the pages below `root`: out of scripts' reach, sent to them only."""
    answer.set_cookie(
        name,
        secret,
        max_age=int(longest.total_seconds()),
        path=root,
        secure=secure,
        httponly=True,
        samesite="Lax",
    )

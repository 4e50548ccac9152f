"""Whether a form was sent by one of our own pages."""

from __future__ import annotations

from aiohttp import web


def comes_from_elsewhere(request: web.Request) -> bool:
    """A form of another site; browsers that do not say so do not send the cookie with it either."""
    return request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none")

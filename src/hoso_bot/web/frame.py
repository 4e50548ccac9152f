"""Pages as HTML from templates in the package, escaped; none of them asks anything of another address.

Pages for everybody have everything inside: no script, no cookie, the style named by its hash in the policy.
Those of the web board, of messages, and the one that takes a file share a style sheet or a few lines of
script, files of their own that may be kept.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources
from typing import Any

import jinja2
from aiohttp import web
from markupsafe import Markup

from hoso_bot import texts

PRIVATE = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
}
"""Of every answer that is not for everybody's eyes: kept nowhere, framed nowhere, leading nowhere."""
_OWN_FILES = {
    "board.css": ("board", "text/css"),
    "board.js": ("board", "text/javascript"),
    "message.css": ("message", "text/css"),
    "message.js": ("message", "text/javascript"),
    "sending.css": ("upload", "text/css"),
    "sending.js": ("upload", "text/javascript"),
}
"""Name → its folder among the templates, and its media type."""
_BOARD_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_LIVE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def language_of(request: web.Request) -> str:
    """`?lang=en`, else Vietnamese: many a Vietnamese phone is set to English."""
    return "en" if request.query.get("lang") == "en" else "vi"


def page(template: str, language: str, status: int, headers: dict[str, str], **facts: Any) -> web.Response:
    """One HTML page; `t` in the template renders a text key in its language."""
    words = texts.render_english if language == "en" else texts.render
    style = _style()
    html = (
        _templates().get_template(template).render(language=language, t=words, style=Markup(style), **facts)  # noqa: S704 - our own file
    )
    policy = {"Content-Security-Policy": _policy(style)}
    return web.Response(
        text=html, status=status, content_type="text/html", headers={**PRIVATE, **policy, **headers}
    )


def board_page(template: str, status: int, root: str, **facts: Any) -> web.Response:
    """One page of the web board, in Vietnamese. root: where the board begins, as the browser sees it."""
    html = (
        _templates()
        .get_template(f"board/{template}")
        .render(t=texts.render, root=root, own=own_file_address, **facts)
    )
    policy = {"Content-Security-Policy": _BOARD_POLICY}
    return web.Response(text=html, status=status, content_type="text/html", headers=PRIVATE | policy)


def message_page(template: str, status: int, root: str, **facts: Any) -> web.Response:
    """The page of a message, in Vietnamese. root: where these pages begin, as the browser sees it."""
    return _live(f"message/{template}", status, root, facts)


def message_part(template: str, root: str, **facts: Any) -> web.Response:
    """What of it changes while somebody looks."""
    html = _html(f"message/{template}", root, facts)
    return web.Response(text=html, content_type="text/html", headers=dict(PRIVATE))


def upload_page(template: str, status: int, root: str, **facts: Any) -> web.Response:
    """The page that takes a file, in Vietnamese; `root` as above."""
    return _live(f"upload/{template}", status, root, facts)


def upload_part(template: str, root: str, **facts: Any) -> str:
    """What of it changes while somebody looks."""
    return _html(f"upload/{template}", root, facts)


def _live(template: str, status: int, root: str, facts: dict[str, Any]) -> web.Response:
    """Its script may ask its own address."""
    policy = {"Content-Security-Policy": _LIVE_POLICY}
    html = _html(template, root, facts)
    return web.Response(text=html, status=status, content_type="text/html", headers=PRIVATE | policy)


def _html(template: str, root: str, facts: dict[str, Any]) -> str:
    found = _templates().get_template(template)
    return found.render(t=texts.render, root=root, own=own_file_address, **facts)


def own_file(name: str) -> web.Response:
    """A style sheet or script of those pages. Raises KeyError for any other name."""
    return web.Response(
        text=_own_text(name),
        content_type=_OWN_FILES[name][1],
        headers={
            "Cache-Control": "public, max-age=31536000, immutable",
            "X-Content-Type-Options": "nosniff",
        },
    )


def own_file_address(name: str) -> str:
    """Its address below the root of its pages; another text is another address."""
    return f"tinh/{name}?v={hashlib.sha256(_own_text(name).encode()).hexdigest()[:12]}"


@cache
def _own_text(name: str) -> str:
    if name not in _OWN_FILES:
        raise KeyError(name)
    return _read(f"{_OWN_FILES[name][0]}/{name}")


@cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FunctionLoader(_read),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _read(name: str) -> str:
    return (resources.files(__package__) / "templates" / name).read_text(encoding="utf-8")


@cache
def _style() -> str:
    return _read("style.css").strip()


@cache
def _policy(style: str) -> str:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )

"""Pages for everybody: HTML from templates in the package, escaped, with everything they need inside.

No script, no cookie, no outside address; the style is part of the page and named by its hash in the policy.
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

_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
}


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
        text=html, status=status, content_type="text/html", headers={**_HEADERS, **policy, **headers}
    )


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

"""One web server for many schools: whose pages a request is for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NoReturn
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.web_urldispatcher import AbstractRoute, UrlMappingMatchInfo

from hoso_bot.web.limit import PROXY, Network
from hoso_bot.web.server import MAX_BODY, WEBHOOKS, operators_routes, while_files_are_away

TRY_AGAIN_SECONDS = "30"


class Schools(web.AbstractResource):
    """Each school has its own host, so that browsers keep cookies and pages apart, and its own application.

    A webhook may also name the school behind its path, on any host.
    """

    def __init__(self) -> None:
        super().__init__()
        self._by_id: dict[str, web.Application] = {}
        self._by_host: dict[str, str] = {}

    def open(self, school_id: str, host: str, pages: web.Application) -> None:
        """From now on these are the school's; host: '' for none. Raises ValueError for another one's host."""
        if self._by_host.get(host, school_id) != school_id:
            raise ValueError(f"{host} is {self._by_host[host]}'s")
        self.close(school_id)
        pages.freeze()
        self._by_id[school_id] = pages
        if host:
            self._by_host[host] = school_id

    def close(self, school_id: str) -> None:
        """Nothing is the school's any more."""
        self._by_id.pop(school_id, None)
        self._by_host = {host: owner for host, owner in self._by_host.items() if owner != school_id}

    async def resolve(self, request: web.Request) -> tuple[UrlMappingMatchInfo | None, set[str]]:
        """See `AbstractResource`."""
        pages = self._by_id.get(self._whose(request))
        if pages is None:
            return None, set()
        found = await pages.router.resolve(request)
        found.add_app(pages)
        return found, set()

    def _whose(self, request: web.Request) -> str:
        if request.path.startswith(WEBHOOKS) and request.path.count("/") == 3:
            return request.path.rpartition("/")[2]
        return self._by_host.get(host_of(f"//{request.host}"), "")

    # --- what a resource has to have -----------------------------------------------------------

    @property
    def canonical(self) -> str:
        """Asked for every path that nothing else has."""
        return "/"

    def url_for(self, **_names: str) -> NoReturn:
        """No addresses are made from it."""
        raise NotImplementedError

    def add_prefix(self, prefix: str) -> NoReturn:
        """It stands at the root."""
        raise NotImplementedError

    def get_info(self) -> Any:
        """See `AbstractResource`."""
        return {"path": "/"}

    def raw_match(self, path: str) -> bool:
        """See `AbstractResource`."""
        return path == "/"

    def __len__(self) -> int:
        return 0

    def __iter__(self) -> Iterator[AbstractRoute]:
        return iter(())


def host_of(url: str) -> str:
    """Its host name, small, without a port; '' for none and for what is no address."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def deployment_application(
    ready: Callable[[], dict[str, Any]],
    metrics: web.RouteDef,
    schools: Schools,
    proxy: Network | None,
) -> web.Application:
    """Health, readiness and metrics of all, and every school's own pages."""
    app = web.Application(client_max_size=MAX_BODY, middlewares=[while_files_are_away])
    if proxy:
        app[PROXY] = proxy
    app.router.add_routes([*operators_routes(ready), metrics])
    app.router.register_resource(schools)
    return app


def out_of_order() -> web.Application:
    """What a school shows that cannot be opened now: come again. Platforms then repeat their webhooks."""

    async def later(_request: web.Request) -> web.Response:
        return web.Response(status=503, headers={"Retry-After": TRY_AGAIN_SECONDS})

    app = web.Application()
    app.router.add_route("*", "/{any:.*}", later)
    return app

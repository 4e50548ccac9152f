"""`hoso-bot run`, `doctor` and the demos: the commands that start the bot, or look whether it could."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import tempfile
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer

from hoso_bot.commands.options import Home, must_exist
from hoso_bot.deployment import load as load_school
from hoso_bot.logs import secrets_of, to_stderr
from hoso_bot.settings import RunRole, Settings, load


def run(
    home: Home = None,
    role: Annotated[
        RunRole,
        typer.Option(
            help="all; or only web: webhooks and pages; or only worker: handles, sends, signs, polls."
        ),
    ] = RunRole.ALL,
) -> None:
    """Run the bot until it is told to stop.

    Of a school on PostgreSQL several workers may be started: one works, the others stand by. In a folder with
    many schools all of them run; several such processes share them.
    """
    gc.disable()  # while loading, which makes much and loses little
    settings = load(home)
    to_stderr(secrets=secrets_of(settings))
    bot = _district(settings.home, role) if settings.many_schools else _school(settings, role)
    collect_rarely()
    if os.environ.pop("HOSO_OFFICE_PASSPHRASE", ""):
        structlog.get_logger().warning("passphrase.in_environment", mend="give it to staff commands only")
    asyncio.run(_until_signal(bot))


def _school(settings: Settings, role: RunRole) -> Any:
    from hoso_bot.app import App

    return App(settings, role=role)


def _district(home: Path, role: RunRole) -> Any:
    from hoso_bot.deployment import Deployment
    from hoso_bot.district import District

    return District(Deployment.at(home), role=role)


def collect_rarely() -> None:
    """Spare the garbage collector what is loaded: it stays, and thousands of messages make no cycles.

    Measured (`bench planning`): a third of the time of such a round went into looking for them.
    """
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
    gc.enable()


async def _until_signal(bot: Any) -> None:
    running = asyncio.ensure_future(bot.run_forever())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, running.cancel)
    try:
        await running
    except asyncio.CancelledError:
        structlog.get_logger().info("stopped")


def doctor(home: Home = None) -> None:
    """Check what a school needs to run, and name the fix of each trouble; exit 1 when there is one."""
    from hoso_bot.doctor import examine

    failed = False
    for finding in asyncio.run(examine(load_school(home))):
        typer.echo(f"{'ok ' if finding.ok else 'FIX'}  {finding.what}")
        failed = failed or not finding.ok
    raise typer.Exit(1 if failed else 0)


def demo(out: Annotated[Path, typer.Option(help="Where the files go.")] = Path("demo-out")) -> None:
    """Play the main job on a made-up school; PDF=path uses that file."""
    from hoso_bot.demo.story import play

    given = Path(os.environ["PDF"]) if os.environ.get("PDF") else None
    if given:
        must_exist(given)
    to_stderr(logging.WARNING)
    raise typer.Exit(asyncio.run(play(out, given)))


def demo_web(port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 8080) -> None:
    """Open a made-up school in a browser page: three phones side by side."""
    from hoso_bot.demo.page import serve

    to_stderr(logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="hoso-demo-") as folder:
        asyncio.run(serve(Path(folder), port))

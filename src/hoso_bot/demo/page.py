"""`make demo-web`: the demo school on a page, three phones side by side."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from hoso_bot.demo import demo_app, open_school
from hoso_bot.demo.visitor import visitor


async def serve(folder: Path, port: int) -> None:
    """Until interrupted. The three people are linked already when the page opens."""
    school = open_school(folder / "school", port)
    samples_folder = folder / "samples"
    samples_folder.mkdir()
    samples = [school.sample_plan(week, samples_folder) for week in school.coming_weeks()[:2]]
    app = demo_app(school, folder / "shelf", samples)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with app.running():
        assert app.port is not None
        async with visitor(app.port, told=lambda bubble: None) as people:
            for chat, code in school.codes.items():
                await people.says(chat, f"/start {code}")
                await people.presses(chat, "Đồng ý")
                await people.hears(chat, "Đã liên kết")
        sys.stdout.write(
            f"hoso-bot demo: open http://127.0.0.1:{app.port} (custody `server`; Ctrl+C ends it)\n"
        )
        sys.stdout.flush()
        await stop.wait()

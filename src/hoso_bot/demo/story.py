"""`make demo`: the whole main job on a real PDF, told as a conversation."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hoso_bot.app import App
from hoso_bot.demo import DemoSchool, demo_app, open_school
from hoso_bot.demo.visitor import Bubble, Visitor, visitor
from hoso_bot.domain.signing import SignatureReport
from hoso_bot.store.files import file_sha256
from hoso_bot.store.school import School

REASON = "Bài Toán tiết 2 chưa nêu yêu cầu cần đạt, đồng chí bổ sung giúp."


@dataclass
class Story:
    """Plays and writes down; `out` is where signed.pdf and the others end up."""

    out: Path
    school: DemoSchool
    lines: list[str] = field(default_factory=list)

    def tell(self, line: str = "") -> None:
        """One line of the transcript, printed and kept."""
        self.lines.append(line)
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    def bubble(self, bubble: Bubble) -> None:
        """One message as a reader of a conversation sees it."""
        who = self.school.cast[bubble["chat"]].name
        head = f"{who} ▸" if bubble["mine"] else f"  bot → {who}:"
        text = bubble["text"].replace("\n", "\n      ")
        self.tell(f"{head} {text}".rstrip())
        if bubble["file"]:
            self.tell(f"      📎 {bubble['file']['name']} ({bubble['file']['size'] // 1024} KB)")
        for row in bubble["keys"]:
            self.tell("      " + " ".join(f"[{words}]" for words, _ in row))

    async def play(self, people: Visitor, given: Path | None) -> bool:
        """The main job; False when the given file was refused."""
        for chat, code in self.school.codes.items():
            await people.says(chat, f"/start {code}")
            await people.presses(chat, "Đồng ý")
            await people.hears(chat, "Đã liên kết")
        week = self.school.coming_weeks()[0]
        plan = given or self.school.sample_plan(week, self.out)
        shutil.copyfile(plan, self.out / "original.pdf")
        if not await self._hand_in(people, plan):
            return False
        await self._approve(people, "head", "review.pdf")
        await self._approve(people, "vice", None)
        final = await people.hears("teacher", "phê duyệt đủ", file=True)
        (self.out / "signed.pdf").write_bytes(await people.download(final))
        await self._rejected_plan(people)
        return True

    async def _hand_in(self, people: Visitor, plan: Path) -> bool:
        self.tell(f"\n— Cô {self.school.cast['teacher'].name} gửi {plan.name} —")
        await people.sends("teacher", plan)
        answer = await people.hears("teacher")
        if "Em đang kiểm tra" in answer["text"]:
            answer = await people.hears("teacher")
        if "xác nhận trình ký" not in answer["text"]:
            if not answer["keys"]:
                return False
            week = self.school.coming_weeks()[0]
            self.tell(f"— no week could be read in the file: next week, {week.number}, is taken —")
            await people.presses("teacher", f"Tuần {week.number} ")
            answer = await people.hears("teacher", "xác nhận trình ký")
        await people.presses("teacher", "Trình ký")
        await people.hears("teacher", "Đã trình ký")
        return True

    async def _approve(self, people: Visitor, chat: str, keep: str | None) -> None:
        self.tell(f"\n— {self.school.cast[chat].name} xem tệp và duyệt —")
        card = await people.hears(chat, "trình ký KHBD", file=True)
        if keep:
            (self.out / keep).write_bytes(await people.download(card))
        await people.presses(chat, "Ký duyệt")
        await people.presses(chat, "Xác nhận")
        await people.hears(chat, "Đã ký", "đã ký đủ")

    async def _rejected_plan(self, people: Visitor) -> None:
        weeks = self.school.coming_weeks()
        plan = self.school.sample_plan(weeks[1] if len(weeks) > 1 else weeks[0], self.out)
        self.tell("\n— Tuần sau nữa: một kế hoạch bị trả lại kèm lý do —")
        await people.sends("teacher", plan)
        await people.presses("teacher", "Trình ký")
        await people.hears("head", "trình ký KHBD", file=True)
        await people.presses("head", "Từ chối")
        await people.hears("head", "nêu rõ điểm chưa đạt")
        await people.says("head", REASON)
        await people.hears("teacher", REASON)


async def play(out: Path, given: Path | None) -> int:
    """Play the demo; returns the exit code: 0 only when the signed file verified."""
    out.mkdir(exist_ok=True)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="hoso-demo-") as folder:
        school = open_school(Path(folder) / "school", port=0)
        story = Story(out, school)
        story.tell(
            "hoso-bot demo: a made-up school; custody `server`: the server's master key opens all keys"
        )
        app = demo_app(school, Path(folder) / "shelf", ())
        async with app.running():
            (out / "ca.pem").write_bytes(School(app.db).row().ca_pem)
            assert app.port is not None
            async with visitor(app.port, story.bubble) as people:
                went_through = await story.play(people, given)
            code = _conclude(story, app, went_through, started)
    for sample in out.glob("KHBD_Tuan_*.pdf"):
        sample.unlink()
    (out / "transcript.txt").write_text("\n".join(story.lines) + "\n", encoding="utf-8")
    return code


def _conclude(story: Story, app: App, went_through: bool, started: float) -> int:
    if not went_through:
        story.tell("\nThe file was not accepted; the bot said why above.")
        return 1
    out = story.out
    report = app.desk.inspector.verify(out / "signed.pdf", (out / "ca.pem").read_bytes())
    story.tell(f"\n{out}/signed.pdf — {'VALID' if report.valid else 'NOT VALID'}")
    _tell_signatures(story, report)
    signed, review = (out / "signed.pdf").read_bytes(), (out / "review.pdf").read_bytes()
    kept = signed.startswith(review)
    story.tell(f"the approved review copy is the beginning of the signed file: {'yes' if kept else 'NO'}")
    story.tell(f"SHA-256 {file_sha256(out / 'signed.pdf')}; played in {time.monotonic() - started:.1f} s")
    return 0 if report.valid and kept and len(report.signatures) == 2 else 1


def _tell_signatures(story: Story, report: SignatureReport) -> None:
    for signature in report.signatures:
        facts: dict[str, Any] = {"intact": signature.intact, "trusted": signature.trusted}
        marks = ", ".join(name for name, true in facts.items() if true)
        line = f"  {signature.signer} ({signature.role}), {signature.time}, {signature.level}: {marks}"
        story.tell(line)
    for problem in report.problems:
        story.tell(f"  ! {problem}")

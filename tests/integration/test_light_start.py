"""What the bot's main process carries: no library that only its children or a rare command need."""

from __future__ import annotations

import subprocess
import sys

ONLY_WHEN_NEEDED = {
    "PIL",
    "alembic",
    "boto3",
    "botocore",
    "docx",
    "fpdf",
    "openpyxl",
    "pikepdf",
    "pkcs11",
    "pyhanko",
    "pypdf",
    "pypdfium2",
}


def test_the_bot_starts_without_what_only_others_need() -> None:
    program = "import sys, hoso_bot.cli, hoso_bot.app; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not ONLY_WHEN_NEEDED & {name.split(".")[0] for name in loaded.stdout.split()}

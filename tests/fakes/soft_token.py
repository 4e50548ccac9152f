"""A PKCS#11 token in software (SoftHSM2), with its own folder; or the skip that names the package.

token = SoftToken.made(tmp_path, "Bui Thi Tuyet Nga", "nga-4071")
token.environment, token.module, token.label, token.pin
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
)


@dataclass(frozen=True)
class SoftToken:
    """One initialised token."""

    folder: Path
    module: str
    label: str
    pin: str

    @classmethod
    def made(cls, folder: Path, label: str, pin: str) -> SoftToken:
        """A new token below `folder`, empty, with this user PIN."""
        program = shutil.which("softhsm2-util")
        module = next((path for path in MODULES if Path(path).exists()), "")
        if not program or not module:
            pytest.skip("SoftHSM2 is missing: apt-get install softhsm2")
        token = cls(folder, module, label, pin)
        (folder / "tokens").mkdir(parents=True)
        token.settings.write_text(f"directories.tokendir = {folder}/tokens\nlog.level = ERROR\n")
        words = ["--init-token", "--free", "--label", label, "--so-pin", "office-12345678", "--pin", pin]
        subprocess.run(
            [program, *words], env={**os.environ, **token.environment}, check=True, capture_output=True
        )
        return token

    @property
    def settings(self) -> Path:
        return self.folder / "softhsm2.conf"

    @property
    def environment(self) -> dict[str, str]:
        """What the module has to find in its process."""
        return {"SOFTHSM2_CONF": str(self.settings)}

    def pulled_out(self) -> None:
        (self.folder / "tokens").rename(self.folder / "drawer")
        (self.folder / "tokens").mkdir()

    def plugged_in(self) -> None:
        (self.folder / "tokens").rmdir()
        (self.folder / "drawer").rename(self.folder / "tokens")

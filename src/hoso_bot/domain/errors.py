"""Everything that can go wrong on purpose, sorted by who has to act.

The docstring of a class is its message for developers. `text_key` names the sentence a
person hears (texts/vi), `facts` fills its blanks, `exit_code` is what the command line returns.
"""

from __future__ import annotations

from pathlib import Path
from traceback import extract_tb
from typing import Any

PACKAGE = Path(__file__).parents[1].name
MOST_PLACES = 6


def outline(error: BaseException) -> str:
    """What went wrong, for logs and error columns: never what a person wrote.

    Our own refusals and the system's errors quote none and say their message; of all others, which may quote
    whatever was being worked on, only the class and the place.
    """
    kind = type(error).__name__
    if isinstance(error, HosoError | OSError):
        return f"{kind}: {error}"[:500]
    at = places(error)
    return f"{kind} at {at[-1]}" if at else kind


def places(error: BaseException) -> list[str]:
    """Where in our own code it went through, outermost first: `handlers/decide.py:88`."""
    ours = []
    for frame in extract_tb(error.__traceback__):
        path = Path(frame.filename).parts
        if PACKAGE in path:
            ours.append(f"{'/'.join(path[path.index(PACKAGE) + 1 :])}:{frame.lineno}")
    return ours[-MOST_PLACES:]


class HosoError(Exception):
    """Something hoso-bot refuses to do."""

    text_key = "error.unexpected"
    exit_code = 2

    def __init__(self, message: str | None = None, **facts: Any) -> None:
        super().__init__(message or self.__doc__)
        self.facts = facts


class SettingsError(HosoError):
    """A setting is missing or wrong; the message says which one and how to mend it."""


class Conflict(HosoError):
    """A guarded write found another state than the one that was read; read again and decide again."""


class FilesAway(HosoError):
    """The bucket with the files cannot be used now; what needs it waits until it can.

    why: its own code, or how it was silent. status: what it answered (HTTP), 0 for no answer at all.
    """

    def __init__(self, why: str, status: int = 0) -> None:
        super().__init__(f"the bucket of [files] cannot be used: {why}")
        self.why, self.status = why, status


class FileDamaged(FileNotFoundError):
    """The bytes that are kept under a name are not those that were: as good as lost."""


class FileRefused(HosoError):
    """The file cannot be used; `text_key` says why in the sender's words."""

    exit_code = 1

    def __init__(self, text_key: str, **facts: Any) -> None:
        super().__init__(text_key, **facts)
        self.text_key = text_key


class SandboxFailed(HosoError):
    """The sandboxed child died, ran out of time or memory, or answered nonsense."""

    text_key = "file.unreadable"


class SigningFailed(HosoError):
    """No trustworthy signature came out; nothing was recorded."""

    text_key = "sign.failed"


class CertificateRefused(HosoError):
    """A certificate of another authority that nobody should sign with; the message says what to do."""

    exit_code = 1


class PassphraseNeeded(SigningFailed):
    """The school's CA is under the office passphrase: give it by --passphrase or HOSO_OFFICE_PASSPHRASE."""


class KeyLocked(SigningFailed):
    """The signer's key is under a PIN and no signing window is open; nothing was signed."""


class SignerAway(SigningFailed):
    """The signer's token or signing service cannot be used now; `text_key` says in words what to do.

    tried: it may have judged the PIN all the same.
    """

    def __init__(self, text_key: str, why: str = "", tried: bool = False) -> None:
        super().__init__(why or text_key)
        self.text_key, self.tried = text_key, tried


class PinRefused(HosoError):
    """The PIN did not open the key, or cannot become one; `text_key` says why in the signer's words."""

    exit_code = 1

    def __init__(self, text_key: str, **facts: Any) -> None:
        super().__init__(text_key, **facts)
        self.text_key = text_key


class NoTimestamp(HosoError):
    """The timestamp authority gave no token that can be used; signing goes on at a lower level."""

    text_key = "sign.failed"


class RosterError(HosoError):
    """The staff list has rows that cannot be read; nothing was imported."""

    exit_code = 1

"""The signing desk as other processes see it: PINs are sealed to it from afar, the rest is its own work."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from hoso_bot.domain.errors import SigningFailed
from hoso_bot.domain.signature_levels import Stamped, UpgradeOrder
from hoso_bot.domain.signing import KeyOrder, PinOrder, PinSet, Signed, SigningKey, SignOrder
from hoso_bot.pdf.custody import seal
from hoso_bot.pdf.keys import unwrap, wrap
from hoso_bot.ports import Signer

_PURPOSE = "door of a signing desk"


def on_record(master_key: bytes, public_door: bytes) -> bytes:
    """A desk's door as the database keeps it."""
    return wrap(master_key, public_door, _PURPOSE)


class Door:
    """A `Signer` whose PINs are sealed to the desk that is on record, wherever it runs.

    record: what `on_record` made of it, None before any desk. behind: the desk of this process; without one
    nothing can be signed here, which only a worker is asked for.
    """

    def __init__(
        self, master_key: bytes, record: Callable[[], bytes | None], behind: Signer | None = None
    ) -> None:
        self._master_key, self._record, self._behind = master_key, record, behind

    def seal(self, typed: str) -> str:
        """See `Signer`. Raises SigningFailed before the school's first worker."""
        kept = self._record()
        if kept is None:
            raise SigningFailed("no worker has run yet: hoso-bot run --role worker")
        return seal(unwrap(self._master_key, kept, _PURPOSE), typed)

    @property
    def _desk(self) -> Signer:
        if self._behind is None:
            raise SigningFailed("this process signs nothing")
        return self._behind

    @property
    def public_door(self) -> bytes:
        """See `Signer`."""
        return self._desk.public_door

    def sign(self, order: SignOrder) -> Signed:
        """See `Signer`."""
        return self._desk.sign(order)

    def issue(self, order: KeyOrder) -> SigningKey:
        """See `Signer`."""
        return self._desk.issue(order)

    def set_pin(self, order: PinOrder) -> PinSet:
        """See `Signer`."""
        return self._desk.set_pin(order)

    def unlock(self, order: PinOrder) -> bool:
        """See `Signer`."""
        return self._desk.unlock(order)

    def asks_for(self, key: SigningKey) -> str:
        """See `Signer`."""
        return self._desk.asks_for(key)

    def window(self, key: SigningKey, now: datetime) -> datetime | None:
        """See `Signer`."""
        return self._desk.window(key, now)

    def close_window(self, key_id: str) -> None:
        """See `Signer`."""
        self._desk.close_window(key_id)

    def upgrade(self, order: UpgradeOrder) -> Stamped:
        """See `Signer`."""
        return self._desk.upgrade(order)

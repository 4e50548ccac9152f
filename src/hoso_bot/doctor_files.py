"""What the doctor says about the bucket of `[files]`: whether it does what work needs, and what mends it."""

from __future__ import annotations

from collections.abc import Iterator

from hoso_bot.domain.errors import FilesAway, SettingsError
from hoso_bot.filing import file_store
from hoso_bot.settings import Settings
from hoso_bot.store.db import Database
from hoso_bot.store.objects import ANOTHERS, ObjectStore

_KEY = "mend HOSO_FILES__KEY_ID and HOSO_FILES__SECRET"
_MENDS = {
    "InvalidAccessKeyId": _KEY,
    "SignatureDoesNotMatch": _KEY,
    "RequestTimeTooSkewed": "set this machine's clock (timedatectl set-ntp true)",
    "NoSuchBucket": "make the bucket, or mend HOSO_FILES__BUCKET",
    "AccessDenied": "the key must be allowed to list, read, write and remove there "
    "(ListBucket, GetObject, PutObject, DeleteObject)",
    "PermanentRedirect": "mend HOSO_FILES__REGION",
    "AuthorizationHeaderMalformed": "mend HOSO_FILES__REGION",
}
_SILENT = "check HOSO_FILES__ENDPOINT, the network and the service; files wait meanwhile, nothing is lost"


def examine_files(settings: Settings, db: Database) -> Iterator[tuple[bool, str]]:
    """(good, what) of the bucket; nothing for a school whose files lie in its folder, as they should."""
    try:
        store = file_store(settings, db)
        if isinstance(store, ObjectStore):
            store.try_out()
            yield True, f"bucket {settings.files.bucket}: files can be written, read and removed"
    except SettingsError as error:
        yield False, str(error)
    except FilesAway as away:
        yield False, f"bucket {settings.files.bucket}: {away.why}: {mend(away)}"


def mend(away: FilesAway) -> str:
    """What to do about a bucket that cannot be used."""
    if away.why == ANOTHERS:
        return "a prefix of its own for each school"
    code = away.why.partition(" ")[0]
    return _MENDS.get(code, _MENDS["AccessDenied"] if away.status == 403 else _SILENT)

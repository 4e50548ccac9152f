"""What the doctor says about the school's bot on Zalo's Bot Platform."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from hoso_bot.channels.zalo_bot_api import BotApi, BotRefused
from hoso_bot.channels.zalo_bot_events import CHANNEL
from hoso_bot.doctor_zalo import ZaloFinding
from hoso_bot.domain.errors import SettingsError
from hoso_bot.settings import Settings
from hoso_bot.store.db import Database
from hoso_bot.store.measures import faceless
from hoso_bot.store.people import People
from hoso_bot.zalo_bot_account import ZaloBotAccount

NAME_BEGINS = "bot"
POLLING = (
    "Zalo bot: updates are polled, so what people write while this program is down is lost; for production "
    "set HOSO_ZALO_BOT__MODE=webhook and HOSO_ZALO_BOT__SECRET"
)


async def examine_zalo_bot(settings: Settings, db: Database) -> AsyncIterator[ZaloFinding]:
    """Every check; nothing where the settings name no bot."""
    try:
        account = ZaloBotAccount.of(settings)
    except SettingsError as error:
        yield ZaloFinding(False, str(error))
        return
    if account is None:
        return
    try:
        if not settings.web.public_url.startswith("https://"):
            yield ZaloFinding(False, "Zalo bot: HOSO_WEB__PUBLIC_URL must begin with https://")
        yield await _name(account.api)
        yield await _transport(account)
        yield _reached(db)
    except BotRefused as refused:
        mend = ": check HOSO_ZALO_BOT__TOKEN" if refused.code == 401 else ""
        yield ZaloFinding(False, f"Zalo refuses the bot ({refused}){mend}")
    except OSError as error:
        yield ZaloFinding(False, f"Zalo does not answer the bot ({error}); check the network")
    finally:
        await account.api.close()


async def _name(api: BotApi) -> ZaloFinding:
    """Zalo wants a bot to be known as one by its name."""
    me = await api.me()
    name = str(me.get("display_name") or me.get("account_name") or "")
    if name.casefold().startswith(NAME_BEGINS):
        return ZaloFinding(True, f"Zalo takes the bot's token: {name}")
    return ZaloFinding(False, f"Zalo takes the bot's token, but its name must begin with Bot: {name}")


async def _transport(account: ZaloBotAccount) -> ZaloFinding:
    """Whether updates come the way the settings say."""
    found = await account.api.webhook()
    at = urlsplit(found).hostname
    if account.hook is None:
        if found:
            return ZaloFinding(False, f"Zalo bot: a webhook is set at {at}, which a restart takes away")
        return ZaloFinding(True, POLLING)
    if found == account.hook.url:
        return ZaloFinding(True, f"Zalo bot: updates come to {found}")
    where = f"at {at}, of another program" if found else "nowhere"
    return ZaloFinding(False, f"Zalo bot: the webhook is set {where}; hoso-bot run sets {account.hook.url}")


def _reached(db: Database) -> ZaloFinding:
    text = f"{len(People(db).linked(CHANNEL))} people on the Zalo bot"
    with db.read() as connection:
        nobodys = faceless(connection, db.school_id).get(CHANNEL, 0)
    if nobodys:
        text += f"; {nobodys} messages came without a sender (mostly files): tell people to type /nop"
    return ZaloFinding(True, text)

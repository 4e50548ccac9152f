"""Settings: `hoso.toml` in the school's folder plus HOSO_* environment, read once, frozen.

The environment wins over the file. A missing secret stops the start; secrets never print.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import pydantic
from pydantic import BaseModel, ConfigDict, Field, IPvAnyNetwork, SecretStr
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from hoso_bot.domain.errors import SettingsError
from hoso_bot.domain.paying import Spends
from hoso_bot.domain.scheme import Scheme

TELEGRAM_API = "https://api.telegram.org"
ZALO_BOT_API = "https://bot-api.zaloplatforms.com"
ZALO_API, ZALO_OAUTH = "https://openapi.zalo.me", "https://oauth.zaloapp.com"
ZALO_BUSINESS = "https://business.openapi.zalo.me"
Custody = Literal["pin", "server"]
_TIME = r"([01]\d|2[0-3]):[0-5]\d"


class RunRole(StrEnum):
    """What a process does for a school: all, its web side (any number of them), or the worker's side."""

    ALL = "all"
    WEB = "web"
    WORKER = "worker"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @pydantic.model_validator(mode="before")
    @classmethod
    def _empty_is_unset(cls, given: Any) -> Any:
        return (
            {name: value for name, value in given.items() if value != ""}
            if isinstance(given, dict)
            else given
        )


class Telegram(_Part):
    """`[telegram]`: token from BotFather; polling needs no public address."""

    token: SecretStr | None = None
    base_url: str = TELEGRAM_API
    mode: Literal["polling", "webhook"] = "polling"
    secret: SecretStr | None = None
    proxy: str | None = None
    username: str | None = None


class ZaloTemplates(_Part):
    """`[zalo_oa.templates]`: ids of approved templates (ZBS), by what they say.

    reminder: blanks `name`, `week`, `deadline`; waiting: that a result or a plan waits, `name`, `week`.
    """

    reminder: str = ""
    waiting: str = ""


class ZaloOa(_Part):
    """`[zalo_oa]`: the app (id, secret) that speaks for the school's Official Account.

    oa_secret: the OA's secret key for webhooks, which is not the app's. refresh_token: instead of a login,
    used once. template_type, payload_style: how buttons are written, an open point (docs/zalo.md).
    calls_per_minute: what the OA's tier allows. paid: for what the school pays where a chat closed;
    monthly_budget, price, template_price: in VND.
    """

    app_id: str | None = None
    app_secret: SecretStr | None = None
    oa_secret: SecretStr | None = None
    refresh_token: SecretStr | None = None
    base_url: str = ZALO_API
    oauth_url: str = ZALO_OAUTH
    template_type: str = ""
    payload_style: Literal["text", "object"] = "text"
    calls_per_minute: int = pydantic.Field(default=100, ge=10)
    business_url: str = ZALO_BUSINESS
    paid: Spends = "off"
    monthly_budget: int = Field(default=0, ge=0)
    price: int = Field(default=55, ge=0)
    template_price: int = Field(default=300, ge=0)
    templates: ZaloTemplates = ZaloTemplates()

    @pydantic.model_validator(mode="after")
    def _has_a_budget(self) -> ZaloOa:
        if self.paid != "off" and not self.monthly_budget:
            raise ValueError("paid messages need HOSO_ZALO_OA__MONTHLY_BUDGET, in VND")
        return self


class ZaloBot(_Part):
    """`[zalo_bot]`: a bot of Zalo's Bot Platform; token from Zalo, secret of our own for webhooks.

    mode: polling loses what comes while nobody polls.
    """

    token: SecretStr | None = None
    secret: SecretStr | None = Field(default=None, min_length=8, max_length=256)
    base_url: str = ZALO_BOT_API
    mode: Literal["polling", "webhook"] = "polling"


class Web(_Part):
    """`[web]`: where health checks and webhooks listen.

    public_url: what the outside reaches, without a slash at its end; empty when it reaches nothing.
    proxy: from where a proxy on another machine forwards; one on this machine is believed in any case.
    share_port: several web processes listen on the same port. worker_port: where a worker by itself says how
    it is; None: nowhere.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str = ""
    proxy: IPvAnyNetwork | None = None
    share_port: bool = False
    worker_port: int | None = None

    @pydantic.field_validator("public_url")
    @classmethod
    def _without_slash(cls, given: str) -> str:
        return given.rstrip("/")


class Pdf(_Part):
    """`[pdf]`: how many processes at most read files, and as many sign; 0: by the machine's cores."""

    workers: int = Field(default=0, ge=0, le=64)

    @property
    def processes(self) -> int:
        """One a core, two at most unless the school says otherwise: each is 90 MB on a school's PC."""
        return self.workers or min(2, os.cpu_count() or 1)


class Signing(_Part):
    """`[signing]`: who opens a signer's key: its own PIN (`pin`), or the master key alone (`server`).

    algorithm: kind of the signers' new keys. token_environment: what PKCS#11 modules find around them.
    window_minutes: how long one PIN is good for. tsa_url: an RFC 3161 timestamp authority; tsa_ca: PEM file
    its certificate must lead to. csc_url: a remote signing service, known by csc_token, or by the client of
    its OAuth 2 endpoint.
    """

    custody: Custody = "pin"
    algorithm: Literal["p256", "rsa3072"] = "p256"
    token_environment: dict[str, str] = {}
    window_minutes: int = Field(default=10, ge=1, le=60)
    csc_url: str | None = None
    csc_token: SecretStr | None = None
    csc_client_id: str | None = None
    csc_client_secret: SecretStr | None = None
    tsa_url: str | None = None
    tsa_ca: Path | None = None

    @property
    def custody_is_said(self) -> bool:
        """Whether the file or the environment names it; schools from before `init` wrote it say nothing."""
        return "custody" in self.model_fields_set


class School(_Part):
    """`[school]`: what stands on the letterhead besides the school's name.

    authority: who is above the school (`UBND xã …`); place: before the date (`An Lão, ngày …`).
    """

    authority: str = Field(default="", max_length=120)
    place: str = Field(default="", max_length=60)


class Roles(_Part):
    """`[roles]`: the records-administering vice-principal (R24) and the support contact (R47).

    support: staff id of who answers questions in the bot; support_name, _phone, _zalo: what `/hotro` shows
    instead of that person's name and phone on the staff list.
    """

    records_admin: str | None = None
    support: str | None = None
    support_name: str = ""
    support_phone: str = ""
    support_zalo: str = ""


class Rules(_Part):
    """`[rules]`: the school's own numbers (R2): effective week, open weeks (R12).

    effective_after_step: after which signature a plan may be taught by, the first or the last (Q6).
    """

    effective_week: int = 1
    open_weeks: int = 2
    effective_after_step: Literal["first", "last"] = "last"


class Uploads(_Part):
    """`[uploads]`: what one person may send by chat, and MB of the disk that no file may take."""

    files_per_hour: int = Field(default=30, ge=5, le=10_000)
    mb_per_day: int = Field(default=300, ge=40, le=100_000)
    keep_free_mb: int = Field(default=1024, ge=100)


_Hour = Annotated[str, Field(pattern=rf"^({_TIME}|off)$")]


class Files(_Part):
    """`[files]`: an S3-compatible bucket for the files of plans; without a bucket they lie in the folder.

    endpoint: address of the service, empty for AWS. prefix: what the school's keys begin with, by default its
    id. cache_mb: what copies to read from may take on this machine's disk.
    """

    bucket: str = ""
    endpoint: str = ""
    region: str = "us-east-1"
    key_id: str = ""
    secret: SecretStr | None = None
    prefix: str = Field(default="", pattern=r"^([A-Za-z0-9][A-Za-z0-9._/-]{0,79}[A-Za-z0-9])?$")
    cache_mb: int = Field(default=2048, ge=100)

    @pydantic.model_validator(mode="after")
    def _has_a_key(self) -> Files:
        if self.bucket and not (self.key_id and self.secret):
            raise ValueError("a bucket needs HOSO_FILES__KEY_ID and HOSO_FILES__SECRET")
        return self


class Reminders(_Part):
    """`[reminders]`: hours of the day before the deadline, its day, the first teaching day; `off`: none.

    holiday: instead of the first two where a longer break ends with the deadline. snooze_minutes: how much
    later `Nhắc tôi sau …` is. unconfirmed_minutes: how long a file may wait for `Trình ký`. summary, silent:
    on the day of the deadline, to approvers and to heads who have not decided; silent_hours: of daytime, 0
    for never. board: on the first teaching day, to principal and vice-principals. friday, unreached: on the
    last day taught before the weekend, to those whose chat closes on silence, and to the office.
    """

    friday: _Hour = "17:00"
    unreached: _Hour = "19:30"
    saturday: _Hour = "08:00"
    sunday: tuple[_Hour, ...] = ("08:00", "17:00", "20:30")
    monday: _Hour = "06:30"
    holiday: _Hour = "17:00"
    snooze_minutes: int = Field(default=120, ge=30, le=720)
    unconfirmed_minutes: int = Field(default=60, ge=10, le=600)
    summary: _Hour = "19:00"
    silent: _Hour = "20:00"
    silent_hours: int = Field(default=4, ge=0, le=48)
    board: _Hour = "06:30"


class Evaluation(_Part):
    """`[evaluation]`: the school's own weights of figures (R53); without them sheets have figures only.

    weights: points of a whole rate, or of one unit of a count. caps: the most points a figure gives or takes.
    """

    weights: dict[str, float] = {}
    caps: dict[str, float] = {}

    @property
    def scheme(self) -> Scheme:
        """Both, as the domain takes them."""
        return Scheme(self.weights, self.caps)

    @pydantic.model_validator(mode="after")
    def _makes_a_scheme(self) -> Evaluation:
        if problem := self.scheme.problem():
            raise ValueError(problem)
        return self


_Days = Annotated[int, Field(ge=1)] | Literal["keep"]


class Retention(_Part):
    """`[retention]`: days after which something goes, or `keep`; no number here is a law's.

    signed_years: whole school years the files of a plan are kept after its own.
    """

    unsubmitted_days: _Days = 30
    pictures_days: _Days = 60
    messages_days: _Days = 30
    support_days: _Days = 365
    link_attempts_days: _Days = 30
    signed_years: _Days = "keep"


SCHOOL_ID = "school"
"""The id of a school that is alone."""


class Settings(BaseSettings):
    """All of it. `HOSO_TELEGRAM__TOKEN` is `token` under `[telegram]`.

    many_schools: the folder is a deployment's (`deployment.py`), not a school's.
    """

    model_config = SettingsConfigDict(
        env_prefix="HOSO_", env_nested_delimiter="__", frozen=True, extra="forbid"
    )

    from_arguments_alone: ClassVar[bool] = False
    home: Path
    many_schools: bool = False
    school_id: str = SCHOOL_ID
    database_url: str | None = None
    master_key: SecretStr | None = None
    quiet: str = Field(default="21:00-06:30", pattern=rf"^({_TIME}-{_TIME})?$")
    telegram: Telegram = Telegram()
    zalo_oa: ZaloOa = ZaloOa()
    zalo_bot: ZaloBot = ZaloBot()
    web: Web = Web()
    pdf: Pdf = Pdf()
    signing: Signing = Signing()
    school: School = School()
    roles: Roles = Roles()
    rules: Rules = Rules()
    uploads: Uploads = Uploads()
    files: Files = Files()
    reminders: Reminders = Reminders()
    evaluation: Evaluation = Evaluation()
    retention: Retention = Retention()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then environment, then the school's hoso.toml; arguments alone for `given`."""
        if cls.from_arguments_alone:
            return (init_settings,)
        home = init_settings().get("home") or os.environ.get("HOSO_HOME", "")
        toml = TomlConfigSettingsSource(settings_cls, Path(str(home)) / "hoso.toml")
        return init_settings, env_settings, toml

    @property
    def database(self) -> str:
        """The database URL, by default `hoso.db` in the school's folder."""
        return self.database_url or f"sqlite:///{self.home / 'hoso.db'}"

    def master(self) -> str:
        """The master key's text form, from HOSO_MASTER_KEY or the folder's `master.key`."""
        if self.master_key:
            return self.master_key.get_secret_value()
        path = self.home / "master.key"
        if not path.exists():
            raise SettingsError(f"no master key: set HOSO_MASTER_KEY or put it back at {path}")
        return path.read_text(encoding="ascii").strip()


def load(home: Path | None) -> Settings:
    """Read the settings of the school in `home` (or HOSO_HOME). Raises SettingsError."""
    folder = home or (Path(os.environ["HOSO_HOME"]) if os.environ.get("HOSO_HOME") else None)
    if folder is None:
        raise SettingsError("which school? give --home DIR or set HOSO_HOME")
    if not (folder / "hoso.toml").exists():
        raise SettingsError(f"{folder} is not a school folder; make one with: hoso-bot init {folder}")
    return of_folder(folder.resolve())


def of_folder(home: Path) -> Settings:
    """The settings a school in `home` has, or would have. Raises SettingsError."""
    with _explained(home / "hoso.toml"):
        return Settings(home=home)


class _Given(Settings):
    from_arguments_alone: ClassVar[bool] = True


def given(what: str, **values: Any) -> Settings:
    """Settings made of these values alone: no file, no environment. Raises SettingsError about `what`."""
    with _explained(what):
        return _Given(**values)


def _said(error: Mapping[str, Any]) -> str:
    unknown = error["type"] == "extra_forbidden"
    name = ".".join(map(str, error["loc"]))
    return f"{name}: {'there is no such setting (docs/settings.md has all)' if unknown else error['msg']}"


@contextmanager
def _explained(what: object) -> Iterator[None]:
    try:
        yield
    except pydantic.ValidationError as error:
        raise SettingsError("settings: " + "; ".join(_said(one) for one in error.errors())) from None
    except ValueError as error:
        raise SettingsError(f"{what} cannot be read: {error}") from None

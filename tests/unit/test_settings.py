"""Settings are read once, wrong ones are named, secrets never print."""

from __future__ import annotations

from pathlib import Path

import pytest

from hoso_bot.domain.errors import SettingsError
from hoso_bot.founding import CONFIG
from hoso_bot.settings import TELEGRAM_API, Settings, load

TOKEN = "123456:the-very-secret-token"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A school folder with the settings `init` writes."""
    config = CONFIG.format(roles="", custody="pin", authority='""', place='""')
    (tmp_path / "hoso.toml").write_text(config, encoding="utf-8")
    return tmp_path


def wrote(home: Path, text: str) -> Path:
    (home / "hoso.toml").write_text(text, encoding="utf-8")
    return home


def test_what_init_writes_is_what_the_code_assumes(home: Path) -> None:
    written = load(home).model_dump(exclude={"home"})
    assert written == Settings(home=wrote(home, "")).model_dump(exclude={"home"})


def test_the_defaults_are_those_of_the_contract(home: Path) -> None:
    settings = load(home)
    assert settings.telegram.base_url == TELEGRAM_API == "https://api.telegram.org"
    assert settings.telegram.mode == "polling"
    assert settings.quiet == "21:00-06:30"
    assert settings.signing.custody == "pin"
    assert settings.web.host == "127.0.0.1"
    assert settings.database == f"sqlite:///{home / 'hoso.db'}"


def test_the_environment_wins_over_the_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrote(home, '[telegram]\ntoken = "from the file"\n[web]\nport = 1\n')
    monkeypatch.setenv("HOSO_TELEGRAM__TOKEN", TOKEN)
    settings = load(home)
    assert settings.telegram.token and settings.telegram.token.get_secret_value() == TOKEN
    assert settings.web.port == 1


def test_the_folder_may_come_from_the_environment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOSO_HOME", str(home))
    assert load(None).home == home.resolve()


def test_an_empty_environment_value_counts_as_unset(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOSO_TELEGRAM__TOKEN", "")
    assert load(home).telegram.token is None


def test_quiet_hours_may_be_off(home: Path) -> None:
    assert load(wrote(home, 'quiet = ""')).quiet == ""


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("colour = 'red'", "colour"),
        ("[telegram]\ntokn = 'x'", "telegram.tokn"),
        ("[telegram]\nmode = 'carrier pigeon'", "telegram.mode"),
        ("[web]\nport = 'eighty'", "web.port"),
        ("quiet = 'at night'", "quiet"),
        ("quiet = '25:00-06:30'", "quiet"),
        ("[signing]\ncustody = 'nobody'", "signing.custody"),
        ("[rules]\nopen_weeks = 'two'", "rules.open_weeks"),
    ],
)
def test_a_wrong_setting_is_named(home: Path, text: str, named: str) -> None:
    with pytest.raises(SettingsError, match=f"settings: {named}"):
        load(wrote(home, text))


def test_what_costs_money_needs_a_budget(home: Path) -> None:
    with pytest.raises(SettingsError, match="HOSO_ZALO_OA__MONTHLY_BUDGET"):
        load(wrote(home, '[zalo_oa]\npaid = "reminders"\n'))
    paying = load(
        wrote(home, '[zalo_oa]\npaid = "all"\nmonthly_budget = 20000\n[zalo_oa.templates]\nwaiting = "12"\n')
    )
    assert paying.zalo_oa.templates.waiting == "12"
    assert load(wrote(home, "")).zalo_oa.paid == "off"


def test_a_wrong_environment_setting_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOSO_TELEGRAM__MODE", "carrier pigeon")
    with pytest.raises(SettingsError, match=r"telegram\.mode"):
        load(home)


def test_a_broken_file_is_named(home: Path) -> None:
    with pytest.raises(SettingsError, match=r"hoso\.toml cannot be read"):
        load(wrote(home, "quiet = "))


def test_no_folder_no_school(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOSO_HOME", raising=False)
    with pytest.raises(SettingsError, match="--home DIR or set HOSO_HOME"):
        load(None)
    with pytest.raises(SettingsError, match="is not a school folder; make one with"):
        load(tmp_path / "nowhere")


def test_secrets_never_print(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOSO_TELEGRAM__TOKEN", TOKEN)
    monkeypatch.setenv("HOSO_MASTER_KEY", "master-key-text")
    settings = load(home)
    for shown in (repr(settings), str(settings), settings.model_dump_json(), str(settings.telegram)):
        assert TOKEN not in shown
        assert "master-key-text" not in shown


def test_a_wrong_secret_is_not_repeated_in_the_error(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOSO_TELEGRAM", f'{{"token": ["{TOKEN}"]}}')
    with pytest.raises(SettingsError, match=r"telegram\.token") as caught:
        load(home)
    assert TOKEN not in str(caught.value)


def test_settings_are_frozen(home: Path) -> None:
    with pytest.raises(ValueError, match="frozen"):
        load(home).telegram.base_url = "http://elsewhere"  # type: ignore[misc]


def test_a_missing_master_key_says_where_to_put_it_back(home: Path) -> None:
    with pytest.raises(SettingsError, match=r"HOSO_MASTER_KEY or put it back at .*master\.key"):
        load(home).master()


def test_the_master_key_comes_from_environment_or_folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "master.key").write_text("of the folder\n", encoding="ascii")
    assert load(home).master() == "of the folder"
    monkeypatch.setenv("HOSO_MASTER_KEY", "of the environment")
    assert load(home).master() == "of the environment"


def test_the_schools_weights_are_read_and_unfair_ones_stop_the_start(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSO_EVALUATION__WEIGHTS", '{"on_time_rate": 60, "late": -1}')
    monkeypatch.setenv("HOSO_EVALUATION__CAPS", '{"late": 5}')
    scheme = load(home).evaluation.scheme
    assert (dict(scheme.weights), dict(scheme.caps)) == ({"on_time_rate": 60, "late": -1}, {"late": 5})
    monkeypatch.setenv("HOSO_EVALUATION__WEIGHTS", '{"returns": -1}')
    with pytest.raises(SettingsError, match="'returns' cannot be weighed"):
        load(home)

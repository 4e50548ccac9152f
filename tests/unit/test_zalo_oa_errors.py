"""Every code of Zalo's table has one outcome."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hoso_bot.channels.zalo_oa_errors import MEANINGS, OF_TEMPLATES, Meaning, meaning, of_template, outcome
from hoso_bot.domain.messages import Gone, Later, Outcome, OutOfWindow

NOON = datetime(2026, 11, 25, 5, 0, tzinfo=UTC)  # 12:00 in Vietnam
LATE = datetime(2026, 11, 25, 16, 30, tzinfo=UTC)  # 23:30
EARLY = datetime(2026, 11, 25, 20, 0, tzinfo=UTC)  # 03:00 on the 26th

LISTED = (
    *(-32, -100, -200, -201, -204, -205, -209, -210, -211, -212, -213, -216, -217, -218, -219, -220, -221),
    *(-223, -224, -227, -230, -232, -233, -234, -235, -240, -242, -244, -248, -249, -320, -321),
)
"""What the fact sheet lists for messages; 216, 401 and -401 are seen beside -216."""


def test_every_listed_code_is_in_the_table() -> None:
    assert set(MEANINGS) == {*LISTED, 216, 401, -401}


@pytest.mark.parametrize(
    ("codes", "what"),
    [
        ((-32,), Later("Zalo -32: x", 30.0)),
        ((-100, -200, -999, 500), Later("", None)),  # unknown ones may pass
        ((-230, -232, -218, -211, -320, -321), OutOfWindow("")),
        ((-213, -217, -227, -244), Gone("", person_left=True)),
        ((-201, -210, -233, -240, -242, -248, -249), Gone("")),
        ((-204, -205, -209, -212, -219, -221, -223, -224, -235), Later("", 300.0)),
        ((-216, -220, 216, 401, -401), Later("", 300.0)),
    ],
)
def test_a_code_says_who_has_to_act(codes: tuple[int, ...], what: Outcome) -> None:
    for code in codes:
        found = outcome(code, "x", NOON)
        assert type(found) is type(what), code
        assert found.why == f"Zalo {code}: x"  # type: ignore[union-attr]
        for name in ("after", "person_left"):
            assert getattr(found, name, None) == getattr(what, name, None), code


@pytest.mark.parametrize(("now", "hours"), [(LATE, 6.5), (EARLY, 3.0)])
def test_the_night_ban_ends_at_six_in_vietnam(now: datetime, hours: float) -> None:
    assert outcome(-234, "night", now) == Later("Zalo -234: night", hours * 3600, refused=True)
    assert of_template(-133, "night", now) == Later("Zalo -133: night", hours * 3600, refused=True)


LISTED_OF_TEMPLATES = (
    *(-105, -108, -109, -115, -118, -120, -124, -127, -131, -132, -133, -135, -138, -139, -1122, -1124),
)


def test_every_listed_code_of_templates_is_in_the_table() -> None:
    assert set(OF_TEMPLATES) - set(MEANINGS) == set(LISTED_OF_TEMPLATES)


@pytest.mark.parametrize("code", sorted(OF_TEMPLATES))
def test_a_refused_template_waits_only_for_what_passes_by_itself(code: int) -> None:
    passing = (Meaning.SLOWER, Meaning.NIGHT, Meaning.AGAIN, Meaning.TOKEN)
    found = of_template(code, "x", NOON)
    if OF_TEMPLATES[code] in passing:
        assert isinstance(found, Later) and found.refused
    else:
        assert isinstance(found, Gone if OF_TEMPLATES[code] is Meaning.LEFT else OutOfWindow)


def test_a_bad_token_is_refreshed_before_it_becomes_an_outcome() -> None:
    assert {code for code in MEANINGS if meaning(code) is Meaning.TOKEN} == {-216, -220, 216, 401, -401}

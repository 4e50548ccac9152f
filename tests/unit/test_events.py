"""What waits in the database comes back as the event it was."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from hoso_bot.domain import events as ev
from hoso_bot.domain import page_events as page
from hoso_bot.domain.events import Event, InternalEvent, Tapped, from_json, to_json
from hoso_bot.handlers import ROUTES

SAMPLES: dict[str, Any] = {
    "dict[str, Any]": {"type": "StepApproved", "version_id": "v1", "step": 1},
    "str": "KHBD tuần 13 🙏\n",
    "int": 2,
    "int | None": 13,
    "bool": True,
    "list[int]": [13, 14],
    "list[str]": ["2026-12-01"],
    "list[dict[str, Any]]": [{"week": 13}],
    "Places": [["v1", 2]],
}


def kinds(base: type[Event]) -> list[type[Event]]:
    return [kind for sub in base.__subclasses__() for kind in (sub, *kinds(sub))]


AS_A_TAP = (page.PagePressed, page.PageWritten)
"""What stands for something a person does in the chat."""
KEPT = kinds(Tapped) + kinds(InternalEvent)


@pytest.mark.parametrize("kind", KEPT)
def test_a_kept_event_survives_the_database(kind: type[Event]) -> None:
    event = kind(**{f.name: SAMPLES[str(f.type)] for f in dataclasses.fields(kind)})
    assert from_json(json.loads(json.dumps(to_json(event)))) == event


def test_defaults_survive_too() -> None:
    assert from_json(to_json(ev.WeekChosen("u1"))) == ev.WeekChosen("u1", None, "")


@pytest.mark.parametrize("kind", KEPT + kinds(ev.ChatEvent))
def test_every_event_has_a_route(kind: type[Event]) -> None:
    by_other_ways = (ev.CommandSent, ev.ButtonTapped, *AS_A_TAP)
    assert kind in ROUTES or kind in by_other_ways


def test_names_are_unique() -> None:
    names = [kind.__name__ for kind in kinds(Event)]
    assert len(names) == len(set(names))


def test_an_event_of_a_newer_version_is_no_silent_nothing() -> None:
    with pytest.raises(KeyError):
        from_json({"type": "InventedLater"})
    with pytest.raises(TypeError):
        from_json({"type": "SupportAsked", "invented": 1})


DECISIONS = (ev.ConsentGiven, ev.SubmitPressed, ev.UploadCancelled, ev.ApprovalConfirmed, ev.ReasonGiven)


@pytest.mark.parametrize("kind", DECISIONS)
def test_a_decision_is_taken_by_one_tap_only(kind: type[Tapped]) -> None:
    assert kind.once


@pytest.mark.parametrize("kind", [ev.ApprovePressed, ev.RejectPressed, ev.CardAsked, ev.SupportAsked])
def test_a_look_or_a_question_may_be_tapped_again(kind: type[Tapped]) -> None:
    assert not kind.once


def test_owed_work_is_only_for_the_bot() -> None:
    from hoso_bot.handlers import Who

    for kind in kinds(InternalEvent):
        assert kind in AS_A_TAP or ROUTES[kind].who is Who.BOT
    for kind in kinds(Tapped):
        assert ROUTES[kind].who is not Who.BOT

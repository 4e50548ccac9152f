"""Who signs whose plan; each row names its rule."""

from __future__ import annotations

import dataclasses
import random

import pytest

from hoso_bot.domain.roster import Person, Role
from hoso_bot.domain.routing import NoApprover, signing_order


def person(staff_id: str, role: Role, group: str = "") -> Person:
    return Person(id=f"id-{staff_id}", staff_id=staff_id, name=staff_id, role=role, group=group)


PRINCIPAL = person("HT", Role.PRINCIPAL)
VICE_1 = person("PHT1", Role.VICE_PRINCIPAL)
VICE_2 = person("PHT2", Role.VICE_PRINCIPAL)
HEAD_1 = person("TT1", Role.GROUP_HEAD, "Tổ 1")
HEAD_2 = person("TT2", Role.GROUP_HEAD, "Tổ 2")
DEPUTY_1 = person("TP1", Role.DEPUTY_HEAD, "Tổ 1")
TEACHER_1 = person("GV1", Role.TEACHER, "Tổ 1")
TEACHER_2 = person("GV2", Role.TEACHER, "Tổ 2")
LOOSE_TEACHER = person("GV3", Role.TEACHER, "Tổ 3")
CLERK = person("NV1", Role.STAFF, "")
SCHOOL = (
    PRINCIPAL, VICE_1, VICE_2, HEAD_1, HEAD_2, DEPUTY_1, TEACHER_1, TEACHER_2, LOOSE_TEACHER, CLERK,
)  # fmt: skip


def gone(who: Person) -> Person:
    return dataclasses.replace(who, active=False)


def school_without(*absent: Person) -> tuple[Person, ...]:
    return tuple(gone(p) if p in absent else p for p in SCHOOL)


@pytest.mark.parametrize(
    ("author", "signers"),
    [
        (TEACHER_1, ["TT1", "PHT1"]),  # R23, R24, R25: own group head, then the vice-principal
        (TEACHER_2, ["TT2", "PHT1"]),  # R33: the head of the own group, no other
        (DEPUTY_1, ["TT1", "PHT1"]),  # a deputy hands in like a teacher
        (HEAD_1, ["PHT1"]),  # Q7: never through oneself, nor through the own deputy
        (VICE_1, ["HT"]),  # Q8
        (VICE_2, ["HT"]),  # Q8: also the other vice-principal's
        (PRINCIPAL, ["PHT1"]),  # Q8
        (LOOSE_TEACHER, ["PHT1"]),  # a group without a head
        (CLERK, ["PHT1"]),  # no group at all
    ],
)
def test_the_signing_order_of_everyone(author: Person, signers: list[str]) -> None:
    assert [step.signer.staff_id for step in signing_order(author, SCHOOL)] == signers


@pytest.mark.parametrize(
    ("author", "absent", "signers"),
    [
        (TEACHER_1, [HEAD_1], ["PHT1"]),  # no active head: the vice-principal alone
        (TEACHER_1, [VICE_1], ["TT1", "PHT2"]),  # Q23: another vice-principal
        (TEACHER_1, [VICE_1, VICE_2], ["TT1", "HT"]),  # Q23: the principal takes the step
        (TEACHER_1, [HEAD_1, VICE_1, VICE_2], ["HT"]),
        (HEAD_1, [VICE_1, VICE_2], ["HT"]),
        (VICE_1, [PRINCIPAL], ["PHT2"]),  # R57 still holds: another, never oneself
        (PRINCIPAL, [VICE_1], ["PHT2"]),
    ],
)
def test_someone_absent_is_replaced(author: Person, absent: list[Person], signers: list[str]) -> None:
    assert [step.signer.staff_id for step in signing_order(author, school_without(*absent))] == signers


@pytest.mark.parametrize(
    ("author", "absent"),
    [
        (TEACHER_1, [VICE_1, VICE_2, PRINCIPAL]),  # the group head alone does not finish a plan (R35, Q6)
        (VICE_1, [VICE_2, PRINCIPAL]),  # only oneself is left (R57)
        (PRINCIPAL, [VICE_1, VICE_2]),
    ],
)
def test_nobody_left_is_said_and_not_guessed(author: Person, absent: list[Person]) -> None:
    with pytest.raises(NoApprover) as refused:
        signing_order(author, school_without(*absent))
    assert refused.value.text_key == "submit.no_approver"
    assert refused.value.facts["name"] == author.name


@pytest.mark.parametrize(
    ("admin", "signer"),
    [
        ("PHT2", "PHT2"),  # R24: a setting, not the order of the list
        ("HT", "HT"),  # a school whose principal administers the records
        ("GV1", "PHT1"),  # not a leader: cannot be the last signer (R35)
        ("nobody", "PHT1"),
        (None, "PHT1"),
    ],
)
def test_the_records_administrator_comes_from_settings(admin: str | None, signer: str) -> None:
    assert signing_order(TEACHER_2, SCHOOL, admin)[-1].signer.staff_id == signer


def test_a_records_administrator_who_left_is_replaced() -> None:
    assert signing_order(TEACHER_1, school_without(VICE_2), "PHT2")[-1].signer == VICE_1


def test_nobody_ever_signs_their_own_plan() -> None:
    """R57, for every author and every single absence."""
    for author in SCHOOL:
        for absent in SCHOOL:
            steps = signing_order(author, school_without(absent))
            assert author.id not in {step.signer.id for step in steps}


def test_the_order_of_the_list_does_not_matter() -> None:
    shuffled = list(SCHOOL)
    random.Random(7).shuffle(shuffled)
    assert all(signing_order(author, shuffled) == signing_order(author, SCHOOL) for author in SCHOOL)


def test_a_group_is_one_group_however_it_is_spelled() -> None:
    author = dataclasses.replace(TEACHER_1, group="  tô\u0309  1 ")  # NFD, case, spaces
    assert signing_order(author, SCHOOL)[0].signer == HEAD_1


def test_steps_are_numbered_and_name_their_field_and_role() -> None:
    steps = signing_order(TEACHER_1, SCHOOL)
    assert [(s.number, s.field, s.role) for s in steps] == [
        (1, "Step1", Role.GROUP_HEAD),
        (2, "Step2", Role.VICE_PRINCIPAL),
    ]

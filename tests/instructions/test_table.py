"""The table of instructions says what the protocol says: labels, selectors, keys and types."""

from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from msgspec import UNSET

from creditclock.contract import OPERATIONS, Refusal
from creditclock.contract.events import KINDS_OF_EVENTS
from creditclock.contract.instructions import INSTRUCTIONS, Instruction, find
from creditclock.contract.instructions.events import EVENTS
from creditclock.contract.instructions.groups import IN_ORDER

DATE = "26-11-2026 16:20:00"


class Wire(NamedTuple):
    """What the protocol has for a label."""

    label: str
    controller: str
    selector: dict[str, str]
    keys: list[str]

    @property
    def body(self) -> dict[str, object]:
        selected = {key: "somebody@example.org" if value == "*" else value for key, value in self.selector.items()}
        return {"controller": self.controller, "ctype": "action", **selected}


def wires() -> list[Wire]:
    lines = Path(__file__).with_name("wire.txt").read_text(encoding="utf-8").splitlines()
    parts = [[part.strip() for part in line.split("|")] for line in lines]
    return [
        Wire(label, controller, dict(pair.split("=") for pair in selector.split()), keys.split())  # pyright: ignore[reportArgumentType]
        for label, controller, selector, keys in parts
    ]


WIRES = wires()


def test_there_are_all_actions_and_six_for_events() -> None:
    actions = [found for found in INSTRUCTIONS.values() if found.ctype == "action"]
    assert sorted(found.label for found in actions) == sorted(wire.label for wire in WIRES)
    assert len([found for found in actions if found.controller == "client"]) == 74
    assert len([found for found in actions if found.controller == "master"]) == 12
    assert len(INSTRUCTIONS) == 86 + 6
    assert sorted(IN_ORDER, key=lambda found: found.label) == sorted(
        INSTRUCTIONS.values(), key=lambda found: found.label
    )


@pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.label)
def test_a_body_finds_its_instruction(wire: Wire) -> None:
    assert find(wire.body).label == wire.label
    if wire.controller == "client":
        assert find({key: value for key, value in wire.body.items() if key != "controller"}).label == wire.label


@pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.label)
def test_an_answer_has_exactly_its_keys(wire: Wire) -> None:
    answer = INSTRUCTIONS[wire.label].answer
    fields = msgspec.structs.fields(answer)
    assert fields[0].encode_name == "failed"
    assert {field.encode_name for field in fields if field.default is not UNSET} | {"failed"} <= {"failed", *wire.keys}
    assert set(wire.keys) <= {field.encode_name for field in fields}


@pytest.mark.parametrize("found", INSTRUCTIONS.values(), ids=lambda found: found.label)
def test_what_is_named_is_there(found: Instruction) -> None:
    assert set(found.uses) <= set(OPERATIONS)
    assert set(found.after) <= set(INSTRUCTIONS)
    assert found.summary.endswith((".", ")."))
    assert found.operation.moves_value == any(OPERATIONS[name].moves_value for name in found.uses)


def test_no_label_means_two_instructions() -> None:
    names = [name for found in INSTRUCTIONS.values() for name in (found.label, *found.aliases)]
    assert len(set(names)) == len(names)


def test_tokens_are_no_parameters_and_passwords_have_one_name() -> None:
    fields = {name for found in INSTRUCTIONS.values() for name in found.command.__struct_fields__}
    assert not fields & {"client_id", "session_token", "controller", "ctype", "action", "event"}
    assert {name for name in fields if "pass" in name} == {"user_pass"}


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({}, "ctype"),
        ({"ctype": "action"}, "action"),
        ({"ctype": "action", "action": "view"}, "view"),
        ({"ctype": "action", "action": "view", "view": "credit"}, "credit"),
        ({"ctype": ["action"]}, "ctype"),
        ({"ctype": "action", "action": 7}, "action"),
        ({"ctype": "action", "action": "view", "view": {"account": 1}}, "view"),
        ({"ctype": "action", "action": "nothing"}, "action"),
        ({"ctype": "action", "action": "view", "view": "nothing"}, "view"),
        ({"ctype": "event", "event": "nothing"}, "event"),
        ({"ctype": "nothing"}, "ctype"),
        ({"controller": 5, "ctype": "action", "action": "login"}, "controller"),
        ({"controller": "nobody", "ctype": "action", "action": "login"}, "controller"),
        ({"controller": "system", "ctype": "action", "action": "new", "new": "worker"}, "controller"),
        ({"controller": "master", "ctype": "action", "action": "pay", "pay": "x"}, "action"),
    ],
)
def test_a_body_that_names_nothing_is_refused(body: dict[str, object], key: str) -> None:
    with pytest.raises(Refusal) as refused:
        find(body)
    assert (refused.value.data["kind"], refused.value.data["key"]) == ("error", key)


def test_what_was_sent_is_not_repeated() -> None:
    with pytest.raises(Refusal) as refused:
        find({"ctype": "action", "action": "S3cret!pass"})
    assert "S3cret" not in refused.value.detail


def test_a_value_after_the_selector_is_a_parameter() -> None:
    acquire = {"ctype": "action", "action": "acquire", "acquire": "master"}
    assert find({**acquire, "master": "account"}).label == "AcquireMaster"
    assert (
        find({"ctype": "action", "action": "switch", "switch": "account", "account": "a@b.c"}).label == "SwitchAccount"
    )
    assert find({"ctype": "event", "event": "acknowledge", "acknowledge": 5}).label == "EventAcknowledge"


def decoded(label: str, **given: object) -> Any:  # noqa: ANN401 - of another class for each label
    return msgspec.convert(given, INSTRUCTIONS[label].command, strict=False)


def test_numbers_may_be_text_and_unknown_keys_are_nothing() -> None:
    assert decoded("TransferCredits", credits="10", transfer_to="a@b.c", owner=True).credits == 10
    assert decoded("ConvertClockToCredits", minutes="5").minutes == 5.0
    assert decoded("UnlinkAccount", forced_removal="true").forced_removal is True
    assert decoded("SupplyCredits", credits="3", cost="4.7").cost == 4.7
    assert decoded("InspectSubordonate", subordonate="7").subordonate == 7
    with pytest.raises(msgspec.ValidationError):
        decoded("TransferCredits", credits="-1", transfer_to="a@b.c")


def test_minutes_are_written_with_a_point_and_map_keys_as_text() -> None:
    clock = {
        "id": 3, "ewallet": 2, "reference": "Credit Clock", "create_date": DATE, "write_date": DATE,
        "credit_clock": 20.0, "clock_state": "inactive", "time_sheet": 4, "time_sheet_archive": {4: "TimeSheet"},
        "conversion_sheet": 4, "conversion_sheet_archive": {4: "ConversionSheet"},
    }  # fmt: skip
    answer = msgspec.convert({"clock": 3, "clock_data": clock}, INSTRUCTIONS["ViewCreditClock"].answer)
    written = msgspec.json.encode(answer)
    assert b'"credit_clock":20.0' in written
    assert b'"time_sheet_archive":{"4":"TimeSheet"}' in written
    assert written.startswith(b'{"failed":false,"clock":3,')


def test_events_are_made_of_kinds_that_there_are() -> None:
    assert list(EVENTS) == ["CreditsReceived", "ClockLow", "ClockEnded", "SessionTakenOver", "MasterFrozen"]
    assert {event.kind for event in EVENTS.values()} <= set(KINDS_OF_EVENTS)

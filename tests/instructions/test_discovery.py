"""What the instruction set tells about itself is read from its table, and enough to send each instruction."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from creditclock.contract.instructions import INSTRUCTIONS, find
from creditclock.contract.instructions.events import EVENTS
from creditclock.web.instructions.discovery import banner, explained, listing

PAGE = ["failed", "action", "prerequisits", "instruction_set", "response_ok", "response_nok"]
FLOATS = {
    "cost",
    "minutes",
    "credit_clock",
    "converted_minutes",
    "minutes_spent",
    "pending_time",
    "time_spent",
    "time_pending",
}
LABELS = [name for found in INSTRUCTIONS.values() for name in (found.label, *found.aliases)]


def ask(label: str, option: str = "action") -> dict[str, Any]:
    return explained({"option": option, "action": label})


def texts(name: str, value: object) -> Iterator[tuple[str, object]]:
    match value:
        case dict():
            for key, inner in value.items():  # pyright: ignore[reportUnknownVariableType]
                yield from texts(str(key), inner)  # pyright: ignore[reportUnknownArgumentType]
        case list():
            for inner in value:  # pyright: ignore[reportUnknownVariableType]
                yield from texts(name, inner)  # pyright: ignore[reportUnknownArgumentType]
        case _:
            yield name, value


def test_the_banner_has_two_lines() -> None:
    assert list(banner()) == ["message"]
    assert len(banner()["message"].splitlines()) == 2


@pytest.mark.parametrize("question", [None, {}])
def test_nothing_asked_is_answered_with_the_list(question: object) -> None:
    told = explained(question)
    assert told == listing()
    assert list(told) == ["available_actions", "available_events", "help"]
    assert list(told["help"]) == ["option", "action", "event"]
    assert told["available_events"] == list(EVENTS)
    actions = told["available_actions"]
    assert len(set(actions)) == len(actions)
    assert set(actions) == {
        name for found in INSTRUCTIONS.values() if found.ctype == "action" for name in (found.label, *found.aliases)
    }
    assert {"ChechCTokenSession", "CheckSTokenState", "AddContactListRecord", "SwitchSessionUser"} <= set(actions)


@pytest.mark.parametrize("label", LABELS)
def test_every_label_is_explained(label: str) -> None:
    page = ask(label)
    assert list(page) == PAGE
    assert page["failed"] is False
    assert page["action"] == label
    sent = page["instruction_set"]
    found = find(sent)
    assert label in (found.label, *found.aliases)
    assert sent.get("controller", "client") == found.controller
    assert ("controller" in sent) == (found.controller == "master")
    assert set(found.command.__struct_fields__) <= set(sent)
    assert page["response_ok"]["failed"] is False
    assert page["response_nok"]["failed"] is True
    assert json.loads(json.dumps(page)) == page


@pytest.mark.parametrize("label", LABELS)
def test_placeholders_name_their_type(label: str) -> None:
    page = ask(label)
    for name, value in [*texts("", page["instruction_set"]), *texts("", page["response_ok"])]:
        if isinstance(value, str) and value.startswith("<"):
            assert (" type-float" in value) == (name in FLOATS) or (label, name) == (
                "UnlinkCreditClock",
                "credit_clock",
            )


def test_a_page_looks_as_it_always_did() -> None:
    assert ask("ConvertClockToCredits") == {
        "failed": False,
        "action": "ConvertClockToCredits",
        "prerequisits": ["AccountLogin", "ConvertCreditsToClock"],
        "instruction_set": {
            "ctype": "action",
            "action": "convert",
            "convert": "clock2credits",
            "client_id": "<client-id type-str>",
            "session_token": "<session-token type-str>",
            "minutes": "<minutes type-float>",
            "notes": "<notes type-str>",
        },
        "response_ok": {
            "failed": False,
            "conversion_record": "<conversion-record type-int>",
            "ewallet_credits": "<ewallet-credits type-int>",
            "credit_clock": "<credit-clock type-float>",
            "converted_minutes": "<converted-minutes type-float>",
        },
        "response_nok": {
            "failed": True,
            "error": "<error type-str>",
            "warning": "<warning type-str>",
            "level": "<level type-str>",
            "details": "<details type-str>",
        },
    }
    assert ask("StartClockTimer")["response_ok"]["start_timestamp"] == "<%d-%m-%Y %H:%M:%S type-str tz-UTC>"


@pytest.mark.parametrize("label", EVENTS)
def test_every_event_is_explained(label: str) -> None:
    page = ask(label, "event")
    assert list(page) == PAGE
    assert page == explained({"option": "event", "event": label})
    assert find(page["instruction_set"]).label == "EventPoll"
    (event,) = page["response_ok"]["events"]
    assert event["label"] == label
    assert list(event["data"]) == list(EVENTS[label].data.__struct_fields__)


@pytest.mark.parametrize(
    "question",
    [
        [],
        "ViewAccount",
        5,
        True,
        {"option": "system"},
        {"option": ["action"], "action": "ViewAccount"},
        {"action": "ViewAccount"},
        {"option": "action"},
        {"option": "action", "action": "Nothing"},
        {"option": "action", "action": ["ViewAccount"]},
        {"option": "action", "action": "ClockLow"},
        {"option": "event", "action": "ViewAccount"},
        {"option": "event"},
    ],
)
def test_what_is_not_known_is_told_so(question: object) -> None:
    told = explained(question)
    assert (told["failed"], told["level"]) == (True, "ewallet-dox")
    assert list(told) == ["failed", "level", "error"]
    assert told["error"].endswith(".")

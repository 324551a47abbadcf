"""What the instruction set tells about itself: its labels, and a page for each instruction and event.

All of it is written from the table of instructions.
"""

from functools import cache
from typing import Any, Final, cast

import msgspec
from msgspec import inspect

from creditclock.contract.instructions.events import EVENTS, EventsPolled, InstructionEvent
from creditclock.contract.instructions.groups import IN_ORDER
from creditclock.contract.instructions.instruction import INSTRUCTIONS, PATH, Instruction, Needs
from creditclock.contract.instructions.tokens import OTHERWISE
from creditclock.contract.instructions.values import Date

Page = dict[str, Any]
"""A JSON object. Pages are kept: who got one must not change it."""
LEVEL: Final = "ewallet-dox"
DATE: Final = "<%d-%m-%Y %H:%M:%S type-str tz-UTC>"
REFUSED: Final[Page] = {
    "failed": True,
    "error": "<error type-str>",
    "warning": "<warning type-str>",
    "level": "<level type-str>",
    "details": "<details type-str>",
}
"""Every refusal; it has one of `error` and `warning`, never both."""
_DATE: Final = inspect.type_info(Date)
_WITHOUT_CLIENT: Final = frozenset({Needs.NOTHING, Needs.SESSION})
_WITHOUT_SESSION: Final = frozenset({Needs.NOTHING, Needs.CLIENT})
_TYPES: Final[dict[type[inspect.Type], str]] = {
    inspect.AnyType: "any",
    inspect.BoolType: "bool",
    inspect.DictType: "dict",
    inspect.FloatType: "float",
    inspect.IntType: "int",
    inspect.StrType: "str",
}


@cache
def banner() -> Page:
    """Who answers here, in two lines under `message`."""
    return {
        "message": "Creditclock: customers buy credits, credits buy time on a clock, sessions burn it.\n"
        f"GET {PATH} lists the instructions, POST {PATH} carries one out."
    }


@cache
def listing() -> Page:
    """Every label of an action in all its spellings, every event, and how to ask about one."""
    actions = [found for found in IN_ORDER if found.ctype == "action"]
    asking = ", ".join(found.label for found in IN_ORDER if found.ctype == "event")
    return {
        "available_actions": [name for found in actions for name in (found.label, *found.aliases)],
        "available_events": list(EVENTS),
        "help": {
            "option": "What to explain: action or event.",
            "action": 'A label of available_actions: GET this path with {"option": "action", "action": "ViewAccount"}.',
            "event": 'A label of available_events: GET this path with {"option": "event", "action": "ClockLow"}. '
            f"Events are asked for with {asking}; these are explained as actions.",
        },
    }


def explained(question: object) -> Page:
    """What the body of a GET asks for: the listing if it is empty, else the page of one instruction or event.

    A question that can't be answered gives `failed`, `level` and `error`.
    """
    if question is None or question == {}:
        return listing()
    if not isinstance(question, dict):
        return _not_answered('The question is no JSON object: ask {"option": "action", "action": "ViewAccount"}.')
    asked = cast("dict[str, object]", question)
    match asked.get("option"):
        case "action":
            return _explained_label(asked.get("action"), _actions(), "available_actions")
        case "event":
            return _explained_label(asked.get("action", asked.get("event")), _events(), "available_events")
        case _:
            return _not_answered('`option` is neither "action" nor "event": choose one of them.')


def _explained_label(label: object, pages: dict[str, Page], place: str) -> Page:
    if isinstance(label, str) and label in pages:
        return pages[label]
    return _not_answered(f"`action` names nothing that is known: GET this path without a body, and see {place}.")


def _not_answered(error: str) -> Page:
    return {"failed": True, "level": LEVEL, "error": error}


@cache
def _actions() -> dict[str, Page]:
    """The page of every instruction by each of its labels."""
    return {
        name: _page(name, list(found.after), instruction_set(found), _answered(found.answer))
        for found in IN_ORDER
        for name in (found.label, *found.aliases)
    }


@cache
def _events() -> dict[str, Page]:
    return {event.label: _explained_event(event) for event in EVENTS.values()}


def _explained_event(event: InstructionEvent) -> Page:
    """An event is explained by the instruction that polls it and an answer that holds one."""
    polls = INSTRUCTIONS["EventPoll" if "client" in event.told else "MasterEventPoll"]
    answer = _answered(EventsPolled)
    (told,) = answer["events"]
    answer["events"] = [{**told, "label": event.label, "data": _answered(event.data)}]
    return _page(event.label, [*polls.after, polls.label], instruction_set(polls), answer)


def _page(label: str, after: list[str], asks: Page, answers: Page) -> Page:
    return {
        "failed": False,
        "action": label,
        "prerequisits": after,
        "instruction_set": asks,
        "response_ok": answers,
        "response_nok": REFUSED,
    }


def instruction_set(found: Instruction) -> Page:
    """What to send for an instruction; what to fill in stands between angle brackets.

    `controller` is shown for a master's only: an instruction without it is a client's.
    """
    named = {key: value for key, value in found.selector.items() if value is not None}
    return {
        **({"controller": found.controller} if found.controller != "client" else {}),
        "ctype": found.ctype,
        **named,
        **({} if found.needs in _WITHOUT_CLIENT else {"client_id": "<client-id type-str>"}),
        **({} if found.needs in _WITHOUT_SESSION else {"session_token": "<session-token type-str>"}),
        **_answered(found.command),
    }


def _answered(struct: type[msgspec.Struct]) -> Page:
    """The fields of a struct with their types, without those that are there only when something is wrong."""
    found = inspect.type_info(struct)
    assert isinstance(found, inspect.StructType)
    return _fields(found)


def _fields(struct: inspect.StructType) -> Page:
    return {
        field.encode_name: _shown(field.encode_name, field.type)
        for field in struct.fields
        if not _is_otherwise(field.type)
    }


def _is_otherwise(found: inspect.Type) -> bool:
    if isinstance(found, inspect.UnionType):
        return any(_is_otherwise(one) for one in found.types)
    return isinstance(found, inspect.Metadata) and OTHERWISE in (cast("Any", found).extra or {})


def _shown(name: str, found: inspect.Type) -> Any:  # noqa: ANN401, PLR0911 - any JSON value, one for each kind of type
    if found == _DATE:
        return DATE
    match found:
        case inspect.Metadata(type=inner):
            return _shown(name, inner)
        case inspect.UnionType(types=types):
            return _shown(name, next(one for one in types if not isinstance(one, inspect.NoneType)))
        case inspect.StructType():
            return _fields(found)
        case inspect.LiteralType(values=(value,)):
            return value
        case inspect.LiteralType(values=values):
            kind = type(values[0]).__name__
            return f"<{'|'.join(map(str, values))} type-{kind}>"
        case inspect.ListType(item_type=item):
            return [_shown(name, item)]
        case inspect.DictType(key_type=inspect.IntType(), value_type=value):
            return {"<id type-int>": _shown(_one_of(name), value)}
        case inspect.DictType(key_type=inspect.StrType(), value_type=inspect.StrType()):
            return {"<account type-str>": "<name type-str>"}
        case _:
            return f"<{name.replace('_', '-')} type-{_TYPES[type(found)]}>"


def _one_of(name: str) -> str:
    """What a map from numbers holds one of: the e-mails of accounts, or the names of other things."""
    return "user_email" if name.endswith("pool") else "reference"

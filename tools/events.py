"""The reference page of events, written from the table of kinds."""

from collections.abc import Iterable
from itertools import groupby
from typing import Final

import msgspec

from creditclock.contract import OPERATIONS
from creditclock.contract.events import KINDS_OF_EVENTS, EventKind
from creditclock.queries.events import PRIVATE
from creditclock.web.reference_page import anchor, fields_told
from tools.reference import NOTE, code, table

_EXAMPLE: Final = {
    "id": "evt_0000001000000000151",
    "type": "clock.low",
    "timestamp": "2026-11-20T09:45:00.000Z",
    "subject": "clk_000000100000000006c",
    "data": {
        "customer": "cus_000000100000000006a",
        "threshold_ms": 300_000,
        "left_ms": 300_000,
        "balance_ms": 300_000,
        "burn_rate": 1_000,
        "due_at": "2026-11-20T09:50:00.000Z",
    },
}


def events() -> str:
    """Every kind of event: when it is told, to whom, and what it tells."""
    lines = [
        NOTE,
        "",
        "# Events",
        "",
        "What others are told after something happened, by [`GET /v1/events`](../howto/follow-events.md)",
        "and by [webhooks](../howto/receive-webhooks.md). All events have this form:",
        "",
        "```json",
        msgspec.json.format(msgspec.json.encode(_EXAMPLE), indent=2).decode(),
        "```",
        "",
        "`id` rises in the order of commits within a business. An event may be told twice: its id says so.",
        "`timestamp` is when it took effect, `subject` the id of the thing it is about.",
        "`data` depends on `type` and may get more fields later: leave unknown ones aside.",
        "Whoever may get the thing is told its events; customers only about what is their own.",
        "",
        *table(
            ("type", "when"),
            ((f"[`{kind.name}`](#{anchor(kind.name)})", kind.summary) for kind in KINDS_OF_EVENTS.values()),
        ),
    ]
    for noun, kinds in groupby(KINDS_OF_EVENTS.values(), key=lambda kind: kind.noun):
        lines += ["", f"## {noun.replace('_', ' ').capitalize()}"]
        for struct, alike in groupby(kinds, key=lambda kind: kind.data):
            lines += _alike(struct, list(alike))
    return "\n".join(lines) + "\n"


def _alike(struct: type[msgspec.Struct], kinds: list[EventKind]) -> Iterable[str]:
    """Kinds in a row whose data has the same fields."""
    for kind in kinds:
        yield from ("", f'<a id="{anchor(kind.name)}"></a>', "", f"### {kind.name}", "", f"{kind.summary}{_told(kind)}")
    yield ""
    yield f"{'Their' if len(kinds) > 1 else 'Its'} `data`: {_flowing(struct.__doc__ or '')}"
    yield ""
    yield from table(
        ("field", "type", "meaning"), ((code(field.name), field.type, field.text) for field in fields_told(struct))
    )


def _told(kind: EventKind) -> str:
    get = OPERATIONS.get(f"{kind.noun}.get")
    by = kind.by if kind.by is not None else get.by if get and kind.name != PRIVATE else ()
    return f"\nTold to: {', '.join(by)}." if by else ""


def _flowing(text: str) -> str:
    return " ".join(text.split())

"""Examples of what the API takes and gives, made from schemas; the same each time."""

from collections.abc import Mapping
from typing import Any, Final

from creditclock.contract import Operation
from creditclock.contract.values import identify
from creditclock.queries.explanations import ROUNDING

STREAM_EXAMPLE: Final = """\
id: evt_00000070000000001f4
event: clock.low
data: {"id":"evt_00000070000000001f4","type":"clock.low","timestamp":"2026-11-20T09:30:00.000Z",\
"subject":"clk_000000700000000006c","data":{"customer":"cus_000000700000000006a","threshold_ms":300000,\
"left_ms":300000,"balance_ms":300000,"burn_rate":1000,"due_at":"2026-11-20T09:35:00.000Z"}}
"""
"""A message of the stream of events."""
Schemas = Mapping[str, Mapping[str, Any]]

_NUMBERS: Final = {
    "mas": 0, "stf": 100, "trf": 101, "app": 102, "cus": 106, "wal": 107, "clk": 108, "lot": 112,
    "rec": 113, "ses": 120, "tok": 130, "pln": 140,
    "whk": 160, "srq": 170, "iss": 7, "evt": 500,
}  # fmt: skip
_NAMED: Final[dict[str, Any]] = {
    "low_ms": [300_000, 60_000],
    "after_pause": "stop",
    "amount": 2_000,
    "amount_paid": 2_000,
    "available": 2_000,
    "balance": 2_000,
    "balance_ms": 1_200_000,
    "bought_ms": 1_200_000,
    "burn_rate": 1_000,
    "burned": 45_000_000,
    "code": "EUR",
    "currency": "EUR",
    "current": True,
    "customer_limit": 500,
    "customers": 42,
    "apps": 3,
    "masters": 7,
    "done": True,
    "due_at": "2026-11-20T09:50:00.000Z",
    "email": "bob@example.org",
    "expires_at": "2026-12-20T09:30:00.000Z",
    "exponent": 2,
    "kind": "paid",
    "lease_ms": 60_000,
    "lease_until": "2026-11-20T09:31:00.000Z",
    "left_ms": 1_200_000,
    "login": "bob",
    "lot": identify("lot", 1, 112),
    "max_loss_ms": 60_000,
    "ms": 1_200_000,
    "name": "Bob",
    "old_password": "the old one",
    "parallel": 1,
    "password": "correct horse",
    "phone": "+49 30 123456",
    "price": 6_000,
    "priority": 100,
    "revive_ms": 300_000,
    "scopes": ["sessions", "wallets"],
    "token": "cct_0000001_…",
    "url": "https://shop.example/creditclock",
    "version": 1,
    "zone": "Europe/Berlin",
}
"""Values by the name of a field."""
_PREFERRED: Final = ("running", "active", "enabled", "delivered", "secret", "FreezeMaster")
_UNLIMITED: Final = frozenset(
    {
        "pause_count",
        "pause_each_ms",
        "pause_total_ms",
        "pause_until",
        "valid_ms",
        "seat_limit",
        "app_limit",
        "old_key_until",
    }
)

_BODIES: Final[dict[str, dict[str, Any]]] = {
    "app.create": {"name": "Desktop app", "scopes": ["sessions", "wallets"]},
    "app.rotate": {"grace_ms": 86_400_000},
    "second_factor.confirm": {"code": "492039"},
    "second_factor.remove": {"code": "492039"},
    "batch.run": {
        "operations": [
            {"op": "wallet.top_up", "wallet": identify("wal", 1, 107), "amount": 2_000, "reference": "payment-4711"},
            {"op": "wallet.pay", "key": "order-1234", "wallet": identify("wal", 1, 107), "amount": 5_000},
        ]
    },
    "clock.buy": {"amount": 2_000},
    "clock.change": {"parallel": 2},
    "customer.change": {"email": "bob@example.org"},
    "customer.create": {
        "password": "correct horse",
        "name": "Bob",
        "email": "bob@example.org",
        "phone": "+49 30 123456",
    },
    "customer.remove": {},
    "master.change": {"name": "Corner Café"},
    "instruction.run": {"master_id": 1},
    "master.create": {"name": "Corner Café", "login": "ann", "currency": "EUR"},
    "master.set_key_code": {},
    "plan.change": {"customer_limit": 500},
    "plan.create": {"name": "Small", "customer_limit": 500},
    "session.start": {"lease_ms": 60_000},
    "session.take_over": {"lease_ms": 60_000},
    "webhook.change": {"enabled": True},
    "webhook.create": {"events": ["session.*", "clock.low"]},
    "webhook.replay": {"since": "2026-11-20T09:30:00.000Z"},
    "webhook.rotate": {},
    "tariff.change": {"price": 4_500},
    "tariff.create": {"name": "Evening", "price": 4_500, "minimum_ms": 300_000},
    "test_clock.set": {"advance_ms": 60_000},
    "wallet.pay": {"amount": 250, "note": "Two coffees"},
    "wallet.top_up": {"reference": "payment-4711"},
    "wallet.transfer": {"amount": 500, "to_customer": identify("cus", 1, 150)},
}
"""What an example says beside what must be said."""

_OWNER: Final = {"kind": "staff", "master": identify("mas", 1, 0), "role": "owner"}
_RUN: Final = {"elapsed_ms": 45_000, "used_ms": 45_000, "left_ms": 1_155_000, "as_of": "2026-11-20T09:30:45.000Z"}
_STILL: Final = {**_RUN, "lease_until": None, "due_at": None, "max_loss_ms": 0}
_ENDED: Final = {**_STILL, "state": "ended", "ended_at": "2026-11-20T09:30:45.000Z", "reason": "stopped"}
_PAUSED: Final = {
    **_STILL,
    "state": "paused",
    "paused_at": "2026-11-20T09:30:45.000Z",
    "pause_until": "2026-12-20T09:30:45.000Z",
}
_IDLE: Final[dict[str, Any]] = {"state": "idle", "burn_rate": 0, "due_at": None, "sessions": []}
_EMPTY: Final[dict[str, Any]] = {**_IDLE, "balance_ms": 0, "left_ms": 0, "lots": []}
_RETURNED: Final[dict[str, Any]] = {
    "clock": _EMPTY,
    "record": {"kind": "return", "ms": -1_200_000, "balance_ms": 0, "amount": 2_000},
}
_GRANT: Final[dict[str, Any]] = {
    "clock": {**_IDLE, "lots": {"kind": "granted", "amount_paid": 0}},
    "record": {"kind": "grant"},
}
_HEARS: Final[dict[str, Any]] = {
    "events": ["session.*", "clock.low"],
    "reason": None,
    "failing_since": None,
    "next_attempt_at": None,
    "old_secret_until": None,
    "secret": None,
}
_CHANGED: Final[dict[str, Any]] = {**_HEARS, "pending": None}
_SHOWN_ONCE: Final = "whsec_…"
_ASKED: Final[dict[str, Any]] = {
    "login": "bob",
    "amount": 2_000,
    "cost": 200_000,
    "note": "Paid at the desk",
    "state": "pending",
    "decided_at": None,
    "record": None,
}
_EXACT: Final[dict[str, dict[str, Any]]] = {
    "instruction.run": {
        "failed": False,
        "masters": [1],
        "subordonates": [2, 3],
        "masters_frozen": 1,
        "subordonates_frozen": 2,
        "frozen_failures": 0,
        "frozen_count": 3,
    }
}
"""Answers that have some of their fields only."""
_TOLD: Final[dict[str, Any]] = {
    "webhook.change": _CHANGED,
    "webhook.create": {**_CHANGED, "secret": _SHOWN_ONCE},
    "webhook.deliveries": {
        "type": "session.ended",
        "subject": identify("ses", 1, 120),
        "attempts": 1,
        "next_attempt_at": None,
        "status": 200,
        "problem": None,
    },
    "webhook.get": {**_HEARS, "pending": 0},
    "webhook.list": {**_HEARS, "pending": 0},
    "webhook.replay": _CHANGED,
    "webhook.rotate": {**_CHANGED, "old_secret_until": "2026-11-21T09:30:00.000Z", "secret": _SHOWN_ONCE},
    "customer.export": {"kind": "posting", "data": {"kind": "top_up", "amount": 2_000, "note": "Desk, cash"}},
    "app.create": {"name": "Desktop app", "key": "ccs_0000001_…", "expires_at": None},
    "app.get": {"name": "Desktop app", "expires_at": None},
    "app.list": {"name": "Desktop app", "expires_at": None},
    "app.rotate": {
        "name": "Desktop app",
        "key": "ccs_0000001_…",
        "expires_at": None,
        "old_key_until": "2026-11-21T09:30:00.000Z",
    },
    "audit.list": {
        "number": 812,
        "who": identify("stf", 1, 100),
        "what": "token.sign_in",
        "subject": identify("stf", 1, 100),
        "detail": {"token": identify("tok", 1, 130), "method": "second_factor"},
    },
    "second_factor.get": {"on": True, "recovery_codes_left": 10},
    "second_factor.begin": {
        "secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
        "uri": "otpauth://totp/Creditclock%20Corner%20Caf%C3%A9:ann?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
        "&issuer=Creditclock%20Corner%20Caf%C3%A9",
        "confirm_until": "2026-11-20T10:30:00.000Z",
    },
    "second_factor.confirm": {"recovery_codes": ["k7qd-x3ma-p5vz-2hcn"]},
    "batch.run": {
        "results": [
            {
                "ok": {
                    "wallet": {
                        "id": identify("wal", 1, 107),
                        "customer": identify("cus", 1, 106),
                        "balance": 2_000,
                        "held": 0,
                        "available": 2_000,
                        "currency": "EUR",
                        "exponent": 2,
                    },
                    "record": {
                        "id": identify("rec", 1, 113),
                        "at": "2026-11-20T09:30:00.000Z",
                        "recorded_at": "2026-11-20T09:30:00.000Z",
                        "kind": "top_up",
                        "amount": 2_000,
                        "balance": 2_000,
                        "other": None,
                        "note": None,
                        "reference": "payment-4711",
                    },
                }
            },
            {
                "problem": {
                    "type": "/docs#problem-insufficient_credits",
                    "title": "Not enough credits",
                    "status": 402,
                    "detail": "3000 minor units are missing in this wallet. Top it up first.",
                    "code": "insufficient_credits",
                    "missing": 3_000,
                }
            },
        ]
    },
    "clock.buy": {
        "clock": _IDLE,
        "wallet": {"balance": 0, "available": 0},
        "record": {"kind": "buy", "amount": -2_000},
    },
    "clock.change": {**_IDLE, "parallel": 2},
    "clock.create": _EMPTY,
    "clock.grant": _GRANT,
    "clock.list": _IDLE,
    "clock.get": {"balance_ms": 1_200_000},
    "clock.records": {"kind": "buy", "amount": -2_000},
    "clock.return": _RETURNED,
    "customer.remove": {"state": "removed", "removed_at": "2026-11-20T09:30:00.000Z"},
    "plan.create": {"name": "Small", "masters": 0},
    "plan.list": {"name": "Small"},
    "session.end": {**_ENDED, "reason": "ended"},
    "session.explain": {
        "session": _ENDED,
        "segments": {"kind": "run", "until_at": "2026-11-20T09:30:45.000Z"},
        "used_ms": 45_000,
        "rounding": ROUNDING,
        "paid": {"ms": 45_000, "at": "2026-11-20T09:30:45.000Z", "alone": True},
        "lines": [
            "2026-11-20T09:30:00.000Z: ran 45000 ms at 1 ms per ms: 45000 ms",
            "taken from the clock: 45000 ms",
        ],
    },
    "session.get": {**_RUN, "max_loss_ms": 15_000},
    "session.pause": _PAUSED,
    "session.renew": {**_RUN, "lease_until": "2026-11-20T09:31:45.000Z"},
    "session.resume": {**_RUN, "lease_until": "2026-11-20T09:31:45.000Z"},
    "session.stop": _ENDED,
    "session.take_over": {**_RUN, "seq": 2, "lease_until": "2026-11-20T09:31:45.000Z"},
    "tariff.change": {"version": 2, "price": 4_500},
    "tariff.create": {"name": "Evening", "price": 4_500, "minimum_ms": 300_000},
    "test_clock.set": {"now": "2026-11-20T09:31:00.000Z"},
    "token.sign_in": {"who": _OWNER},
    "token.who": _OWNER,
    "master.create": {"plan": None, "customer_limit": None, "customers": 0, "apps": 0, "zone": "UTC"},
    "issue_report.get": {
        "source": "192.0.2.7",
        "contact": "bob@example.org",
        "details": '{"version":"2.1"}',
        "log": "timer: no answer",
    },
    "issue_report.list": {"source": "192.0.2.7", "contact": "bob@example.org"},
    "master.freeze": {"state": "frozen"},
    "master.remove": {"state": "removed", "plan": None, "customers": 0},
    "master.set_key_code": {"key_code": "Z2l2ZSBpdCB0byBhcHBz"},
    "supply_request.list": _ASKED,
    "supply_request.approve": {
        **_ASKED,
        "state": "approved",
        "decided_at": "2026-11-20T09:35:00.000Z",
        "record": identify("rec", 1, 113),
    },
    "supply_request.decline": {**_ASKED, "state": "declined", "decided_at": "2026-11-20T09:35:00.000Z"},
    "wallet.create": {"balance": 0, "available": 0},
    "wallet.pay": {
        "wallet": {"balance": 1_750, "available": 1_750},
        "record": {"kind": "pay", "amount": -250, "balance": 1_750, "note": "Two coffees"},
    },
    "wallet.records": {"kind": "top_up", "reference": "payment-4711"},
    "wallet.top_up": {"record": {"kind": "top_up", "reference": "payment-4711"}},
    "wallet.transfer": {
        "wallet": {"balance": 1_500, "available": 1_500},
        "record": {"kind": "transfer", "amount": -500, "balance": 1_500, "other": identify("wal", 1, 151)},
    },
}
"""What an answer says beside what its schema makes; of a list, what its items say."""
_OF_NOUN: Final = {"master": "Corner Café", "tariff": "Standard", "plan": "Small", "app": "Desktop app"}


def body_example(operation: Operation, body: Mapping[str, Any], schemas: Schemas) -> dict[str, Any]:
    """A body that the operation takes: what must be said, and what its verb is usually told."""
    required = {name: example_of(body["properties"][name], schemas, name) for name in body.get("required", ())}
    return required | _BODIES.get(operation.name, {})


def answer_example(operation: Operation, name: str, schemas: Schemas) -> Any:  # noqa: ANN401 - JSON
    """An answer of the operation, of the schema `name`."""
    if operation.name in _EXACT:
        return _EXACT[operation.name]
    made = example_of(schemas[name], schemas)
    told = _TOLD.get(operation.name, {})
    if operation.noun in _OF_NOUN and "name" not in told:
        told = {**told, "name": _OF_NOUN[operation.noun]} if _has_name(made) else told
    if name.startswith("Page_"):
        return {"items": [_merged(item, told) for item in made["items"]], "next": None}
    return _merged(made, told)


def example_of(schema: Mapping[str, Any], schemas: Schemas, name: str = "") -> Any:  # noqa: ANN401 - JSON
    """A value that the schema allows; `name` is that of the field that holds it."""
    if "default" in schema:
        return schema["default"]
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rpartition("/")[2]], schemas, name)
    if "anyOf" in schema:
        return None if name in _UNLIMITED else example_of(schema["anyOf"][0], schemas, name)
    if "enum" in schema:
        options = schema["enum"]
        return next((value for value in (_NAMED.get(name), *_PREFERRED) if value in options), options[0])
    return _of_type(schema, schemas, name)


def _of_type(schema: Mapping[str, Any], schemas: Schemas, name: str) -> Any:  # noqa: ANN401 - JSON
    match schema["type"]:
        case "object":
            return {field: example_of(of, schemas, field) for field, of in schema.get("properties", {}).items()}
        case "array":
            return _NAMED[name] if name in _NAMED else [example_of(schema["items"], schemas, name)]
        case "string":
            return _text(schema, name)
        case "boolean":
            return _NAMED.get(name, False)
        case _:
            return max(_NAMED.get(name, 0), schema.get("minimum", 0))


def _text(schema: Mapping[str, Any], name: str) -> str:
    pattern: str = schema.get("pattern", "")
    if pattern.startswith("^") and pattern[1:4] in _NUMBERS and pattern[4:5] == "_":
        return identify(pattern[1:4], 1, _NUMBERS[pattern[1:4]])
    if schema.get("format") == "date-time":
        return _NAMED.get(name, "2026-11-20T09:30:00.000Z")
    return _NAMED[name] if name in _NAMED else identify("stf", 1, _NUMBERS["stf"]) if name == "id" else "…"


def _has_name(made: Mapping[str, Any]) -> bool:
    return "name" in made or any("name" in item for item in made.get("items", ()))


def _merged(made: Any, told: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(made, dict) and isinstance(told, dict):
        parts: dict[str, Any] = {**made}
        for name, value in told.items():  # pyright: ignore[reportUnknownVariableType] - JSON
            parts[name] = _merged(parts[name], value) if name in parts else value
        return parts
    if isinstance(made, list) and isinstance(told, dict):
        return [_merged(item, told) for item in made]  # pyright: ignore[reportUnknownVariableType] - JSON
    return told

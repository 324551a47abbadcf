"""Compares the server's answers with the model, field by field."""

from datetime import datetime
from typing import Any

from tests.model.walk import Clock
from tests.model.world import World

Json = dict[str, Any]


class Difference(Exception):  # noqa: N818 - it is what the model is looking for
    """Server and model disagree."""


def milliseconds_of(instant: str) -> int:
    moment = datetime.fromisoformat(instant)
    return int(moment.timestamp()) * 1000 + moment.microsecond // 1000


def compare(what: str, answer: Json, expected: Json) -> None:
    wrong = {name: (answer.get(name), value) for name, value in expected.items() if answer.get(name) != value}
    if wrong:
        lines = [f"  {name}: the server says {theirs}, the model {ours}" for name, (theirs, ours) in wrong.items()]
        raise Difference("\n".join([what, *lines]))


def compare_clock(answer: Json, world: World, index: int, names: dict[int, str]) -> None:
    clock = world.clocks[index]
    due_at, left_ms = clock.outlook()
    states = {session.state for session in clock.open}
    lots = sorted(clock.lots, key=lambda lot: lot.order)
    expected = {
        "state": "running" if "running" in states else "paused" if states else "idle",
        "balance_ms": clock.balance,
        "left_ms": left_ms,
        "burn_rate": clock.rate,
        "due_at": due_at,
        "as_of": world.now,
        "parallel": clock.parallel,
        "lots": [
            (
                lot.kind,
                lot.priority,
                lot.left_ms,
                lot.bought_ms,
                lot.amount_paid,
                lot.starts_at if lot.starts_at > world.now else None,
                lot.expires_at,
            )
            for lot in lots
        ],
        "sessions": sorted(names[session.label] for session in clock.open if session.label in names),
    }
    told = answer | {
        "due_at": told_instant(answer["due_at"]),
        "as_of": told_instant(answer["as_of"]),
        "lots": [told_lot(lot, world.now) for lot in answer["lots"]],
        "sessions": sorted(session["id"] for session in answer["sessions"]),
    }
    compare(f"clock {index} at {world.now}", told, expected)
    for session in answer["sessions"]:
        label = next(label for label, name in names.items() if name == session["id"])
        compare_session(session, world, label, names)


def told_instant(instant: str | None) -> int | None:
    return None if instant is None else milliseconds_of(instant)


def told_lot(lot: Json, now: int) -> tuple[object, ...]:
    starts_at = told_instant(lot.get("starts_at"))
    return (
        *(lot[name] for name in ("kind", "priority", "left_ms", "bought_ms", "amount_paid")),
        starts_at if starts_at is not None and starts_at > now else None,
        told_instant(lot.get("expires_at")),
    )


def compare_session(answer: Json, world: World, label: int, names: dict[int, str]) -> None:
    session = world.sessions[label]
    clock = world.clocks[world.homes[label]]
    expected: Json = {
        "state": session.state,
        "seq": session.seq,
        "burn_rate": session.rate,
        "lease_ms": session.lease_ms,
        "started_at": session.started_at,
        "lease_until": session.lease_until,
        "paused_at": session.paused_at,
        "pause_until": session.pause_until,
        "ended_at": session.ended_at,
        "reason": session.reason,
        "elapsed_ms": session.elapsed,
        "used_ms": session.used if session.state == "ended" else clock.shares()[label],
        "max_loss_ms": told_loss(answer["max_loss_ms"], clock, clock.max_loss(session)),
        "as_of": world.now,
        "revives": None if session.revives is None else names[session.revives],
    }
    if session.state == "running":
        expected["due_at"], expected["left_ms"] = clock.outlook()
    told = dict(answer)
    for name in ("started_at", "lease_until", "paused_at", "pause_until", "ended_at", "due_at", "as_of"):
        told[name] = told_instant(answer.get(name))
    compare(f"session {label} at {world.now}", told, expected)


def told_loss(told: int, clock: Clock, most: int) -> int:
    """What `max_loss_ms` should be: the model's bound, or a tighter one if time is still to start."""
    return min(told, most) if any(lot.starts_at > clock.now for lot in clock.lots) else most

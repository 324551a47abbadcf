"""Fetching: rows that commands need, brought into the working sets in few round trips (design section 3.3)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from creditclock.domain.rows import Account, Clock, Session, Wallet
from creditclock.storage.dialect import Ask, Connection, KeyRow, Values
from creditclock.storage.relations import LIVE_LOTS, OPEN_SESSIONS, RELATIONS, Key, Range
from creditclock.storage.working_set import WorkingSet


class Need(NamedTuple):
    """A row, or the rows of a range, that a working set must hold."""

    master: int
    kind: type[Any]
    span: Range | None
    key: Key


_COMPANIONS: Final[dict[type[Any], tuple[tuple[type[Any], Range | None], ...]]] = {
    Wallet: ((Account, None),),
    Clock: ((Account, None), (OPEN_SESSIONS.row, OPEN_SESSIONS), (LIVE_LOTS.row, LIVE_LOTS)),
}
"""What comes along with a row of a type, by the row's own number."""


def fetch(
    connection: Connection, sets: dict[int, WorkingSet], needs: Iterable[Need], besides: Sequence[Ask] = ()
) -> list[list[Values]]:
    """Bring what isn't there yet into the working sets, companions too; at most two round trips.

    Gives the rows for the asks `besides`, which go along.
    """
    wanted = _missing(sets, needs)
    if not wanted and not besides:
        return []
    found = _load(connection, sets, wanted, besides)
    clocks = [
        Need(need.master, Clock, None, session.clock)
        for need in wanted
        if need.kind is Session and need.span is None
        for session in (sets[need.master].get(Session, need.key),)  # pyright: ignore[reportArgumentType] - a number
        if session
    ]
    if more := _missing(sets, clocks):
        _load(connection, sets, more, ())
    return found


def _missing(sets: dict[int, WorkingSet], needs: Iterable[Need]) -> dict[Need, None]:
    missing: dict[Need, None] = {}
    for need in needs:
        rows = sets[need.master]
        if rows.known(need.kind, need.span, need.key):
            continue
        missing[need] = None
        if need.span is None:
            for kind, span in _COMPANIONS.get(need.kind, ()):
                if not rows.known(kind, span, need.key):
                    missing[Need(need.master, kind, span, need.key)] = None
    return missing


def _load(
    connection: Connection, sets: dict[int, WorkingSet], needs: Iterable[Need], besides: Sequence[Ask]
) -> list[list[Values]]:
    grouped: dict[tuple[type[Any], Range | None], list[Need]] = defaultdict(list)
    for need in needs:
        grouped[need.kind, need.span].append(need)
    asks = [Ask(RELATIONS[kind], span, [_key_row(need) for need in group]) for (kind, span), group in grouped.items()]
    answers = connection.fetch([*besides, *asks])
    for ((kind, span), group), found in zip(grouped.items(), answers[len(besides) :], strict=True):
        by_master: dict[int, list[Values]] = defaultdict(list)
        for values in found:
            by_master[values[0]].append(values)
        keys: dict[int, list[Key]] = defaultdict(list)
        for need in group:
            keys[need.master].append(need.key)
        for master, places in keys.items():
            if span:
                sets[master].load_span(span, places, by_master[master])
            else:
                sets[master].load(kind, places, by_master[master])
    return answers[: len(besides)]


def _key_row(need: Need) -> KeyRow:
    return (need.master, *need.key) if isinstance(need.key, tuple) else (need.master, need.key)

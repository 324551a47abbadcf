"""Lots: the parts of which a clock's time is made, and the order in which they burn (design section 4, Lots)."""

from collections.abc import Iterable

from creditclock.domain.drafts import NEVER, Draft, Move
from creditclock.domain.rows import Lot


def burn_order(lots: Iterable[Lot]) -> tuple[Lot, ...]:
    """The lots in the order in which they burn: priority, expiry with never last, promotional first, age (id)."""
    return tuple(sorted(lots, key=burn_key))


def burn_key(lot: Lot) -> tuple[int, int, bool, int]:
    """The place of a lot in the order in which lots burn."""
    return (
        lot.priority,
        NEVER if lot.expires_at is None else lot.expires_at,
        lot.kind != "promotional",
        lot.id,
    )


def take(draft: Draft, kind: str, ms: int, by: int, session: int | None) -> int:
    """Take up to `ms` from the lots that started `by` an instant, in burn order, one move per lot.

    The moves carry the instant at which the draft is settled. Answers what was missing.
    """
    lots = draft.lots
    emptied = False
    for place, lot in enumerate(lots):
        if ms <= 0:
            break
        if lot.starts_at <= by:
            part = min(ms, lot.left_ms)
            ms -= part
            emptied = emptied or part == lot.left_ms
            lots[place] = take_from(draft, lot, kind, part, session)
    if emptied:
        draft.lots = [lot for lot in lots if lot.left_ms]
    return ms


def take_expired(draft: Draft) -> int:
    """Take away what is left of the lots that are expired where the draft is settled; how much of it had started."""
    at = draft.settled_at
    expired = [lot for lot in draft.lots if lot.expires_at is not None and lot.expires_at <= at]
    for lot in expired:
        take_from(draft, lot, "expired", lot.left_ms, None)
    if expired:
        draft.lots = [lot for lot in draft.lots if lot.expires_at is None or lot.expires_at > at]
    return sum(lot.left_ms for lot in expired if lot.starts_at <= at)


def refundable(draft: Draft) -> list[Lot]:
    """The lots that can be given back where the draft is settled, latest bought first: those paid for and started."""
    at = draft.settled_at
    return sorted((lot for lot in draft.lots if lot.kind == "paid" and lot.starts_at <= at), key=lambda lot: -lot.id)


def take_returned(draft: Draft, lots: Iterable[Lot], ms: int) -> tuple[tuple[int, int, int], ...]:
    """Take `ms`, which must be there, from these lots in this order: lot, ms and amount of each part.

    A part gives what was paid for it, rounded down, so that all parts of a lot never give more than was paid.
    """
    refunds: list[tuple[int, int, int]] = []
    for lot in lots:
        part = min(ms, lot.left_ms)
        if part:
            ms -= part
            changed = take_from(draft, lot, "return", part, None)
            draft.lots = [
                changed if old.id == lot.id else old for old in draft.lots if old.id != lot.id or changed.left_ms
            ]
            refunds.append((lot.id, part, part * lot.amount_paid // lot.bought_ms))
    return tuple(refunds)


def take_from(draft: Draft, lot: Lot, kind: str, ms: int, session: int | None) -> Lot:
    """Take `ms` from a lot with a move; answers the changed lot, which the caller puts in its place."""
    changed = lot._replace(left_ms=lot.left_ms - ms)
    draft.changed_lots[lot.id] = changed
    draft.moves.append(Move(draft.settled_at, kind, ms, lot.id, session))
    return changed

"""Asking: how a query is declared, and how pages of lists are cut."""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from creditclock.contract import Command, Refusal
from creditclock.contract.pages import Page
from creditclock.contract.values import MAX
from creditclock.domain.access import Caller
from creditclock.queries.source import not_found
from creditclock.storage.snapshot import Snapshot

Q = TypeVar("Q", bound=Command[Any])
T = TypeVar("T")
Query = Callable[[Snapshot, Any, Caller], Any]
QUERIES: Final[dict[type[Any], Query]] = {}
"""What answers every operation that changes nothing."""


def answers(query: type[Q]) -> Callable[[Callable[[Snapshot, Q, Caller], Any]], Callable[[Snapshot, Q, Caller], Any]]:
    """Declare what answers a query class."""

    def enter(answer: Callable[[Snapshot, Q, Caller], Any]) -> Callable[[Snapshot, Q, Caller], Any]:
        assert query not in QUERIES, query
        QUERIES[query] = answer
        return answer

    return enter


def check_own(caller: Caller, customer: int | None, identifier: str) -> None:
    """Refuse (`not_found`) a customer who names what belongs to another."""
    if caller.kind == "customer" and caller.id != customer:
        raise not_found(identifier)


def after(cursor: str | None) -> int:
    """The number that a cursor stands for; 0 for the first page. Raises a Refusal `invalid` for one of nobody's."""
    number = int(cursor, 16) if cursor else 0
    if number > MAX:
        raise Refusal("invalid", "No page was answered with this `cursor`. Give `next` of the page before.")
    return number


def page(rows: Sequence[Any], limit: int, place: Callable[[Any], int], show: Callable[[Any], T]) -> Page[T]:
    """A page of the first `limit` rows; one row more says that another page follows."""
    kept = rows[:limit]
    return Page(items=[show(row) for row in kept], next=f"{place(kept[-1]):x}" if len(rows) > limit else None)

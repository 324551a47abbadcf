"""A source of rows: the lane's working set for commands, a snapshot for queries."""

from typing import Any, Protocol, TypeVar

from creditclock.contract import Refusal
from creditclock.contract.values import KINDS, identify, master_of, number_of
from creditclock.storage.relations import Range

Row = TypeVar("Row", bound=tuple[Any, ...])


class Source(Protocol):
    """Rows of one master as they are at one instant."""

    @property
    def master(self) -> int:
        """The number of the master."""
        ...

    @property
    def now(self) -> int:
        """The instant, in epoch milliseconds."""
        ...

    @property
    def outages(self) -> tuple[tuple[int, int], ...]:
        """The intervals in which no server was alive."""
        ...

    @property
    def frozen_at(self) -> int | None:
        """When the master was frozen, None while it works."""
        ...

    def get(self, kind: type[Row], *key: int | str) -> Row | None:
        """The row with this key, or None."""
        ...

    def range(self, span: Range, parent: int | str) -> list[Any]:
        """The rows of a range, oldest first."""
        ...


def sure(source: Source, kind: type[Row], *key: int | str) -> Row:
    """The row with this key, which exists by a foreign key."""
    row = source.get(kind, *key)
    assert row is not None, (kind, key)
    return row


def named(source: Source, kind: type[Row], identifier: str) -> Row:
    """The row that an id names. Raises a Refusal `not_found`, also for ids of other masters."""
    row = source.get(kind, number_of(identifier)) if master_of(identifier) == source.master else None
    if row is None:
        raise not_found(identifier)
    return row


def not_found(identifier: str) -> Refusal:
    """The refusal for an id that names nothing here."""
    kind = KINDS.get(identifier[:3], "thing")
    return Refusal("not_found", f"There is no {kind} {identifier} here. Check the id.", id=identifier)


def ident(source: Source, prefix: str, number: int) -> str:
    """The id of a thing of the source's master."""
    return identify(prefix, source.master, number)

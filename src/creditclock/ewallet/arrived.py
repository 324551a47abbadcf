"""What arrived: what earlier imports brought to this installation, as its journal tells."""

from collections.abc import Iterator
from typing import NamedTuple

from creditclock.commands.importing.drafts import Numbers
from creditclock.contract.values import master_of
from creditclock.domain.rows import SignInName
from creditclock.ewallet.businesses import Business
from creditclock.storage.dialect import Connection
from creditclock.storage.imported import imported
from creditclock.storage.snapshot import Snapshot, lane_of

Chunk = tuple[str, int, int]
"""The kind of a sheet, its number in the old file, and which part of it."""


class Customer(NamedTuple):
    """A customer who arrived: the id, the numbers of the sheets here by kind and old number, and what it was then."""

    id: str
    sheets: dict[str, dict[int, int]]
    created_at: int | None
    no: int


class Arrived(NamedTuple):
    """A business that arrived; what is before the number `finished` of its journal needs nothing more."""

    master: int
    source: int
    created_at: int | None
    numbers: Numbers
    customers: dict[int, Customer]
    chunks: set[Chunk]
    finished: int

    def is_finished(self, account: int) -> bool:
        """Whether everything of an account is here."""
        return account in self.customers and self.customers[account].no < self.finished


def businesses(connection: Connection) -> list[Arrived]:
    """The businesses that were imported, without what belongs to them."""
    return [
        Arrived(
            master_of(one.subject),
            one.detail["source"],
            one.detail.get("created_at"),
            Numbers(last=one.detail["numbers"]),
            {},
            set(),
            0,
        )
        for one in imported(connection, 0)
        if one.name == "master"
    ]


def whole(connection: Connection, business: Arrived) -> Arrived:
    """The same business, with all that arrived of it."""
    finished = 0
    customers: dict[int, Customer] = {}
    chunks: set[Chunk] = set()
    for one in imported(connection, business.master):
        detail = one.detail
        if one.name == "finish":
            finished = one.no
        elif one.name == "customer":
            sheets = {kind: dict(pairs) for kind, pairs in detail["sheets"].items()}
            customers[detail["source"]] = Customer(one.subject, sheets, detail.get("created_at"), one.no)
        else:
            chunks.add((detail["kind"], detail["source"], detail["part"]))
    return business._replace(customers=customers, chunks=chunks, finished=finished)


def owners(connection: Connection, found: list[Business]) -> Iterator[int | None]:
    """For each business the number of the master whose people have its login; None where it is free."""
    lane = lane_of(connection, 0)
    assert lane is not None
    snapshot = Snapshot(connection, lane, 0, ())
    for business in found:
        name = snapshot.get(SignInName, business.command.login)
        yield None if name is None or name.freed_at is not None else name.of_master

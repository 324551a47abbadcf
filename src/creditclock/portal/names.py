"""Names: how customers are called on pages."""

from collections.abc import Iterable
from typing import Final

from creditclock.domain import rows
from creditclock.storage.fetching import Need
from creditclock.storage.snapshot import Snapshot

TICKET: Final = "Ticket"
REMOVED: Final = "Removed customer"


def names(snapshot: Snapshot, customers: Iterable[int]) -> dict[int, str]:
    """The names of customers by their numbers, in one round trip; removed ones are left out."""
    numbers = list(customers)
    kinds = (rows.Customer, rows.Person)
    snapshot.bring([Need(snapshot.master, kind, None, number) for number in numbers for kind in kinds])
    found: dict[int, str] = {}
    for number in numbers:
        customer, person = snapshot.get(rows.Customer, number), snapshot.get(rows.Person, number)
        if customer is not None and customer.removed_at is None:
            found[number] = (person and person.name) or customer.login
    return found

"""The schema: one table per row type, with a constraint for every invariant that fits into one (design section 3.4).

Every key begins with `master_id` and every foreign key carries it, so that nothing can refer across masters.
"""

from creditclock.storage.schema.clocks import account, clock, lot, segment, session, wallet
from creditclock.storage.schema.columns import metadata
from creditclock.storage.schema.parties import (
    alive,
    app,
    credential,
    customer,
    installation,
    lane,
    master,
    outage,
    person,
    plan,
    sign_in_name,
    staff,
    tariff,
    token,
)
from creditclock.storage.schema.records import (
    delivery,
    event,
    journal,
    note,
    posting,
    reference,
    seal,
    stored,
    webhook,
)

__all__ = [
    "account",
    "alive",
    "app",
    "clock",
    "credential",
    "customer",
    "delivery",
    "event",
    "installation",
    "journal",
    "lane",
    "lot",
    "master",
    "metadata",
    "note",
    "outage",
    "person",
    "plan",
    "posting",
    "reference",
    "seal",
    "segment",
    "session",
    "sign_in_name",
    "staff",
    "stored",
    "tariff",
    "token",
    "wallet",
    "webhook",
]

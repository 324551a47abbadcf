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
    erasure,
    installation,
    lane,
    master,
    outage,
    person,
    plan,
    second_factor,
    sign_in_name,
    staff,
    tariff,
    token,
)
from creditclock.storage.schema.records import (
    audited,
    delivery,
    event,
    horizon,
    journal,
    note,
    posting,
    reference,
    stored,
    webhook,
)

__all__ = [
    "account",
    "alive",
    "app",
    "audited",
    "clock",
    "credential",
    "customer",
    "delivery",
    "erasure",
    "event",
    "horizon",
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
    "second_factor",
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

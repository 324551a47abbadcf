"""The audit: sign-ins, changes of rights and removals, as the journal holds them."""

from typing import cast

import msgspec

from creditclock.contract.audit import Audited, AuditEntry, ListAudit
from creditclock.contract.instants import shown
from creditclock.contract.pages import Page
from creditclock.domain.access import Caller
from creditclock.domain.rows import Journal
from creditclock.queries.asking import after, answers, page
from creditclock.storage import lists
from creditclock.storage.snapshot import Snapshot


@answers(ListAudit)
def list_audit(snapshot: Snapshot, query: ListAudit, _caller: Caller) -> Page[AuditEntry]:
    """The entries of a business or, in scope 0, of the installation, newest first."""
    found = lists.audited(snapshot, after(query.cursor), query.limit, query.what)
    return page(found, query.limit, lambda entry: entry.no, _show)


def _show(entry: Journal) -> AuditEntry:
    return AuditEntry(
        number=entry.no,
        at=shown(entry.at),
        who=entry.caller,
        what=cast("Audited", entry.operation),
        subject=entry.subject,
        detail=msgspec.json.decode(entry.detail),
    )

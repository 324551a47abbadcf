"""The audit: who signed in, who changed what somebody may do, who removed whom; read from the journal."""

from typing import Any, Final, Literal

import msgspec

from creditclock.contract.operation import CHIEFS, Command, operation
from creditclock.contract.pages import Page
from creditclock.contract.values import PAGE, Cursor, Instant, Limit, MasterId

Audited = Literal[
    "app.create",
    "app.remove",
    "app.rotate",
    "customer.recover",
    "customer.remove",
    "customer.reset_password",
    "instruction.AccountLogin",
    "instruction.AccountLogout",
    "instruction.AcquireMaster",
    "instruction.CreateMaster",
    "instruction.EditAccount",
    "instruction.MasterAccountLogin",
    "instruction.MasterAccountLogout",
    "instruction.MasterEditAccount",
    "instruction.MasterRecoverAccount",
    "instruction.MasterUnlinkAccount",
    "instruction.RecoverAccount",
    "instruction.ReleaseMaster",
    "instruction.UnlinkAccount",
    "instruction.run",
    "master.change",
    "master.create",
    "master.freeze",
    "master.remove",
    "master.remove_flagged",
    "master.reset_password",
    "master.set_key_code",
    "master.unfreeze",
    "operator.create",
    "operator.reset_password",
    "plan.change",
    "plan.create",
    "plan.follow",
    "plan.remove",
    "second_factor.begin",
    "second_factor.confirm",
    "second_factor.remove",
    "sign_in.held_back",
    "token.change_password",
    "token.revoke",
    "token.sign_in",
    "token.sign_out",
]
"""The operations that an audit shows. An index serves it: another list needs a migration."""
AUDITED: Final[tuple[str, ...]] = Audited.__args__


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was done: when, by whom, what, to whom or what.

    `number` is that of the business's journal, which has no gaps: what lies between two entries was nothing of this
    sort. `who` is the id of a person or an app, `ict_…` for a client of the instruction set, or `system` for the server
    itself. That a client of the instruction set acquired a business, or its owner logged in there, stands in the
    installation's journal. `detail` holds ids, numbers, instants and choices: how somebody signed in (`method`), how
    many failures were counted, new limits.
    """

    number: int
    at: Instant
    who: str
    what: Audited
    subject: str
    detail: dict[str, Any]


@operation("audit.list", "GET /v1/audit", by=("operator", *CHIEFS))
class ListAudit(Command[Page[AuditEntry]], frozen=True, kw_only=True):
    """List sign-ins, changes of rights and removals, newest first; with `what` only those of one sort.

    Owner and manager see their business. The operator sees the installation, or with `master` a business. Sign-ins that
    failed are counted: an entry stands for each time that somebody was held back, at most once in 15 minutes.
    Nothing is told about where a request came from.
    """

    master: MasterId | None = None
    what: Audited | None = None
    limit: Limit = PAGE
    cursor: Cursor | None = None

"""Audit: a method for each operation. Written by `make docs`. Don't edit it."""

from typing import Literal

from creditclock.client.calling import AsyncCaller, Caller
from creditclock.client.lists import AsyncListing, Listing
from creditclock.contract.audit import AuditEntry, ListAudit


class AuditOperations:
    """The operations of audit."""

    def __init__(self, client: Caller) -> None:
        self._client = client

    def list(
        self,
        *,
        master: str | None = None,
        what: Literal[
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
        | None = None,
        limit: int = 100,
    ) -> Listing[AuditEntry]:
        """List sign-ins, changes of rights and removals, newest first; with `what` only those of one sort.

        Owner and manager see their business. The operator sees the installation, or with `master` a business. Sign-ins
        that
        failed are counted: an entry stands for each time that somebody was held back, at most once in 15 minutes.
        Nothing is told about where a request came from.

        master: Id of a business.
        limit: Items per page.
        """
        return Listing(
            lambda cursor: self._client.call(ListAudit(master=master, what=what, limit=limit, cursor=cursor))
        )


class AsyncAuditOperations:
    """The operations of audit."""

    def __init__(self, client: AsyncCaller) -> None:
        self._client = client

    def list(
        self,
        *,
        master: str | None = None,
        what: Literal[
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
        | None = None,
        limit: int = 100,
    ) -> AsyncListing[AuditEntry]:
        """List sign-ins, changes of rights and removals, newest first; with `what` only those of one sort.

        Owner and manager see their business. The operator sees the installation, or with `master` a business. Sign-ins
        that
        failed are counted: an entry stands for each time that somebody was held back, at most once in 15 minutes.
        Nothing is told about where a request came from.

        master: Id of a business.
        limit: Items per page.
        """
        return AsyncListing(
            lambda cursor: self._client.call(ListAudit(master=master, what=what, limit=limit, cursor=cursor))
        )

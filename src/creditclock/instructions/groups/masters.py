"""Masters: a method for each instruction. Written by `make docs`. Don't edit it."""

from creditclock.contract.instructions.masters import (
    AcquireMaster,
    CreateMaster,
    CTokenInspected,
    CTokensInspected,
    InspectCToken,
    InspectCTokens,
    InspectSubordonate,
    InspectSubPool,
    MasterAccountLogin,
    MasterAccountLogout,
    MasterAcquired,
    MasterEditAccount,
    MasterEdited,
    MasterLogins,
    MasterLogouts,
    MasterRecoverAccount,
    MasterRecovered,
    MasterReleased,
    MasterSession,
    MasterShown,
    MasterUnlinkAccount,
    MasterUnlinked,
    MasterViewAccount,
    MasterViewLogin,
    MasterViewLogout,
    ReleaseMaster,
    SubordonateInspected,
    SubPoolInspected,
)
from creditclock.instructions.calling import Caller


class MasterInstructions(Caller):
    """Masters."""

    def create_master(  # noqa: PLR0913 - the fields of the instruction
        self,
        *,
        user_name: str,
        user_pass: str,
        user_email: str,
        user_phone: str | None = None,
        user_alias: str | None = None,
        company: str | None = None,
        address: str | None = None,
        key: str | None = None,
    ) -> MasterShown:
        """Make a master; who knows its `key` can acquire it.

        Gives MasterShown: A master; `account` is its e-mail. It has `account`, `account_data`.

        CreateMaster needs a client id and a session token. It usually comes after `request_client_id`,
        `request_session_token`.

        user_name: A text on one line.
        user_pass: A password or key code as typed.
        user_email: An e-mail address, the login of its owner.
        user_phone: A text on one line.
        user_alias: A text on one line.
        company: A text on one line.
        address: A text on one line.
        key: A password or key code as typed.
        """
        return self.call(
            CreateMaster(
                user_name=user_name,
                user_pass=user_pass,
                user_email=user_email,
                user_phone=user_phone,
                user_alias=user_alias,
                company=company,
                address=address,
                key=key,
            )
        )

    def acquire_master(self, *, master: str | None = None, key: str | None = None) -> MasterAcquired:
        """Work under a master from now on, named by its e-mail; takes its key code.

        Gives MasterAcquired: The client id and the e-mail of the master that it works under. It has `client_id`,
        `master`.

        AcquireMaster needs a client id and a session token. It usually comes after `request_client_id`,
        `request_session_token`, `create_master`.

        master: An e-mail address, the login of its owner.
        key: A password or key code as typed.
        """
        return self.call(AcquireMaster(master=master, key=key))

    def release_master(self, *, key: str) -> MasterReleased:
        """Work under no master any more; takes its key code. The session's accounts are logged out.

        Gives MasterReleased: The client id without a master; `released` is the e-mail of the one it had. It has
        `client_id`, `released`, `ctoken_data`.

        ReleaseMaster needs a client id and a session token. It usually comes after `acquire_master`.

        key: A password or key code as typed.
        """
        return self.call(ReleaseMaster(key=key))

    def master_account_login(self, *, user_email: str, user_pass: str) -> MasterSession:
        """Log a master in with its e-mail and password.

        Gives MasterSession: A session after a master logged in or out. It has `account`, `session_data`.

        MasterAccountLogin needs a client id and a session token. It usually comes after `request_client_id`,
        `request_session_token`, `create_master`.

        user_email: An e-mail address, the login of its owner.
        user_pass: A password or key code as typed.
        """
        return self.call(MasterAccountLogin(user_email=user_email, user_pass=user_pass))

    def master_account_logout(self) -> MasterSession:
        """Log the master out of this session.

        Gives MasterSession: A session after a master logged in or out. It has `account`, `session_data`.

        MasterAccountLogout needs tokens and a master that is logged in, not marked for removal and not frozen. It
        usually comes after `master_account_login`.
        """
        return self.call(MasterAccountLogout())

    def master_view_account(self) -> MasterShown:
        """Show the master, its key code and its accounts.

        Gives MasterShown: A master; `account` is its e-mail. It has `account`, `account_data`.

        MasterViewAccount needs tokens and a master that is logged in, not marked for removal and not frozen. It usually
        comes after `master_account_login`.
        """
        return self.call(MasterViewAccount())

    def master_edit_account(  # noqa: PLR0913 - the fields of the instruction
        self,
        *,
        user_name: str | None = None,
        user_pass: str | None = None,
        user_alias: str | None = None,
        user_email: str | None = None,
        user_phone: str | None = None,
        company: str | None = None,
        address: str | None = None,
        key: str | None = None,
    ) -> MasterEdited:
        """Change what is known of the master; what is left out stays.

        Gives MasterEdited: A master, and what was changed of it. It has `account`, `edit`, `account_data`.

        MasterEditAccount needs tokens and a master that is logged in, not marked for removal and not frozen. It usually
        comes after `master_account_login`.

        user_name: A text on one line.
        user_pass: A password or key code as typed.
        user_alias: A text on one line.
        user_email: An e-mail address, the login of its owner.
        user_phone: A text on one line.
        company: A text on one line.
        address: A text on one line.
        key: A password or key code as typed.
        """
        return self.call(
            MasterEditAccount(
                user_name=user_name,
                user_pass=user_pass,
                user_alias=user_alias,
                user_email=user_email,
                user_phone=user_phone,
                company=company,
                address=address,
                key=key,
            )
        )

    def master_unlink_account(self, *, forced_removal: bool = False) -> MasterUnlinked:
        """Mark the master for removal in 30 days, or remove it at once if that is forced.

        Gives MasterUnlinked: The e-mail of a master that was removed or marked for removal. It has `account`.

        MasterUnlinkAccount needs tokens and a master that is logged in, not marked for removal and not frozen. It
        usually comes after `master_account_login`.
        """
        return self.call(MasterUnlinkAccount(forced_removal=forced_removal))

    def master_recover_account(self) -> MasterRecovered:
        """Keep a master that was marked for removal.

        Gives MasterRecovered: A master that is no longer marked for removal, and its session. It has `account`,
        `account_data`, `session_data`.

        MasterRecoverAccount needs tokens and a master that is logged in and marked for removal. It usually comes after
        `master_unlink_account`.
        """
        return self.call(MasterRecoverAccount())

    def inspect_ctokens(self) -> CTokensInspected:
        """List the client ids that acquired the master.

        Gives CTokensInspected: A master, and the client ids that acquired it. It has `account`, `account_data`,
        `ctokens`.

        InspectCTokens needs tokens and the session's own master. It usually comes after `master_account_login`.
        """
        return self.call(InspectCTokens())

    def inspect_ctoken(self, ctoken: str) -> CTokenInspected:
        """Show a client id that acquired the master.

        Gives CTokenInspected: A client id that acquired the master. It has `account`, `ctoken`, `ctoken_data`.

        InspectCToken needs tokens and the session's own master. It usually comes after `inspect_ctokens`.

        ctoken: A client id or session token.
        """
        return self.call(InspectCToken(ctoken=ctoken))

    def inspect_sub_pool(self) -> SubPoolInspected:
        """List the accounts of the master.

        Gives SubPoolInspected: The accounts of a master, id and e-mail. It has `account`, `subpool`.

        InspectSubPool needs tokens and a master that is logged in, not marked for removal and not frozen. It usually
        comes after `master_account_login`.
        """
        return self.call(InspectSubPool())

    def inspect_subordonate(self, subordonate: int) -> SubordonateInspected:
        """Show an account of the master.

        Gives SubordonateInspected: An account of a master. It has `account`, `subordonate`.

        InspectSubordonate needs tokens and a master that is logged in, not marked for removal and not frozen. It
        usually comes after `inspect_sub_pool`.

        subordonate: The number of a thing, as answered before.
        """
        return self.call(InspectSubordonate(subordonate=subordonate))

    def master_view_login(self) -> MasterLogins:
        """List when the master logged in.

        Gives MasterLogins: When a master logged in, by the number of the record. It has `account`, `login_records`.

        MasterViewLogin needs tokens and a master that is logged in, not marked for removal and not frozen. It usually
        comes after `master_account_login`.
        """
        return self.call(MasterViewLogin())

    def master_view_logout(self) -> MasterLogouts:
        """List when the master logged out.

        Gives MasterLogouts: When a master logged out, by the number of the record. It has `account`, `logout_records`.

        MasterViewLogout needs tokens and a master that is logged in, not marked for removal and not frozen. It usually
        comes after `master_account_login`.
        """
        return self.call(MasterViewLogout())

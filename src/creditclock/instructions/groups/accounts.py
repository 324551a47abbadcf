"""Accounts: a method for each instruction. Written by `make docs`. Don't edit it."""

from creditclock.contract.instructions.accounts import (
    AccountEdited,
    AccountLogin,
    AccountLogins,
    AccountLogout,
    AccountLogouts,
    AccountRecovered,
    AccountSession,
    AccountShown,
    AccountUnlinked,
    CreateAccount,
    EditAccount,
    RecoverAccount,
    SwitchAccount,
    UnlinkAccount,
    ViewAccount,
    ViewLoginRecords,
    ViewLogoutRecords,
)
from creditclock.instructions.calling import Caller


class AccountInstructions(Caller):
    """Accounts."""

    def create_account(
        self,
        *,
        user_name: str,
        user_pass: str,
        user_email: str,
        user_phone: str | None = None,
        user_alias: str | None = None,
    ) -> AccountShown:
        """Make an account with a wallet, a clock, their sheets and a contact list.

        Gives AccountShown: An account; `account` is its e-mail. It has `account`, `account_data`.

        CreateAccount needs tokens and an acquired master. It usually comes after `acquire_master`.

        user_name: A text on one line.
        user_pass: A password or key code as typed.
        user_email: An e-mail address, the login of its owner.
        user_phone: A text on one line.
        user_alias: A text on one line.
        """
        return self.call(
            CreateAccount(
                user_name=user_name,
                user_pass=user_pass,
                user_email=user_email,
                user_phone=user_phone,
                user_alias=user_alias,
            )
        )

    def account_login(
        self, *, user_email: str | None = None, user_pass: str, user_name: str | None = None
    ) -> AccountSession:
        """Log an account in with its e-mail and password; `user_name` is taken for an e-mail that is missing.

        Gives AccountSession: A session after an account logged in or out or was switched. It has `account`,
        `session_data`.

        AccountLogin needs tokens and an acquired master. It usually comes after `acquire_master`, `create_account`.

        user_email: An e-mail address, the login of its owner.
        user_pass: A password or key code as typed.
        user_name: An e-mail address, the login of its owner.
        """
        return self.call(AccountLogin(user_email=user_email, user_pass=user_pass, user_name=user_name))

    def account_logout(self) -> AccountSession:
        """Log the session's account out; no account is active then.

        Gives AccountSession: A session after an account logged in or out or was switched. It has `account`,
        `session_data`.

        AccountLogout needs tokens and an acquired master. It usually comes after `account_login`.
        """
        return self.call(AccountLogout())

    def switch_account(self, account: str) -> AccountSession:
        """Work as another account that logged in in this session.

        Gives AccountSession: A session after an account logged in or out or was switched. It has `account`,
        `session_data`.

        SwitchAccount needs tokens and an acquired master. It usually comes after `account_login`.

        account: An e-mail address, the login of its owner.
        """
        return self.call(SwitchAccount(account=account))

    def edit_account(
        self,
        *,
        user_name: str | None = None,
        user_pass: str | None = None,
        user_email: str | None = None,
        user_alias: str | None = None,
        user_phone: str | None = None,
    ) -> AccountEdited:
        """Change what is known of the account; what is left out stays.

        Gives AccountEdited: An account, and what was changed of it. It has `account`, `edit`, `account_data`.

        EditAccount needs tokens, an acquired master, and an account that is logged in and not marked for removal. It
        usually comes after `account_login`.

        user_name: A text on one line.
        user_pass: A password or key code as typed.
        user_email: An e-mail address, the login of its owner.
        user_alias: A text on one line.
        user_phone: A text on one line.
        """
        return self.call(
            EditAccount(
                user_name=user_name,
                user_pass=user_pass,
                user_email=user_email,
                user_alias=user_alias,
                user_phone=user_phone,
            )
        )

    def view_account(self) -> AccountShown:
        """Show the account.

        Gives AccountShown: An account; `account` is its e-mail. It has `account`, `account_data`.

        ViewAccount needs tokens and an acquired master. It usually comes after `account_login`.
        """
        return self.call(ViewAccount())

    def unlink_account(self, *, forced_removal: bool = False) -> AccountUnlinked:
        """Mark the account for removal in 30 days, or remove it at once if that is forced.

        Gives AccountUnlinked: The e-mail of an account that was removed or marked for removal. It has `account`.

        UnlinkAccount needs tokens, an acquired master, and an account that is logged in and not marked for removal. It
        usually comes after `account_login`.
        """
        return self.call(UnlinkAccount(forced_removal=forced_removal))

    def recover_account(self) -> AccountRecovered:
        """Keep an account that was marked for removal.

        Gives AccountRecovered: An account that is not marked for removal, and its session. It has `account`,
        `account_data`, `session_data`.

        RecoverAccount needs tokens and an acquired master. It usually comes after `account_login`.
        """
        return self.call(RecoverAccount())

    def view_login_records(self) -> AccountLogins:
        """List when the account logged in.

        Gives AccountLogins: When an account logged in, by the number of the record. It has `account`, `login_records`.

        ViewLoginRecords needs tokens, an acquired master, and an account that is logged in and not marked for removal.
        It usually comes after `account_login`.
        """
        return self.call(ViewLoginRecords())

    def view_logout_records(self) -> AccountLogouts:
        """List when the account logged out.

        Gives AccountLogouts: When an account logged out, by the number of the record. It has `account`,
        `logout_records`.

        ViewLogoutRecords needs tokens, an acquired master, and an account that is logged in and not marked for removal.
        It usually comes after `account_login`.
        """
        return self.call(ViewLogoutRecords())

"""Credits and wallets: a method for each instruction. Written by `make docs`. Don't edit it."""

from creditclock.contract.instructions.credits import (
    ConvertClockToCredits,
    ConvertCreditsToClock,
    ConvertedToClock,
    ConvertedToCredits,
    CreateCreditEWallet,
    CreditsPaid,
    CreditsSupplied,
    CreditsTransferred,
    PayCredits,
    SupplyCredits,
    SwitchCreditEWallet,
    TransferCredits,
    UnlinkCreditEWallet,
    ViewCreditEWallet,
    WalletShown,
    WalletUnlinked,
)
from creditclock.instructions.calling import Caller


class CreditInstructions(Caller):
    """Credits and wallets."""

    def supply_credits(
        self,
        credits: int,  # noqa: A002 - the name of the field
        *,
        currency: str = "RON",
        cost: float = 0.0,
        notes: str | None = None,
    ) -> CreditsSupplied:
        """Put credits into the wallet, after they were paid for.

        Gives CreditsSupplied: What a supply answers; the records are those of the account. It has `ewallet_credits`,
        `supplied_credits`, `transfer_record`, `invoice_record`.

        SupplyCredits needs tokens, an acquired master, and an account that is logged in and not marked for removal. It
        usually comes after `account_login`.

        credits: Whole credits, at least 1.
        currency: A currency such as RON.
        cost: What was paid, in the named currency.
        notes: A text, up to 500 characters.
        """
        return self.call(SupplyCredits(credits=credits, currency=currency, cost=cost, notes=notes))

    def pay_credits(
        self,
        pay: str,
        credits: int,  # noqa: A002 - the name of the field
        *,
        currency: str | None = None,
        cost: float = 0.0,
        notes: str | None = None,
    ) -> CreditsPaid:
        """Pay credits to another account of the master, or to the master itself; both get an invoice.

        Without a `currency` the invoice says RON, as old clients expect.

        Gives CreditsPaid: What a payment answers. It has `paid`, `ewallet_credits`, `spent_credits`, `invoice_record`,
        `transfer_record`.

        PayCredits needs tokens, an acquired master, and an account that is logged in and not marked for removal. It
        usually comes after `account_login`, `supply_credits`.

        pay: An e-mail address, the login of its owner.
        credits: Whole credits, at least 1.
        currency: A currency such as RON.
        cost: What was paid, in the named currency.
        notes: A text, up to 500 characters.
        """
        return self.call(PayCredits(pay=pay, credits=credits, currency=currency, cost=cost, notes=notes))

    def transfer_credits(
        self,
        transfer_to: str,
        credits: int,  # noqa: A002 - the name of the field
    ) -> CreditsTransferred:
        """Move credits to another account of the master.

        Gives CreditsTransferred: What a transfer answers. It has `transfered_to`, `ewallet_credits`,
        `transfered_credits`, `transfer_record`.

        TransferCredits needs tokens, an acquired master, and an account that is logged in and not marked for removal.
        It usually comes after `account_login`, `supply_credits`.

        transfer_to: An e-mail address, the login of its owner.
        credits: Whole credits, at least 1.
        """
        return self.call(TransferCredits(transfer_to=transfer_to, credits=credits))

    def convert_credits_to_clock(
        self,
        credits: int,  # noqa: A002 - the name of the field
        *,
        notes: str | None = None,
    ) -> ConvertedToClock:
        """Buy minutes on the clock with credits of the wallet.

        Gives ConvertedToClock: The wallet and the clock, in credits and minutes, after credits became minutes. It has
        `conversion_record`, `ewallet_credits`, `credit_clock`, `converted_credits`.

        ConvertCreditsToClock needs tokens, an acquired master, and an account that is logged in and not marked for
        removal. It usually comes after `account_login`, `supply_credits`.

        credits: Whole credits, at least 1.
        notes: A text, up to 500 characters.
        """
        return self.call(ConvertCreditsToClock(credits=credits, notes=notes))

    def convert_clock_to_credits(self, minutes: float, *, notes: str | None = None) -> ConvertedToCredits:
        """Give minutes of the clock back for credits.

        Gives ConvertedToCredits: The wallet and the clock, in credits and minutes, after minutes became credits. It has
        `conversion_record`, `ewallet_credits`, `credit_clock`, `converted_minutes`.

        ConvertClockToCredits needs tokens, an acquired master, and an account that is logged in and not marked for
        removal. It usually comes after `account_login`, `convert_credits_to_clock`.

        minutes: Minutes; whole ones are converted.
        notes: A text, up to 500 characters.
        """
        return self.call(ConvertClockToCredits(minutes=minutes, notes=notes))

    def create_credit_ewallet(self, *, reference: str | None = None) -> WalletShown:
        """Make one more wallet, with a clock and sheets; the one in use stays in use.

        Gives WalletShown: A wallet; `ewallet` is its number. It has `ewallet`, `ewallet_data`.

        CreateCreditEWallet needs tokens, an acquired master, and an account that is logged in and not marked for
        removal. It usually comes after `account_login`.

        reference: A text on one line.
        """
        return self.call(CreateCreditEWallet(reference=reference))

    def switch_credit_ewallet(self, ewallet_id: int) -> WalletShown:
        """Use another wallet of the account.

        Gives WalletShown: A wallet; `ewallet` is its number. It has `ewallet`, `ewallet_data`.

        SwitchCreditEWallet needs tokens, an acquired master, and an account that is logged in and not marked for
        removal. It usually comes after `account_login`, `create_credit_ewallet`.

        ewallet_id: The number of a thing, as answered before.
        """
        return self.call(SwitchCreditEWallet(ewallet_id=ewallet_id))

    def view_credit_ewallet(self) -> WalletShown:
        """Show the wallet in use.

        Gives WalletShown: A wallet; `ewallet` is its number. It has `ewallet`, `ewallet_data`.

        ViewCreditEWallet needs tokens, an acquired master, and an account that is logged in and not marked for removal.
        It usually comes after `account_login`.
        """
        return self.call(ViewCreditEWallet())

    def unlink_credit_ewallet(self, ewallet_id: int) -> WalletUnlinked:
        """Put a wallet away.

        Gives WalletUnlinked: The number of a wallet that is gone. It has `credit_ewallet`.

        UnlinkCreditEWallet needs tokens, an acquired master, and an account that is logged in and not marked for
        removal. It usually comes after `account_login`, `create_credit_ewallet`.

        ewallet_id: The number of a thing, as answered before.
        """
        return self.call(UnlinkCreditEWallet(ewallet_id=ewallet_id))

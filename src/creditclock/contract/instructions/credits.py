"""Credits of the instruction set: wallets, supply, payments, transfers, conversions."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from creditclock.contract.instructions.instruction import Instruct, Needs, instruction
from creditclock.contract.instructions.values import Cost, Credits, Date, Mail, Minutes, Notes, Number, Text
from creditclock.contract.operation import Urgency

Money = Annotated[str, Meta(max_length=8, pattern=r"^[A-Za-z]*\Z", description="A currency such as RON.")]


class WalletData(msgspec.Struct, frozen=True, kw_only=True):
    """A wallet of the account `user`; what has no `_archive` is what is in use, the archives are all, id and name."""

    id: int
    user: int
    reference: str
    create_date: Date
    write_date: Date
    credits: int
    clock: int | None
    clock_archive: dict[int, str]
    transfer_sheet: int | None
    transfer_sheet_archive: dict[int, str]
    invoice_sheet: int | None
    invoice_sheet_archive: dict[int, str]


class WalletShown(msgspec.Struct, frozen=True, kw_only=True):
    """A wallet; `ewallet` is its number."""

    failed: Literal[False] = False
    ewallet: int
    ewallet_data: WalletData


class WalletUnlinked(msgspec.Struct, frozen=True, kw_only=True):
    """The number of a wallet that is gone."""

    failed: Literal[False] = False
    credit_ewallet: int


class CreditsSupplied(msgspec.Struct, frozen=True, kw_only=True):
    """What a supply answers; the records are those of the account."""

    failed: Literal[False] = False
    ewallet_credits: int
    supplied_credits: int
    transfer_record: int
    invoice_record: int


class CreditsPaid(msgspec.Struct, frozen=True, kw_only=True):
    """What a payment answers."""

    failed: Literal[False] = False
    paid: str
    ewallet_credits: int
    spent_credits: int
    invoice_record: int
    transfer_record: int


class CreditsTransferred(msgspec.Struct, frozen=True, kw_only=True):
    """What a transfer answers."""

    failed: Literal[False] = False
    transfered_to: str
    ewallet_credits: int
    transfered_credits: int
    transfer_record: int


class ConvertedToClock(msgspec.Struct, frozen=True, kw_only=True):
    """The wallet and the clock, in credits and minutes, after credits became minutes."""

    failed: Literal[False] = False
    conversion_record: int
    ewallet_credits: int
    credit_clock: float
    converted_credits: int


class ConvertedToCredits(msgspec.Struct, frozen=True, kw_only=True):
    """The wallet and the clock, in credits and minutes, after minutes became credits."""

    failed: Literal[False] = False
    conversion_record: int
    ewallet_credits: int
    credit_clock: float
    converted_minutes: float


@instruction(
    "action=supply supply=credits",
    Needs.ACCOUNT,
    uses=("wallet.top_up",),
    after=("AccountLogin",),
    urgency=Urgency.ADDS_VALUE,
    moves_value=True,
)
class SupplyCredits(Instruct[CreditsSupplied], frozen=True, kw_only=True):
    """Put credits into the wallet, after they were paid for."""

    credits: Credits
    currency: Money = "RON"
    cost: Cost = 0.0
    notes: Notes | None = None


@instruction(
    "action=pay pay=*",
    Needs.ACCOUNT,
    uses=("wallet.pay",),
    after=("AccountLogin", "SupplyCredits"),
    moves_value=True,
)
class PayCredits(Instruct[CreditsPaid], frozen=True, kw_only=True):
    """Pay credits to another account of the master, or to the master itself; both get an invoice.

    Without a `currency` the invoice says RON, as old clients expect.
    """

    pay: Mail
    credits: Credits
    currency: Money | None = None
    cost: Cost = 0.0
    notes: Notes | None = None


@instruction(
    "action=transfer transfer=credits",
    Needs.ACCOUNT,
    uses=("wallet.transfer",),
    after=("AccountLogin", "SupplyCredits"),
    moves_value=True,
)
class TransferCredits(Instruct[CreditsTransferred], frozen=True, kw_only=True):
    """Move credits to another account of the master."""

    transfer_to: Mail
    credits: Credits


@instruction(
    "action=convert convert=credits2clock",
    Needs.ACCOUNT,
    uses=("clock.buy",),
    after=("AccountLogin", "SupplyCredits"),
    urgency=Urgency.ADDS_VALUE,
    moves_value=True,
)
class ConvertCreditsToClock(Instruct[ConvertedToClock], frozen=True, kw_only=True):
    """Buy minutes on the clock with credits of the wallet."""

    credits: Credits
    notes: Notes | None = None


@instruction(
    "action=convert convert=clock2credits",
    Needs.ACCOUNT,
    uses=("clock.return",),
    after=("AccountLogin", "ConvertCreditsToClock"),
    moves_value=True,
)
class ConvertClockToCredits(Instruct[ConvertedToCredits], frozen=True, kw_only=True):
    """Give minutes of the clock back for credits."""

    minutes: Minutes
    notes: Notes | None = None


@instruction("action=new new=credit credit=ewallet", Needs.ACCOUNT, uses=("wallet.create",), after=("AccountLogin",))
class CreateCreditEWallet(Instruct[WalletShown], frozen=True, kw_only=True):
    """Make one more wallet, with a clock and sheets; the one in use stays in use."""

    reference: Text | None = None


@instruction("action=switch switch=credit credit=ewallet", Needs.ACCOUNT, after=("AccountLogin", "CreateCreditEWallet"))
class SwitchCreditEWallet(Instruct[WalletShown], frozen=True, kw_only=True):
    """Use another wallet of the account."""

    ewallet_id: Number


@instruction(
    "action=view view=credit credit=ewallet", Needs.ACCOUNT, uses=("wallet.get",), after=("AccountLogin",), looks=True
)
class ViewCreditEWallet(Instruct[WalletShown], frozen=True, kw_only=True):
    """Show the wallet in use."""


@instruction("action=unlink unlink=credit credit=ewallet", Needs.ACCOUNT, after=("AccountLogin", "CreateCreditEWallet"))
class UnlinkCreditEWallet(Instruct[WalletUnlinked], frozen=True, kw_only=True):
    """Put a wallet away."""

    ewallet_id: Number

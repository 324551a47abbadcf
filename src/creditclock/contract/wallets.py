"""Wallets: the credits of a customer, and what happens to them."""

from typing import Literal

import msgspec

from creditclock.contract.customers import KEEPERS
from creditclock.contract.operation import Command, Urgency, operation
from creditclock.contract.pages import Page
from creditclock.contract.values import (
    PAGE,
    Amount,
    Balance,
    Cursor,
    CustomerId,
    Instant,
    Limit,
    Note,
    RecordId,
    Reference,
    WalletId,
)

WalletRecordKind = Literal["top_up", "pay", "transfer", "buy", "return", "expired", "correction"]


class Wallet(msgspec.Struct, frozen=True, kw_only=True):
    """Credits of one customer; `available` is `balance` less what is `held`."""

    id: WalletId
    customer: CustomerId
    balance: Balance
    held: Balance
    available: Balance
    currency: str
    exponent: int


class WalletRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a wallet's statement; `amount` is below zero when credits left it."""

    id: RecordId
    at: Instant
    recorded_at: Instant
    kind: WalletRecordKind
    amount: int
    balance: Balance
    other: str | None = None
    note: str | None = None
    reference: str | None = None


class WalletMoved(msgspec.Struct, frozen=True, kw_only=True):
    """The wallet after credits moved, and the record of it."""

    wallet: Wallet
    record: WalletRecord


@operation("wallet.create", "POST /v1/customers/{customer}/wallets", by=KEEPERS, scope="customers", status=201)
class CreateWallet(Command[Wallet], frozen=True, kw_only=True):
    """Give a customer one more wallet."""

    customer: CustomerId


@operation("wallet.get", "GET /v1/wallets/{wallet}", by=(*KEEPERS, "customer"), scope="wallets")
class GetWallet(Command[Wallet], frozen=True, kw_only=True):
    """Show a wallet."""

    wallet: WalletId


@operation(
    "wallet.top_up",
    "POST /v1/wallets/{wallet}/top-up",
    by=KEEPERS,
    scope="wallets",
    urgency=Urgency.ADDS_VALUE,
    moves_value=True,
)
class TopUp(Command[WalletMoved], frozen=True, kw_only=True):
    """Put credits into a wallet, after they were paid for.

    A `reference` counts once per business, so that the same payment is never credited twice.
    """

    wallet: WalletId
    amount: Amount
    reference: Reference | None = None
    note: Note | None = None


@operation("wallet.pay", "POST /v1/wallets/{wallet}/pay", by=(*KEEPERS, "customer"), scope="wallets", moves_value=True)
class Pay(Command[WalletMoved], frozen=True, kw_only=True):
    """Pay for a purchase from a wallet; the payee is the business unless another is named."""

    wallet: WalletId
    amount: Amount
    to_wallet: WalletId | None = None
    to_customer: CustomerId | None = None
    note: Note | None = None


@operation(
    "wallet.transfer",
    "POST /v1/wallets/{wallet}/transfer",
    by=(*KEEPERS, "customer"),
    scope="wallets",
    moves_value=True,
)
class Transfer(Command[WalletMoved], frozen=True, kw_only=True):
    """Move credits to another customer's wallet; name the wallet or the customer."""

    wallet: WalletId
    amount: Amount
    to_wallet: WalletId | None = None
    to_customer: CustomerId | None = None
    note: Note | None = None


@operation("wallet.records", "GET /v1/wallets/{wallet}/records", by=(*KEEPERS, "customer"), scope="wallets")
class ListWalletRecords(Command[Page[WalletRecord]], frozen=True, kw_only=True):
    """The statement of a wallet, newest first."""

    wallet: WalletId
    limit: Limit = PAGE
    cursor: Cursor | None = None

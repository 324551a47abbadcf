"""Wallets: a method for each operation. Written by `make docs`. Don't edit it."""

from creditclock.client.calling import AsyncCaller, Caller
from creditclock.client.lists import AsyncListing, Listing
from creditclock.contract.wallets import (
    CreateWallet,
    GetWallet,
    ListWalletRecords,
    Pay,
    TopUp,
    Transfer,
    Wallet,
    WalletMoved,
    WalletRecord,
)


class WalletOperations:
    """The operations of wallets."""

    def __init__(self, client: Caller) -> None:
        self._client = client

    def create(self, customer: str, *, key: str | None = None) -> Wallet:
        """Give a customer one more wallet.

        customer: Id of a customer.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(CreateWallet(customer=customer), key=key)

    def get(self, wallet: str) -> Wallet:
        """Show a wallet.

        wallet: Id of a wallet.
        """
        return self._client.call(GetWallet(wallet=wallet))

    def top_up(
        self, wallet: str, *, amount: int, reference: str | None = None, note: str | None = None, key: str | None = None
    ) -> WalletMoved:
        """Put credits into a wallet, after they were paid for.

        A `reference` counts once per business, so that the same payment is never credited twice.

        wallet: Id of a wallet.
        amount: Minor units of the currency.
        reference: The payment's own id, once per business.
        note: A text for people; it can be erased.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(TopUp(wallet=wallet, amount=amount, reference=reference, note=note), key=key)

    def pay(
        self,
        wallet: str,
        *,
        amount: int,
        to_wallet: str | None = None,
        to_customer: str | None = None,
        note: str | None = None,
        key: str | None = None,
    ) -> WalletMoved:
        """Pay for a purchase from a wallet; the payee is the business unless another is named.

        wallet: Id of a wallet.
        amount: Minor units of the currency.
        to_wallet: Id of a wallet.
        to_customer: Id of a customer.
        note: A text for people; it can be erased.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(
            Pay(wallet=wallet, amount=amount, to_wallet=to_wallet, to_customer=to_customer, note=note), key=key
        )

    def transfer(
        self,
        wallet: str,
        *,
        amount: int,
        to_wallet: str | None = None,
        to_customer: str | None = None,
        note: str | None = None,
        key: str | None = None,
    ) -> WalletMoved:
        """Move credits to another customer's wallet; name the wallet or the customer.

        wallet: Id of a wallet.
        amount: Minor units of the currency.
        to_wallet: Id of a wallet.
        to_customer: Id of a customer.
        note: A text for people; it can be erased.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(
            Transfer(wallet=wallet, amount=amount, to_wallet=to_wallet, to_customer=to_customer, note=note), key=key
        )

    def records(self, wallet: str, *, limit: int = 100) -> Listing[WalletRecord]:
        """The statement of a wallet, newest first.

        wallet: Id of a wallet.
        limit: Items per page.
        """
        return Listing(lambda cursor: self._client.call(ListWalletRecords(wallet=wallet, limit=limit, cursor=cursor)))


class AsyncWalletOperations:
    """The operations of wallets."""

    def __init__(self, client: AsyncCaller) -> None:
        self._client = client

    async def create(self, customer: str, *, key: str | None = None) -> Wallet:
        """Give a customer one more wallet.

        customer: Id of a customer.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(CreateWallet(customer=customer), key=key)

    async def get(self, wallet: str) -> Wallet:
        """Show a wallet.

        wallet: Id of a wallet.
        """
        return await self._client.call(GetWallet(wallet=wallet))

    async def top_up(
        self, wallet: str, *, amount: int, reference: str | None = None, note: str | None = None, key: str | None = None
    ) -> WalletMoved:
        """Put credits into a wallet, after they were paid for.

        A `reference` counts once per business, so that the same payment is never credited twice.

        wallet: Id of a wallet.
        amount: Minor units of the currency.
        reference: The payment's own id, once per business.
        note: A text for people; it can be erased.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(TopUp(wallet=wallet, amount=amount, reference=reference, note=note), key=key)

    async def pay(
        self,
        wallet: str,
        *,
        amount: int,
        to_wallet: str | None = None,
        to_customer: str | None = None,
        note: str | None = None,
        key: str | None = None,
    ) -> WalletMoved:
        """Pay for a purchase from a wallet; the payee is the business unless another is named.

        wallet: Id of a wallet.
        amount: Minor units of the currency.
        to_wallet: Id of a wallet.
        to_customer: Id of a customer.
        note: A text for people; it can be erased.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(
            Pay(wallet=wallet, amount=amount, to_wallet=to_wallet, to_customer=to_customer, note=note), key=key
        )

    async def transfer(
        self,
        wallet: str,
        *,
        amount: int,
        to_wallet: str | None = None,
        to_customer: str | None = None,
        note: str | None = None,
        key: str | None = None,
    ) -> WalletMoved:
        """Move credits to another customer's wallet; name the wallet or the customer.

        wallet: Id of a wallet.
        amount: Minor units of the currency.
        to_wallet: Id of a wallet.
        to_customer: Id of a customer.
        note: A text for people; it can be erased.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(
            Transfer(wallet=wallet, amount=amount, to_wallet=to_wallet, to_customer=to_customer, note=note), key=key
        )

    def records(self, wallet: str, *, limit: int = 100) -> AsyncListing[WalletRecord]:
        """The statement of a wallet, newest first.

        wallet: Id of a wallet.
        limit: Items per page.
        """
        return AsyncListing(
            lambda cursor: self._client.call(ListWalletRecords(wallet=wallet, limit=limit, cursor=cursor))
        )

"""Finds the currency of an amount: its wallet's, or that of the business."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from creditclock.cli.amounts import Money, spelled
from creditclock.cli.failure import Code, Failure
from creditclock.client.errors import Problem, Unreachable
from creditclock.contract import Operation
from creditclock.contract.clocks import GetClock
from creditclock.contract.masters import GetMaster
from creditclock.contract.sessions import GetSession
from creditclock.contract.tokens import GetWho
from creditclock.contract.wallets import GetWallet

if TYPE_CHECKING:
    from creditclock.client import Client


def money_for_input(client: "Client", operation: Operation, given: Mapping[str, Any]) -> Money:
    """The currency in which an amount of this operation was typed."""
    if operation.noun == "wallet":
        return _of_wallet(client, given["wallet"])
    if operation.noun == "clock":
        wallet = client.call(GetClock(clock=given["clock"])).wallet
        if wallet is None:
            raise Failure("This clock has no wallet that could pay: grant it time instead.", Code.REFUSED)
        return _of_wallet(client, wallet)
    return _of_business(client)


def money_for_answer(
    client: "Client", operation: Operation, given: Mapping[str, Any], data: Mapping[str, Any]
) -> Money | None:
    """The currency of the amounts in an answer; None if the caller isn't shown it."""
    for shown in _parts(data, "wallet"):
        if "exponent" in shown:
            return Money(str(shown["currency"]), int(shown["exponent"]))
    try:
        if operation.noun in {"tariff", "supply_request"}:
            return _of_business(client)
        wallet = given.get("wallet") or _wallet_of_clock(client, given, data)
        return _of_wallet(client, wallet) if wallet else None
    except Unreachable:
        raise
    except Problem:
        return None


def missing_said(client: "Client", operation: Operation, given: Mapping[str, Any], missing: int) -> str:
    """That so many minor units are missing in the wallet of an operation, in the wallet's currency."""
    return f"{spelled(missing, money_for_input(client, operation, given))} are missing in this wallet. Top it up first."


def _wallet_of_clock(client: "Client", given: Mapping[str, Any], data: Mapping[str, Any]) -> str | None:
    for shown in _parts(data, "clock"):
        if isinstance(shown.get("wallet"), str):
            return shown["wallet"]
    clock = given.get("clock")
    if clock is None and "session" in given:
        clock = client.call(GetSession(session=given["session"])).clock
    return client.call(GetClock(clock=clock)).wallet if clock is not None else None


def _parts(data: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The answer, its part of that name, and the first item of a list, as far as they are there."""
    parts: list[Any] = [data, data.get(name), *(data.get("items") or ())[:1]]
    return [part for part in parts if isinstance(part, dict)]


def _of_wallet(client: "Client", identifier: str) -> Money:
    wallet = client.call(GetWallet(wallet=identifier))
    return Money(wallet.currency, wallet.exponent)


def money_of_business(client: "Client") -> Money | None:
    """The currency of the caller's business; None for who has none, or isn't shown it."""
    try:
        return _of_business(client)
    except Unreachable:
        raise
    except (Problem, Failure):
        return None


def _of_business(client: "Client") -> Money:
    who = client.call(GetWho())
    if who.master is None:
        raise Failure("Prices are those of a business: sign in as one of its people.", Code.REFUSED)
    master = client.call(GetMaster(master=who.master))
    return Money(master.currency, master.exponent)

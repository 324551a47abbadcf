"""The ledger: amounts of one unit that move between accounts (design section 5)."""

from typing import Final

from creditclock.contract.errors import Refusal
from creditclock.domain.rows import Account

ISSUED: Final = 1
REVENUE: Final = 2
EXCHANGE_CREDITS: Final = 3
EXCHANGE_TIME: Final = 4
USED: Final = 5
EXPIRED_TIME: Final = 6
HELD_TIME: Final = 7
GRANTED: Final = 8
EXPIRED_CREDITS: Final = 9
HELD_CREDITS: Final = 10
FIRST_ID: Final = 100
"""The first number of a master's objects; below are the accounts of the master itself."""

LARGEST: Final = 2**53 - 1


def post(debit: Account, credit: Account, amount: int) -> tuple[Account, Account]:
    """Move `amount` ≥ 1 from `debit` to `credit`, which have the same unit and are not the same.

    Accounts of the master itself carry no balance and stay as they are; the others change balance and version.
    Refuses `insufficient_credits` or `insufficient_time` below the floor, `out_of_range` beyond 2^53 − 1.
    """
    assert amount >= 1, amount
    assert debit.unit == credit.unit, (debit.unit, credit.unit)
    assert debit.id != credit.id, debit.id
    return _changed(debit, -amount), _changed(credit, amount)


def _changed(account: Account, by: int) -> Account:
    if account.balance is None:
        return account
    balance = account.balance + by
    if by < 0 and account.floor is not None and balance < account.floor:
        raise _insufficient(account, account.floor - balance)
    if abs(balance) > LARGEST:
        raise Refusal("out_of_range", f"The balance would be beyond {LARGEST}. Move less.")
    return account._replace(balance=balance, version=account.version + 1)


def _insufficient(account: Account, missing: int) -> Refusal:
    if account.unit == "ms":
        return Refusal(
            "insufficient_time",
            f"{missing} ms are missing on this clock. Buy time first.",
            left_ms=account.balance,
            missing_ms=missing,
        )
    return Refusal(
        "insufficient_credits",
        f"{missing} minor units are missing in this wallet. Top it up first.",
        missing=missing,
    )

"""Amounts as people write and read them: `12.50`, with as many decimals as the currency has."""

import re
from typing import Final, NamedTuple

_AMOUNT: Final = re.compile(r"(?P<whole>\d+)(?:\.(?P<part>\d+))?", re.ASCII)


class Money(NamedTuple):
    """A currency and its number of decimal places."""

    currency: str
    exponent: int


def parsed(text: str, money: Money) -> int:
    """The minor units that a text names; ValueError says what is wrong with it.

    >>> parsed("12.5", Money("EUR", 2))
    1250
    """
    found = _AMOUNT.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is not an amount: write it as 12.50, without separators and currency.")
    part = found["part"] or ""
    if len(part.rstrip("0")) > money.exponent:
        places = {0: "no decimals", 1: "one decimal"}.get(money.exponent, f"{money.exponent} decimals")
        raise ValueError(f"{text} is too fine: {money.currency} has {places}.")
    return int(found["whole"] + part[: money.exponent].ljust(money.exponent, "0"))


def spelled(amount: int, money: Money | None) -> str:
    """An amount to be read.

    >>> spelled(1250, Money("EUR", 2)), spelled(-5, Money("EUR", 2)), spelled(5, None)
    ('12.50 EUR', '-0.05 EUR', '5 minor units')
    """
    if money is None:
        return f"{amount} minor units"
    sign, digits = "-" if amount < 0 else "", str(abs(amount)).rjust(money.exponent + 1, "0")
    if not money.exponent:
        return f"{sign}{digits} {money.currency}"
    return f"{sign}{digits[: -money.exponent]}.{digits[-money.exponent :]} {money.currency}"


def cost_spelled(cost: int, currency: str) -> str:
    """A cost in ten-thousandths of a currency, to be read: with two decimals, more only if it has them.

    >>> cost_spelled(47_000, "RON"), cost_spelled(1, "RON")
    ('4.70 RON', '0.0001 RON')
    """
    whole, part = divmod(cost, 10_000)
    return f"{whole}.{f'{part:04}'.rstrip('0').ljust(2, '0')} {currency}"

"""Tariffs: the price of time in both directions, and the numbers of a master's first tariff (design section 4, 6)."""

from typing import Final

from creditclock.contract.errors import Refusal
from creditclock.domain.drafts import NEVER
from creditclock.domain.parts import ceil_div

HOUR_MS: Final = 3_600_000
DEFAULT_LEASE_MS: Final = 60_000
DEFAULT_BURN_RATE: Final = 1_000
DEFAULT_PARALLEL: Final = 1
DEFAULT_REVIVE_MS: Final = 300_000
DEFAULT_AFTER_PAUSE: Final = "stop"
DEFAULT_LOW_MS: Final = "300000 60000"
LARGEST: Final = NEVER
"""The largest integer of the contract, 2^53 − 1."""


def default_price(exponent: int) -> int:
    """Minor units for one hour of a master's first tariff: one credit buys one minute.

    >>> default_price(2)
    6000
    """
    return 60 * 10**exponent


def ms_for(amount: int, price: int) -> int:
    """The ms that an amount of minor units buys at a price per hour, rounded down.

    Refuses `conversion_too_small` if it is none, `out_of_range` beyond 2^53 − 1.

    >>> ms_for(100, 6_000)
    60000
    """
    ms = amount * HOUR_MS // price
    if ms < 1:
        least = ceil_div(price, HOUR_MS)
        raise Refusal("conversion_too_small", f"{amount} buys no time. The least that does is {least}.", least=least)
    return _in_range(ms)


def amount_for(ms: int, price: int) -> int:
    """The minor units that `ms` ≥ 1 cost at a price per hour, rounded up; refuses `out_of_range`.

    >>> amount_for(1, 6_000)
    1
    """
    amount = ceil_div(ms * price, HOUR_MS)
    if amount < 1:
        raise Refusal("conversion_too_small", f"{ms} ms cost nothing. Buy more at once.")
    return _in_range(amount)


def _in_range(number: int) -> int:
    if number > LARGEST:
        raise Refusal("out_of_range", f"The result would be beyond {LARGEST}. Convert less at once.")
    return number

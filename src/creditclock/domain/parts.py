"""Parts of a whole that add up exactly (design section 4)."""

from collections.abc import Sequence


def ceil_div(number: int, divisor: int) -> int:
    """The quotient rounded up, for a positive divisor.

    >>> ceil_div(1, 1000), ceil_div(-999, 1000), ceil_div(2000, 1000)
    (1, 0, 2)
    """
    return -(-number // divisor)


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Share `total` ≥ 0 in proportion to weights ≥ 0 by largest remainder; among equal ones the first gets more.

    If all weights are 0 the first part gets everything. No part is more than its share rounded up.

    >>> split(10, [1, 1, 1])
    [4, 3, 3]
    """
    whole = sum(weights)
    if not whole:
        return [total, *[0] * (len(weights) - 1)] if weights else []
    parts = [total * weight // whole for weight in weights]
    over = total - sum(parts)
    if over:
        # sorted() keeps the order of equal remainders.
        by_remainder = sorted(range(len(weights)), key=lambda place: -(total * weights[place] % whole))
        for place in by_remainder[:over]:
            parts[place] += 1
    return parts

"""Codes of the second factor: verified before the lane, used up in it, so that none works twice (RFC 6238)."""

from typing import Literal

from creditclock.commands.handling import Tx
from creditclock.contract import Refusal
from creditclock.domain.rows import SecondFactor

Method = Literal["password", "second_factor", "recovery_code"]


def use_code(tx: Tx, principal: int) -> Method:
    """Use up the code that somebody's second factor asks for; tells how the person showed who it is.

    Raises a Refusal `second_factor_needed` where the factor is on and no code was verified against it, and
    `wrong_code` for one that was used meanwhile.
    """
    factor = tx.get(SecondFactor, principal)
    if factor is None or factor.confirmed_at is None:
        return "password"
    if tx.material.get("salt") != factor.salt:
        raise Refusal("second_factor_needed", "A code of the second factor is needed. Send it as `code`.")
    if recovery := tx.material.get("recovery"):
        codes = factor.codes.split()
        if recovery not in codes:
            raise Refusal("wrong_code", "This recovery code was used already. Take another one.")
        tx.put(factor._replace(codes=" ".join(code for code in codes if code != recovery)))
        return "recovery_code"
    step = int(tx.material["step"])
    if step <= factor.step:
        raise Refusal("wrong_code", "This code was used already. Wait for the next one.")
    tx.put(factor._replace(step=step))
    return "second_factor"

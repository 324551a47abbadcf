"""Credits of the instruction set: wallets, supply, payments, transfers, conversions."""

from typing import Literal

import msgspec

from creditclock.contract.instructions.instruction import Instruct, Needs, instruction
from creditclock.contract.instructions.values import Credits, Mail


class CreditsPaid(msgspec.Struct, frozen=True, kw_only=True):
    """What a payment answers."""

    failed: Literal[False] = False
    paid: str
    ewallet_credits: int
    spent_credits: int
    invoice_record: int
    transfer_record: int


@instruction(
    "action=pay pay=*",
    Needs.ACCOUNT,
    uses=("wallet.pay",),
    after=("AccountLogin", "SupplyCredits"),
    moves_value=True,
)
class PayCredits(Instruct[CreditsPaid], frozen=True, kw_only=True):
    """Pay credits to another account of the master, or to the master itself; both get an invoice."""

    pay: Mail
    credits: Credits

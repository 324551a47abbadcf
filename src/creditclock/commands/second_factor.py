"""The second factor: begun, confirmed, removed (design section 7)."""

from typing import Final

from creditclock.commands.codes import use_code
from creditclock.commands.handling import Tx, handles
from creditclock.commands.tokens import end_tokens
from creditclock.contract import Refusal
from creditclock.contract.events import SecondFactorTold
from creditclock.contract.instants import shown
from creditclock.contract.second_factor import (
    PENDING_MS,
    BeginSecondFactor,
    ConfirmSecondFactor,
    NewSecondFactor,
    RecoveryCodes,
    RemoveSecondFactor,
)
from creditclock.contract.tokens import Done
from creditclock.domain.rows import Credential, SecondFactor
from creditclock.queries.source import ident, sure

ON: Final = Refusal("second_factor_on", "The second factor is on already. Remove it first to begin anew.")
OFF: Final = Refusal("second_factor_off", "The second factor is off. There is nothing to remove.")
NOT_BEGUN: Final = Refusal(
    "second_factor_off", "No second factor waits to be confirmed. Begin one, and confirm it within an hour."
)


@handles(BeginSecondFactor)
def begin(tx: Tx, _command: BeginSecondFactor) -> NewSecondFactor:
    """A second factor that waits for its first code; the secret was derived before and only the salt is kept."""
    _check_password(tx)
    factor = tx.get(SecondFactor, tx.caller.id)
    if factor is not None and factor.confirmed_at is not None:
        raise ON
    material = tx.material
    tx.put(SecondFactor(tx.master, tx.caller.id, int(material["key"]), material["salt"], tx.now, None, 0, ""))
    tx.subject = tx.caller.name
    return NewSecondFactor(secret=material["secret"], uri=material["uri"], confirm_until=shown(tx.now + PENDING_MS))


@handles(ConfirmSecondFactor)
def confirm(tx: Tx, _command: ConfirmSecondFactor) -> RecoveryCodes:
    """The second factor is on; who signed in before with the password alone must sign in again."""
    factor = tx.get(SecondFactor, tx.caller.id)
    if factor is not None and factor.confirmed_at is not None:
        raise ON
    if factor is None or not factor.salt or tx.now >= factor.began_at + PENDING_MS:
        raise NOT_BEGUN
    if tx.material.get("salt") != factor.salt:
        raise Refusal("wrong_code", "The code is wrong. Type the one that the app shows now.")
    tx.put(factor._replace(confirmed_at=tx.now, step=int(tx.material["step"]), codes=tx.material["digests"]))
    end_tokens(tx, tx.caller.id, spare=tx.caller.token)
    tx.subject = tx.caller.name
    tell_second_factor(tx, tx.caller.id, on=True)
    return RecoveryCodes(recovery_codes=tx.material["codes"].split())


@handles(RemoveSecondFactor)
def remove(tx: Tx, _command: RemoveSecondFactor) -> Done:
    """The password alone is enough again."""
    _check_password(tx)
    if use_code(tx, tx.caller.id) == "password":
        raise OFF
    switch_off(tx, tx.caller.id)
    tx.subject = tx.caller.name
    return Done()


def switch_off(tx: Tx, principal: int) -> None:
    """Take away somebody's second factor, a pending one too; nothing of its secret or codes is left."""
    factor = tx.get(SecondFactor, principal)
    if factor is None or not factor.salt:
        return
    tx.put(factor._replace(key=0, salt="", confirmed_at=None, step=0, codes=""))
    if factor.confirmed_at is not None:
        tell_second_factor(tx, principal, on=False)


def tell_second_factor(tx: Tx, principal: int, *, on: bool) -> None:
    """Tell the desk that somebody's second factor was switched on or off."""
    tx.emit("second_factor.changed", ident(tx, "stf", principal), SecondFactorTold(on=on, by=tx.caller.name))


def _check_password(tx: Tx) -> None:
    """Refuse (`wrong_password`) unless the password was verified before, against the version that still holds."""
    if str(sure(tx, Credential, tx.caller.id).version) != tx.material.get("version"):
        raise Refusal("wrong_password", "The password is wrong. Type it again.")

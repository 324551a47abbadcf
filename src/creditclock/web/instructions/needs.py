"""Needs: what a visitor must have for an instruction, and the masters whose rows it is carried out with."""

from typing import Any

from creditclock.commands.instructions.handling import invalid_tokens
from creditclock.contract import Refusal, logins
from creditclock.contract.instructions import Instruct, Instruction, Needs
from creditclock.contract.instructions.masters import AcquireMaster, ReleaseMaster
from creditclock.web.instructions.material import Made
from creditclock.web.instructions.visitors import Visitor
from creditclock.web.secrets import digest


def check_needs(instruction: Instruction, visitor: Visitor, now: int) -> None:
    """Refuse what an instruction needs and the visitor hasn't, in the order of the protocol; the lane checks again."""
    needs = instruction.needs
    if needs in {Needs.NOTHING, Needs.SESSION} or only_asks(instruction):
        return
    client = visitor.client
    if client is None or client.removed_at is not None or now >= client.valid_until:
        raise invalid_tokens("The client id is unknown or has expired. Send RequestClientID for a new one.")
    if needs is Needs.CLIENT:
        return
    if not visitor.works(now):
        raise invalid_tokens("The session token is unknown, has expired, or is another client's.")
    if needs in {Needs.ACQUIRED, Needs.ACCOUNT} and client.acquired is None:
        raise Refusal("no_master", "No master account was acquired by this client id. Send AcquireMaster first.")
    session = visitor.session
    if instruction.controller == "master" and needs is not Needs.TOKENS and (session is None or session.active is None):
        raise Refusal("not_logged_in", "No master is logged in in this session. Send MasterAccountLogin first.")


def only_asks(instruction: Instruction) -> bool:
    """Whether an instruction asks about a token, which may be wrong."""
    return instruction.selector.get("action") == "verify"


def masters_of(instruction: Instruction, visitor: Visitor, made: Made) -> tuple[int, ...]:
    """The masters whose rows an instruction needs, the one that it works in first; 0 holds the tokens."""
    acquired = visitor.client.acquired if visitor.client else None
    active = visitor.session.active if visitor.session else None
    needs = instruction.needs
    if needs in {Needs.ACQUIRED, Needs.ACCOUNT}:
        assert acquired is not None
        return (acquired,)
    if instruction.controller == "master" and needs is not Needs.TOKENS:
        assert active is not None
        return (active, 0)
    if instruction.label in {"CTokenKeepAlive", "STokenKeepAlive"} and acquired is not None:
        return (acquired, 0)
    named = [number for number in (made.master, acquired, active) if number is not None]
    return tuple(dict.fromkeys((0, *named)))


def guessed(command: Instruct[Any], visitor: Visitor) -> str | None:
    """The digest of a key code and what it is for, by which wrong ones are counted; None where there is none."""
    if isinstance(command, AcquireMaster):
        return digest(f"{logins.spelled(command.master or '')} {command.key}")
    if isinstance(command, ReleaseMaster) and visitor.client:
        return digest(f"{visitor.client.acquired} {command.key}")
    return None

"""Signing in through the instruction set: passwords are verified before the lane, guesses wait (design section 7)."""

from typing import Final

from creditclock.contract import Refusal, logins
from creditclock.contract.instructions.accounts import AccountLogin
from creditclock.contract.instructions.masters import MasterAccountLogin
from creditclock.contract.values import identify
from creditclock.domain.access import Caller
from creditclock.domain.rows import Customer, SecondFactor
from creditclock.storage.relations import LOGIN
from creditclock.storage.snapshot import Snapshot, lane_of
from creditclock.web.instructions.visitors import Visitors
from creditclock.web.passwords import verified
from creditclock.web.server import Server
from creditclock.web.tokens import hold_back
from creditclock.web.turns import Turn

_WRONG: Final = Refusal("sign_in_failed", "The e-mail or the password is wrong. Try again.")
NOBODY: Final = -1


async def account_signing_in(server: Server, master: int, command: AccountLogin, source: str) -> dict[str, str]:
    """The customer of a master whose password fits, also one that is marked for removal.

    Raises a Refusal `sign_in_failed` or `too_many_requests`.
    """
    mail = command.user_email or command.user_name or ""
    spelled = logins.spelled(mail)
    number = await server.in_thread(lambda: _customer(server, master, spelled))
    person = Caller(
        master, "customer", number, "customer", frozenset(), identify("cus", master, max(number, 0)), -1, None
    )
    material = await _verified(server, person, f"customer {master} {spelled}", command.user_pass, source)
    return material | {"customer": str(number)}


async def master_signing_in(
    server: Server, visitors: Visitors, command: MasterAccountLogin, source: str
) -> tuple[int, dict[str, str]]:
    """The master whose owner's password fits. Raises a Refusal as `account_signing_in`, or `second_factor_needed`."""
    spelled = logins.spelled(command.user_email)
    found = await visitors.master_named(spelled)
    master, owner = found or (0, NOBODY)
    person = Caller(master, "staff", owner, "owner", frozenset(), identify("stf", master, max(owner, 0)), -1, None)
    material = await _verified(server, person, f"staff {spelled}", command.user_pass, source)
    if await server.in_thread(lambda: _has_second_factor(server, master, owner)):
        raise Refusal(
            "second_factor_needed",
            "This master signs in with a second factor, which this protocol doesn't know. Use the API or the pages.",
        )
    return master, material | {"master": str(master)}


async def master_named(visitors: Visitors, mail: str) -> int:
    """The number of the master with an e-mail. Refuses `wrong_key_code`, so that nobody learns which there are."""
    found = await visitors.master_named(logins.spelled(mail))
    if found is None:
        raise Refusal("wrong_key_code", "There is no such master, or the key code is wrong. Check both.")
    return found[0]


async def _verified(server: Server, person: Caller, place: str, password: str, source: str) -> dict[str, str]:
    """The version of the password that fits. The same places count failures as those of the API's sign-in."""
    turn = Turn(source, signs_in=True)
    try:
        with server.throttle.trying("login", place, source):
            fit = await verified(server, person.master, person.id, password, turn)
        if fit is None:
            server.throttle.failed("login", place, source)
            raise _WRONG
    except Refusal as refusal:
        if refusal.code == "too_many_requests" and person.id != NOBODY:
            await hold_back(server, person, server.throttle.to_tell("login", place, source, person.name))
        raise
    for counted in (place, person.name):
        server.throttle.succeeded(counted, source)
    material = {"version": fit.version}
    if fit.outdated:
        material["rehashed"] = await server.passwords.hash(password, turn)
    return material


def _customer(server: Server, master: int, mail: str) -> int:
    with server.database.reading() as connection:
        lane = lane_of(connection, master)
        if lane is None:
            return NOBODY
        found: list[Customer] = Snapshot(connection, lane, 0, ()).range(LOGIN, mail)
    return found[0].id if found and found[0].erased_at is None else NOBODY


def _has_second_factor(server: Server, master: int, owner: int) -> bool:
    with server.database.reading() as connection:
        lane = lane_of(connection, master)
        found = Snapshot(connection, lane, 0, ()).get(SecondFactor, owner) if lane else None
    return found is not None and found.confirmed_at is not None

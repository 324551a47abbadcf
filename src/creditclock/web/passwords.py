"""Passwords as the web sees them: looked up, verified and hashed before the lane (design section 7)."""

from typing import NamedTuple

from creditclock.contract.customers import CreateCustomer, ResetCustomerPassword
from creditclock.contract.masters import CreateMaster, ResetOwnerPassword
from creditclock.contract.values import master_of, number_of
from creditclock.domain.access import Caller
from creditclock.domain.passwords import check_password
from creditclock.domain.rows import Master
from creditclock.queries import tokens
from creditclock.storage.snapshot import Snapshot, lane_of
from creditclock.web.server import Server
from creditclock.web.turns import Turn

NewPassword = CreateMaster | CreateCustomer | ResetCustomerPassword | ResetOwnerPassword


class Verified(NamedTuple):
    """The version of a credential that a password fits, and whether its hash should be made anew."""

    version: str
    outdated: bool


async def verified(server: Server, master: int, number: int, password: str, turn: Turn) -> Verified | None:
    """What a password fits; None if it is wrong. Takes as long for somebody who has none. Raises a Refusal `busy`."""

    def find() -> tuple[str, int] | None:
        with server.database.reading() as connection:
            lane = lane_of(connection, master)
            found = tokens.credential(Snapshot(connection, lane, 0, ()), number) if lane else None
        return (found.password, found.version) if found and found.password else None

    found = await server.in_thread(find)
    fit = await server.passwords.compare(password, found[0] if found else None, turn)
    return Verified(str(found[1]), fit.outdated) if found and fit.fits else None


async def new_hash(server: Server, command: NewPassword, caller: Caller) -> dict[str, str]:
    """The hash of the password that a command gives somebody. Raises a Refusal `weak_password` or `busy`."""
    assert command.password is not None
    match command:
        case CreateMaster():
            names = [command.login, command.name]
        case CreateCustomer():
            names = [command.login, *await server.in_thread(lambda: names_of(server, caller.master, "", 0))]
        case ResetCustomerPassword():
            number = number_of(command.customer)
            names = await server.in_thread(lambda: names_of(server, caller.master, "customer", number))
        case ResetOwnerPassword():
            names = await server.in_thread(lambda: names_of(server, master_of(command.master), "owner", 0))
    check_password(command.password, names)
    return {"password": await server.passwords.hash(command.password, Turn(caller.master))}


def names_of(server: Server, master: int, kind: str, number: int) -> list[str]:
    """The login of somebody, who may be the `owner`, then the name of the business; what isn't there is left out."""
    with server.database.reading() as connection:
        lane = lane_of(connection, master)
        if lane is None:
            return []
        snapshot = Snapshot(connection, lane, 0, ())
        business = snapshot.get(Master, 0) if master else None
        if kind == "owner" and business:
            number = business.owner
        login = tokens.login_of(snapshot, kind, number) if kind else None
        return [name for name in (login, business.name if business else None) if name]

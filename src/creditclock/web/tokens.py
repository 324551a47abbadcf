"""Tokens as the web sees them: signing in, and changing one's own password, before the lane (design section 7)."""

from typing import Any, Final

import msgspec

from creditclock.commands.job import Job
from creditclock.commands.upkeep import HOLD_BACK, HoldBack
from creditclock.contract import OPERATIONS, Command, Refusal, logins
from creditclock.contract.tokens import ChangePassword, SignedIn, SignIn
from creditclock.contract.values import identify, master_of
from creditclock.domain.access import Caller, system
from creditclock.domain.passwords import check_password
from creditclock.queries import tokens
from creditclock.storage.snapshot import Snapshot, lane_of
from creditclock.web.passwords import names_of, verified
from creditclock.web.second_factor import WITHHELD, code_material, own_code
from creditclock.web.secrets import digest, new_token
from creditclock.web.server import Server
from creditclock.web.throttle import Kind
from creditclock.web.turns import Turn

_WRONG: Final = "The login or the password is wrong. Try again; customers also name their business (`master`)."


async def sign_in(server: Server, command: SignIn, caller: Caller | None, source: str) -> SignedIn:
    """A token for a login and a password, and a code where the second factor is on.

    Raises a Refusal `sign_in_failed`, `second_factor_needed`, `wrong_code` or `too_many_requests`.
    """
    master, app = _where(command, caller)
    person = await server.in_thread(lambda: _find(server, master, command.login, app))
    spelling = logins.spelled(command.login)
    if person is None and spelling != command.login:
        # As typed first: logins that are older than the one spelling are kept as they were made.
        person = await server.in_thread(lambda: _find(server, master, spelling, app))
    material = await _shown(server, command, person, f"{master}/{spelling}", source)
    assert person is not None
    token = new_token(person.master)
    blank = msgspec.structs.replace(command, password=WITHHELD, code=None)
    job = Job(OPERATIONS["token.sign_in"], blank, person._replace(rights=-1), (person.master,), server)
    job.material = material | {"token": token, "digest": digest(token)}
    outcome = await server.carry_out(job)
    if outcome.refusal is not None:
        if outcome.refusal.code == "wrong_code":
            server.throttle.failed("code", person.name, source)
        raise outcome.refusal
    if outcome.body is None:
        raise RuntimeError("token.sign_in")
    server.throttle.succeeded(person.name, source)
    return msgspec.json.decode(outcome.body, type=SignedIn)


async def changing(server: Server, command: ChangePassword, caller: Caller) -> tuple[dict[str, str], Command[Any]]:
    """The new password's hash, the version of the old one that fitted, and what the code stands for.

    Nothing fits where the request is repeated after the change: then the lane finds the answer, or refuses.
    """
    blank = msgspec.structs.replace(command, old_password=WITHHELD, password=WITHHELD, code=None)
    turn = Turn(caller.master)
    with server.throttle.trying("own", caller.name, ""):
        found = await verified(server, caller.master, caller.id, command.old_password, turn)
    if found is None:
        server.throttle.failed("own", caller.name, "")
        return {"password": "", "version": ""}, blank
    names = await server.in_thread(lambda: names_of(server, caller.master, caller.kind, caller.id))
    check_password(command.password, names)
    material = await own_code(server, caller, command.code)
    hashed = await server.passwords.hash(command.password, turn)
    return material | {"password": hashed, "version": found.version}, blank


async def _shown(server: Server, command: SignIn, person: Caller | None, typed: str, source: str) -> dict[str, str]:
    """What shows that somebody is who it says: the password's version, and what the code stands for."""
    place = person.name if person else typed
    kind: Kind = "login"
    turn = Turn(source, signs_in=True)
    material: dict[str, str] = {}
    try:
        with server.throttle.trying("login", place, source):
            number = person.id if person else -1
            found = await verified(server, person.master if person else 0, number, command.password, turn)
        if found is not None and person is not None:
            kind = "code"
            material = await code_material(server, person, command.code, kind, source)
    except Refusal as refusal:
        if person is not None and refusal.code == "too_many_requests":
            await _tell(server, person, kind, source)
        raise
    if found is None or person is None:
        server.throttle.failed("login", place, source)
        raise Refusal("sign_in_failed", _WRONG)
    if found.outdated:
        material["rehashed"] = await server.passwords.hash(command.password, turn)
    return material | {"version": found.version}


async def _tell(server: Server, person: Caller, kind: Kind, source: str) -> None:
    """Write down that somebody is held back, unless that was done a moment ago."""
    failures = server.throttle.to_tell(kind, person.name, source)
    if failures is not None:
        command = HoldBack(subject=person.name, failures=failures)
        await server.carry_out(Job(HOLD_BACK, command, system(person.master), (person.master,), server))


def _where(command: SignIn, caller: Caller | None) -> tuple[int | None, str | None]:
    """The business and the app that are meant. Raises a Refusal `invalid` for a request that contradicts itself."""
    if caller is None:
        return (None if command.master is None else master_of(command.master)), None
    if caller.role != "publishable":
        raise Refusal("invalid", "This request carries a token already. Sign in without one.")
    if command.master is not None and command.master != identify("mas", caller.master, 0):
        raise Refusal("invalid", "This key is of another business. Leave `master` out.", field="master")
    return caller.master, caller.name


def _find(server: Server, master: int | None, login: str, app: str | None) -> Caller | None:
    """Who has a login: staff anywhere, or a customer of the named business; through an app only such a customer."""
    with server.database.reading() as connection:
        lane = lane_of(connection, master or 0)
        if lane is None:
            return None
        if master:
            snapshot = Snapshot(connection, lane, server.time.now(), ())
            if customer := tokens.customer_by_login(snapshot, login):
                return tokens.person(snapshot, "customer", customer.id, app)
            if app or (zero := lane_of(connection, 0)) is None:
                return None
            lane = zero
        found = tokens.staff_by_login(Snapshot(connection, lane, server.time.now(), ()), login)
        if found is None or (master and found[0] != master) or (own := lane_of(connection, found[0])) is None:
            return None
        kind = "staff" if found[0] else "operator"
        return tokens.person(Snapshot(connection, own, server.time.now(), ()), kind, found[1])

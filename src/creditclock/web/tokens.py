"""Tokens as the web sees them: signing in, and changing one's own password, before the lane (design section 7)."""

from typing import Any, Final, NamedTuple

import msgspec

from creditclock.commands.job import Job
from creditclock.commands.upkeep import HOLD_BACK, HoldBack
from creditclock.contract import OPERATIONS, Command, Refusal, logins
from creditclock.contract.tokens import ChangePassword, SignedIn, SignIn
from creditclock.contract.values import identify, master_of
from creditclock.domain.access import Caller, system
from creditclock.domain.passwords import check_password
from creditclock.queries import tokens
from creditclock.storage.dialect import Connection
from creditclock.storage.snapshot import Snapshot, lane_of
from creditclock.web.passwords import Verified, names_of, verified
from creditclock.web.second_factor import WITHHELD, code_material, own_code
from creditclock.web.secrets import digest, new_token
from creditclock.web.server import Server
from creditclock.web.turns import Turn

_WRONG: Final = "The login or the password is wrong. Try again; customers also name their business (`master`)."


async def sign_in(server: Server, command: SignIn, caller: Caller | None, source: str) -> SignedIn:
    """A token for a login and a password, and a code where the second factor is on.

    Raises a Refusal `sign_in_failed`, `second_factor_needed`, `wrong_code` or `too_many_requests`.
    """
    master, app = _where(command, caller)
    candidates = await server.in_thread(lambda: _candidates(server, master, command.login, app))
    candidate, found = await _fitting(server, command, candidates, source)
    person = candidate.person
    assert person is not None
    material = await _shown(server, command, person, found, source)
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
    for counted in (candidate.place, person.name):
        server.throttle.succeeded(counted, source)
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


class _Candidate(NamedTuple):
    """Who may be meant: where its failures count, and the person, if there is one.

    The place depends on nothing but the request, so that counting doesn't tell whether there is such a person.
    """

    place: str
    person: Caller | None


async def _fitting(
    server: Server, command: SignIn, candidates: list[_Candidate], source: str
) -> tuple[_Candidate, Verified]:
    """Whom the password fits, the first of them. As many passwords are compared whoever of them exists.

    Raises a Refusal `sign_in_failed`, or `too_many_requests` where somebody's turn it wasn't.
    """
    fitting: list[tuple[_Candidate, Verified]] = []
    turn = Turn(source, signs_in=True)
    try:
        with server.throttle.trying(
            "login", candidates[0].place, source, *(one.place for one in candidates[1:])
        ) as turns:
            for candidate in candidates:
                person = candidate.person if candidate.place in turns.may else None
                master, number = (person.master, person.id) if person else (0, -1)
                if found := await verified(server, master, number, command.password, turn):
                    fitting.append((candidate, found))
        if fitting:
            return fitting[0]
        server.throttle.failed("login", turns.may[0], source, *turns.may[1:])
        raise turns.refusal or Refusal("sign_in_failed", _WRONG)
    except Refusal as refusal:
        if refusal.code == "too_many_requests":
            for place, person in candidates:
                if person is not None:
                    failures = server.throttle.to_tell("login", place, source, person.name)
                    await hold_back(server, person, failures)
        raise


async def _shown(server: Server, command: SignIn, person: Caller, found: Verified, source: str) -> dict[str, str]:
    """What shows that somebody is who it says: the password's version, and what the code stands for."""
    try:
        material = await code_material(server, person, command.code, "code", source)
    except Refusal as refusal:
        if refusal.code == "too_many_requests":
            await hold_back(server, person, server.throttle.to_tell("code", person.name, source))
        raise
    if found.outdated:
        material["rehashed"] = await server.passwords.hash(command.password, Turn(source, signs_in=True))
    return material | {"version": found.version}


async def hold_back(server: Server, person: Caller, failures: int | None) -> None:
    """Write down that somebody is held back, unless that was done a moment ago."""
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


def _candidates(server: Server, master: int | None, login: str, app: str | None) -> list[_Candidate]:
    """Who may have a login: staff anywhere, before them a customer of the named business; through an app only that.

    Each is looked for as typed first: logins that are older than the one spelling are kept as they were made.
    """
    spelling = logins.spelled(login)
    typed = [login] if login == spelling else [login, spelling]
    found: list[_Candidate] = []
    with server.database.reading() as connection:
        now = server.time.now()
        if master:
            lane = lane_of(connection, master)
            own = Snapshot(connection, lane, now, ()) if lane else None
            customers = [tokens.customer_by_login(own, name) for name in typed] if own else []
            customer = next((one for one in customers if one), None)
            person = tokens.person(own, "customer", customer.id, app) if own and customer else None
            found.append(_Candidate(f"customer {master} {spelling}", person))
        if not app:
            people = [_staff(connection, name, now) for name in typed]
            named = (one for one in people if one and (not master or one.master == master))
            found.append(_Candidate(f"staff {spelling}", next(named, None)))
    return found


def _staff(connection: Connection, login: str, now: int) -> Caller | None:
    """The staff or operator with a login."""
    zero = lane_of(connection, 0)
    found = tokens.staff_by_login(Snapshot(connection, zero, now, ()), login) if zero else None
    own = lane_of(connection, found[0]) if found else None
    if found is None or own is None:
        return None
    return tokens.person(Snapshot(connection, own, now, ()), "staff" if found[0] else "operator", found[1])

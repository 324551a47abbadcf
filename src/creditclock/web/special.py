"""Special operations: what must happen outside the lane before a command, or instead of it (design section 7)."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec

from creditclock.commands.job import Job
from creditclock.commands.timekeeping import TestTime
from creditclock.contract import OPERATIONS, Command, Refusal, logins
from creditclock.contract.apps import CreateApp
from creditclock.contract.customers import CreateCustomer, ResetCustomerPassword
from creditclock.contract.instants import LATEST_MS, parsed, shown
from creditclock.contract.masters import CreateMaster, ResetOwnerPassword, UnfreezeMaster
from creditclock.contract.test_clock import GetTestClock, SetTestClock, TestClock
from creditclock.contract.tokens import ChangePassword, SignedIn, SignIn
from creditclock.contract.values import identify, master_of
from creditclock.contract.webhooks import ChangeWebhook, CreateWebhook, ReplayWebhook, RotateSecret
from creditclock.domain.access import Caller
from creditclock.queries import tokens
from creditclock.storage import due
from creditclock.storage.snapshot import Snapshot, lane_of
from creditclock.web import webhooks
from creditclock.web.secrets import digest, new_key, new_token
from creditclock.web.server import Server

Special = Callable[[Server, Any, Caller | None, str], Awaitable[Any]]
WITHHELD: Final = "withheld"
"""Stands in the place of a password where the command goes on."""
_WRONG: Final = "The login or the password is wrong. Try again; customers also name their business (`master`)."


async def material_of(server: Server, command: Command[Any], caller: Caller) -> tuple[dict[str, str], Command[Any]]:
    """What a command needs that is made outside the lane, and the command without its secrets."""
    material: dict[str, str] = {}
    match command:
        case CreateApp():
            key = new_key(caller.master, command.kind)
            material = {"key": key, "digest": digest(key)}
        case CreateMaster() | CreateCustomer() | ResetCustomerPassword() | ResetOwnerPassword() if command.password:
            material = {"password": await server.passwords.hash(command.password)}
            command = msgspec.structs.replace(command, password=WITHHELD)
        case CreateWebhook() | ChangeWebhook() | RotateSecret() | ReplayWebhook():
            material = await webhooks.material_of(server, command, caller)
        case UnfreezeMaster():
            material = await _closed(server, master_of(command.master))
        case ChangePassword():
            material = await _changing(server, command, caller)
            command = msgspec.structs.replace(command, old_password=WITHHELD, password=WITHHELD)
        case _:
            pass
    return material, command


async def _changing(server: Server, command: ChangePassword, caller: Caller) -> dict[str, str]:
    """The new password's hash, and the version of the old one that fitted.

    Nothing fits where the request is repeated after the change: then the lane finds the answer, or refuses.
    """
    with server.throttle.trying(caller.name, caller.name):
        version = await _verified(server, caller.master, caller.id, command.old_password)
    if version is None:
        server.throttle.failed(caller.name, caller.name)
        return {"password": "", "version": ""}
    return {"password": await server.passwords.hash(command.password), "version": version}


async def _closed(server: Server, number: int) -> dict[str, str]:
    """When the business was frozen whose sessions have all been closed since; nothing while some are open."""

    def frozen() -> tuple[int | None, bool]:
        with server.database.reading() as connection:
            lane = lane_of(connection, number)
            return (lane.frozen_at if lane else None), due.has_open_sessions(connection, number)

    frozen_at, _ = await server.in_thread(frozen)
    if frozen_at is None:
        return {}
    await server.lane.wish(None)
    again, is_open = await server.in_thread(frozen)
    return {"closed_at": str(frozen_at)} if again == frozen_at and not is_open else {}


async def sign_in(server: Server, command: SignIn, caller: Caller | None, source: str) -> SignedIn:
    """A token for a login and a password. Raises a Refusal `sign_in_failed` or `too_many_requests`."""
    if caller is not None and caller.role != "publishable":
        raise Refusal("invalid", "This request carries a token already. Sign in without one.")
    master = caller.master if caller else None if command.master is None else master_of(command.master)
    if caller is not None and command.master is not None and command.master != identify("mas", caller.master, 0):
        raise Refusal("invalid", "This key is of another business. Leave `master` out.", field="master")
    app = caller.name if caller else None
    person = await server.in_thread(lambda: _find(server, master, command.login, app))
    spelling = logins.spelled(command.login)
    if person is None and spelling != command.login:
        # As typed first: logins that are older than the one spelling are kept as they were made.
        person = await server.in_thread(lambda: _find(server, master, spelling, app))
    place = person.name if person else f"{master}/{spelling}"
    with server.throttle.trying(place, source):
        version = await _verified(server, person.master if person else 0, person.id if person else -1, command.password)
    if person is None or version is None:
        server.throttle.failed(place, source)
        raise Refusal("sign_in_failed", _WRONG)
    server.throttle.succeeded(place, source)
    token = new_token(person.master)
    blank = msgspec.structs.replace(command, password=WITHHELD)
    job = Job(OPERATIONS["token.sign_in"], blank, person._replace(rights=-1), (person.master,), server)
    job.material = {"token": token, "digest": digest(token), "version": version}
    outcome = await server.carry_out(job)
    if outcome.refusal is not None:
        raise outcome.refusal
    if outcome.body is None:
        raise RuntimeError("token.sign_in")
    return msgspec.json.decode(outcome.body, type=SignedIn)


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


async def _verified(server: Server, master: int, number: int, password: str) -> str | None:
    """The version of the credential that a password fits; None if it doesn't."""

    def find() -> tuple[str, int] | None:
        with server.database.reading() as connection:
            lane = lane_of(connection, master)
            found = tokens.credential(Snapshot(connection, lane, 0, ()), number) if lane else None
        return (found.password, found.version) if found and found.password else None

    found = await server.in_thread(find)
    fits = await server.passwords.verify(password, found[0] if found else None)
    return str(found[1]) if found and fits else None


async def get_test_clock(server: Server, _command: GetTestClock, _caller: Caller | None, _source: str) -> TestClock:
    """The server's time, if it is the test clock's."""
    return TestClock(now=shown(_test_time(server).now()))


async def set_test_clock(server: Server, command: SetTestClock, _caller: Caller | None, _source: str) -> TestClock:
    """Another time; everything due until then has happened."""
    test_time = _test_time(server)
    if (command.advance_ms is None) == (command.now is None):
        raise Refusal("invalid", "Say how far: either `advance_ms` or `now`.")
    async with server.moving:
        before = test_time.now()
        now = before + command.advance_ms if command.advance_ms is not None else _instant(command.now or "")
        if now < before:
            raise Refusal("invalid", f"Time goes forward only; it is {shown(before)}.", now=shown(before))
        if now > LATEST_MS:
            raise Refusal("out_of_range", f"Time ends at {shown(LATEST_MS)} here.")
        await server.lane.wish(now)
        test_time.move_to(now)
        server.callers.clear()
    return TestClock(now=shown(now))


def _instant(text: str) -> int:
    try:
        return parsed(text)
    except ValueError as error:
        raise Refusal("invalid", "`now` is no date that exists. Check it.", field="now") from error


def _test_time(server: Server) -> TestTime:
    if server.test_time is None:
        raise Refusal("not_found", "This server runs on real time. Start it with --test-clock to move its clock.")
    return server.test_time


CLOSING: Final = frozenset({"master.freeze", "plan.change"})
"""Operations that are answered once everything they closed is written down."""
SPECIAL: Final[dict[str, Special]] = {
    "token.sign_in": sign_in,
    "test_clock.get": get_test_clock,
    "test_clock.set": set_test_clock,
}
"""Operations that are carried out here instead of in a handler of their own."""

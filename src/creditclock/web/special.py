"""Special operations: what must happen outside the lane before a command, or instead of it (design section 7)."""

import secrets
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec

from creditclock.commands.timekeeping import TestTime
from creditclock.contract import Command, Refusal
from creditclock.contract.apps import CreateApp, RotateKey
from creditclock.contract.customers import CreateCustomer, ResetCustomerPassword
from creditclock.contract.instants import LATEST_MS, parsed, shown
from creditclock.contract.instructions.system import RunInstruction
from creditclock.contract.masters import CreateMaster, ResetOwnerPassword, SetKeyCode, UnfreezeMaster
from creditclock.contract.second_factor import BeginSecondFactor, ConfirmSecondFactor, RemoveSecondFactor
from creditclock.contract.test_clock import GetTestClock, SetTestClock, TestClock
from creditclock.contract.tokens import ChangePassword
from creditclock.contract.values import master_of, number_of
from creditclock.contract.webhooks import ChangeWebhook, CreateWebhook, ReplayWebhook, RotateSecret
from creditclock.domain.access import Caller
from creditclock.domain.rows import App
from creditclock.storage.snapshot import Snapshot, lane_of
from creditclock.web import second_factor, webhooks
from creditclock.web.freezing import closed
from creditclock.web.instructions import system
from creditclock.web.passwords import new_hash
from creditclock.web.second_factor import WITHHELD
from creditclock.web.secrets import digest, new_key
from creditclock.web.server import Server
from creditclock.web.tokens import changing, sign_in

Special = Callable[[Server, Any, Caller | None, str], Awaitable[Any]]


async def material_of(server: Server, command: Command[Any], caller: Caller) -> tuple[dict[str, str], Command[Any]]:
    """What a command needs that is made outside the lane, and the command without its secrets."""
    material: dict[str, str] = {}
    match command:
        case CreateApp():
            material = _new_key(caller, command.kind)
        case RotateKey():
            material = _new_key(caller, await server.in_thread(lambda: _kind_of(server, command.app)))
        case CreateMaster() | CreateCustomer() | ResetCustomerPassword() | ResetOwnerPassword() if command.password:
            material = await new_hash(server, command, caller)
            command = msgspec.structs.replace(command, password=WITHHELD)
        case CreateWebhook() | ChangeWebhook() | RotateSecret() | ReplayWebhook():
            material = await webhooks.material_of(server, command, caller)
        case SetKeyCode():
            material = {"key_code": command.key_code or secrets.token_urlsafe(18)}
            command = msgspec.structs.replace(command, key_code=None)
        case RunInstruction():
            return await system.material_of(server, command, caller)
        case UnfreezeMaster():
            material = await closed(server, master_of(command.master))
        case ChangePassword():
            return await changing(server, command, caller)
        case BeginSecondFactor() | ConfirmSecondFactor() | RemoveSecondFactor():
            return await second_factor.material_of(server, command, caller)
        case _:
            pass
    return material, command


def _new_key(caller: Caller, kind: str) -> dict[str, str]:
    key = new_key(caller.master, kind)
    return {"key": key, "digest": digest(key)}


def _kind_of(server: Server, identifier: str) -> str:
    """Whether an app's key is secret or publishable; the lane refuses what isn't there."""
    with server.database.reading() as connection:
        lane = lane_of(connection, master_of(identifier))
        found = Snapshot(connection, lane, 0, ()).get(App, number_of(identifier)) if lane else None
    return found.kind if found else "secret"


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


CLOSING: Final = frozenset({"customer.remove", "instruction.run", "master.freeze", "master.remove", "plan.change"})
"""Operations that are answered once what they caused is written down; forgetting somebody may take longer."""
SPECIAL: Final[dict[str, Special]] = {
    "token.sign_in": sign_in,
    "test_clock.get": get_test_clock,
    "test_clock.set": set_test_clock,
}
"""Operations that are carried out here instead of in a handler of their own."""

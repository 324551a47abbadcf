"""The second factor as the web sees it: secrets, time steps and recovery codes, compared before the lane (RFC 6238)."""

import base64
import hmac
from typing import Any, Final

import msgspec
from pyotp.totp import TOTP

from creditclock.contract import Command, Refusal
from creditclock.contract.second_factor import (
    RECOVERY_CODES,
    BeginSecondFactor,
    ConfirmSecondFactor,
    RemoveSecondFactor,
)
from creditclock.domain.access import Caller
from creditclock.domain.rows import SecondFactor
from creditclock.queries import tokens
from creditclock.storage.keys import FOR_SECOND_FACTORS
from creditclock.storage.snapshot import Snapshot, lane_of
from creditclock.web.keys import new_secret, secret_again
from creditclock.web.passwords import names_of, verified
from creditclock.web.secrets import new_recovery_codes, recovery_digest
from creditclock.web.server import Server
from creditclock.web.throttle import Kind
from creditclock.web.turns import Turn

SECRET_BYTES: Final = 20
"""As long as the output of SHA-1, which every authenticator app takes (RFC 4226)."""
DIGITS: Final = 6
STEP_MS: Final = 30_000
NEIGHBOURS: Final = (-1, 0, 1)
"""The time steps whose codes count: clocks of devices are some seconds off, and people type slowly."""
ISSUER: Final = "Creditclock"
WITHHELD: Final = "withheld"
"""Stands in the place of a password or code where the command goes on."""
NEEDED: Final = (
    "A code of the second factor is needed. Send the request again with `code`: that of your app, or a recovery code."
)
WRONG: Final = "The code is wrong, or was used already. Type the one that the app shows now, or another recovery code."


async def material_of(
    server: Server, command: BeginSecondFactor | ConfirmSecondFactor | RemoveSecondFactor, caller: Caller
) -> tuple[dict[str, str], Command[Any]]:
    """What a command of the second factor needs, and the command without its secrets."""
    match command:
        case BeginSecondFactor():
            material = await _own_password(server, caller, command.password)
            if material:
                material |= await _new_factor(server, caller)
            return material, msgspec.structs.replace(command, password=WITHHELD)
        case ConfirmSecondFactor():
            return await _confirming(server, caller, command.code), msgspec.structs.replace(command, code=WITHHELD)
        case RemoveSecondFactor():
            material = await _own_password(server, caller, command.password)
            if material:
                material |= await own_code(server, caller, command.code)
            return material, msgspec.structs.replace(command, password=WITHHELD, code=WITHHELD)


async def code_material(server: Server, person: Caller, code: str | None, kind: Kind, source: str) -> dict[str, str]:
    """What a code stands for that fits somebody's second factor; nothing where there is none.

    Raises a Refusal `second_factor_needed` without a code, `wrong_code` or `too_many_requests`.
    """
    factor = await _factor_of(server, person)
    if factor is None or factor.confirmed_at is None:
        return {}
    if not code:
        raise Refusal("second_factor_needed", NEEDED)
    with server.throttle.trying(kind, person.name, source):
        found = await server.in_thread(lambda: _fitting(server, factor, code))
    if found is None:
        server.throttle.failed(kind, person.name, source)
        raise Refusal("wrong_code", WRONG)
    return found | {"salt": factor.salt}


async def own_code(server: Server, caller: Caller, code: str | None) -> dict[str, str]:
    """What the code of somebody stands for who has signed in and shows again who it is; refuses as `code_material`."""
    return await code_material(server, caller, code, "own", "")


async def _own_password(server: Server, caller: Caller, password: str) -> dict[str, str]:
    """The version of the credential that the caller's own password fits; nothing for a wrong one.

    Then the lane finds the answer, where the request is a repetition, or refuses.
    """
    with server.throttle.trying("own", caller.name, ""):
        found = await verified(server, caller.master, caller.id, password, Turn(caller.master))
    if found is None:
        server.throttle.failed("own", caller.name, "")
        return {}
    return {"version": found.version}


async def _new_factor(server: Server, caller: Caller) -> dict[str, str]:
    login, *business = await server.in_thread(lambda: names_of(server, caller.master, caller.kind, caller.id))
    made = await server.in_thread(lambda: new_secret(server.keys, FOR_SECOND_FACTORS))
    totp = _totp(made.secret)
    uri = totp.provisioning_uri(name=login, issuer_name=" ".join([ISSUER, *business]))
    return {"key": str(made.key), "salt": made.salt, "secret": totp.secret, "uri": uri}


async def _confirming(server: Server, caller: Caller, code: str) -> dict[str, str]:
    """The step of the first code, and recovery codes; nothing for a wrong code, or where none is waited for."""
    factor = await _factor_of(server, caller)
    if factor is None or factor.confirmed_at is not None:
        return {}
    with server.throttle.trying("own", caller.name, ""):
        found = await server.in_thread(lambda: _fitting(server, factor, code))
    if found is None:
        server.throttle.failed("own", caller.name, "")
        return {}
    codes = new_recovery_codes(RECOVERY_CODES)
    digests = " ".join(map(recovery_digest, codes))
    return found | {"salt": factor.salt, "codes": " ".join(codes), "digests": digests}


async def _factor_of(server: Server, person: Caller) -> SecondFactor | None:
    if person.kind == "customer":
        return None

    def find() -> SecondFactor | None:
        with server.database.reading() as connection:
            lane = lane_of(connection, person.master)
            return tokens.second_factor(Snapshot(connection, lane, 0, ()), person.id) if lane else None

    return await server.in_thread(find)


def _fitting(server: Server, factor: SecondFactor, code: str) -> dict[str, str] | None:
    """The time step or the recovery code that is meant, unless it was used already; None for a wrong code."""
    typed = "".join(code.split())
    if len(typed) == DIGITS and typed.isascii() and typed.isdigit():
        totp = _totp(secret_again(server.keys, FOR_SECOND_FACTORS, factor.key, factor.salt))
        current = server.time.now() // STEP_MS
        steps = [current + neighbour for neighbour in NEIGHBOURS if current + neighbour > factor.step]
        right = [step for step in steps if hmac.compare_digest(totp.generate_otp(step), typed)]
        return {"step": str(right[0])} if right else None
    wanted = recovery_digest(code)
    right = [kept for kept in factor.codes.split() if hmac.compare_digest(kept, wanted)]
    return {"recovery": wanted} if right else None


def _totp(secret: bytes) -> TOTP:
    return TOTP(base64.b32encode(secret[:SECRET_BYTES]).decode())

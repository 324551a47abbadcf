"""The second factor: codes of an app on one's own device, beside the password (RFC 6238)."""

from typing import Final

import msgspec

from creditclock.contract.operation import DESK, Command, Role, operation
from creditclock.contract.tokens import Done
from creditclock.contract.values import GivenCode, GivenPassword, Instant

BY: Final[tuple[Role, ...]] = ("operator", *DESK)
"""Who may have a second factor."""
PENDING_MS: Final = 3_600_000
"""How long a second factor that was begun may be confirmed."""
RECOVERY_CODES: Final = 10


class SecondFactor(msgspec.Struct, frozen=True, kw_only=True):
    """The caller's second factor: whether it is on, since when, and how many recovery codes are left."""

    on: bool
    since: Instant | None
    recovery_codes_left: int


class NewSecondFactor(msgspec.Struct, frozen=True, kw_only=True):
    """What an authenticator app needs, shown once: the `secret` in base32, and the same as an `otpauth://` address.

    Nothing is on before a code is confirmed, until `confirm_until` at the latest.
    """

    secret: str
    uri: str
    confirm_until: Instant


class RecoveryCodes(msgspec.Struct, frozen=True, kw_only=True):
    """Codes for the day on which the device is lost, shown once; each works once in the place of the device's code."""

    recovery_codes: list[str]


@operation("second_factor.get", "GET /v1/second-factor", by=BY)
class GetSecondFactor(Command[SecondFactor], frozen=True, kw_only=True):
    """Tell whether the caller's second factor is on."""


@operation("second_factor.begin", "POST /v1/second-factor", by=BY, shows_secret=True)
class BeginSecondFactor(Command[NewSecondFactor], frozen=True, kw_only=True):
    """Begin to use a second factor: get its secret for an authenticator app.

    It is on once a code of the app was confirmed; beginning again makes another secret.
    """

    password: GivenPassword


@operation("second_factor.confirm", "POST /v1/second-factor/confirm", by=BY, shows_secret=True)
class ConfirmSecondFactor(Command[RecoveryCodes], frozen=True, kw_only=True):
    """Switch the second factor on with a code of the app; gives ten recovery codes, once.

    From now on each sign-in needs a code. All the caller's other tokens end.
    """

    code: GivenCode


@operation("second_factor.remove", "POST /v1/second-factor/remove", by=BY)
class RemoveSecondFactor(Command[Done], frozen=True, kw_only=True):
    """Switch the second factor off; takes the password and a code, or a recovery code."""

    password: GivenPassword
    code: GivenCode

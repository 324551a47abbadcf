"""The values of the contract: numbers, instants, texts and ids (design section 2).

Amounts are integer minor units of the master's currency, durations integer milliseconds, both at most 2^53 − 1.
Instants are RFC 3339 in UTC with milliseconds, such as `2026-11-20T09:30:00.000Z`.
"""

from typing import Annotated, Final

from msgspec import Meta

MAX: Final = 2**53 - 1
"""The largest integer of the contract; JSON readers keep it exactly."""
MIN_LEASE_MS: Final = 5_000
MAX_LEASE_MS: Final = 86_400_000
MAX_PAUSE_MS: Final = 30 * 86_400_000
MIN_TOKEN_MS: Final = 60_000
MAX_TOKEN_MS: Final = 30 * 86_400_000
MAX_GRACE_MS: Final = 7 * 86_400_000
MAX_PARALLEL: Final = 1_000
PAGE: Final = 100
"""How many items a page of a list holds unless `limit` says otherwise."""

Amount = Annotated[int, Meta(ge=1, le=MAX, description="Minor units of the currency.")]
Balance = Annotated[int, Meta(description="Minor units of the currency.")]
Price = Annotated[int, Meta(ge=1, le=MAX, description="Minor units for one hour of clock time.")]
Milliseconds = Annotated[int, Meta(ge=1, le=MAX, description="Milliseconds, at least 1.")]
Duration = Annotated[int, Meta(ge=0, le=MAX, description="Milliseconds.")]
LeaseMs = Annotated[
    int, Meta(ge=MIN_LEASE_MS, le=MAX_LEASE_MS, description="Length of the lease in milliseconds, 5 s to 24 h.")
]
BurnRate = Annotated[
    int, Meta(ge=1, le=10_000, description="Per mille of real time: 1000 burns one second per second.")
]
Parallel = Annotated[int, Meta(ge=1, le=MAX_PARALLEL, description="How many sessions may be open at once.")]
Seq = Annotated[int, Meta(ge=1, le=MAX, description="The holder's number of the session.")]
TokenMs = Annotated[
    int, Meta(ge=MIN_TOKEN_MS, le=MAX_TOKEN_MS, description="How long the token works, in milliseconds, 1 min to 30 d.")
]
GraceMs = Annotated[
    int, Meta(ge=0, le=MAX_GRACE_MS, description="How long the old key works on, in milliseconds, at most 7 d.")
]
Limit = Annotated[int, Meta(ge=1, le=1_000, description="Items per page.")]
Count = Annotated[int, Meta(ge=0, le=MAX)]
Instant = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,3})?Z\Z",
        description="An instant in UTC, RFC 3339.",
        examples=["2026-11-20T09:30:00.000Z"],
        extra_json_schema={"format": "date-time"},
    ),
]

_HIDDEN: Final = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff"
"""What a text for people may not have: control characters but line breaks and tabs, what turns the direction of
writing around, and half characters."""
Login = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=100,
        pattern=r"^(?![a-z]{2,4}_)[^\s\x00-\x1f\x7f]+\Z",
        description="A name to sign in with, without spaces, kept in one spelling; it may not look like an id.",
    ),
]
Password = Annotated[str, Meta(min_length=8, max_length=200, description="At least 8 characters.")]
GivenCode = Annotated[
    str, Meta(max_length=40, description="A code of the second factor as shown by its app, or a recovery code.")
]
GivenLogin = Annotated[str, Meta(max_length=100, description="The login as typed.")]
GivenPassword = Annotated[str, Meta(max_length=200, description="The password as typed.")]
_UNSEEN: Final = (
    rf"{_HIDDEN}\n\t\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028\u2029\u2060-\u206f"
    "\\u3164\\ufeff\\uffa0\\ufff0-\\ufffb\U000e0000-\U000e007f"
)
"""What a name may not have besides: line breaks and tabs, and what nobody sees."""
_JOINS: Final = r"\u200c\u200d\ufe00-\ufe0f"
"""What joins or varies the characters beside it, in emoji and some scripts; alone it is not seen either."""
Name = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200,
        pattern=rf"^(?!(.*[\sA-Za-z\u00c0-\u052f\u200c\u200d])?[{_JOINS}])(?!.*[\u200c\u200d](\s|\Z))"
        rf"[^{_UNSEEN}]*[^\s{_UNSEEN}][^{_UNSEEN}]*\Z",
        description="A name for people, on one line, without characters that nobody sees.",
    ),
]
Email = Annotated[str, Meta(max_length=254, pattern=r"^[^@\s]+@[^@\s]+\Z")]
Phone = Annotated[str, Meta(max_length=40, pattern=r"^[0-9+][0-9 ()/.-]*\Z")]
Note = Annotated[
    str, Meta(max_length=500, pattern=rf"^[^{_HIDDEN}]*\Z", description="A text for people; it can be erased.")
]
Reference = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=100,
        pattern=rf"^[^{_HIDDEN}\n\t]+\Z",
        description="The payment's own id, once per business.",
    ),
]
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3,8}\Z", description="A code such as EUR, or CREDIT.")]
Exponent = Annotated[int, Meta(ge=0, le=4, description="Decimal places of the currency.")]
Zone = Annotated[str, Meta(max_length=64, description="An IANA time zone such as Europe/Berlin.")]
Cursor = Annotated[str, Meta(max_length=64, pattern=r"^[0-9a-f]+\Z", description="`next` of the page before.")]

_ID = r"_[0-9a-f]{19}\Z"
MasterId = Annotated[str, Meta(pattern="^mas" + _ID, description="Id of a business.")]
PlanId = Annotated[str, Meta(pattern="^pln" + _ID, description="Id of a plan.")]
StaffId = Annotated[str, Meta(pattern="^stf" + _ID, description="Id of an employee or operator.")]
AppId = Annotated[str, Meta(pattern="^app" + _ID, description="Id of an app.")]
CustomerId = Annotated[str, Meta(pattern="^cus" + _ID, description="Id of a customer.")]
WalletId = Annotated[str, Meta(pattern="^wal" + _ID, description="Id of a wallet.")]
ClockId = Annotated[str, Meta(pattern="^clk" + _ID, description="Id of a clock.")]
SessionId = Annotated[str, Meta(pattern="^ses" + _ID, description="Id of a session.")]
LotId = Annotated[str, Meta(pattern="^lot" + _ID, description="Id of a lot.")]
TariffId = Annotated[str, Meta(pattern="^trf" + _ID, description="Id of a tariff.")]
TokenId = Annotated[str, Meta(pattern="^tok" + _ID, description="Id of a token.")]
RecordId = Annotated[str, Meta(pattern="^rec" + _ID, description="Id of a record.")]
EventId = Annotated[str, Meta(pattern="^evt" + _ID, description="Id of an event; its place among those of a business.")]
SupplyRequestId = Annotated[str, Meta(pattern="^srq" + _ID, description="Id of a request for credits.")]
IssueReportId = Annotated[str, Meta(pattern="^iss" + _ID, description="Id of an issue report.")]
WebhookId = Annotated[str, Meta(pattern="^whk" + _ID, description="Id of a webhook.")]

KINDS: Final[dict[str, str]] = {
    "mas": "business",
    "pln": "plan",
    "stf": "employee",
    "app": "app",
    "cus": "customer",
    "wal": "wallet",
    "clk": "clock",
    "ses": "session",
    "lot": "lot",
    "trf": "tariff",
    "tok": "token",
    "rec": "record",
    "evt": "event",
    "srq": "request for credits",
    "iss": "issue report",
    "whk": "webhook",
}
"""Prefix of an id and the kind of thing it names."""
PATHS: Final[dict[str, str]] = {kind.replace(" ", "_"): prefix for prefix, kind in KINDS.items()} | {
    "master": "mas",
    "supply_request": "srq",
}
"""The prefix of the ids that stand in paths, by the name of the field."""


def identify(prefix: str, master: int, number: int) -> str:
    """The id of the thing `number` of a master; ids of one kind and master sort by age.

    >>> identify("wal", 7, 100)
    'wal_0000007000000000064'
    """
    return f"{prefix}_{master:07x}{number:012x}"


def number_of(identifier: str) -> int:
    """The number within its master that an id names. The id has passed its pattern."""
    return int(identifier[11:], 16)


def master_of(identifier: str) -> int:
    """The number of the master that an id belongs to. The id has passed its pattern."""
    return int(identifier[4:11], 16)

"""Settings: read once, from a file, then the environment, then flags (design section 6)."""

import difflib
import ipaddress
import os
import re
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec
import msgspec.inspect
from msgspec import Meta

from creditclock.contract import Refusal

FILE: Final = "creditclock.toml"
PREFIX: Final = "CREDITCLOCK_"
LAST_PORT: Final = 65_535
SHORTEST_TOKEN: Final = 16
LOCAL: Final = frozenset({"127.0.0.1", "::1", "localhost"})
SHORTEST_PASSWORD: Final = 8
KNOWN_PASSWORDS: Final = frozenset(
    {
        "00000000", "11111111", "12345678", "123456789", "1234567890", "admin123", "administrator", "changeme",
        "change-me", "choose-a-long-one", "creditclock", "iloveyou", "letmein1", "operator", "operator1", "passw0rd",
        "password", "password1", "password123", "qwerty123", "qwertyuiop", "secret123", "sunshine", "welcome1",
    }
)  # fmt: skip
"""What is tried first, in small letters; the documentation's own example as well."""
MOST: Final = 1_000_000
Count = Annotated[int, msgspec.Meta(ge=0, le=MOST)]
"""A limit; 0 is none."""
OF_OTHERS: Final = frozenset({"CONFIG", "NEW_PASSWORD", "PROFILE", "TOKEN", "URL", "WEBHOOK_SECRET"})
"""Variables that name the file, or are the command line's or of the examples."""
_OF_KUBERNETES: Final = re.compile(r"SERVICE_|PORT_|PORT\Z")
"""What Kubernetes sets itself for a service with the name `creditclock`."""
_PLACE: Final = re.compile(r"`\$\.(\w+)")
_UNKNOWN: Final = re.compile(r"unknown field `(\w+)`")
_LIST: Final = re.compile(r"[\s,]+")
_ORIGIN: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s]+\Z")


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a server is told at its start.

    `lane` says whether what writes runs in a process of its own, which is faster, or in a thread.
    `database` is a URL, `listen` an address and port. `data` is the folder where a SQLite file lies unless the URL
    names another. `operator_password` counts for the first start only. `log_format` is `auto`: text on a terminal, else
    JSON. `log_requests` says which requests are written down: `slow` are those that failed or took a second. Other
    machines may read `/metrics` with `metrics_token`. `keys` is the file of the installation's keys. Webhooks may have
    `webhook_addresses` that are on the Internet (`public`, the default), or `any`. Events can be read again for
    `keep_events_days`; webhooks are told again what is up to 7 days old, so that it is 8 at least.

    `tls_cert` and `tls_key` are files; with them the server speaks HTTPS. `proxies` are addresses and networks whose
    `proxy_header` says who asks. `hosts` are the names by which the server is reached, `origins` the other sites whose
    pages may write. `connections`, `connections_per_source` and `requests_in_flight` are how many there may be at once,
    `rate_…` how many operations a second; 0 is no limit. `request_timeout_ms` is the time for a request's head.

    `instruction_set` serves the protocol of the EWallet Credit Clock suit. Where it is `open`, anybody may make a
    business (`open_enrolment`) and customers give themselves credits (`self_supply`), unless those settings say
    otherwise. With `instruction_basic` its requests must carry a login and key of a business. A timer that it started
    runs for `timer_lease_ms` after the last instruction of its session.
    """

    data: str = "."
    database: str = ""
    listen: str = "127.0.0.1:8400"
    operator_password: str = ""
    test_clock: bool = False
    lane: Literal["process", "thread"] = "process" if sys.platform != "win32" else "thread"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["auto", "text", "json"] = "auto"
    log_requests: Literal["slow", "all", "off"] = "slow"
    metrics_token: str = ""
    keys: str = ""
    webhook_addresses: Literal["public", "any"] | None = None
    keep_events_days: Annotated[int, Meta(ge=8, le=3_650)] = 30
    tls_cert: str = ""
    tls_key: str = ""
    proxies: tuple[str, ...] = ()
    proxy_header: Literal["x-forwarded-for", "forwarded"] = "x-forwarded-for"
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    connections: Count = 10_000
    connections_per_source: Count = 1_000
    requests_in_flight: Annotated[int, msgspec.Meta(ge=1, le=MOST)] = 1_000
    request_timeout_ms: Annotated[int, msgspec.Meta(ge=500, le=600_000)] = 10_000
    rate_per_master: Count = 20_000
    rate_per_caller: Count = 100
    rate_per_key: Count = 0
    rate_per_source: Count = 100
    instruction_set: Literal["off", "on", "open"] = "off"
    open_enrolment: bool | None = None
    self_supply: bool | None = None
    instruction_basic: bool = False
    timer_lease_ms: Annotated[int, msgspec.Meta(ge=60_000, le=86_400_000)] = 1_800_000

    @property
    def webhooks_anywhere(self) -> bool:
        """Whether webhooks may have any address, and http; a server for tests allows it unless told otherwise."""
        return (self.webhook_addresses or ("any" if self.test_clock else "public")) == "any"

    @property
    def enrolment_is_open(self) -> bool:
        """Whether anybody may make a business through the instruction set."""
        return self.instruction_set == "open" if self.open_enrolment is None else self.open_enrolment

    @property
    def supplies_itself(self) -> bool:
        """Whether customers give themselves credits through the instruction set."""
        return self.instruction_set == "open" if self.self_supply is None else self.self_supply

    @property
    def keep_events_ms(self) -> int:
        """How long events are kept."""
        return self.keep_events_days * 86_400_000

    @property
    def database_url(self) -> str:
        """The URL of the database; by default a SQLite file in the data folder."""
        return self.database or f"sqlite:///{Path(self.data) / 'creditclock.db'}"

    @property
    def host(self) -> str:
        """The address to listen on."""
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port to listen on."""
        text = self.listen.rpartition(":")[2]
        if not self.host or not (text.isascii() and text.isdecimal()) or int(text) > LAST_PORT:
            raise ValueError(f"--listen needs HOST:PORT, such as 127.0.0.1:8400, not {self.listen!r}")
        return int(text)

    @property
    def local(self) -> bool:
        """Whether only this machine can reach the server."""
        return self.host in LOCAL

    @property
    def reached(self) -> bool:
        """Whether others can reach the server, itself or through a proxy."""
        return not self.local or bool(self.proxies)


_NAMES: Final = [field.name for field in msgspec.structs.fields(Settings)]
LISTS: Final = frozenset({"proxies", "hosts", "origins"})
"""Settings with several values; outside the file they are separated by commas."""


def read(overrides: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings from the file, the environment and `overrides`, the later the stronger.

    Raises a Refusal `invalid` that names what is wrong.
    """
    settings = _converted(_gathered(overrides, environment))
    if settings.metrics_token and len(settings.metrics_token) < SHORTEST_TOKEN:
        raise Refusal("invalid", f"`metrics_token` needs {SHORTEST_TOKEN} characters at least. Choose a longer one.")
    if settings.test_clock and not settings.local:
        raise Refusal("invalid", "--test-clock works on a loopback address only. Leave --listen out.")
    if settings.instruction_set == "open" and settings.reached:
        raise Refusal(
            "invalid",
            "An open instruction set lets anybody make businesses and credits, so it works on a loopback address only, "
            "without `proxies`. Use --instruction-set on, or leave --listen and `proxies` out.",
        )
    if settings.reached and settings.enrolment_is_open and settings.supplies_itself:
        raise Refusal(
            "invalid",
            "With open_enrolment and self_supply anybody makes businesses and credits, so they work together on a "
            "loopback address only, without `proxies`. Switch one of them off, or leave --listen and `proxies` out.",
        )
    if bool(settings.tls_cert) != bool(settings.tls_key):
        raise Refusal("invalid", "TLS needs both --tls-cert and --tls-key. Give the other one too.")
    if settings.operator_password and not settings.local:
        _check_password(settings.operator_password)
    return settings


def _gathered(overrides: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    named = overrides.get("config") or environment.get(f"{PREFIX}CONFIG")
    path = Path(named or FILE)
    if named or path.exists():
        values.update(_from_file(path))
    _check_names(environment)
    for field in msgspec.structs.fields(Settings):
        given = environment.get(PREFIX + field.name.upper())
        if given is not None:
            values[field.name] = given
    values.update({name: value for name, value in overrides.items() if value is not None and name != "config"})
    for name in LISTS & values.keys():
        if isinstance(values[name], str):
            values[name] = [one for one in _LIST.split(values[name]) if one]
    return values


def _converted(values: dict[str, Any]) -> Settings:
    try:
        settings = msgspec.convert(values, Settings, strict=False)
        _ = settings.port
        _check_lists(settings)
    except msgspec.ValidationError as error:
        raise Refusal("invalid", f"{_words(str(error), values)} See docs/guide/settings.md.") from error
    except ValueError as error:
        raise Refusal("invalid", f"The settings are wrong: {error}. See docs/guide/settings.md.") from error
    return settings


def _words(text: str, values: Mapping[str, Any]) -> str:
    """What the decoder found wrong, for somebody who doesn't know it."""
    if unknown := _UNKNOWN.search(text):
        return f"There is no setting `{unknown[1]}`{_meant(unknown[1])}."
    place = _PLACE.search(text)
    if place is None:
        return f"The settings are wrong: {text}."
    name = place[1]
    return f"`{name}` is {_allowed(name, repr(values[name])[:100])}."


def _allowed(name: str, given: str) -> str:
    """What a setting may be, which isn't what was given. A text may be secret and is not repeated."""
    inspected = msgspec.inspect.type_info(Settings)
    assert isinstance(inspected, msgspec.inspect.StructType)
    kind = next(field.type for field in inspected.fields if field.name == name)
    if isinstance(kind, msgspec.inspect.UnionType):
        kind = next(one for one in kind.types if not isinstance(one, msgspec.inspect.NoneType))
    match kind:
        case msgspec.inspect.LiteralType():
            return f"one of {', '.join(str(one) for one in kind.values)}, not {given}"
        case msgspec.inspect.IntType():
            return f"a whole number from {kind.ge} to {kind.le}, not {given}"
        case msgspec.inspect.BoolType():
            return f"true or false, not {given}"
        case msgspec.inspect.StrType():
            return "a text: in the file it stands in quotes"
        case _:
            return 'a list of texts, such as ["one", "two"] in the file'


def _check_names(environment: Mapping[str, str]) -> None:
    """Raise a Refusal `invalid` for a variable that is nearly a setting's: it was mistyped, and would do nothing.

    Others that begin like ours may mean something to somebody else.
    """
    known = {name.upper() for name in _NAMES} | OF_OTHERS
    for name in sorted(environment):
        rest = name.removeprefix(PREFIX)
        meant = _meant(rest.lower(), PREFIX) if rest != name and rest not in known else ""
        if meant and not _OF_KUBERNETES.match(rest):
            raise Refusal(
                "invalid",
                f"{name} is no setting{meant}. Correct it or take it out of the environment.",
            )


def _meant(name: str, prefix: str = "") -> str:
    """Says which setting has the nearest name; nothing where none is near."""
    near = difflib.get_close_matches(name, _NAMES, 1)
    if not near:
        return ""
    return f"; the nearest is {prefix}{near[0].upper()}" if prefix else f"; the nearest is `{near[0]}`"


def _check_password(password: str) -> None:
    """Refuse a password that is guessed at once, where others can reach the server."""
    if len(password) < SHORTEST_PASSWORD or password.lower() in KNOWN_PASSWORDS:
        raise Refusal(
            "invalid",
            f"The operator's password is too easy to guess for an address that others can reach. Set "
            f"CREDITCLOCK_OPERATOR_PASSWORD to {SHORTEST_PASSWORD} characters or more that are no common password, or "
            "leave it out: then one is made.",
        )


def _check_lists(settings: Settings) -> None:
    """Raise a ValueError for an entry of a list that can't be what it should be."""
    for one in settings.proxies:
        try:
            network = ipaddress.ip_network(one)
        except ValueError as error:
            raise ValueError(f"`proxies` needs addresses or networks such as 10.0.0.0/8, not {one!r}") from error
        if not network.prefixlen:
            raise ValueError(
                f"`proxies` must not be everybody ({one}): then anybody says to be whom he likes. Name your own proxies"
            )
    for one in settings.hosts:
        if not one or "/" in one or "*" in one:
            raise ValueError(f"`hosts` needs names such as time.example, not {one!r}")
    for one in settings.origins:
        if _ORIGIN.match(one.rstrip("/")) and one.endswith("/"):
            raise ValueError(f"`origins` needs sites without the last /: {one.rstrip('/')}, not {one}")
        if not _ORIGIN.match(one):
            raise ValueError(f"`origins` needs sites such as https://shop.example, not {one!r}")


def _from_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text())
    except OSError as error:
        reason = error.strerror or str(error)
        raise Refusal(
            "invalid",
            f"The file of settings, {path}, can't be read: {reason}. Name it with --config or {PREFIX}CONFIG.",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refusal("invalid", f"{path} can't be read as TOML: {error}.") from error

"""Settings: read once, from a file, then the environment, then flags (design section 6)."""

import os
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from creditclock.contract import Refusal

FILE: Final = "creditclock.toml"
PREFIX: Final = "CREDITCLOCK_"
LAST_PORT: Final = 65_535
SHORTEST_TOKEN: Final = 16
LOCAL: Final = frozenset({"127.0.0.1", "::1", "localhost"})


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a server is told at its start.

    `lane` says whether what writes runs in a process of its own, which is faster, or in a thread.
    `database` is a URL, `listen` an address and port. `data` is the folder where a SQLite file lies unless the URL
    names another. `operator_password` counts for the first start only. `log_format` is `auto`: text on a terminal, else
    JSON. `log_requests` says which requests are written down: `slow` are those that failed or took a second. Other
    machines may read `/metrics` with `metrics_token`. `keys` is the file of the installation's keys. Webhooks may have
    `webhook_addresses` that are on the Internet (`public`, the default), or `any`. Events can be read again for
    `keep_events_days`; webhooks are told again what is up to 7 days old, so that it is 8 at least.
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

    @property
    def webhooks_anywhere(self) -> bool:
        """Whether webhooks may have any address, and http; a server for tests allows it unless told otherwise."""
        return (self.webhook_addresses or ("any" if self.test_clock else "public")) == "any"

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


def read(overrides: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings from the file, the environment and `overrides`, the later the stronger.

    Raises a Refusal `invalid` that names what is wrong.
    """
    values: dict[str, Any] = {}
    named = overrides.get("config") or environment.get(f"{PREFIX}CONFIG")
    path = Path(named or FILE)
    if named or path.exists():
        values.update(_from_file(path))
    for field in msgspec.structs.fields(Settings):
        given = environment.get(PREFIX + field.name.upper())
        if given is not None:
            values[field.name] = given
    values.update({name: value for name, value in overrides.items() if value is not None and name != "config"})
    try:
        settings = msgspec.convert(values, Settings, strict=False)
        _ = settings.port
    except (msgspec.ValidationError, ValueError) as error:
        raise Refusal("invalid", f"The settings are wrong: {error}. See docs/guide/settings.md.") from error
    if settings.metrics_token and len(settings.metrics_token) < SHORTEST_TOKEN:
        raise Refusal("invalid", f"`metrics_token` needs {SHORTEST_TOKEN} characters at least. Choose a longer one.")
    if settings.test_clock and not settings.local:
        raise Refusal("invalid", "--test-clock works on a loopback address only. Leave --listen out.")
    return settings


def _from_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text())
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refusal("invalid", f"{path} can't be read as TOML: {error}.") from error

"""Which server is meant and who calls: flags, the environment, and the logins kept in the user's config folder."""

import argparse
import os
import shlex
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from creditclock.cli.failure import Code, Failure

if TYPE_CHECKING:
    from creditclock.client import Client

DEFAULT_URL: Final = "http://127.0.0.1:8400"


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """A login that is kept: the token works for this server only, and is sent to no other."""

    url: str
    token: str
    expires_at: str
    who: str


def connect(arguments: argparse.Namespace, *, with_kept: bool = True) -> "Client":
    """A client for the server and the caller that are meant.

    What is said on the command line counts first, then the environment, then the login that is kept,
    whose token is used only `with_kept`.
    """
    from creditclock.client import Client

    profile: str | None = arguments.profile
    login = _kept().get(profile_of(arguments))
    if with_kept and profile is not None and login is None and arguments.token_file is None:
        raise Failure(
            f"No login is kept under the name {profile!r}. Sign in with: "
            f"creditclock sign-in LOGIN --profile {shlex.quote(profile)}",
            Code.NOT_SIGNED_IN,
        )
    environment = os.environ.get("CREDITCLOCK_URL")
    sources = [arguments.url, environment, login and login.url]
    if profile is not None:
        sources = [arguments.url, login and login.url, environment]
    client = Client(next((url for url in sources if url), DEFAULT_URL))
    if arguments.token_file is not None:
        client.token = _read(Path(arguments.token_file))
    elif profile is None and "CREDITCLOCK_TOKEN" in os.environ:
        client.token = os.environ["CREDITCLOCK_TOKEN"].strip() or None
    elif with_kept and login is not None and login.url == client.url:
        client.token = login.token
    return client


def named_token(arguments: argparse.Namespace) -> str | None:
    """Where the token or key stands that the caller named; None if a login that is kept is meant."""
    if arguments.token_file is not None:
        return f"the file {arguments.token_file}"
    is_set = arguments.profile is None and os.environ.get("CREDITCLOCK_TOKEN", "").strip()
    return "CREDITCLOCK_TOKEN" if is_set else None


def profile_of(arguments: argparse.Namespace) -> str:
    """The name under which logins are kept."""
    return arguments.profile or os.environ.get("CREDITCLOCK_PROFILE") or "default"


def keep(profile: str, login: Login) -> None:
    """Keep a login, readable for its owner only."""
    _write({**_kept(), profile: login})


def forget(profile: str) -> None:
    """Forget a login."""
    _write({name: login for name, login in _kept().items() if name != profile})


def place() -> Path:
    """The file in which logins are kept."""
    home = Path.home() / ".config"
    if sys.platform == "win32":
        home = Path(os.environ.get("APPDATA") or home)
    return Path(os.environ.get("XDG_CONFIG_HOME") or home) / "creditclock" / "token.json"


def _kept() -> dict[str, Login]:
    try:
        return msgspec.json.decode(place().read_bytes(), type=dict[str, Login])
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.DecodeError) as error:
        raise Failure(f"{place()} can't be read ({error}). Remove it and sign in again.") from error


def _write(logins: dict[str, Login]) -> None:
    path = place()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # mkstemp makes files of mode 0600; renaming replaces the old one whole or not at all.
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".token-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(logins)))
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise Failure(f"The token file can't be read: {error}.") from error

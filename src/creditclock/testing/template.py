"""A database that is made once: setting up a schema and hashing passwords take longer than most tests."""

from pathlib import Path
from typing import Final, NamedTuple

from creditclock.client.client import Client
from creditclock.contract.masters import Master
from creditclock.contract.operation import Scope
from creditclock.contract.tokens import SignedIn
from creditclock.testing.running import Running

OPERATOR: Final = "operator"
OWNER: Final = "owner"
PASSWORD: Final = "password of a test"  # noqa: S105 - of a server that lives for a test
SCOPES: Final[tuple[Scope, ...]] = ("sessions", "session.rate", "customers", "wallets", "clocks")


class Keys(NamedTuple):
    """The keys of a business's two apps."""

    secret: str
    publishable: str


class Template(NamedTuple):
    """A folder to be copied, and who is known in it."""

    folder: Path
    operator: SignedIn
    master: Master
    owner: SignedIn
    keys: Keys


def made(folder: Path) -> Template:
    """Make one in an empty folder."""
    with Running(folder, PASSWORD) as running, Client(running.url) as client:
        operator = client.sign_in(OPERATOR, PASSWORD)
        master = client.masters.create(name="Corner Shop", login=OWNER, password=PASSWORD)
        owner = client.sign_in(OWNER, PASSWORD)
        return Template(folder, operator, master, owner, make_keys(client))


def make_keys(owner: Client) -> Keys:
    """A secret key with every scope, and a publishable one."""
    secret = owner.apps.create(name="Server", kind="secret", scopes=SCOPES).key
    publishable = owner.apps.create(name="Product", kind="publishable").key
    assert secret is not None
    assert publishable is not None
    return Keys(secret, publishable)

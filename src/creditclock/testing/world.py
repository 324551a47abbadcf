"""What tests work with: the server, businesses and customers on it, and its time."""

import asyncio
import itertools
import shutil
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Final

from creditclock.client.client import Client
from creditclock.client.clock import ClockHandle
from creditclock.client.errors import Problem
from creditclock.client.running.holder import HOLDERS, Holder
from creditclock.client.running.terms import Length, milliseconds
from creditclock.client.uptime import uptime_ms
from creditclock.contract import instants
from creditclock.contract.masters import Master
from creditclock.contract.tariffs import Tariff
from creditclock.contract.tokens import SignedIn
from creditclock.testing.running import Running
from creditclock.testing.template import OPERATOR, OWNER, PASSWORD, Keys, Template, make_keys

_TURN_S: Final = 0.005


class Person:
    """Somebody who signs in: once, and again when the token has expired."""

    def __init__(self, client: Client, login: str, master: str | None, signed_in: SignedIn | None) -> None:
        self._client = client
        self._login = login
        self._master = master
        self._expires_at = ""
        if signed_in is not None:
            client.token = signed_in.token
            self._expires_at = signed_in.expires_at

    def client(self, now: str) -> Client:
        """A client that acts for this person."""
        if self._expires_at <= now:
            self._client.token = None
            self._expires_at = self._client.sign_in(self._login, PASSWORD, self._master).expires_at
        return self._client


class Customer:
    """A customer of a business: a `wallet` and a `clock`, by their ids or as handles."""

    def __init__(self, business: "Business", customer: str, login: str, wallet: str, clock: str) -> None:
        self.business = business
        self.id = customer
        self.login = login
        self.wallet = wallet
        self.clock_id = clock

    @property
    def clock(self) -> ClockHandle:
        """The clock, run with the business's secret key."""
        return self.business.secret.clock(self.clock_id)

    @property
    def balance(self) -> int:
        """What is in the wallet."""
        return self.business.secret.wallets.get(self.wallet).available

    def top_up(self, amount: int) -> None:
        """Put credits into the wallet."""
        self.business.secret.wallets.top_up(self.wallet, amount=amount)

    def grant(self, time: Length) -> None:
        """Put time on the clock, for nothing: a timedelta, or whole milliseconds."""
        self.business.secret.clocks.grant(self.clock_id, ms=milliseconds(time))

    @cached_property
    def client(self) -> Client:
        """A client that acts for the customer, who has signed in."""
        self.business.secret.customers.reset_password(self.id, password=PASSWORD)
        client = self.business.world.new_client()
        client.sign_in(self.login, PASSWORD, self.business.id)
        return client


class Business:
    """A business: clients that act for its owner, by its secret key with every scope, and by its publishable key."""

    def __init__(self, world: "Creditclock", master: Master, owner: Person, keys: Keys | None) -> None:
        self.world = world
        self.id = master.id
        self.tariff_id = master.tariff
        self._owner = owner
        self._keys = keys

    @property
    def owner(self) -> Client:
        """A client that acts for the owner."""
        return self._owner.client(self.world.instant)

    @property
    def keys(self) -> Keys:
        """The secret and the publishable key."""
        if self._keys is None:
            self._keys = make_keys(self.owner)
        return self._keys

    @cached_property
    def secret(self) -> Client:
        """A client with the secret key."""
        return self.world.new_client(self.keys.secret)

    @cached_property
    def publishable(self) -> Client:
        """A client with the publishable key, which can do little but sign customers in."""
        return self.world.new_client(self.keys.publishable)

    @property
    def tariff(self) -> Tariff:
        """The tariff that new clocks have: one credit buys one minute unless it is changed."""
        return self.secret.tariffs.get(self.tariff_id)

    def customer(self, *, credit: int = 0, time: Length = 0, login: str | None = None) -> Customer:
        """A new customer, with credits in the wallet and granted time on the clock.

        `credit` is in the smallest unit of the currency; `time` a timedelta, or whole milliseconds.
        """
        made = self.secret.customers.create(login=login or self.world.unique("customer"))
        customer = Customer(self, made.id, made.login, made.wallets[0], made.clocks[0])
        if credit:
            customer.top_up(credit)
        if time:
            customer.grant(time)
        return customer


class Creditclock:
    """A server on the test clock: its time stands still until `advance`."""

    def __init__(self, url: str, template: Template, stack: ExitStack) -> None:
        self.url = url
        self._stack = stack
        self._operator = Person(self.new_client(), OPERATOR, None, template.operator)
        self._numbers = itertools.count(1)
        self._clients: dict[str | None, Client] = {}
        self.instant = ""
        self.instant = self.client.test_clock.get().now
        owner = Person(self.new_client(), OWNER, None, template.owner)
        self._first = Business(self, template.master, owner, template.keys)

    @property
    def client(self) -> Client:
        """A client that acts for the operator."""
        return self._operator.client(self.instant)

    @property
    def now(self) -> datetime:
        """The server's time."""
        return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=instants.parsed(self.instant))

    @property
    def shop(self) -> Business:
        """The business that is there from the beginning."""
        return self._first

    def business(self, *, name: str = "Another Shop", currency: str = "CREDIT", exponent: int = 2) -> Business:
        """One more business. It takes a moment: a password is hashed, on purpose slowly."""
        login = self.unique("owner")
        master = self.client.masters.create(
            name=name, login=login, password=PASSWORD, currency=currency, exponent=exponent
        )
        return Business(self, master, Person(self.new_client(), login, None, None), None)

    def customer(self, *, credit: int = 0, time: Length = 0, login: str | None = None) -> Customer:
        """A new customer of the business that is there from the beginning.

        `credit` is in the smallest unit of the currency; `time` a timedelta, or whole milliseconds.
        """
        return self._first.customer(credit=credit, time=time, login=login)

    def advance(self, length: Length) -> datetime:
        """Let time pass on the server; everything that is due until then has happened when this returns.

        The length is a timedelta, or whole milliseconds; ValueError is raised for a negative one. Sessions that this
        process holds are renewed meanwhile and told of what happens, as in real time. Gives the new time.
        """
        for _ in self._steps(length):
            pass
        return self.now

    async def advance_async(self, length: Length) -> datetime:
        """The same in a coroutine: the event loop goes on meanwhile, so that asynchronous sessions act in time."""
        for _ in self._steps(length):
            await asyncio.sleep(_TURN_S)
        return self.now

    def _steps(self, length: Length) -> Iterator[None]:
        rest = milliseconds(length)
        if rest < 0:
            raise ValueError("time only goes forward")
        while rest > 0:
            live = [holder for holder in tuple(HOLDERS) if holder.origin.url == self.url and holder.end() is None]
            step = min([rest, *(ms for holder in live if (ms := holder.next_ms()) is not None)])
            self.instant = self.client.test_clock.set(advance_ms=step).now
            rest -= step
            for holder in live:
                self._tell(holder)
            yield

    def new_client(self, token: str | None = None) -> Client:
        """A client of this server, closed when the test is over."""
        return self._stack.enter_context(Client(self.url, token))

    def unique(self, text: str) -> str:
        """A text that nothing else on this server has."""
        return f"{text}{next(self._numbers)}"

    def _tell(self, holder: Holder) -> None:
        """Bring a holder up to date, as its own renewal would."""
        token = holder.origin.token
        client = self._clients.get(token) or self._clients.setdefault(token, self.new_client(token))
        sent = uptime_ms()
        try:
            holder.hear("renew", client.exchange(holder.command("renew")))
        except Problem as problem:
            holder.hear_problem(problem, sent)
        holder.settle()


@contextmanager
def opened(template: Template, folder: Path) -> Generator[Creditclock]:
    """A server on a copy of a template."""
    shutil.copytree(template.folder, folder)
    with ExitStack() as stack:
        running = stack.enter_context(Running(folder, PASSWORD))
        yield Creditclock(running.url, template, stack)

"""The demo's business, its customers and what they do, made with ordinary calls of the API."""

from collections.abc import Callable
from typing import Final, NamedTuple

from creditclock.client import Client, InsufficientCredits
from creditclock.contract.clocks import BuyTime, ChangeClock, Clock, GetClock, ListClockRecords, ListClocks
from creditclock.contract.customers import CreateCustomer, Customer, ListCustomers
from creditclock.contract.masters import CreateMaster, ListMasters, Master, SetKeyCode
from creditclock.contract.sessions import PauseSession, StartSession
from creditclock.contract.tariffs import ChangeTariff, CreateTariff, ListTariffs
from creditclock.contract.values import MAX_LEASE_MS
from creditclock.contract.wallets import TopUp
from creditclock.portal.logins import CUSTOMER, KEY_CODE, OPERATOR, OWNER

BUSINESS: Final = "Corner Café"
STANDARD: Final = "Standard"
LOUNGE: Final = "VIP lounge"
PRICE: Final = 300
TOP_UP: Final = 2_000
ENOUGH: Final = 4
"""If fewer clocks run at a later start, some are started again."""
MINUTE: Final = 60_000
MOST: Final = 1_000


class Guest(NamedTuple):
    """A customer of the demo: the time it buys, the seats where it sits down, whether it then takes a break."""

    login: str
    name: str
    ms: int
    seats: tuple[str, ...]
    lounge: bool = False
    pauses: bool = False


GUESTS: Final = (
    Guest("ann", "Ann Berger", 120 * MINUTE, ("Seat 1",)),
    Guest("ben", "Ben Okafor", 6 * MINUTE, ("Seat 2",)),
    Guest("chloe", "Chloé Martin", 2 * MINUTE, ("Seat 3",)),
    Guest("daniel", "Daniel Novák", 240 * MINUTE, ("Lounge 1",), lounge=True),
    Guest("emi", "Emi Tanaka", 180 * MINUTE, ("Seat 4", "Seat 5")),
    Guest("farid", "Farid Haddad", 45 * MINUTE, ("Seat 6",), pauses=True),
    Guest("grace", "Grace Lindqvist", 35 * MINUTE, ("Seat 7",)),
    Guest("hugo", "Hugo Silva", 30 * MINUTE, ()),
)
SPARE: Final = GUESTS[-1]
"""The guest whose clock is free for trying."""


class Scene(NamedTuple):
    """What there is now: the business, how many clocks run, whose were started again, and a clock that is free."""

    master: str
    is_new: bool
    running: int
    again: tuple[str, ...]
    spare: str


def play(client: Client, tell: Callable[[str, int, int], None]) -> Scene:
    """Make what isn't there yet, let go on what is. At a later start some clocks are started again if few run.

    `client` gets the operator's token; `tell` hears how far it is.
    """
    client.sign_in(OPERATOR.login, OPERATOR.password)
    found = [master for master in client.call(ListMasters(limit=MOST)).items if master.name == BUSINESS]
    master = found[0] if found else _open(client)
    client.call(SetKeyCode(master=master.id, key_code=KEY_CODE))
    with Client(client.url) as desk:
        desk.sign_in(OWNER.login, OWNER.password)
        lounge = _lounge(desk, master)
        clocks: dict[Guest, Clock] = {}
        for number, guest in enumerate(GUESTS):
            tell("Opening the Corner Café", number, len(GUESTS))
            clocks[guest] = _clock(desk, guest, lounge)
        for number, (guest, clock) in enumerate(clocks.items()):
            tell("Letting guests sit down", number, len(GUESTS))
            if not desk.call(ListClockRecords(clock=clock.id, limit=1)).items:
                _sit_down(desk, guest, clock)
        again = _start_again(desk, clocks) if found else ()
        running = sum(clock.state == "running" for clock in _open_clocks(desk))
    return Scene(master.id, not found, running, again, clocks[SPARE].id)


def _open(client: Client) -> Master:
    return client.call(CreateMaster(name=BUSINESS, login=OWNER.login, password=OWNER.password, currency="EUR"))


def _lounge(desk: Client, master: Master) -> str:
    """Set the prices; gives the id of the lounge's tariff."""
    tariffs = desk.call(ListTariffs(limit=MOST)).items
    for tariff in tariffs:
        if tariff.name == LOUNGE:
            return tariff.id
    desk.call(ChangeTariff(tariff=master.tariff, name=STANDARD, price=PRICE))
    return desk.call(CreateTariff(name=LOUNGE, price=PRICE, burn_rate=1_500)).id


def clock_of(desk: Client, guest: Guest) -> Clock:
    """The guest's first clock; a guest who isn't known becomes a customer."""
    found = desk.call(ListCustomers(login=guest.login)).items
    customer = found[0] if found else _welcome(desk, guest)
    return desk.call(GetClock(clock=customer.clocks[0]))


def _clock(desk: Client, guest: Guest, lounge: str) -> Clock:
    """The guest's clock, with its tariff and as many places as it needs."""
    clock = clock_of(desk, guest)
    if guest.lounge and clock.tariff != lounge:
        clock = desk.call(ChangeClock(clock=clock.id, tariff=lounge))
    if clock.parallel < len(guest.seats):
        clock = desk.call(ChangeClock(clock=clock.id, parallel=len(guest.seats)))
    return clock


def _welcome(desk: Client, guest: Guest) -> Customer:
    password = CUSTOMER.password if guest.login == CUSTOMER.login else None
    customer = desk.call(CreateCustomer(login=guest.login, name=guest.name, password=password))
    desk.call(TopUp(wallet=customer.wallets[0], amount=TOP_UP, note="Cash at the desk"))
    return customer


def _sit_down(desk: Client, guest: Guest, clock: Clock) -> None:
    """Buy the guest's time if there is less, and let it run on every seat."""
    if clock.balance_ms < guest.ms:
        bought(desk, clock, guest.ms)
    for seat in guest.seats:
        session = desk.call(StartSession(clock=clock.id, lease_ms=MAX_LEASE_MS, note=seat))
        if guest.pauses:
            desk.call(PauseSession(session=session.id, seq=session.seq))


def bought(desk: Client, clock: Clock, ms: int) -> None:
    """Buy time with the guest's credits, topped up first if they don't suffice."""
    try:
        desk.call(BuyTime(clock=clock.id, ms=ms))
    except InsufficientCredits:
        assert clock.wallet is not None
        desk.call(TopUp(wallet=clock.wallet, amount=TOP_UP, note="Cash at the desk"))
        desk.call(BuyTime(clock=clock.id, ms=ms))


def _start_again(desk: Client, clocks: dict[Guest, Clock]) -> tuple[str, ...]:
    """If few clocks run, let guests who don't sit anywhere begin again; gives their names."""
    open_clocks = {clock.id: clock for clock in _open_clocks(desk)}
    running = sum(clock.state == "running" for clock in open_clocks.values())
    free = [guest for guest in GUESTS if guest.seats and not guest.pauses and clocks[guest].id not in open_clocks]
    chosen = free[: max(0, ENOUGH - running)]
    for guest in chosen:
        _sit_down(desk, guest, clocks[guest])
    return tuple(guest.name for guest in chosen)


def _open_clocks(desk: Client) -> list[Clock]:
    return desk.call(ListClocks(state="open", limit=MOST)).items

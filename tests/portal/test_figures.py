"""What the board tells beside the clocks: credits used, what happened, the details of a clock. On both databases."""

from collections.abc import Iterator

import pytest

from creditclock.contract import Refusal
from creditclock.portal.board import Board, board
from creditclock.portal.details import Details, details
from creditclock.portal.usage import Usage, per_minute
from creditclock.storage.database import Database
from creditclock.storage.lately import Stretch
from tests.conftest import KINDS, Servers
from tests.server import Customer, Server, Shop

MINUTE = 60_000
PRICE = 6_000
"""A hundred minor units for a minute."""


class Place:
    """A server of one's own on the test clock, with one business, and its board."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.shop: Shop = server.new_shop(name="Corner", currency="EUR")
        self._database = Database(server.database)

    def close(self) -> None:
        self._database.close()

    @property
    def board(self) -> Board:
        return board(self._database, self.server.now)

    @property
    def usage(self) -> Usage:
        (found,) = self.board.usage
        return found

    def details(self, clock: str) -> Details:
        return details(self._database, self.server.now, clock)

    def sentences(self, customer: Customer) -> list[str]:
        """What was said about a customer, oldest first, with `Guest` for the name."""
        return [
            entry.text.replace(customer.login, "Guest")
            for entry in reversed(self.board.events)
            if customer.login in entry.text
        ]


@pytest.fixture(scope="module", params=KINDS)
def place(request: pytest.FixtureRequest, servers: Servers) -> Iterator[Place]:
    with servers.new(request.param, test_clock=True) as server:
        found = Place(server)
        yield found
        found.close()


def _next_hour(place: Place) -> None:
    """Go where nothing was used in the last hour, to the begin of a minute."""
    place.server.advance(61 * MINUTE)
    place.server.advance(MINUTE - place.server.now % MINUTE)


def test_running_clocks_count_though_nothing_is_posted(place: Place) -> None:
    shop = place.shop
    _next_hour(place)
    assert place.usage.amount == 0
    clock = shop.customer(ms=3_600_000).clock
    session = shop.start(clock, lease_ms=600_000)
    place.server.advance(2 * MINUTE + MINUTE // 2)
    usage = place.usage
    assert usage.minutes[-4:] == [0, 100, 100, 50]
    assert (usage.amount, usage.total, usage.top) == (250, "2.50 EUR", "1.00 EUR")
    assert place.board.used == "2.50 EUR"

    shop.act("stop", session)
    assert place.usage == usage
    place.server.advance(58 * MINUTE)
    assert place.usage.minutes[:2] == [100, 50]
    place.server.advance(2 * MINUTE)
    assert place.usage.amount == 0


def test_usage_follows_rates_and_pauses(place: Place) -> None:
    shop = place.shop
    _next_hour(place)
    customer = shop.customer()
    session = shop.start(shop.clock_with(customer, ms=3_600_000, burn_rate=1_500, price=PRICE), lease_ms=600_000)
    place.server.advance(MINUTE)
    session = shop.act("pause", session)
    place.server.advance(MINUTE)
    shop.act("resume", session)
    place.server.advance(MINUTE // 2)
    assert place.usage.minutes[-3:] == [150, 0, 75]


def test_minutes_add_up_to_what_was_used() -> None:
    found = [Stretch(7, 3_599_993, 3_599_986_000, 997), Stretch(100, 100, 5_000_000, 1)]
    minutes = per_minute(found, 0)
    exact = 3_599_986_000 * 997 + 5_000_000
    assert sum(minutes) == exact // 3_600_000_000
    assert max(minutes) - min(minutes) <= 1


def test_what_happened_is_told(place: Place) -> None:
    shop = place.shop
    guest = shop.customer(credits=500)
    shop.key.post(f"/v1/clocks/{guest.clock}/buy", {"ms": 2 * MINUTE}).ok()
    session = shop.start(guest.clock, lease_ms=600_000, note="Seat 3")
    session = shop.act("pause", session)
    shop.act("resume", session)
    place.server.advance(10 * MINUTE)
    shop.key.post(f"/v1/clocks/{guest.clock}/grant", {"ms": MINUTE}).ok()
    shop.owner.patch(f"/v1/clocks/{guest.clock}", {"parallel": 2}).ok()
    shop.start(guest.clock, note="Seat 4")
    place.server.advance(5_000)
    session = shop.clock(guest.clock)["sessions"][0]
    shop.key.post(f"/v1/sessions/{session['id']}/end").ok()
    told = [text for text in place.sentences(guest) if "left for" not in text]
    assert told == [
        "Guest is a new customer",
        "Guest topped up 5.00 EUR",
        "Guest bought time for 2.00 EUR",
        "Guest started on Seat 3",
        "Guest paused on Seat 3",
        "Guest resumed on Seat 3",
        "Guest’s time ran out on Seat 3 after 2 minutes",
        "Guest’s clock holds 1:00 now",
        "Guest started on Seat 4",
        "Guest left Seat 4 after 5 seconds",
    ]
    assert "1 minute left for Guest" in place.sentences(guest)
    (loud,) = [entry for entry in place.board.events if guest.login in entry.text and entry.tone == "empty"]
    assert loud.is_loud
    assert [entry.at for entry in place.board.events] == sorted(
        (entry.at for entry in place.board.events), reverse=True
    )


def test_the_feed_is_bounded(place: Place) -> None:
    guest = place.shop.customer()
    for _ in range(60):
        place.shop.key.post(f"/v1/wallets/{guest.wallet}/top-up", {"amount": 1}).ok()
    assert len(place.board.events) == 50


def test_a_removed_customer_has_no_name(place: Place) -> None:
    guest = place.shop.customer(credits=500)
    place.shop.owner.delete(f"/v1/customers/{guest.id}").ok()
    assert place.sentences(guest) == []
    assert place.board.events[0].text == "A customer was removed"
    assert place.details(guest.clock).customer == "Removed customer"


def test_details_say_everything_about_a_clock(place: Place) -> None:
    shop = place.shop
    guest = shop.customer(credits=1_000)
    shop.key.post(f"/v1/clocks/{guest.clock}/buy", {"ms": 4 * MINUTE}).ok()
    shop.start(guest.clock, lease_ms=600_000, note="Seat 9")
    place.server.advance(MINUTE)
    found = place.details(guest.clock)
    assert (found.customer, found.look, found.price, found.wallet) == (guest.login, "low", "60.00 EUR", "6.00 EUR")
    assert found.clock.left_ms == 3 * MINUTE
    (use,) = found.uses
    assert (use.name, use.state, use.used_ms) == ("Seat 9", "running", MINUTE)
    (part,) = found.parts
    assert (part.kind, part.left_ms, part.bought_ms, part.paid) == ("Paid", 3 * MINUTE, 4 * MINUTE, "4.00 EUR")
    (line,) = found.lines
    assert (line.kind, line.ms, line.amount) == ("Bought", 4 * MINUTE, "−4.00 EUR")


@pytest.mark.parametrize("clock", ["clk_ffffffffffffffffff", "clk_00000010000000fffff", "../board.js", "wal_1"])
def test_an_id_of_nothing_is_refused(place: Place, clock: str) -> None:
    with pytest.raises(Refusal) as refusal:
        place.details(clock)
    assert refusal.value.code == "not_found"

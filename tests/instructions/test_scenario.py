"""All instructions in one walk: twice on the same database, and by eight clients at once."""

from concurrent.futures import ThreadPoolExecutor

from tests.instructions.desk import FOR_EVENTS, WIRES, Desk
from tests.instructions.walk import Walker
from tests.server import Server

CLIENTS = 8
ROUNDS = 8


def test_a_walk_through_everything_twice(quick_server: Server) -> None:
    walker = Walker(quick_server, 7)
    walker.walk()
    assert walker.seen == WIRES.keys() - FOR_EVENTS.keys()
    walker.walk()
    assert not quick_server.check()


def test_eight_walk_at_once(open_server: Server) -> None:
    walkers = [Walker(open_server, number) for number in range(11, 11 + CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        for done in [pool.submit(walker.walk) for walker in walkers]:
            done.result()
    assert all(walker.seen == WIRES.keys() - FOR_EVENTS.keys() for walker in walkers)
    assert not open_server.check()


def test_eight_pay_each_other_under_one_master(open_server: Server) -> None:
    """Nobody gets another one's answer, and no credit is made or lost."""
    first = Desk.under_master(open_server)
    desks = [first, *(first.another() for _ in range(CLIENTS - 1))]
    for number, desk in enumerate(desks):
        desk.add(f"u{number}")
        desk.ok("SupplyCredits", credits=1_000)

    def play(number: int) -> None:
        desk, payee = desks[number], f"u{(number + 1) % CLIENTS}@ex.org"
        amount = number + 1
        for _ in range(ROUNDS):
            found = desk.ok("TransferCredits", transfer_to=payee, credits=amount)
            assert (found["transfered_to"], found["transfered_credits"]) == (payee, amount)
            record = desk.ok("ViewTransferRecord", record_id=found["transfer_record"])["record_data"]
            assert (record["transfer_from"], record["transfer_to"]) == (f"u{number}@ex.org", payee)
            assert record["credits"] == amount
            assert desk.account()["email"] == f"u{number}@ex.org"
            assert desk.wallet()["user"] == number + 2
            paid = desk.ok("PayCredits", pay=payee, credits=amount, notes=f"from {number}")
            invoice = desk.ok("ViewInvoiceRecord", record_id=paid["invoice_record"])["record_data"]
            assert (invoice["notes"], invoice["seller"]) == (f"from {number}", (number + 1) % CLIENTS + 2)
            desk.ok("StartClockTimer")
            assert desk.ok("StopClockTimer")["clock"] == number + 2

    with ThreadPoolExecutor(CLIENTS) as pool:
        for done in [pool.submit(play, number) for number in range(CLIENTS)]:
            done.result()
    balances = [desk.wallet()["credits"] for desk in desks]
    lost = [2 * ROUNDS * (number + 1) for number in range(CLIENTS)]
    assert balances == [1_000 - lost[number] + lost[number - 1] for number in range(CLIENTS)]
    assert not open_server.check()

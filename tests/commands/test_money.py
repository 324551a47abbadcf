"""Credits and time for credits: statements add up, no round trip gains, nothing falls below zero."""

from collections.abc import Iterable

import pytest

from creditclock.contract.values import MAX, master_of
from tests.api import Json
from tests.server import PASSWORD, Customer, Server, Shop, key_of

PRICE = 6_000  # of a new business: one credit of 100 minor units buys one minute


def own_accounts(shop: Shop) -> dict[tuple[str, str], int]:
    """What stands on the accounts of the business itself, summed from the postings."""
    rows = shop.server.rows(
        "SELECT a.kind, a.unit, COALESCE((SELECT SUM(amount) FROM posting p WHERE p.master_id = a.master_id"
        " AND p.credit = a.id), 0) - COALESCE((SELECT SUM(amount) FROM posting p WHERE p.master_id = a.master_id"
        " AND p.debit = a.id), 0) FROM account a WHERE a.master_id = ? AND a.balance IS NULL",
        master_of(shop.id),
    )
    return {(kind, unit): int(total) for kind, unit, total in rows}


def adds_up(records: Iterable[Json], field: str, balance: str) -> int:
    """Each line's balance is the one before and its amount; gives the last."""
    there = 0
    for record in records:
        there += record[field]
        assert record[balance] == there, record
    return there


def check_statements(shop: Shop, *customers: Customer) -> None:
    for customer in customers:
        assert adds_up(shop.records("wallets", customer.wallet), "amount", "balance") == shop.balance(customer.wallet)
        assert (
            adds_up(shop.records("clocks", customer.clock), "ms", "balance_ms")
            == shop.clock(customer.clock)["balance_ms"]
        )


def test_top_up_is_a_line_of_the_statement(shop: Shop) -> None:
    customer = shop.customer()
    reference = shop.server.unique("payment")
    body = {"amount": 2_000, "reference": reference, "note": "Cash"}
    moved = shop.key.post(f"/v1/wallets/{customer.wallet}/top-up", body).ok()
    assert moved["wallet"] == shop.wallet(customer.wallet)
    assert moved["wallet"]["balance"] == moved["wallet"]["available"] == 2_000
    assert moved["record"]["reference"] == reference
    assert shop.records("wallets", customer.wallet) == [moved["record"]]


def test_reference_of_a_payment_counts_once_per_business(server: Server) -> None:
    shop, other = server.shop, server.new_shop()
    customer, second = shop.customer(), shop.customer()
    reference = server.unique("payment")
    body = {"amount": 5, "reference": reference}
    first = shop.key.post(f"/v1/wallets/{customer.wallet}/top-up", body).ok()["record"]
    for wallet in (customer.wallet, second.wallet):
        problem = shop.key.post(f"/v1/wallets/{wallet}/top-up", {**body, "amount": 6}).refused(409, "reference_used")
        assert problem["record"] == first["id"]
    assert (shop.balance(customer.wallet), shop.balance(second.wallet)) == (5, 0)
    elsewhere = other.customer()
    other.key.post(f"/v1/wallets/{elsewhere.wallet}/top-up", body).ok()


def test_refused_top_up_leaves_its_reference_free(shop: Shop) -> None:
    customer = shop.customer(credits=10)
    path = f"/v1/wallets/{customer.wallet}/top-up"
    reference = shop.server.unique("payment")
    shop.key.post(path, {"amount": MAX, "reference": reference}).refused(422, "out_of_range")
    shop.key.post(path, {"amount": 1, "reference": reference}).ok()


def test_payment_goes_to_the_business(server: Server) -> None:
    shop = server.new_shop()
    customer = shop.customer(credits=1_000)
    moved = shop.key.post(f"/v1/wallets/{customer.wallet}/pay", {"amount": 250, "note": "Two coffees"}).ok()
    assert moved["wallet"]["balance"] == 750
    assert (moved["record"]["amount"], moved["record"]["kind"], moved["record"]["other"]) == (-250, "pay", None)
    assert shop.records("wallets", customer.wallet)[-1] == moved["record"]
    accounts = own_accounts(shop)
    assert accounts["revenue", "credit"] == 250
    assert accounts["issued", "credit"] == -1_000


@pytest.mark.parametrize("verb", ["pay", "transfer"])
@pytest.mark.parametrize("by", ["to_wallet", "to_customer"])
def test_credits_go_to_another_customer(shop: Shop, verb: str, by: str) -> None:
    payer, payee = shop.customer(credits=100), shop.customer()
    named = {"to_wallet": payee.wallet, "to_customer": payee.id}[by]
    moved = shop.key.post(f"/v1/wallets/{payer.wallet}/{verb}", {"amount": 30, by: named, "note": "Thanks"}).ok()
    assert moved["record"]["other"] == payee.wallet
    (received,) = shop.records("wallets", payee.wallet)
    assert (received["amount"], received["balance"], received["other"]) == (30, 30, payer.wallet)
    assert (received["id"], received["kind"], received["note"]) == (moved["record"]["id"], verb, "Thanks")
    check_statements(shop, payer, payee)


def test_payee_must_be_clear(shop: Shop) -> None:
    payer, payee = shop.customer(credits=100), shop.customer()
    path = f"/v1/wallets/{payer.wallet}"
    both = {"amount": 1, "to_wallet": payee.wallet, "to_customer": payee.id}
    shop.key.post(f"{path}/transfer", {"amount": 1}).refused(422, "invalid")
    for verb in ("pay", "transfer"):
        shop.key.post(f"{path}/{verb}", both).refused(422, "invalid")
        shop.key.post(f"{path}/{verb}", {"amount": 1, "to_wallet": payer.wallet}).refused(422, "self_transfer")
        shop.key.post(f"{path}/{verb}", {"amount": 1, "to_customer": payer.id}).refused(422, "self_transfer")
    assert shop.balance(payer.wallet) == 100


@pytest.mark.parametrize("verb", ["pay", "transfer"])
def test_wallet_gives_no_more_than_it_holds(shop: Shop, verb: str) -> None:
    payer, payee = shop.customer(credits=100), shop.customer()
    path, to = f"/v1/wallets/{payer.wallet}/{verb}", {"to_wallet": payee.wallet}
    before = shop.holdings(payer)
    assert shop.key.post(path, {"amount": 101, **to}).refused(402, "insufficient_credits")["missing"] == 1
    assert shop.key.post(path, {"amount": MAX, **to}).refused(402, "insufficient_credits")["missing"] == MAX - 100
    assert shop.holdings(payer) == before
    shop.key.post(path, {"amount": 100, **to}).ok()
    assert shop.balance(payer.wallet) == 0
    assert shop.key.post(path, {"amount": 1, **to}).refused(402, "insufficient_credits")["missing"] == 1


def test_wallet_holds_no_more_than_can_be_counted(shop: Shop) -> None:
    full, payer = shop.customer(credits=MAX), shop.customer(credits=1)
    before = shop.holdings(full), shop.holdings(payer)
    shop.key.post(f"/v1/wallets/{full.wallet}/top-up", {"amount": 1}).refused(422, "out_of_range")
    body = {"amount": 1, "to_wallet": full.wallet}
    shop.key.post(f"/v1/wallets/{payer.wallet}/transfer", body).refused(422, "out_of_range")
    assert (shop.holdings(full), shop.holdings(payer)) == before
    shop.key.post(f"/v1/wallets/{full.wallet}/pay", {"amount": MAX}).ok()


def test_clock_holds_no_more_than_can_be_counted(shop: Shop) -> None:
    customer = shop.customer(credits=MAX, ms=MAX)
    before = shop.holdings(customer)
    path = f"/v1/clocks/{customer.clock}"
    shop.key.post(f"{path}/grant", {"ms": 1}).refused(422, "out_of_range")
    shop.key.post(f"{path}/buy", {"ms": 1}).refused(422, "out_of_range")
    shop.key.post(f"{path}/buy", {"amount": MAX}).refused(422, "out_of_range")
    shop.key.post(f"{path}/buy", {"ms": MAX}).refused(422, "out_of_range")
    assert shop.holdings(customer) == before
    shop.start(customer.clock, lease_ms=5_000)
    assert MAX - 60_000 < shop.clock(customer.clock)["balance_ms"] < MAX


def test_time_is_bought_for_an_amount_or_by_its_length(shop: Shop) -> None:
    customer = shop.customer(credits=1_000)
    path = f"/v1/clocks/{customer.clock}/buy"
    moved = shop.key.post(path, {"amount": 100}).ok()
    assert (moved["clock"]["balance_ms"], moved["wallet"]["balance"]) == (60_000, 900)
    assert (moved["record"]["ms"], moved["record"]["amount"]) == (60_000, -100)
    moved = shop.key.post(path, {"ms": 60_001, "note": "More"}).ok()
    assert (moved["clock"]["balance_ms"], moved["wallet"]["balance"]) == (120_001, 799)
    (one, two) = moved["clock"]["lots"]
    assert (one["amount_paid"], one["bought_ms"], one["kind"]) == (100, 60_000, "paid")
    assert (two["amount_paid"], two["bought_ms"]) == (101, 60_001)
    check_statements(shop, customer)
    for body in ({}, {"amount": 1, "ms": 1}):
        shop.key.post(path, body).refused(422, "invalid")


def test_statement_shows_a_purchase_as_its_answer_did(shop: Shop) -> None:
    customer = shop.customer(credits=1_000)
    bought = shop.key.post(f"/v1/clocks/{customer.clock}/buy", {"amount": 500, "note": "Five"}).ok()["record"]
    given = shop.key.post(f"/v1/clocks/{customer.clock}/grant", {"ms": 5}).ok()["record"]
    returned = shop.key.post(f"/v1/clocks/{customer.clock}/return", {"ms": 60_000}).ok()["record"]
    assert shop.records("clocks", customer.clock) == [bought, given, returned]
    amounts = [record["amount"] for record in shop.records("wallets", customer.wallet)]
    assert amounts == [1_000, bought["amount"], returned["amount"]]


def test_too_small_conversions_are_refused_with_the_least(shop: Shop) -> None:
    customer = shop.customer(credits=100)
    clock = shop.clock_with(customer, price=3_600_000 * 7)
    before = shop.holdings(customer)
    problem = shop.key.post(f"/v1/clocks/{clock}/buy", {"amount": 6}).refused(422, "conversion_too_small")
    assert problem["least"] == 7
    assert shop.key.post(f"/v1/clocks/{clock}/buy", {"amount": 7}).ok()["clock"]["balance_ms"] == 1
    shop.key.post(f"/v1/clocks/{clock}/return", {"ms": 1}).ok()
    assert shop.balance(customer.wallet) == before[0]["balance"]


def test_customer_cannot_tell_a_removed_payee_from_one_that_was_never_there(shop: Shop) -> None:
    customer, gone = shop.customer(credits=10, password=PASSWORD), shop.customer()
    shop.key.delete(f"/v1/customers/{gone.id}").ok()
    caller = shop.signed_in(customer)
    for verb in ("pay", "transfer"):
        path = f"/v1/wallets/{customer.wallet}/{verb}"
        for field, payee in (("to_wallet", gone.wallet), ("to_customer", gone.id)):
            body = {"amount": 1, field: payee}
            problem = caller.post(path, body).refused(404, "not_found")
            assert set(problem.values()) & {gone.id} == ({gone.id} & {payee})
            shop.key.post(path, body).refused(409, "customer_removed")


def test_time_that_the_wallet_cannot_pay_is_refused(shop: Shop) -> None:
    customer = shop.customer(credits=99)
    path = f"/v1/clocks/{customer.clock}/buy"
    before = shop.holdings(customer)
    assert shop.key.post(path, {"amount": 100}).refused(402, "insufficient_credits")["missing"] == 1
    assert shop.key.post(path, {"ms": 60_000}).refused(402, "insufficient_credits")["missing"] == 1
    assert shop.holdings(customer) == before


def test_more_than_was_bought_is_not_given_back(shop: Shop) -> None:
    customer = shop.customer(credits=200, ms=500_000)
    path = f"/v1/clocks/{customer.clock}"
    assert shop.key.post(f"{path}/return", {"ms": 1}).refused(409, "not_refundable")["refundable_ms"] == 0
    shop.key.post(f"{path}/buy", {"amount": 100}).ok()
    before = shop.holdings(customer)
    problem = shop.key.post(f"{path}/return", {"ms": 60_001}).refused(409, "not_refundable")
    assert problem["refundable_ms"] == 60_000
    assert shop.holdings(customer) == before
    moved = shop.key.post(f"{path}/return", {"ms": 60_000}).ok()
    assert (moved["wallet"]["balance"], moved["clock"]["balance_ms"]) == (200, 500_000)


@pytest.mark.parametrize("price", [1, 7, 999, 6_000, 3_599_999, 3_600_001, 86_400_000])
def test_no_round_trip_gains(shop: Shop, price: int) -> None:
    customer = shop.customer(credits=100_000)
    clock = shop.clock_with(customer, price=price)
    for step, body in enumerate(({"amount": 1_000}, {"ms": 12_345}, {"amount": 777}, {"ms": 1})):
        bought = shop.key.post(f"/v1/clocks/{clock}/buy", body)
        assert bought.status in {200, 402, 422}, (step, bought)
    there = shop.clock(clock)["balance_ms"]
    while there:
        part = max(1, there * 2 // 3)
        answer = shop.key.post(f"/v1/clocks/{clock}/return", {"ms": part})
        if answer.status == 422:
            answer.refused(422, "conversion_too_small")
            answer = shop.key.post(f"/v1/clocks/{clock}/return", {"ms": there})
            if answer.status == 422:
                break
        there = answer.ok()["clock"]["balance_ms"]
    assert shop.balance(customer.wallet) <= 100_000
    assert adds_up(shop.records("wallets", customer.wallet), "amount", "balance") == shop.balance(customer.wallet)
    assert adds_up(shop.records("clocks", clock), "ms", "balance_ms") == shop.clock(clock)["balance_ms"]


def test_latest_bought_time_is_given_back_first_for_what_it_cost(shop: Shop) -> None:
    customer = shop.customer(credits=1_000)
    cheap = shop.clock_with(customer, price=6_000)
    dear = shop.new_tariff(price=60_000)
    shop.key.post(f"/v1/clocks/{cheap}/buy", {"ms": 60_000}).ok()
    shop.owner.patch(f"/v1/clocks/{cheap}", {"tariff": dear}).ok()
    shop.key.post(f"/v1/clocks/{cheap}/buy", {"ms": 6_000}).ok()
    assert shop.balance(customer.wallet) == 800
    moved = shop.key.post(f"/v1/clocks/{cheap}/return", {"ms": 7_000}).ok()
    assert moved["record"]["amount"] == 100 + 1
    assert [lot["left_ms"] for lot in moved["clock"]["lots"]] == [59_000]


def test_granted_time_is_no_money(server: Server) -> None:
    shop = server.new_shop()
    customer = shop.customer()
    granted = shop.key.post(f"/v1/clocks/{customer.clock}/grant", {"ms": 60_000, "kind": "promotional"}).ok()
    (lot,) = granted["clock"]["lots"]
    assert (lot["kind"], lot["amount_paid"]) == ("promotional", 0)
    assert own_accounts(shop)["granted", "ms"] == -60_000
    shop.key.post(f"/v1/clocks/{customer.clock}/return", {"ms": 1}).refused(409, "not_refundable")


def test_everything_of_a_business_adds_up_to_nothing(server: Server) -> None:
    shop = server.new_shop(exponent=0)
    one, two = shop.customer(credits=500, ms=1_000), shop.customer(credits=70)
    shop.key.post(f"/v1/wallets/{one.wallet}/pay", {"amount": 33}).ok()
    shop.key.post(f"/v1/wallets/{one.wallet}/transfer", {"amount": 44, "to_wallet": two.wallet}).ok()
    shop.key.post(f"/v1/clocks/{two.clock}/buy", {"ms": 61_000}).ok()
    shop.key.post(f"/v1/clocks/{two.clock}/return", {"ms": 31_000}).ok()
    accounts = own_accounts(shop)
    credit = sum(total for (_, unit), total in accounts.items() if unit == "credit")
    time = sum(total for (_, unit), total in accounts.items() if unit == "ms")
    assert credit + shop.balance(one.wallet) + shop.balance(two.wallet) == 0
    assert time + shop.clock(one.clock)["balance_ms"] + shop.clock(two.clock)["balance_ms"] == 0
    check_statements(shop, one, two)


def test_second_wallet_pays_for_its_own_clock(shop: Shop) -> None:
    customer = shop.customer(credits=100)
    wallet: str = shop.key.post(f"/v1/customers/{customer.id}/wallets").ok(201)["id"]
    clock: str = shop.key.post(f"/v1/customers/{customer.id}/clocks", {"wallet": wallet}).ok(201)["id"]
    shop.key.post(f"/v1/clocks/{clock}/buy", {"amount": 1}).refused(402, "insufficient_credits")
    shop.key.post(f"/v1/wallets/{customer.wallet}/transfer", {"amount": 60, "to_wallet": wallet}).ok()
    shop.key.post(f"/v1/clocks/{clock}/buy", {"amount": 60}).ok()
    found = shop.key.get(f"/v1/customers/{customer.id}").ok()
    assert (found["wallets"], found["clocks"]) == ([customer.wallet, wallet], [customer.clock, clock])
    foreign = shop.customer()
    shop.key.post(f"/v1/customers/{foreign.id}/clocks", {"wallet": wallet}).refused(422, "invalid")


def test_statement_is_paged_without_gaps_or_repetitions(shop: Shop) -> None:
    customer = shop.customer()
    for amount in range(1, 24):
        shop.key.post(f"/v1/wallets/{customer.wallet}/top-up", {"amount": amount}).ok()
    seen: list[int] = []
    cursor: dict[str, str] = {}
    while True:
        page = shop.key.get(f"/v1/wallets/{customer.wallet}/records", limit=5, **cursor).ok()
        seen += [record["amount"] for record in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
        shop.key.post(f"/v1/wallets/{customer.wallet}/top-up", {"amount": 1_000}).ok()
    assert seen == list(range(23, 0, -1))


def test_customer_is_found_by_login_and_lists_are_paged(server: Server) -> None:
    shop = server.new_shop()
    made = [shop.customer() for _ in range(7)]
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = shop.key.get("/v1/customers", limit=3, **cursor).ok()
        seen += [customer["id"] for customer in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert seen == [customer.id for customer in made]
    found = shop.key.get("/v1/customers", login=made[4].login).ok()["items"]
    assert [customer["id"] for customer in found] == [made[4].id]
    assert shop.key.get("/v1/customers", login="nobody").ok()["items"] == []


def test_plan_bounds_customers(server: Server) -> None:
    plan: str = server.operator.post("/v1/plans", {"name": "Small", "customer_limit": 2}).ok(201)["id"]
    shop = server.new_shop(plan=plan)
    first, _ = shop.customer(), shop.customer()
    problem = shop.key.post("/v1/customers", {"login": "third"}).refused(409, "customer_limit")
    assert problem["limit"] == 2
    shop.key.delete(f"/v1/customers/{first.id}").ok()
    shop.key.post("/v1/customers", {"login": "third"}).ok(201)
    shop.key.post(f"/v1/customers/{first.id}/recover").refused(409, "customer_limit")
    server.operator.patch(f"/v1/masters/{shop.id}", {"customer_limit": 3}).ok()
    shop.key.post(f"/v1/customers/{first.id}/recover").ok()
    assert server.operator.get(f"/v1/masters/{shop.id}").ok()["customers"] == 3


def test_plan_bounds_apps(server: Server) -> None:
    plan: str = server.operator.post("/v1/plans", {"name": "Small", "app_limit": 1}).ok(201)["id"]
    shop = server.new_shop(plan=plan)
    shop.owner.post("/v1/apps", {"name": "First", "kind": "secret"}).ok(201)
    shop.owner.post("/v1/apps", {"name": "Second", "kind": "secret"}).refused(409, "app_limit")


def test_logins_are_taken_once_per_business(server: Server) -> None:
    shop, other = server.shop, server.new_shop()
    customer = shop.customer()
    shop.key.post("/v1/customers", {"login": customer.login}).refused(409, "login_taken")
    second = shop.customer()
    shop.key.patch(f"/v1/customers/{second.id}", {"login": customer.login}).refused(409, "login_taken")
    other.key.post("/v1/customers", {"login": customer.login}).ok(201)
    body = {"name": "Copy", "login": shop.login, "password": PASSWORD}
    server.operator.post("/v1/masters", body).refused(409, "login_taken")


def test_contact_data_is_changed_and_cleared(shop: Shop) -> None:
    customer = shop.customer()
    path = f"/v1/customers/{customer.id}"
    shop.key.patch(path, {"name": "Bob", "email": "bob@example.org", "phone": "+49 30 1"}).ok()
    changed = shop.key.patch(path, {"email": None}).ok()
    assert (changed["name"], changed["email"], changed["phone"]) == ("Bob", None, "+49 30 1")
    assert shop.key.get(path).ok() == changed
    assert shop.key.patch(path, {}).ok() == changed


def test_amounts_are_in_the_currency_of_the_business(server: Server) -> None:
    for exponent, ms in ((0, 60_000), (2, 600), (4, 6)):
        shop = server.new_shop(currency="EUR", exponent=exponent)
        customer = shop.customer(credits=1)
        wallet = shop.wallet(customer.wallet)
        assert (wallet["currency"], wallet["exponent"]) == ("EUR", exponent)
        moved = shop.key.post(f"/v1/clocks/{customer.clock}/buy", {"amount": 1}).ok()
        assert moved["clock"]["balance_ms"] == ms


def test_balance_in_the_database_is_the_sum_of_its_postings(shop: Shop) -> None:
    customer = shop.customer(credits=300, ms=77)
    shop.key.post(f"/v1/clocks/{customer.clock}/buy", {"amount": 120}).ok()
    shop.key.post(f"/v1/clocks/{customer.clock}/return", {"ms": 30_000}).ok()
    for identifier in (customer.wallet, customer.clock):
        master, number = key_of(identifier)
        (stored,) = shop.server.rows("SELECT balance FROM account WHERE master_id = ? AND id = ?", master, number)
        (summed,) = shop.server.rows(
            "SELECT SUM(CASE WHEN credit = ? THEN amount ELSE -amount END) FROM posting"
            " WHERE master_id = ? AND (credit = ? OR debit = ?)",
            number, master, number, number,
        )  # fmt: skip
        assert stored[0] == int(summed[0])

"""`creditclock check`: what it can add up, and what it does where something can't be added up."""

from creditclock.contract.values import MAX, number_of
from tests.conftest import Servers

PAIRS = 345
ROUNDS = 3
BROKEN = {
    "sqlite": "abs(-9223372036854775807 - 1)",
    "postgresql": "1 / (customers - customers)",
}
"""A number that the database can't work out."""


def test_amounts_that_add_up_to_more_than_64_bits_are_added_up(servers: Servers, kind: str) -> None:
    own = servers.made(kind)
    own.start()
    shop = own.shop
    customer, other = shop.customer(), shop.customer(credits=5)
    pair = [
        {"op": "wallet.top_up", "wallet": customer.wallet, "amount": MAX},
        {"op": "wallet.pay", "wallet": customer.wallet, "amount": MAX},
    ]
    for _ in range(ROUNDS):
        results = shop.key.post("/v1/batch", {"operations": pair * PAIRS}).ok()["results"]
        assert all("ok" in result for result in results)
    own.stop()
    assert own.check() == ""
    own.change(("UPDATE posting SET amount = 1 WHERE amount = ? AND kind = 'top_up'", (MAX,)))
    own.change(("UPDATE account SET balance = 6 WHERE id = ?", (number_of(other.wallet),)))
    said = own.check()
    assert f"{other.wallet}: the balance is 6, its postings add up to 5" in said
    assert f"{customer.wallet}: the balance is 0, its postings add up to {PAIRS * ROUNDS * (1 - MAX)}" in said


def test_question_that_has_no_answer_is_a_finding_and_the_next_are_asked(servers: Servers, kind: str) -> None:
    own = servers.made(kind)
    own.change(
        ("ALTER TABLE plan RENAME TO plan_before", ()),
        (f"CREATE VIEW plan AS SELECT master_id, {BROKEN[kind]} AS id, customers AS masters FROM lane", ()),
        ("UPDATE lane SET apps = 7", ()),
    )
    said = own.check()
    assert "the database can't answer whether somewhere 'counts … businesses, there are …'" in said
    assert "counts 7 apps, there are 0" in said
    assert "The books are NOT right" in said

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditclock.contract.errors import Refusal
from creditclock.domain import ledger
from tests.domain import examples


def test_a_posting_moves_an_amount() -> None:
    debit, credit = ledger.post(examples.account(100, 500), examples.account(101, 0), 200)
    assert (debit.balance, debit.version) == (300, 2)
    assert (credit.balance, credit.version) == (200, 2)


def test_accounts_of_the_master_itself_stay_as_they_are() -> None:
    issued = examples.account(ledger.ISSUED, None, floor=None)
    debit, credit = ledger.post(issued, examples.account(100, 0), 200)
    assert debit is issued
    assert credit.balance == 200


@pytest.mark.parametrize(
    ("unit", "code", "data"),
    [
        ("credit", "insufficient_credits", {"missing": 1}),
        ("ms", "insufficient_time", {"left_ms": 500, "missing_ms": 1}),
    ],
)
def test_nothing_goes_below_its_floor(unit: str, code: str, data: dict[str, int]) -> None:
    debit, credit = (examples.account(number, 500, unit=unit) for number in (100, 101))
    assert ledger.post(debit, credit, 500)[0].balance == 0
    with pytest.raises(Refusal) as refused:
        ledger.post(debit, credit, 501)
    assert (refused.value.code, refused.value.data) == (code, data)


def test_a_floor_may_lie_below_zero() -> None:
    debit, credit = examples.account(100, 0, floor=-100), examples.account(101, 0)
    assert ledger.post(debit, credit, 100)[0].balance == -100
    with pytest.raises(Refusal):
        ledger.post(debit, credit, 101)


def test_nothing_goes_beyond_the_largest_integer_of_the_contract() -> None:
    debit, credit = examples.account(ledger.ISSUED, None, floor=None), examples.account(100, 2**53 - 2)
    assert ledger.post(debit, credit, 1)[1].balance == 2**53 - 1
    with pytest.raises(Refusal) as refused:
        ledger.post(debit, credit, 2)
    assert refused.value.code == "out_of_range"


@pytest.mark.parametrize("amount", [0, -1])
def test_a_posting_moves_at_least_one(amount: int) -> None:
    with pytest.raises(AssertionError):
        ledger.post(examples.account(100, 500), examples.account(101, 0), amount)


def test_units_do_not_mix_and_an_account_does_not_pay_itself() -> None:
    with pytest.raises(AssertionError):
        ledger.post(examples.account(100, 500), examples.account(101, 0, unit="ms"), 1)
    with pytest.raises(AssertionError):
        ledger.post(examples.account(100, 500), examples.account(100, 500), 1)


@given(payments=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(1, 400)), max_size=30))
def test_value_is_neither_made_nor_lost(payments: list[tuple[int, int, int]]) -> None:
    accounts = [examples.account(100 + place, 300) for place in range(4)]
    for payer, payee, amount in payments:
        if payer == payee:
            continue
        try:
            accounts[payer], accounts[payee] = ledger.post(accounts[payer], accounts[payee], amount)
        except Refusal:
            continue
    assert sum(account.balance or 0 for account in accounts) == 1_200
    assert all((account.balance or 0) >= 0 for account in accounts)


def test_own_accounts_and_objects_do_not_meet() -> None:
    own = [number for name, number in vars(ledger).items() if name.isupper() and name not in {"FIRST_ID", "LARGEST"}]
    assert sorted(own) == list(range(1, len(own) + 1))
    assert max(own) < ledger.FIRST_ID

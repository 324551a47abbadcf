import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditclock.contract.errors import Refusal
from creditclock.domain import clocks, tariffs
from tests.domain import examples

AMOUNTS = st.integers(1, 10**9)
PRICES = st.integers(1, 10**9)


@pytest.mark.parametrize("exponent", range(5))
def test_one_credit_buys_one_minute_by_default(exponent: int) -> None:
    assert tariffs.ms_for(10**exponent, tariffs.default_price(exponent)) == 60_000


def test_conversion_rounds_in_favour_of_the_business() -> None:
    assert tariffs.ms_for(1, 7_000) == 514
    assert tariffs.amount_for(514, 7_000) == 1
    assert tariffs.amount_for(515, 7_000) == 2


def test_a_conversion_to_nothing_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        tariffs.ms_for(1, 3_600_001)
    assert (refused.value.code, refused.value.data) == ("conversion_too_small", {"least": 2})
    assert tariffs.ms_for(2, 3_600_001) == 1


@pytest.mark.parametrize("convert", [tariffs.ms_for, tariffs.amount_for])
def test_results_beyond_the_contract_are_refused(convert: object) -> None:
    assert callable(convert)
    with pytest.raises(Refusal) as refused:
        convert(2**53 - 1, 1 if convert is tariffs.ms_for else 3_600_001)
    assert refused.value.code == "out_of_range"
    assert convert(2**53 - 1, 3_600_000) == 2**53 - 1


@given(amount=AMOUNTS, price=PRICES)
def test_nothing_is_gained_by_buying_what_an_amount_buys(amount: int, price: int) -> None:
    try:
        ms = tariffs.ms_for(amount, price)
    except Refusal:
        return
    assert tariffs.amount_for(ms, price) <= amount


@given(ms=AMOUNTS, price=PRICES)
def test_an_amount_buys_at_least_the_time_it_is_asked_for(ms: int, price: int) -> None:
    assert tariffs.ms_for(tariffs.amount_for(ms, price), price) >= ms


@given(amount=AMOUNTS, price=PRICES, returns=st.lists(st.integers(1, 10**7), max_size=8))
def test_no_round_trip_gains(amount: int, price: int, returns: list[int]) -> None:
    try:
        ms = tariffs.ms_for(amount, price)
    except Refusal:
        return
    state = clocks.add_lot(examples.state(), examples.lot(ms=ms, amount_paid=amount), 0).state
    back = 0
    for part in (*returns, sum(lot.left_ms for lot in state.lots)):
        try:
            effects, refunds = clocks.give_back(state, part, 0)
        except Refusal:
            continue
        back += sum(amount for _, _, amount in refunds)
        state = effects.state
    assert back <= amount
    if not returns:
        assert back == amount

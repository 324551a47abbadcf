import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditclock.cli.amounts import Money, parsed, spelled


@pytest.mark.parametrize(
    ("text", "exponent", "amount"),
    [
        ("12.50", 2, 1250),
        ("12.5", 2, 1250),
        ("12", 2, 1200),
        ("0.01", 2, 1),
        ("7", 0, 7),
        ("7.0", 0, 7),
        ("1.2340", 3, 1234),
    ],
)
def test_amounts_are_read(text: str, exponent: int, amount: int) -> None:
    assert parsed(text, Money("EUR", exponent)) == amount


@pytest.mark.parametrize("text", ["", "12,50", "1.000,00", "-5", "+5", "1e3", "12.", ".5", "5 EUR", "٣"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an amount"):
        parsed(text, Money("EUR", 2))


@pytest.mark.parametrize(("text", "exponent", "says"), [("1.005", 2, "2 decimals"), ("1.5", 0, "no decimals")])
def test_more_decimals_than_the_currency_has_are_refused(text: str, exponent: int, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parsed(text, Money("EUR", exponent))


@given(st.integers(0, 2**53), st.integers(0, 4))
def test_amounts_are_written_as_they_are_read(amount: int, exponent: int) -> None:
    money = Money("EUR", exponent)
    assert parsed(spelled(amount, money).removesuffix(" EUR"), money) == amount
    assert spelled(-amount - 1, money) == "-" + spelled(amount + 1, money)

import time
from collections.abc import Iterator

import pytest

from creditclock.cli.amounts import Money
from creditclock.cli.instants import parsed
from creditclock.cli.render import has_money, render

CREDIT = Money("CREDIT", 2)


@pytest.fixture(autouse=True)
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_a_record_shows_amounts_durations_and_local_time() -> None:
    data = {"id": "wal_1", "balance": 1250, "left_ms": 5_405_000, "due_at": "2026-11-20T09:30:00.000Z", "note": None}
    assert render(data, CREDIT).splitlines() == [
        "id       wal_1",
        "balance  12.50 CREDIT",
        "left     1h30m05s",
        "due      2026-11-20 10:30:00",
        "note     –",
    ]


def test_a_list_is_a_table_without_empty_columns() -> None:
    items = [
        {"id": "rec_1", "kind": "top_up", "amount": 1000, "note": None, "ms": 0},
        {"id": "rec_2", "kind": "pay", "amount": -5, "note": None, "ms": 61_000},
    ]
    assert render({"items": items, "next": "0a"}, CREDIT).splitlines() == [
        "id     kind          amount   time",
        "rec_1  top_up  10.00 CREDIT     0s",
        "rec_2  pay     -0.05 CREDIT  1m01s",
        "There is more: --cursor 0a, or --all.",
    ]
    assert render({"items": [], "next": None}, None) == "Nothing yet."


def test_parts_are_indented_and_lists_in_records_are_tables() -> None:
    data = {"clock": {"id": "clk_1", "lots": [{"id": "lot_1", "left_ms": 1_000}], "sessions": [], "x": None}}
    assert render(data, CREDIT).splitlines() == [
        "clock",
        "  id        clk_1",
        "  sessions  –",
        "  lots",
        "    id     left",
        "    lot_1    1s",
    ]


def test_what_has_names_and_values_is_written_out() -> None:
    nothing: dict[str, int] = {}
    items = [
        {"what": "token.sign_in", "detail": {"method": "password", "failures": 3}},
        {"what": "x", "detail": nothing},
    ]
    assert render({"items": items, "next": None}, None).splitlines() == [
        "what           detail",
        "token.sign_in  method=password, failures=3",
        "x              –",
    ]


def test_lists_of_durations_are_durations() -> None:
    assert render({"low_ms": [300_000, 60_000]}, None) == "low  5m00s, 1m00s"


def test_without_a_currency_amounts_are_minor_units() -> None:
    assert render({"balance": 5}, None) == "balance  5 minor units"
    assert has_money({"items": [{"lots": [{"amount_paid": 0}]}]})
    assert not has_money({"amount": None, "items": [{"ms": 5}]})


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-20T09:30:00Z", "2026-11-20T09:30:00.000Z"),
        ("2026-11-20 10:30", "2026-11-20T09:30:00.000Z"),
        ("2026-07-01 10:30", "2026-07-01T08:30:00.000Z"),
        ("2026-11-20T10:30:00.25+01:00", "2026-11-20T09:30:00.250Z"),
        ("2026-11-20", "2026-11-19T23:00:00.000Z"),
    ],
)
def test_instants_are_read_in_local_time(text: str, instant: str) -> None:
    assert parsed(text) == instant


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-02-30", "10:30"])
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an instant"):
        parsed(text)

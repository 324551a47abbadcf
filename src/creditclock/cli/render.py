"""Answers as text: records as lines of names and values, lists as tables.

What a field means follows from its name, as the contract promises (design section 2): minor units are called
amount, balance, held, available or price, durations end in `_ms`, instants in `_at`.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from creditclock.cli import instants
from creditclock.cli.amounts import Money, cost_spelled
from creditclock.cli.amounts import spelled as amount_spelled
from creditclock.cli.visible import visible
from creditclock.client.durations import spelled as duration_spelled

MONEY: Final = frozenset({"amount", "amount_paid", "balance", "held", "available", "price"})
_INSTANTS: Final = frozenset(
    {"at", "as_of", "now", "since", "failing_since", "lease_until", "pause_until", "old_secret_until"}
)
_LABELS: Final = {"ms": "time", "burn_rate": "burn rate (‰)"}
_UNTABLED: Final = frozenset({"recorded_at", "as_of", "email", "phone", "removed_at"})
"""What a table leaves out; `--json` and the single record have it."""
_NOTHING: Final = "–"


def render(data: Mapping[str, Any], money: Money | None) -> str:
    """The text of an answer."""
    data = _costed(data)
    if set(data) == {"items", "next"}:
        return _page(data, money)
    if set(data) == {"done"}:
        return "Done."
    if "lines" in data and "session" in data:
        return _explanation(data, money)
    return "\n".join(_record(data, money, ""))


def _costed(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """An answer whose cost, in ten-thousandths of a currency beside it, is one text."""
    cost, currency = data.get("cost"), data.get("currency")
    if not isinstance(cost, int) or not isinstance(currency, str):
        return data
    return {name: cost_spelled(cost, currency) if name == "cost" else data[name] for name in data if name != "currency"}


def has_money(data: object) -> bool:
    """Whether an answer names an amount, so that the currency must be known to show it."""
    match data:
        case dict():
            entries = cast("dict[str, Any]", data)
            return any((name in MONEY and value is not None) or has_money(value) for name, value in entries.items())
        case list():
            items = cast("list[Any]", data)
            return any(has_money(item) for item in items)
        case _:
            return False


def is_duration(name: str) -> bool:
    """Whether a field of this name is a number of milliseconds."""
    return name == "ms" or name.endswith("_ms")


def is_instant(name: str) -> bool:
    """Whether a field of this name is an instant."""
    return name in _INSTANTS or name.endswith("_at")


def table(rows: Iterable[Mapping[str, Any]], money: Money | None) -> list[str]:
    """The lines of a table, with a head; a column that is empty throughout is left out."""
    rows = list(rows)
    names = [name for name in rows[0] if name not in _UNTABLED and any(row.get(name) is not None for row in rows)]
    cells = [[label(name) for name in names]]
    cells += [[cell(name, row.get(name), money) for name in names] for row in rows]
    widths = [max(len(line[column]) for line in cells) for column in range(len(names))]
    right = [name in MONEY or is_duration(name) or isinstance(rows[0].get(name), int) for name in names]
    return [
        "  ".join(
            cell.rjust(width) if is_right else cell.ljust(width)
            for cell, width, is_right in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in cells
    ]


def _page(data: Mapping[str, Any], money: Money | None) -> str:
    if not data["items"]:
        return "Nothing yet."
    lines = table(map(_costed, data["items"]), money)
    if data["next"] is not None:
        lines.append(f"There is more: --cursor {data['next']}, or --all.")
    return "\n".join(lines)


def _explanation(data: Mapping[str, Any], money: Money | None) -> str:
    session = data["session"]
    state = f"{session['state']} ({session['reason']})" if session.get("reason") else session["state"]
    lines = [f"{session['id']} on {session['clock']}, {state}", *map(visible, data["lines"])]
    if data["paid"]:
        lines += ["paid from", *(f"  {line}" for line in table(data["paid"], money))]
    return "\n".join(lines)


def _record(data: Mapping[str, Any], money: Money | None, indent: str) -> list[str]:
    plain = {
        name: value
        for name, value in data.items()
        if not (_is_nested(value) or name == "exponent" or (name == "recorded_at" and value == data.get("at")))
    }
    width = max((len(label(name)) for name in plain), default=0)
    lines = [f"{indent}{label(name).ljust(width)}  {cell(name, value, money)}" for name, value in plain.items()]
    for name, value in data.items():
        if isinstance(value, dict):
            nested = cast("dict[str, Any]", value)
            said = {part: value for part, value in nested.items() if value is not None}
            lines += [f"{indent}{label(name)}", *_record(said, money, indent + "  ")]
        elif _is_nested(value):
            lines += [f"{indent}{label(name)}", *(f"{indent}  {line}" for line in table(value, money))]
    return lines


def _is_nested(value: object) -> bool:
    if isinstance(value, list):
        items = cast("list[object]", value)
        return bool(items) and isinstance(items[0], dict)
    return isinstance(value, dict)


def label(name: str) -> str:
    """How a field is called."""
    return _LABELS.get(name, name.removesuffix("_ms").removesuffix("_at").replace("_", " "))


def cell(name: str, value: Any, money: Money | None) -> str:  # noqa: ANN401, PLR0911 - whatever JSON holds
    match value:
        case None:
            return _NOTHING
        case True | False:
            return "yes" if value else "no"
        case int() if name in MONEY:
            return amount_spelled(value, money)
        case int() if is_duration(name):
            return duration_spelled(value)
        case str() if is_instant(name):
            return instants.spelled(value)
        case list():
            items = cast("list[Any]", value)
            nested = any(isinstance(item, dict) for item in items)
            return str(len(items)) if nested else ", ".join(cell(name, item, money) for item in items) or _NOTHING
        case dict():
            parts = cast("dict[str, Any]", value)
            return ", ".join(f"{visible(part)}={cell(part, one, money)}" for part, one in parts.items()) or _NOTHING
        case _:
            return visible(str(value))

"""Handling: how a handler is declared, and what it is given (design section 3.3)."""

from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple, TypeVar

import msgspec

from creditclock.contract import Command
from creditclock.contract.events import KINDS_OF_EVENTS
from creditclock.domain.access import Caller
from creditclock.domain.rows import Event, SheetRecord
from creditclock.storage.relations import Key, Range
from creditclock.storage.working_set import Place, WorkingSet

Row = TypeVar("Row", bound=tuple[Any, ...])
C = TypeVar("C", bound=Command[Any])
Handler = Callable[["Tx", Any], Any]
HANDLERS: Final[dict[type[Any], Handler]] = {}
"""The handler of every command that goes through the lane."""
_encode: Final = msgspec.json.Encoder().encode


class Paper(NamedTuple):
    """What the records of a movement say besides: its invoice's currency and cost, in ten-thousandths of it.

    `written` is the type of the payer's record, if that isn't told by what moves; without `invoice` there is none.
    """

    currency: str | None = None
    cost: int = 0
    invoice: bool = True
    written: str | None = None


def handles(command: type[C]) -> Callable[[Callable[["Tx", C], Any]], Callable[["Tx", C], Any]]:
    """Declare the handler of a command class."""

    def enter(handler: Callable[["Tx", C], Any]) -> Callable[["Tx", C], Any]:
        assert command not in HANDLERS, command
        HANDLERS[command] = handler
        return handler

    return enter


class Tx:
    """What one command works with: the rows of its master, the instant, the caller.

    `material` holds what was made before the lane, such as a password's hash or a key's digest. A handler that
    found nothing worth a row of the journal sets `quiet`; otherwise it sets `subject` and may add to `detail`.
    `paper` is what the records shall say that sheets keep of what moves, `kept` are those that were made.
    `masters` are those whose rows the command was given, its own first.
    """

    __slots__ = (
        "caller", "detail", "kept", "masters", "material", "now", "outages", "paper", "quiet", "recorded_at", "rows",
        "sets", "subject",
    )  # fmt: skip

    def __init__(
        self, sets: dict[int, WorkingSet], rows: WorkingSet, now: int, caller: Caller, material: dict[str, str]
    ) -> None:
        self.sets = sets
        self.rows = rows
        self.now = now
        self.recorded_at = now
        self.caller = caller
        self.material = material
        self.masters: tuple[int, ...] = (rows.master,)
        self.outages: tuple[tuple[int, int], ...] = ()
        self.quiet = False
        self.subject = ""
        self.detail: dict[str, Any] = {}
        self.paper = Paper()
        self.kept: list[SheetRecord] = []

    @property
    def master(self) -> int:
        """The number of the master."""
        return self.rows.master

    @property
    def frozen_at(self) -> int | None:
        """When the master was frozen, None while it works."""
        return self.rows.lane.frozen_at

    def get(self, kind: type[Row], *key: int | str) -> Row | None:
        """The row with this key, or None."""
        return self.rows.get(kind, *key)

    def range(self, span: Range, parent: int | str) -> list[Any]:
        """The rows of a range, oldest first."""
        return self.rows.range(span, parent)

    def want(self, places: Iterable[Place]) -> None:
        """Say what will be asked for, so that it is fetched in one round trip."""
        self.rows.want(places)

    def put(self, row: tuple[Any, ...]) -> None:
        """Remember a new or a changed row."""
        self.rows.put(row)

    def append(self, row: tuple[Any, ...]) -> None:
        """Remember a new row that no handler reads."""
        self.rows.append(row)

    def new_id(self) -> int:
        """The master's next number."""
        number = self.rows.next_id
        self.rows.next_id = number + 1
        return number

    def within(self, rows: WorkingSet) -> "Tx":
        """The same command at work in another master."""
        return Tx(self.sets, rows, self.now, self.caller, self.material)

    def end_rights(self) -> None:
        """Let every caller of this master be looked up anew: somebody's right to call has ended."""
        lane = self.rows.lane
        self.rows.lane = lane._replace(rights=lane.rights + 1)

    def begins(self, span: Range, parent: Key) -> None:
        """Say that a range of a row made just now is empty."""
        assert not isinstance(parent, tuple)
        self.rows.open(span, parent)

    def emit(
        self, kind: str, subject: str, data: msgspec.Struct, *, customer: int | None = None, at: int | None = None
    ) -> None:
        """Tell others what happened to a thing, which is that customer's."""
        rows = self.rows
        assert isinstance(data, KINDS_OF_EVENTS[kind].data), kind
        at = self.now if at is None else at
        rows.append(Event(rows.master, rows.next_event, at, kind, subject, _encode(data).decode(), customer))
        rows.next_event += 1

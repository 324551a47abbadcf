"""The working set: the rows of one master that the lane holds in memory (design section 3.3).

Handlers read and change rows here. A row that isn't here stops the command with `Miss`; the lane fetches it and runs
the command again. Rows stay for later batches as long as nobody else has written to the master.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final, TypeVar, cast

from creditclock.domain.rows import Lane
from creditclock.storage.dialect import Values, Write
from creditclock.storage.relations import RANGES, RANGES_OF, RELATIONS, Key, Range

Row = TypeVar("Row", bound=tuple[Any, ...])


Place = tuple[type[Any], Range | None, Key]
"""A row by its type and key, or a range by its type, itself and its parent."""


class Miss(Exception):  # noqa: N818 - not an error: a handler met a row that must be fetched first
    """A row or a range that isn't in memory yet, and `others` that will be asked for next."""

    def __init__(
        self, master: int, kind: type[Any], span: Range | None, key: Key, others: Sequence[Place] = ()
    ) -> None:
        super().__init__(master, kind, span, key)
        self.master = master
        self.kind = kind
        self.span = span
        self.key = key
        self.places: tuple[Place, ...] = ((kind, span, key), *others)


PASSING: Final = frozenset(span.name for span in RANGES if not RELATIONS[span.row].kept)
"""Ranges of rows that needn't stay in memory."""


class _Absent:
    """What stands for "not known" where None stands for "there is none"."""


_ABSENT = _Absent()


class WorkingSet:
    """The rows of one master in memory, what a batch changed in them, and how to undo one command."""

    __slots__ = (
        "_added",
        "_dirty",
        "_mark",
        "_passing",
        "_rows",
        "_spans",
        "_undo",
        "lane",
        "master",
        "next_event",
        "next_id",
        "next_journal",
    )

    def __init__(self, lane: Lane) -> None:
        self.master = lane.master
        self.lane = lane
        self.next_id = lane.next_id
        self.next_journal = lane.next_journal
        self.next_event = lane.next_event
        self._mark = (lane, lane.next_id, lane.next_journal, lane.next_event)
        self._rows: dict[type[Any], dict[Key, Any]] = {}
        self._spans: dict[tuple[str, Key], dict[Key, None]] = {}
        self._passing: dict[tuple[str, Key], dict[Key, None]] = {}
        self._dirty: dict[type[Any], dict[Key, Any]] = {}
        self._added: dict[type[Any], list[Any]] = {}
        self._undo: list[tuple[type[Any], Key, Any, Any]] = []

    def get(self, kind: type[Row], *key: int | str) -> Row | None:
        """The row with this key, None if there is none. Raises `Miss` when that isn't known."""
        place: Key = key[0] if len(key) == 1 else key
        try:
            return self._rows[kind][place]
        except KeyError:
            raise Miss(self.master, kind, None, place) from None

    def range(self, span: Range, parent: int | str) -> list[Any]:
        """The rows of a range, oldest first. Raises `Miss` when they aren't known."""
        try:
            members = self._spans_of(span)[span.name, parent]
        except KeyError:
            raise Miss(self.master, span.row, span, parent) from None
        rows = self._rows[span.row]
        return [rows[key] for key in sorted(members)]  # pyright: ignore[reportArgumentType] - keys of a range are of one type

    def want(self, places: Iterable[Place]) -> None:
        """Say what will be asked for. Raises one `Miss` for all of it that isn't known."""
        missing = [place for place in places if not self.known(*place)]
        if missing:
            raise Miss(self.master, *missing[0], others=missing[1:])

    def put(self, row: tuple[Any, ...]) -> None:
        """Remember a new row, or a row in the place of the one with the same key."""
        assert row[0] == self.master, row
        kind = type(row)
        key = _key(row)
        rows = self._rows.setdefault(kind, {})
        dirty = self._dirty.setdefault(kind, {})
        self._undo.append((kind, key, rows.get(key, _ABSENT), dirty.get(key, _ABSENT)))
        self._place(kind, key, rows, row)
        dirty[key] = row

    def append(self, row: tuple[Any, ...]) -> None:
        """Remember a new row that no handler reads again."""
        assert row[0] == self.master, row
        kind = type(row)
        self._added.setdefault(kind, []).append(row)
        self._undo.append((kind, -1, None, None))

    def open(self, span: Range, parent: int | str) -> None:
        """Say that a range of a new parent is known to be empty."""
        self._spans_of(span).setdefault((span.name, parent), {})
        self._rows.setdefault(span.row, {})

    def begin(self, lane: Lane) -> None:
        """Begin a batch with the lane row as it was locked; the numbers count on from there."""
        self.lane = lane
        self.next_id, self.next_journal, self.next_event = lane.next_id, lane.next_journal, lane.next_event

    def end(self, now: int) -> None:
        """End a batch that changed something: the lane row with its new numbers is written too."""
        lane = self.lane
        self.lane = lane._replace(
            at=max(now, lane.at),
            revision=lane.revision + 1,
            next_id=self.next_id,
            next_journal=self.next_journal,
            next_event=self.next_event,
        )
        self.put(self.lane)

    def mark(self) -> None:
        """Begin a command: `undo` goes back to here."""
        self._undo.clear()
        self._mark = (self.lane, self.next_id, self.next_journal, self.next_event)

    def undo(self) -> None:
        """Drop everything that was changed since `mark`."""
        self.lane, self.next_id, self.next_journal, self.next_event = self._mark
        for kind, key, row, dirty in reversed(self._undo):
            if key == -1:
                self._added[kind].pop()
                continue
            rows = self._rows[kind]
            self._place(kind, key, rows, row)
            if dirty is _ABSENT:
                del self._dirty[kind][key]
            else:
                self._dirty[kind][key] = dirty
        self._undo.clear()

    def changed(self) -> bool:
        """Whether anything is to be written."""
        return any(self._dirty.values()) or any(self._added.values())

    def writes(self) -> dict[type[Any], list[Values]]:
        """What the batch changed, by row type."""
        found: dict[type[Any], list[Values]] = {kind: list(rows.values()) for kind, rows in self._dirty.items() if rows}
        for kind, rows in self._added.items():
            if rows:
                found.setdefault(kind, []).extend(rows)
        return found

    def written(self) -> None:
        """The batch is committed: what was changed is now as remembered."""
        self._dirty.clear()
        self._added.clear()
        for kind, rows in self._rows.items():
            if not RELATIONS[kind].kept:
                rows.clear()
        self._passing.clear()

    def known(self, kind: type[Any], span: Range | None, key: Key) -> bool:
        """Whether a row or a range is in memory."""
        if span:
            return (span.name, key) in self._spans_of(span)
        return key in self._rows.get(kind, ())

    def load(self, kind: type[Any], keys: Iterable[Key], found: Iterable[Values]) -> None:
        """Take in rows that were fetched for `keys`; a key that gave none is known to be absent."""
        rows = self._rows.setdefault(kind, {})
        for key in keys:
            rows.setdefault(key, None)
        for values in found:
            row = kind._make(values)
            key = _key(row)
            if rows.get(key) is None:
                self._place(kind, key, rows, row)

    def load_span(self, span: Range, parents: Iterable[Key], found: Iterable[Values]) -> None:
        """Take in the rows of ranges that were fetched for `parents`, all of them."""
        rows = self._rows.setdefault(span.row, {})
        spans = self._spans_of(span)
        for parent in parents:
            spans.setdefault((span.name, parent), {})
        position = span.row._fields.index(span.parent)
        # What this batch has put is in no table yet.
        for key, row in self._dirty.get(span.row, {}).items():
            members = spans.get((span.name, row[position]))
            if members is not None and span.keeps(row):
                members[key] = None
        for values in found:
            row = span.row._make(values)
            key = _key(row)
            current = rows.get(key, _ABSENT)
            if current is _ABSENT or current is None:
                self._place(span.row, key, rows, row)
            elif span.keeps(current):
                # It may have moved to another parent in this batch, whose range isn't here.
                members = spans.get((span.name, current[position]))
                if members is not None:
                    members[key] = None

    def _spans_of(self, span: Range) -> dict[tuple[str, Key], dict[Key, None]]:
        """Where a range's members are: those of rows that don't stay in memory are forgotten with them."""
        return self._passing if span.name in PASSING else self._spans

    def size(self) -> int:
        """How many rows are in memory."""
        return sum(map(len, self._rows.values()))

    def _place(self, kind: type[Any], key: Key, rows: dict[Key, Any], row: Any) -> None:  # noqa: ANN401 - a row or absent
        """Put a row, None or nothing at a key, and keep the ranges right."""
        for span, position in RANGES_OF[kind]:
            old = rows.get(key)
            spans = self._spans_of(span)
            if old and span.keeps(old) and (members := spans.get((span.name, old[position]))) is not None:
                members.pop(key, None)
            if (
                row
                and row is not _ABSENT
                and span.keeps(row)
                and (members := spans.get((span.name, row[position]))) is not None
            ):
                members[key] = None
        if row is _ABSENT:
            rows.pop(key, None)
        else:
            rows[key] = row


def _key(row: tuple[Any, ...]) -> Key:
    width = RELATIONS[type(row)].width
    return row[1] if width == 1 else row[1 : width + 1]


def merge(sets: Iterable[WorkingSet]) -> list[Write]:
    """What several working sets changed, one write per table, in an order that satisfies the foreign keys."""
    found: dict[type[Any], list[Values]] = {}
    for working_set in sets:
        for kind, rows in working_set.writes().items():
            found.setdefault(kind, []).extend(rows)
    return [Write(relation, found[kind]) for kind, relation in RELATIONS.items() if kind in found]


def rows_of(writes: Iterable[Write], kind: type[Row]) -> list[Row]:
    """The rows of one type among what is written."""
    return [row for write in writes if write.relation.row is kind for row in cast("list[Row]", write.rows)]

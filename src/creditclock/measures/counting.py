"""Counting: numbers and spreads that cost next to nothing to change, and the families in which they are told.

A number has one thread that changes it, or the interpreter's lock is enough for it: nothing here locks.
"""

import logging
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Literal

import msgspec

Kind = Literal["counter", "gauge", "histogram"]
Labels = dict[str, str]
FAST_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Bounds, in seconds, for what should take milliseconds."""
log: Final = logging.getLogger("creditclock.measures")


class Sample(msgspec.Struct, frozen=True, array_like=True):
    """A number of a family: what is put after the family's name, its labels, and its value."""

    suffix: str
    labels: Labels
    value: float


class Family(msgspec.Struct, frozen=True, array_like=True):
    """A metric with all its samples. `about` says what it counts and when to worry."""

    name: str
    kind: Kind
    about: str
    samples: list[Sample]


class Count:
    """A number that only grows."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0

    def add(self, number: int = 1) -> None:
        """Let it grow."""
        self.value += number


class Spread:
    """How many numbers fell below each of some bounds, and their sum."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(self.bounds) + 1)
        self.total = 0.0

    def add(self, number: float) -> None:
        """Count a number."""
        self.counts[bisect_left(self.bounds, number)] += 1
        self.total += number

    def samples(self, labels: Labels | None = None) -> list[Sample]:
        """The samples of a histogram."""
        labels = labels or {}
        counts, total = list(self.counts), self.total
        told: list[Sample] = []
        below = 0
        for bound, count in zip((*map(_plain, self.bounds), "+Inf"), counts, strict=True):
            below += count
            told.append(Sample("_bucket", {**labels, "le": bound}, below))
        return [*told, Sample("_count", labels, below), Sample("_sum", labels, total)]


Read = Callable[[], Iterable[Sample]]


class Measures:
    """The families of a process. Whoever has something to tell registers it once, when it is made."""

    def __init__(self) -> None:
        self._heads: dict[str, tuple[Kind, str]] = {}
        self._reads: dict[str, list[Read]] = {}

    def count(self, name: str, about: str, **labels: str) -> Count:
        """A new counter; one name may have several with other values of the same labels."""
        count = Count()
        self.read(name, "counter", about, lambda: [Sample("", labels, count.value)])
        return count

    def spread(self, name: str, about: str, bounds: Sequence[float] = FAST_S, **labels: str) -> Spread:
        """A new histogram."""
        spread = Spread(bounds)
        self.read(name, "histogram", about, lambda: spread.samples(labels))
        return spread

    def gauge(self, name: str, about: str, value: Callable[[], float | None], **labels: str) -> None:
        """A number that is looked up when somebody asks, in any thread; None if it isn't known."""

        def read() -> list[Sample]:
            found = value()
            return [] if found is None else [Sample("", labels, float(found))]

        self.read(name, "gauge", about, read)

    def read(self, name: str, kind: Kind, about: str, read: Read) -> None:
        """Samples that are looked up when somebody asks, in any thread."""
        head = self._heads.setdefault(name, (kind, about))
        assert head == (kind, about), name
        assert (kind == "counter") == name.endswith("_total"), name
        self._reads.setdefault(name, []).append(read)

    def families(self) -> list[Family]:
        """Everything as it stands now. What can't be looked up is left out."""
        return [Family(name, *self._heads[name], self._samples(name)) for name in sorted(self._heads)]

    def _samples(self, name: str) -> list[Sample]:
        try:
            return [sample for read in self._reads[name] for sample in read()]
        except Exception as error:  # noqa: BLE001 - one that can't be told shall not hide the others
            log.debug("%s can't be told: %s", name, error)
            return []


def one(value: float | None) -> list[Sample]:
    """A single sample without labels; none for a number that isn't known."""
    return [] if value is None else [Sample("", {}, float(value))]


def merged(*several: Iterable[Family]) -> list[Family]:
    """The families of several processes together, by name."""
    found: dict[str, Family] = {}
    for families in several:
        for family in families:
            known = found.get(family.name)
            samples = family.samples if known is None else [*known.samples, *family.samples]
            found[family.name] = Family(family.name, family.kind, family.about, samples)
    return [found[name] for name in sorted(found)]


def _plain(bound: float) -> str:
    return repr(float(bound))

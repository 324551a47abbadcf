"""Metrics of what writes: the lane, the ends it writes down, and the clock it goes by."""

from collections.abc import Callable, Iterable
from typing import Final

from creditclock.commands.lane import Lane
from creditclock.commands.tallies import LaneTally
from creditclock.commands.timekeeping import Timekeeper
from creditclock.measures.counting import Count, Kind, Labels, Measures, Sample, one
from creditclock.workers.alive import AliveWorker
from creditclock.workers.due import DueWorker

_Row = tuple[str, Kind, str]
_LATE: Final = (
    "How long after its instant an end was on disk. Nobody is charged for it, but the event comes as late: worry when "
    "the 99th percentile stays above 1 s. A restart shows what ended meanwhile."
)


def measure_lane(measures: Measures, lane: Lane) -> None:
    """Tell how the lane works."""
    tally = lane.tally
    told: dict[_Row, Callable[[], Iterable[Sample]]] = {
        (
            "creditclock_lane_healthy",
            "gauge",
            "1 while the lane's thread runs and the database takes what it writes. Worry at 0: nothing can be changed.",
        ): lambda: one(lane.alive and lane.healthy),
        (
            "creditclock_lane_queue_length",
            "gauge",
            "Commands that wait for the lane. Worry above 1000; at 4000 of one business its requests get 503 (busy).",
        ): lambda: one(lane.waiting[0]),
        (
            "creditclock_lane_queue_oldest_seconds",
            "gauge",
            "How long the oldest command has waited. Worry above 1 s; after 2 s it is refused (busy).",
        ): lambda: one(lane.waiting[1]),
        (
            "creditclock_lane_rows_in_memory",
            "gauge",
            "Rows kept between batches. It is bounded: 400000, and what one batch needs.",
        ): lambda: one(lane.rows),
    }
    for (name, kind, about), read in told.items():
        measures.read(name, kind, about, read)
    _measure_work(measures, tally)


def _measure_work(measures: Measures, tally: LaneTally) -> None:
    measures.read(
        "creditclock_lane_batch_commands",
        "histogram",
        "Commands per batch; its count is that of batches. They grow with the load, as they should.",
        tally.sizes.samples,
    )
    measures.read(
        "creditclock_lane_batch_seconds",
        "histogram",
        "From a batch's lock to its answers. The rate of its sum is the share of time in which the lane works: worry "
        "above 0.9.",
        tally.batch_s.samples,
    )
    measures.read(
        "creditclock_lane_commit_seconds",
        "histogram",
        "Writing and committing a batch. Worry when the 99th percentile stays above 0.1 s: the disk is slow.",
        tally.commit_s.samples,
    )
    measures.read("creditclock_end_lateness_seconds", "histogram", _LATE, tally.late_s.samples)
    measures.read(
        "creditclock_lane_commands_total",
        "counter",
        "What came of commands, those of the server itself too. Worry about any failed, and about busy.",
        lambda: _by("result", tally.results),
    )
    measures.read(
        "creditclock_lane_troubles_total",
        "counter",
        "What batches met. conflict and lost are tried again; worry about lost and doubt (the connection to the "
        "database is bad), unusable (disk full, file damaged), violation and unexpected (faults: report them).",
        lambda: _by("kind", tally.troubles),
    )


def measure_time(measures: Measures, timekeeper: Timekeeper, alive: AliveWorker, due: DueWorker) -> None:
    """Tell how time goes here."""
    measures.gauge(
        "creditclock_alive_mark_age_seconds",
        "How long ago this server last wrote that it is alive; nothing with a test clock. Worry above 5 s: the "
        "database doesn't take it, and after a crash now that time would count as an outage.",
        lambda: alive.age_s,
    )
    measures.gauge(
        "creditclock_clock_steady",
        "0 while the machine's clock can't be trusted: then no session starts. Worry at 0; look at its time service.",
        timekeeper.steady,
    )
    measures.read(
        "creditclock_clock_steps_total",
        "counter",
        "Steps of the machine's clock by 2 s or more. Worry about each.",
        lambda: one(timekeeper.steps),
    )
    measures.gauge(
        "creditclock_due_set_aside",
        "Ends that could not be written down and are tried again each minute. Worry above 0; the log says why.",
        lambda: due.set_aside,
    )


def _by(label: str, counts: dict[str, Count]) -> list[Sample]:
    labelled: list[tuple[Labels, Count]] = [({label: name}, count) for name, count in counts.items()]
    return [Sample("", labels, count.value) for labels, count in labelled]

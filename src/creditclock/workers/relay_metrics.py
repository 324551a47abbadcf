"""Metrics of the relay: what webhooks were told, and what they still are to be told."""

from collections.abc import Callable, Iterable, Sequence

from creditclock.commands.relaying import Result
from creditclock.commands.timekeeping import Timekeeper
from creditclock.measures.counting import Count, Measures, Sample, one
from creditclock.storage.backlog import Backlog, backlog
from creditclock.storage.database import Database


class RelayTally:
    """Counts what came of deliveries, as they are written down. One thread changes it."""

    def __init__(self) -> None:
        self.counts = {name: Count() for name in ("delivered", "retried", "failed", "gone")}

    def add(self, results: Sequence[Result]) -> None:
        """Count results."""
        for result in results:
            self.counts[_kind_of(result)].add()


def measure_relay(
    measures: Measures, database: Database, timekeeper: Timekeeper, tally: RelayTally, leads: Callable[[], bool]
) -> None:
    """Tell how webhooks stand; `leads` says whether it is this server that relays."""

    def now() -> Backlog:
        with database.reading() as connection:
            return backlog(connection)

    def age() -> list[Sample]:
        oldest_at = now().oldest_at
        return one(0 if oldest_at is None else max(0, timekeeper.now() - oldest_at) / 1_000)

    def states() -> Iterable[Sample]:
        found = now()
        for name in ("enabled", "failing", "disabled"):
            yield Sample("", {"state": name}, getattr(found, name))

    measures.read(
        "creditclock_webhook_deliveries_total",
        "counter",
        "Tries to tell a webhook something, by what came of it. Worry about failed: that event is not tried again.",
        lambda: [Sample("", {"result": name}, count.value) for name, count in tally.counts.items()],
    )
    measures.read(
        "creditclock_webhooks",
        "gauge",
        "Webhooks by state, the same from every server. failing: enabled, but the last try failed. Worry when many "
        "fail at once: then the way out of here is broken.",
        states,
    )
    measures.read(
        "creditclock_webhook_pending",
        "gauge",
        "Events on their way to webhooks, the same from every server; 500 for each webhook at most.",
        lambda: one(now().pending),
    )
    measures.read(
        "creditclock_webhook_oldest_seconds",
        "gauge",
        "How old the oldest event is that a webhook is still to be told. Worry above 300 s while few webhooks fail.",
        age,
    )
    measures.read(
        "creditclock_webhook_relay_leads",
        "gauge",
        "1 on the server that relays to webhooks. Worry when it is 0 on all while webhooks are enabled.",
        lambda: one(leads()),
    )


def _kind_of(result: Result) -> str:
    if result.said == "yes":
        return "delivered"
    if result.said == "gone":
        return "gone"
    return "failed" if result.next_at is None else "retried"

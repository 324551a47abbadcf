"""Tariffs: how they are shown and found."""

from creditclock.contract.instants import shown
from creditclock.contract.pages import Page
from creditclock.contract.tariffs import GetTariff, ListTariffs, Tariff
from creditclock.contract.values import identify
from creditclock.domain.access import Caller
from creditclock.domain.rows import Tariff as TariffRow
from creditclock.queries.asking import after, answers, page
from creditclock.queries.source import Source, named
from creditclock.storage import lists
from creditclock.storage.relations import NEWEST
from creditclock.storage.snapshot import Snapshot


def newest_tariff(source: Source, identifier: str) -> TariffRow:
    """The newest version of the tariff that an id names. Raises a Refusal `not_found`."""
    return newest_of(source, named(source, TariffRow, identifier).tariff)


def newest_of(source: Source, tariff: int) -> TariffRow:
    """The newest version of a tariff that exists."""
    (newest,) = source.range(NEWEST, tariff)
    return newest


def show_tariff(tariff: TariffRow) -> Tariff:
    """A tariff in one of its versions."""
    return Tariff(
        id=identify("trf", tariff.master, tariff.tariff),
        name=tariff.name,
        version=tariff.version,
        price=tariff.price,
        burn_rate=tariff.burn_rate,
        lease_ms=tariff.lease_ms,
        minimum_ms=tariff.minimum_ms,
        increment_ms=tariff.increment_ms,
        parallel=tariff.parallel,
        pause_count=tariff.pause_count,
        pause_each_ms=tariff.pause_each_ms,
        pause_total_ms=tariff.pause_total_ms,
        after_pause="resume" if tariff.after_pause == "resume" else "stop",
        revive_ms=tariff.revive_ms,
        valid_ms=tariff.valid_ms,
        low_ms=tuple(map(int, tariff.low_ms.split())),
        created_at=shown(tariff.created_at),
    )


@answers(GetTariff)
def get_tariff(snapshot: Snapshot, query: GetTariff, _caller: Caller) -> Tariff:
    """A tariff in its newest version."""
    return show_tariff(newest_tariff(snapshot, query.tariff))


@answers(ListTariffs)
def list_tariffs(snapshot: Snapshot, query: ListTariffs, _caller: Caller) -> Page[Tariff]:
    """The tariffs in their newest versions."""
    found = lists.tariffs(snapshot, after(query.cursor), query.limit)
    return page(found, query.limit, lambda tariff: tariff.tariff, show_tariff)

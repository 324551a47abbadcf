"""Tariffs: made and changed; a change is a new version."""

import msgspec

from creditclock.commands.handling import Tx, handles
from creditclock.contract.tariffs import ChangeTariff, CreateTariff, Tariff
from creditclock.domain.rows import Tariff as TariffRow
from creditclock.queries.source import ident
from creditclock.queries.tariffs import newest_tariff, show_tariff


@handles(CreateTariff)
def create_tariff(tx: Tx, command: CreateTariff) -> Tariff:
    """A new tariff in its first version."""
    number = tx.new_id()
    terms = msgspec.structs.asdict(command)
    terms["low_ms"] = _kept(command.low_ms)
    tariff = TariffRow(
        master=tx.master,
        id=number,
        tariff=number,
        version=1,
        newest=1,
        created_at=tx.now,
        **terms,
    )
    tx.put(tariff)
    tx.subject = ident(tx, "trf", number)
    return show_tariff(tariff)


@handles(ChangeTariff)
def change_tariff(tx: Tx, command: ChangeTariff) -> Tariff:
    """A new version; the old one stays for the sessions that began with it."""
    old = newest_tariff(tx, command.tariff)
    changes = {
        name: value
        for name, value in msgspec.structs.asdict(command).items()
        if name != "tariff" and value is not msgspec.UNSET
    }
    if command.low_ms is not msgspec.UNSET:
        changes["low_ms"] = _kept(command.low_ms)
    new = old._replace(id=tx.new_id(), version=old.version + 1, created_at=tx.now, **changes)
    tx.put(old._replace(newest=0))
    tx.put(new)
    tx.subject = ident(tx, "trf", new.tariff)
    return show_tariff(new)


def _kept(low_ms: tuple[int, ...]) -> str:
    return " ".join(map(str, sorted(set(low_ms), reverse=True)))

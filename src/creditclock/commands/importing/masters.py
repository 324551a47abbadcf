"""Businesses of an older installation: made with their owner, and finished."""

from creditclock.commands.handling import Tx, handles
from creditclock.commands.importing.drafts import FinishImport, ImportMaster
from creditclock.commands.importing.keeping import reserve
from creditclock.commands.masters import create_master, freeze_master
from creditclock.contract.masters import CreateMaster, FreezeMaster
from creditclock.contract.tokens import Done
from creditclock.contract.values import master_of
from creditclock.domain.rows import MasterProfile


@handles(ImportMaster)
def import_master(tx: Tx, command: ImportMaster) -> Done:
    """A new business whose credits are whole, one for a minute. Raises a Refusal `login_taken` or `invalid`."""
    made = create_master(
        tx,
        CreateMaster(
            name=command.name,
            login=command.login,
            password="",
            customer_limit=command.customer_limit,
            exponent=0,
            zone=command.zone,
        ),
    )
    inner = tx.within(tx.sets[master_of(made.id)])
    inner.put(
        MasterProfile(
            master=inner.master,
            id=0,
            key_code=tx.material["key_code"],
            alias=command.alias,
            phone=command.phone,
            company=command.company,
            address=command.address,
            acknowledged=inner.rows.next_event - 1,
            written_at=tx.now,
            unlinked_at=tx.now if command.unlinked else None,
            unnumbered=0,
        )
    )
    reserve(inner, command.numbers)
    if command.frozen:
        freeze_master(inner, FreezeMaster(master=made.id))
    tx.subject = made.id
    tx.detail = {"numbers": command.numbers.last}
    return Done()


@handles(FinishImport)
def finish_import(_tx: Tx, _command: FinishImport) -> Done:
    """Nothing changes: that it was done stands in the journal."""
    return Done()

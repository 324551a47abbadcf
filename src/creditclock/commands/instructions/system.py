"""Instructions of the system: what the operator does to businesses and sessions, decided in the lane.

What concerns many things was done before, one command each, and comes as material: see `web.instructions.system`.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from creditclock.commands import masters
from creditclock.commands.handling import Tx, handles
from creditclock.commands.instructions.chiefs import clients_of, master_data
from creditclock.commands.instructions.handling import Answer
from creditclock.commands.instructions.numbers import next_no
from creditclock.commands.instructions.tokens import VALID_MS, WORKER
from creditclock.contract import Refusal
from creditclock.contract.instructions.system import BY_NAME, InstructionRun, RunInstruction, SystemInstruction
from creditclock.contract.masters import FreezeMaster, UnfreezeMaster
from creditclock.contract.values import MAX, identify
from creditclock.domain.plans import limits
from creditclock.domain.rows import ClientToken, Master, SessionToken
from creditclock.queries.source import sure

STEP: Final = 10
"""By how many accounts a business is let have more or fewer, unless it is said."""
DONE: Final = "done"
"""What the material holds of what was done, or read, before."""
REFUSED: Final = "refused"
"""What it holds instead where that was refused: then so is the instruction, unless its answer is kept already."""
Handler = Callable[[Tx, RunInstruction], Answer]


@handles(RunInstruction)
def run_instruction(tx: Tx, command: RunInstruction) -> InstructionRun:
    """Carry out an instruction of the system; it answers exactly its own keys."""
    found = BY_NAME[command.label]
    if found.needless:
        tx.quiet = True
        return InstructionRun(failed=True, warning=found.why, level="system", details="not_needed")
    if refused := tx.material.get(REFUSED):
        code, detail, data = msgspec.json.decode(refused, type=tuple[str, str, dict[str, Any]])
        raise Refusal(code, detail, **data)
    handler = _HANDLERS.get(found.label)
    answer = _done(tx, found) if handler is None else handler(tx, command)
    return msgspec.convert({"failed": False} | answer, InstructionRun)


def _done(tx: Tx, found: SystemInstruction) -> Answer:
    """What was done before; where there was nothing to do, that."""
    answer: Answer = msgspec.json.decode(tx.material[DONE])
    tx.quiet = bool(answer.get("failed")) or found.label.startswith("Interogate")
    return answer


def _freeze(tx: Tx, _command: RunInstruction) -> Answer:
    subordonates = msgspec.json.decode(tx.material[DONE])
    masters.freeze_master(tx, FreezeMaster(master=_id_of(tx)))
    return {
        "masters_frozen": 1,
        "subordonates_frozen": len(subordonates),
        "frozen_failures": 0,
        "masters": [tx.master],
        "subordonates": subordonates,
        "frozen_count": 1 + len(subordonates),
    }


def _unfreeze(tx: Tx, _command: RunInstruction) -> Answer:
    subordonates = msgspec.json.decode(tx.material[DONE])
    masters.unfreeze_master(tx, UnfreezeMaster(master=_id_of(tx)))
    return {
        "masters_activated": 1,
        "subordonates_activated": len(subordonates),
        "activation_failures": 0,
        "masters": [tx.master],
        "subordonates": subordonates,
        "activation_count": 1 + len(subordonates),
    }


def _increase(tx: Tx, command: RunInstruction) -> Answer:
    by = STEP if command.increase_by is None else int(command.increase_by)
    return _resized(tx, by) | {"increased_by": by}


def _decrease(tx: Tx, command: RunInstruction) -> Answer:
    by = STEP if command.decrease_by is None else int(command.decrease_by)
    return _resized(tx, -by) | {"decreased_by": by}


def _resized(tx: Tx, by: int) -> Answer:
    """A business that may have more or fewer accounts."""
    master = sure(tx, Master, 0)
    limit = limits(master).customers
    if limit is None:
        raise Refusal("invalid", "This business may have any number of accounts. Set its `customer_limit` first.")
    if not 0 <= limit + by <= MAX:
        raise Refusal("invalid", f"This business may have {limit} accounts, so that can't be. Say another number.")
    master = masters.with_customer_limit(tx, master, limit + by)
    tx.subject = _id_of(tx)
    working = clients_of(tx.within(tx.sets[0]), tx.master)
    data = master_data(tx, masters.master_profile(tx), len(working))
    pool = msgspec.json.decode(tx.material[DONE], type=dict[int, str])
    return {
        "master": tx.master,
        "subpool_size": limit + by,
        "master_data": data | {"subordonate_pool": {str(number): mail for number, mail in pool.items()}},
    }


def _create_session(tx: Tx, _command: RunInstruction) -> Answer:
    """A session whose tokens nobody was told."""
    client = ClientToken(
        master=tx.master,
        id=tx.new_id(),
        digest=tx.material["client"],
        key=int(tx.material["client_key"]),
        salt=tx.material["client_salt"],
        created_at=tx.now,
        written_at=tx.now,
        valid_until=tx.now + VALID_MS,
        acquired=None,
        removed_at=None,
    )
    session = SessionToken(
        master=tx.master,
        id=tx.new_id(),
        no=next_no(tx, "session"),
        digest=tx.material["session"],
        key=int(tx.material["session_key"]),
        salt=tx.material["session_salt"],
        client=client.id,
        created_at=tx.now,
        written_at=tx.now,
        valid_until=tx.now + VALID_MS,
        active=None,
        logged_in=0,
        removed_at=None,
    )
    tx.put(client)
    tx.put(session)
    return {"worker": WORKER, "ewallet_session": session.no}


def _id_of(tx: Tx) -> str:
    return identify("mas", tx.master, 0)


_HANDLERS: Final[dict[str, Callable[[Tx, Any], Answer]]] = {
    "FreezeMaster": _freeze,
    "UnfreezeMaster": _unfreeze,
    "IncreaseMasterSubPool": _increase,
    "DecreaseMasterSubPool": _decrease,
    "CreateSession": _create_session,
}
"""What decides in the lane; the others were carried out before."""

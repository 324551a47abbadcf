"""Instructions of the system: what is read, and what is done thing by thing, before the lane decides the rest."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple

import msgspec

from creditclock.commands.instructions.system import DONE, REFUSED
from creditclock.commands.instructions.tokens import CLIENT, SESSION, WORKER
from creditclock.contract import Refusal
from creditclock.contract.instructions.system import RunInstruction
from creditclock.contract.instructions.wording import date
from creditclock.domain.access import Caller
from creditclock.queries import instructions as asked
from creditclock.storage import instructions as stored
from creditclock.storage.snapshot import Snapshot, lane_of
from creditclock.web.freezing import closed
from creditclock.web.instructions import cleaning
from creditclock.web.instructions.cleaning import Cleaner
from creditclock.web.instructions.naming import instruction_named, master_in, number
from creditclock.web.instructions.visitors import new_label
from creditclock.web.secrets import digest
from creditclock.web.server import Server

Material = dict[str, str]
Answer = dict[str, Any]
_encode: Final = msgspec.json.Encoder().encode


class Asked(NamedTuple):
    """An instruction of the system, who sends it, and what cleans."""

    server: Server
    command: RunInstruction
    cleaner: Cleaner


async def material_of(server: Server, command: RunInstruction, caller: Caller) -> tuple[Material, RunInstruction]:
    """What an instruction needs, or what was done already, and the instruction without its tokens.

    What can't be done is refused in the lane: the answer to the same request before may be kept.
    """
    make = _MAKERS.get(instruction_named(command).label)
    try:
        material = {} if make is None else await make(Asked(server, command, Cleaner(server, caller)))
    except Refusal as refusal:
        material = {REFUSED: _encode((refusal.code, refusal.detail, refusal.data)).decode()}
    client, session = _marked(command.client_id), _marked(command.session_token)
    return material, msgspec.structs.replace(command, client_id=client, session_token=session)


def _marked(label: str | None) -> str | None:
    return digest(label) if label else label


def _kept(answer: Any) -> Material:  # noqa: ANN401 - JSON
    return {DONE: _encode(answer).decode()}


async def _accounts(asked_for: Asked) -> Material:
    """The numbers of a business's accounts, the newest thousand."""
    return _kept(list((await _pool_of(asked_for)).keys()))


async def _activated(asked_for: Asked) -> Material:
    return await _accounts(asked_for) | await closed(asked_for.server, master_in(asked_for.command))


async def _pool(asked_for: Asked) -> Material:
    """The accounts of a business, number and e-mail."""
    return _kept(await _pool_of(asked_for))


async def _pool_of(asked_for: Asked) -> dict[int, str]:
    server, master = asked_for.server, master_in(asked_for.command)

    def read() -> dict[int, str]:
        with server.database.reading() as connection:
            lane = lane_of(connection, master)
            if lane is None:
                raise Refusal("not_found", "There is no business of this number. Check it.", id=str(master))
            return asked.pool(Snapshot(connection, lane, server.time.now(), ()))

    return await server.in_thread(read)


async def _new_session(asked_for: Asked) -> Material:
    """The labels of a client id and a session token that nobody is told."""
    found: Material = {}
    for name, prefix in (("client", CLIENT), ("session", SESSION)):
        made = new_label(asked_for.server, prefix, asked_for.server.time.now())
        found |= {name: made["digest"], f"{name}_key": made["key"], f"{name}_salt": made["salt"]}
    return found


async def _workers(asked_for: Asked) -> Material:
    """The one worker: the lane."""
    server, limit = asked_for.server, asked_for.command.limit
    now = server.time.now()

    def read() -> tuple[list[tuple[int, int]], int]:
        with server.database.reading() as connection:
            return stored.working_sessions(connection, now, stored.MOST)

    pool, count = await server.in_thread(read)
    worker: Answer = {
        "id": WORKER,
        "reference": "lane",
        "create_date": None,
        "state_code": int(count > 0),
        "state_label": "available" if count else "vacant",
        "state_timestamp": date(now),
        "session_pool": {str(no): date(until) for no, until in pool},
        "sessions": count,
        "token_session_map": {},
        "ctoken_pool": [],
        "stoken_pool": [],
        "instruction_set_recv": None,
        "instruction_set_resp": None,
        "sigterm": None,
        "lock": None,
    }
    is_wanted = limit is None or int(limit) > 0
    return _kept({"workers": {str(WORKER): _worker(worker)} if is_wanted else {}})


def _worker(data: Answer) -> Answer:
    return {"failed": False, "worker": WORKER, "worker_data": data}


async def _session(asked_for: Asked) -> Material:
    """A session, whoever works in it."""
    server, no = asked_for.server, number(asked_for.command.session_id, "session_id")

    def read() -> Answer:
        with server.database.reading() as connection:
            found = stored.sessions_by(connection, "no", [no])
            if not found:
                raise cleaning.no_session()
            ending = found[0]
            lane = None if ending.acquired is None else lane_of(connection, ending.acquired)
            snapshot = Snapshot(connection, lane, server.time.now(), ()) if lane else None
            mine = None if ending.session.active is None else lane_of(connection, ending.session.active)
            master = Snapshot(connection, mine, server.time.now(), ()) if mine else None
            return asked.session(ending.session, snapshot, master)

    return _kept({"ewallet_session": no, "session_data": await server.in_thread(read), "worker": WORKER})


async def _target_master(asked_for: Asked) -> Material:
    await _pool_of(asked_for)
    return _kept(await asked_for.cleaner.masters([master_in(asked_for.command)]))


async def _sweep_masters(asked_for: Asked) -> Material:
    given = asked_for.command.master_ids
    numbers = await asked_for.cleaner.flagged() if given is None else list(dict.fromkeys(map(int, given)))
    return _kept(await asked_for.cleaner.masters(numbers))


async def _target_session(asked_for: Asked) -> Material:
    found = await asked_for.cleaner.session_numbered(number(asked_for.command.session_id, "session_id"))
    return _kept(await asked_for.cleaner.sessions([found]))


async def _target_stoken(asked_for: Asked) -> Material:
    found = await asked_for.cleaner.session_labelled(asked_for.command.session_token)
    return _kept(await asked_for.cleaner.sessions([found]))


async def _target_ctoken(asked_for: Asked) -> Material:
    client = await asked_for.cleaner.client_labelled(asked_for.command.client_id)
    return _kept(await asked_for.cleaner.clients([client]))


async def _sweep_sessions(asked_for: Asked) -> Material:
    return _kept(cleaning.as_sessions(await asked_for.cleaner.expired_sessions()))


async def _sweep_stokens(asked_for: Asked) -> Material:
    return _kept(await asked_for.cleaner.expired_sessions())


async def _sweep_ctokens(asked_for: Asked) -> Material:
    return _kept(await asked_for.cleaner.expired_clients())


async def _cut_session(asked_for: Asked) -> Material:
    found = await asked_for.cleaner.session_numbered(number(asked_for.command.session_id, "session_id"))
    return _kept(await asked_for.cleaner.cut([found]))


async def _cut_stoken(asked_for: Asked) -> Material:
    return _kept(
        await asked_for.cleaner.cut([await asked_for.cleaner.session_labelled(asked_for.command.session_token)])
    )


async def _cut_ctoken(asked_for: Asked) -> Material:
    client = await asked_for.cleaner.client_labelled(asked_for.command.client_id)
    return _kept(await asked_for.cleaner.cut(await asked_for.cleaner.sessions_of([client.id])))


async def _account_cron(asked_for: Asked) -> Material:
    await asked_for.cleaner.accounts()
    return _kept(_cron("AccountCleaner"))


async def _worker_cron(_asked_for: Asked) -> Material:
    return _kept(_cron("WorkerCleaner"))


async def _session_cron(asked_for: Asked) -> Material:
    await asked_for.cleaner.expired_sessions()
    return _kept(_cron("SessionCleaner"))


async def _ctoken_cron(asked_for: Asked) -> Material:
    await asked_for.cleaner.expired_clients()
    return _kept(_cron("CTokenCleaner"))


async def _all_crons(asked_for: Asked) -> Material:
    await asked_for.cleaner.accounts()
    await asked_for.cleaner.expired_clients()
    await asked_for.cleaner.expired_sessions()
    names = {
        "accounts": "AccountCleaner",
        "workers": "WorkerCleaner",
        "sessions": "SessionCleaner",
        "ctokens": "CTokenCleaner",
    }
    return _kept({"cleaners": {name: {"failed": False} | _cron(cron) for name, cron in names.items()}})


def _cron(name: str) -> Answer:
    return {"cron": name, "pool_entry": {"active": True}}


_MAKERS: Final[dict[str, Callable[[Asked], Awaitable[Material]]]] = {
    "FreezeMaster": _accounts,
    "UnfreezeMaster": _activated,
    "IncreaseMasterSubPool": _pool,
    "DecreaseMasterSubPool": _pool,
    "CreateSession": _new_session,
    "InterogateSessionWorkers": _workers,
    "InterogateEWalletSession": _session,
    "TargetCleanupMaster": _target_master,
    "SweepCleanupMasters": _sweep_masters,
    "TargetCleanupSession": _target_session,
    "SweepCleanupSessions": _sweep_sessions,
    "TargetCleanupCToken": _target_ctoken,
    "SweepCleanupCTokens": _sweep_ctokens,
    "TargetCleanupSToken": _target_stoken,
    "SweepCleanupSTokens": _sweep_stokens,
    "RemoveSessionMapBySession": _cut_session,
    "RemoveSessionMapBySToken": _cut_stoken,
    "RemoveSessionMapByCToken": _cut_ctoken,
    "StartAccountCleaner": _account_cron,
    "StartWorkerCleaner": _worker_cron,
    "StartSessionCleaner": _session_cron,
    "StartCTokenCleaner": _ctoken_cron,
    "StartAllCleaners": _all_crons,
}
"""What makes the material of those that do anything."""

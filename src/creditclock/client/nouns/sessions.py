"""Sessions: a method for each operation. Written by `make docs`. Don't edit it."""

from creditclock.client.calling import AsyncCaller, Caller
from creditclock.contract.sessions import (
    EndSession,
    ExplainSession,
    Explanation,
    GetSession,
    PauseSession,
    RenewSession,
    ResumeSession,
    Session,
    StartSession,
    StopSession,
    TakeOverSession,
)


class SessionOperations:
    """The operations of sessions."""

    def __init__(self, client: Caller) -> None:
        self._client = client

    def start(
        self,
        clock: str,
        *,
        lease_ms: int | None = None,
        burn_rate: int | None = None,
        revives: str | None = None,
        note: str | None = None,
        key: str | None = None,
    ) -> Session:
        """Start a session: the clock runs from now on.

        Renew it before half of its lease is over. Its holder is the caller, or the app through which a customer signed
        in.
        Another `burn_rate` than the tariff's needs the scope `session.rate`.
        `revives` names a lapsed session that this one continues without a second minimum charge: once each, at most
        three
        in a row, and all within the tariff's `revive_ms` after the first one lapsed.

        clock: Id of a clock.
        lease_ms: Length of the lease in milliseconds, 5 s to 24 h.
        burn_rate: Per mille of real time: 1000 burns one second per second.
        revives: Id of a session.
        note: A text for people; it can be erased.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(
            StartSession(clock=clock, lease_ms=lease_ms, burn_rate=burn_rate, revives=revives, note=note), key=key
        )

    def get(self, session: str) -> Session:
        """Show a session as it stands now.

        session: Id of a session.
        """
        return self._client.call(GetSession(session=session))

    def renew(self, session: str, *, seq: int, key: str | None = None) -> Session:
        """Renew the lease of a session from now on.

        session: Id of a session.
        seq: The holder's number of the session.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(RenewSession(session=session, seq=seq), key=key)

    def pause(self, session: str, *, seq: int, key: str | None = None) -> Session:
        """Pause a session: the clock stands still, the place is kept, no renewal is needed.

        session: Id of a session.
        seq: The holder's number of the session.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(PauseSession(session=session, seq=seq), key=key)

    def resume(self, session: str, *, seq: int, key: str | None = None) -> Session:
        """Let a paused session run on, with a new lease.

        session: Id of a session.
        seq: The holder's number of the session.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(ResumeSession(session=session, seq=seq), key=key)

    def stop(self, session: str, *, seq: int, key: str | None = None) -> Session:
        """Stop a session; a session that ended before is answered as it ended.

        session: Id of a session.
        seq: The holder's number of the session.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(StopSession(session=session, seq=seq), key=key)

    def take_over(self, session: str, *, lease_ms: int | None = None, key: str | None = None) -> Session:
        """Become the holder of a session: `seq` rises, the lease is new, the clock runs on without a gap.

        session: Id of a session.
        lease_ms: Length of the lease in milliseconds, 5 s to 24 h.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(TakeOverSession(session=session, lease_ms=lease_ms), key=key)

    def end(self, session: str, *, key: str | None = None) -> Session:
        """End a session from elsewhere, without its `seq`. A program ends only those that its app holds.

        session: Id of a session.
        key: The idempotency key; the same key again does nothing twice.
        """
        return self._client.call(EndSession(session=session), key=key)

    def explain(self, session: str) -> Explanation:
        """Explain the bill of a session line by line.

        session: Id of a session.
        """
        return self._client.call(ExplainSession(session=session))


class AsyncSessionOperations:
    """The operations of sessions."""

    def __init__(self, client: AsyncCaller) -> None:
        self._client = client

    async def start(
        self,
        clock: str,
        *,
        lease_ms: int | None = None,
        burn_rate: int | None = None,
        revives: str | None = None,
        note: str | None = None,
        key: str | None = None,
    ) -> Session:
        """Start a session: the clock runs from now on.

        Renew it before half of its lease is over. Its holder is the caller, or the app through which a customer signed
        in.
        Another `burn_rate` than the tariff's needs the scope `session.rate`.
        `revives` names a lapsed session that this one continues without a second minimum charge: once each, at most
        three
        in a row, and all within the tariff's `revive_ms` after the first one lapsed.

        clock: Id of a clock.
        lease_ms: Length of the lease in milliseconds, 5 s to 24 h.
        burn_rate: Per mille of real time: 1000 burns one second per second.
        revives: Id of a session.
        note: A text for people; it can be erased.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(
            StartSession(clock=clock, lease_ms=lease_ms, burn_rate=burn_rate, revives=revives, note=note), key=key
        )

    async def get(self, session: str) -> Session:
        """Show a session as it stands now.

        session: Id of a session.
        """
        return await self._client.call(GetSession(session=session))

    async def renew(self, session: str, *, seq: int, key: str | None = None) -> Session:
        """Renew the lease of a session from now on.

        session: Id of a session.
        seq: The holder's number of the session.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(RenewSession(session=session, seq=seq), key=key)

    async def pause(self, session: str, *, seq: int, key: str | None = None) -> Session:
        """Pause a session: the clock stands still, the place is kept, no renewal is needed.

        session: Id of a session.
        seq: The holder's number of the session.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(PauseSession(session=session, seq=seq), key=key)

    async def resume(self, session: str, *, seq: int, key: str | None = None) -> Session:
        """Let a paused session run on, with a new lease.

        session: Id of a session.
        seq: The holder's number of the session.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(ResumeSession(session=session, seq=seq), key=key)

    async def stop(self, session: str, *, seq: int, key: str | None = None) -> Session:
        """Stop a session; a session that ended before is answered as it ended.

        session: Id of a session.
        seq: The holder's number of the session.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(StopSession(session=session, seq=seq), key=key)

    async def take_over(self, session: str, *, lease_ms: int | None = None, key: str | None = None) -> Session:
        """Become the holder of a session: `seq` rises, the lease is new, the clock runs on without a gap.

        session: Id of a session.
        lease_ms: Length of the lease in milliseconds, 5 s to 24 h.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(TakeOverSession(session=session, lease_ms=lease_ms), key=key)

    async def end(self, session: str, *, key: str | None = None) -> Session:
        """End a session from elsewhere, without its `seq`. A program ends only those that its app holds.

        session: Id of a session.
        key: The idempotency key; the same key again does nothing twice.
        """
        return await self._client.call(EndSession(session=session), key=key)

    async def explain(self, session: str) -> Explanation:
        """Explain the bill of a session line by line.

        session: Id of a session.
        """
        return await self._client.call(ExplainSession(session=session))

"""A clock that is stepped millisecond by millisecond: slow, plain, and written without looking at the engine.

Every millisecond is lived through, every millisecond of time is taken from a lot one by one.
Exact burns are thousandths of a millisecond.
"""

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil

OPEN_END = 10**15
Move = tuple[str, int | None, int | None]
"""Kind, lot, and the session if it was one."""


@dataclass
class Lot:
    number: int
    kind: str
    priority: int
    starts_at: int
    expires_at: int | None
    bought: int
    paid: int
    left: int

    def place(self) -> tuple[int, int, int, int]:
        never = 0 if self.expires_at is not None else 1
        promotional = 0 if self.kind == "promotional" else 1
        return self.priority, never * OPEN_END + (self.expires_at or 0), promotional, self.number


@dataclass
class Session:
    number: int
    rate: int
    lease: int
    minimum: int
    increment: int
    lease_until: int
    state: str = "running"
    elapsed: int = 0
    burned: int = 0
    held: int = 0
    pauses: int = 0
    paused: int = 0
    pause_until: int = OPEN_END
    after_pause: str = "stop"
    ended_at: int = -1
    reason: str = ""
    used: int = -1

    def burns(self) -> bool:
        return self.state == "running" and self.elapsed >= self.minimum


@dataclass
class Refused(Exception):  # noqa: N818  # it is an answer
    code: str


@dataclass
class Model:
    parallel: int
    now: int = 0
    lots: list[Lot] = field(default_factory=list[Lot])
    sessions: list[Session] = field(default_factory=list[Session])
    ended: list[Session] = field(default_factory=list[Session])
    burn: int = 0
    taken: int = 0
    ended_burn: int = 0
    moves: Counter[Move] = field(default_factory=Counter[Move])
    events: list[int] = field(default_factory=list[int])
    outages: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])

    # What may be asked.

    def there(self) -> list[Lot]:
        return [lot for lot in sorted(self.lots, key=Lot.place) if lot.starts_at <= self.now and lot.left]

    def balance(self) -> int:
        return sum(lot.left for lot in self.there())

    def ahead(self) -> int:
        return self.burn - 1000 * self.taken

    def spent(self) -> bool:
        return self.balance() == 0 and self.ahead() == 0

    # Time.

    def live_until(self, at: int) -> None:
        while self.now < at:
            self.end_of_ms()
            self.live_one_ms()
            self.begin_of_ms()

    def live_one_ms(self) -> None:
        burning = [session for session in self.sessions if session.burns()]
        payers = self.there()
        for session in burning:
            session.burned += session.rate
            self.burn += session.rate
        for session in self.sessions:
            if session.state == "running":
                session.elapsed += 1
            else:
                session.paused += 1
        self.now += 1
        if any(lot.starts_at == self.now for lot in self.lots):
            self.events.append(self.now)
        if not self.pay(payers, "use", burning):
            self.correct(burning, -self.ahead())

    def pay(self, payers: list[Lot], kind: str, users: list[Session]) -> bool:
        user = users[0].number if len(users) == 1 else None
        while self.ahead() > 0:
            payer = next((lot for lot in payers if lot.left), None)
            if payer is None:
                return False
            payer.left -= 1
            self.taken += 1
            self.moves[kind, payer.number, user] += 1
        return True

    def correct(self, sessions: list[Session], by: int) -> None:
        """Change the burn of these sessions, by rate; the biggest fraction gets the next unit, then the oldest."""
        rates = sum(session.rate for session in sessions)
        exact = [Fraction(abs(by) * session.rate, rates) for session in sessions]
        units = [share.numerator // share.denominator for share in exact]
        while sum(units) < abs(by):
            behind = [share - unit for share, unit in zip(exact, units, strict=True)]
            units[behind.index(max(behind))] += 1
        for session, unit in zip(sessions, units, strict=True):
            session.burned += unit if by > 0 else -unit
        self.burn += by

    def begin_of_ms(self) -> None:
        expired = [lot for lot in self.lots if lot.left and lot.expires_at is not None and lot.expires_at <= self.now]
        was_there = sum(lot.left for lot in expired if lot.starts_at <= self.now)
        for lot in expired:
            self.moves["expired", lot.number, None] += lot.left
            lot.left = 0
            self.events.append(self.now)
        if was_there and self.balance() == 0:
            self.lose_the_rest()
            for session in [session for session in self.sessions if session.burns()]:
                self.end(session, "expired")
        for session in self.sessions:
            if session.burns() and session.elapsed == session.minimum > 0:
                self.events.append(self.now)
            if session.burns() and session.held:
                self.moves["minimum_used", None, session.number] += session.held
                session.held = 0

    def lose_the_rest(self) -> None:
        rest = -self.ahead()
        burning = [session for session in self.sessions if session.burns()]
        running = [session for session in self.sessions if session.state == "running"]
        sharers = burning or running or self.sessions
        if sharers:
            self.correct(sharers, rest)
        else:
            self.burn += rest
            self.ended_burn += rest

    def end_of_ms(self) -> None:
        for session in [s for s in self.sessions if s.state == "paused" and s.pause_until <= self.now]:
            if session.after_pause == "resume" and self.balance():
                self.run_again(session)
            else:
                self.end(session, "pause_limit")
            self.events.append(self.now)
        for session in [s for s in self.sessions if s.state == "running" and s.lease_until <= self.now]:
            for begin, end in self.outages:
                if begin <= session.lease_until < end:
                    session.lease_until = end + session.lease
            if session.lease_until <= self.now:
                self.end(session, "lease_lapsed")
            self.events.append(self.now)
        burning = [session for session in self.sessions if session.burns()]
        if self.spent():
            for session in burning:
                self.end(session, "empty")
                self.events.append(self.now)

    # What may be done.

    def add_lot(self, lot: Lot) -> None:
        self.lots.append(lot)

    def give_back(self, ms: int) -> list[tuple[int, int, int]]:
        paid = [lot for lot in self.there() if lot.kind == "paid"]
        paid.sort(key=lambda lot: lot.number, reverse=True)
        if sum(lot.left for lot in paid) < ms:
            raise Refused("not_refundable")
        kept = sum(self.still_to_come(session) for session in self.sessions)
        if kept and self.ahead() + kept > 1000 * (self.balance() - ms):
            raise Refused("not_refundable")
        parts: list[tuple[int, int, int]] = []
        for lot in paid:
            part = min(lot.left, ms - sum(ms for _, ms, _ in parts))
            if part:
                parts.append((lot.number, part, int(Fraction(part * lot.paid, lot.bought))))
        if sum(amount for _, _, amount in parts) == 0:
            raise Refused("conversion_too_small")
        for number, part, _ in parts:
            self.moves["return", number, None] += part
            next(lot for lot in self.lots if lot.number == number).left -= part
        return parts

    def still_to_come(self, session: Session) -> int:
        """What the session burns of the increment in which it stands; a running one stands in its next millisecond.

        What is held for the minimum is run in any case.
        """
        if not session.increment:
            return 0
        ran = session.elapsed + 1 if session.state == "running" else session.elapsed
        whole = ceil(Fraction(max(ran, session.minimum), session.increment)) * session.increment
        return (whole - max(session.minimum, session.elapsed)) * session.rate

    def start(self, session: Session) -> None:
        lapsing = [old for old in self.sessions if old.state == "running" and old.lease_until == self.now]
        needed = len(self.sessions) + 1 - self.parallel
        if needed > len(lapsing):
            raise Refused("parallel_limit")
        for old in lapsing[: max(0, needed)]:
            self.end(old, "lease_lapsed")
        least = session.minimum * session.rate
        if self.balance() < 1 or self.ahead() + least > 1000 * self.balance():
            raise Refused("insufficient_time")
        session.burned = least
        self.burn += least
        before = self.taken
        assert self.pay(self.there(), "minimum", [session])
        session.held = self.taken - before
        self.sessions.append(session)

    def pause(self, session: Session, limits: tuple[int | None, int | None, int | None], after: str) -> None:
        count, each, total = limits
        if session.state == "paused":
            raise Refused("not_running")
        if count is not None and session.pauses >= count:
            raise Refused("no_pauses_left")
        if total is not None and session.paused >= total:
            raise Refused("no_pauses_left")
        lengths = [30 * 24 * 3600 * 1000]
        if each is not None:
            lengths.append(each)
        if total is not None:
            lengths.append(total - session.paused)
        session.state = "paused"
        session.pauses += 1
        session.pause_until = self.now + min(lengths)
        session.after_pause = after

    def resume(self, session: Session) -> None:
        if session.state == "running":
            raise Refused("not_paused")
        if self.balance() < 1:
            raise Refused("insufficient_time")
        self.run_again(session)

    def run_again(self, session: Session) -> None:
        session.state = "running"
        session.lease_until = self.now + session.lease
        session.pause_until = OPEN_END

    def end(self, session: Session, reason: str) -> None:
        if session.held:
            self.moves["minimum_used", None, session.number] += session.held
            session.held = 0
        ran = max(session.minimum, session.elapsed)
        billable = ran
        if session.increment:
            steps = ceil(Fraction(session.elapsed, session.increment))
            billable = max(session.minimum, steps * session.increment)
        more = min((max(billable, ran) - ran) * session.rate, 1000 * self.balance() - self.ahead())
        session.burned += more
        self.burn += more
        assert self.pay(self.there(), "use", [session])
        before = ceil(Fraction(self.ended_burn, 1000))
        self.ended_burn += session.burned
        session.used = ceil(Fraction(self.ended_burn, 1000)) - before
        session.state = "ended"
        session.reason = reason
        session.ended_at = self.now
        self.sessions.remove(session)
        self.ended.append(session)

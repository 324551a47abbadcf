"""The model: a clock that is walked millisecond by millisecond (design section 4).

It shares no code and no formula with the server: each millisecond burns what its sessions burn, and takes one
millisecond after the other from the lots. Instants are epoch milliseconds, `burned` and `owed` thousandths.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

LONGEST_PAUSE_MS = 30 * 86_400_000


def round_up(number: int, divisor: int) -> int:
    return -(-number // divisor)


@dataclass(frozen=True)
class Terms:
    """What a tariff says."""

    price: int
    burn_rate: int = 1000
    lease_ms: int = 60_000
    minimum_ms: int = 0
    increment_ms: int = 0
    parallel: int = 1
    pause_count: int | None = None
    pause_each_ms: int | None = None
    pause_total_ms: int | None = None
    after_pause: str = "stop"
    revive_ms: int = 300_000
    valid_ms: int | None = None


@dataclass
class Lot:
    age: int
    kind: str
    priority: int
    starts_at: int
    expires_at: int | None
    bought_ms: int
    amount_paid: int
    left_ms: int

    @property
    def order(self) -> tuple[int, float, bool, int]:
        expiry = float("inf") if self.expires_at is None else self.expires_at
        return (self.priority, expiry, self.kind != "promotional", self.age)


@dataclass
class Session:
    """`minimum_left` is the real time that is paid in advance and not yet run; `burned` counts it from the start."""

    label: int
    terms: Terms
    rate: int
    lease_ms: int
    started_at: int
    minimum_ms: int
    minimum_left: int
    lease_until: int | None
    state: str = "running"
    seq: int = 1
    elapsed: int = 0
    burned: int = 0
    pauses: int = 0
    paused_ms: int = 0
    paused_at: int | None = None
    pause_until: int | None = None
    ended_at: int | None = None
    reason: str | None = None
    used: int = 0
    revived: bool = False
    revives: int | None = None

    @property
    def burns(self) -> bool:
        return self.state == "running" and self.minimum_left == 0


@dataclass
class Clock:
    """`owed` is what was burned and not yet taken from the lots: at most 0 between two milliseconds.

    `rest` is what the ended sessions burned beyond the whole milliseconds that were counted as theirs. A session
    inside its minimum lives on what it paid in advance: it doesn't end when the clock is empty or all has expired.
    """

    now: int
    parallel: int
    lots: list[Lot] = field(default_factory=list[Lot])
    sessions: list[Session] = field(default_factory=list[Session])
    owed: int = 0
    rest: int = 0
    ages: int = 0

    @property
    def open(self) -> list[Session]:
        return [session for session in self.sessions if session.state != "ended"]

    @property
    def running(self) -> list[Session]:
        return [session for session in self.sessions if session.state == "running"]

    @property
    def rate(self) -> int:
        return sum(session.rate for session in self.sessions if session.burns)

    @property
    def live_lots(self) -> list[Lot]:
        return sorted((lot for lot in self.lots if lot.starts_at <= self.now), key=lambda lot: lot.order)

    @property
    def balance(self) -> int:
        return sum(lot.left_ms for lot in self.lots if lot.starts_at <= self.now)

    @property
    def kept(self) -> int:
        """The milliseconds that open sessions will still take for the increment in which they stand."""
        burn = 0
        for session in self.open:
            if step := session.terms.increment_ms:
                ran = session.elapsed + (session.state == "running")
                counted = round_up(max(ran, session.minimum_ms), step) * step
                burn += (counted - max(session.elapsed, session.minimum_ms)) * session.rate
        return round_up(self.owed + burn, 1000) if burn else 0

    def walk(self, until: int) -> None:
        """Let time pass. `until` is over afterwards: what is due at it has happened."""
        self._close_instant()
        while self.now < until:
            self._burn(min([until, *(instant for instant in self._timers() if instant > self.now)]))
            self._open_instant()
            self._close_instant()

    def _timers(self) -> Iterator[int]:
        for lot in self.lots:
            yield lot.starts_at
            if lot.expires_at is not None:
                yield lot.expires_at
        for session in self.open:
            if session.lease_until is not None:
                yield session.lease_until
            if session.pause_until is not None:
                yield session.pause_until
            if session.state == "running":
                yield self.now + session.minimum_left

    def _burn(self, until: int) -> None:
        """Walk to `until`, or to the first millisecond at which nothing is left."""
        burning = [session for session in self.sessions if session.burns]
        rate, owed, lots = self.rate, self.owed, self.live_lots
        passed = until - self.now
        if rate:
            lot = lots.pop(0) if lots else None
            left = lot.left_ms if lot else 0
            for millisecond in range(1, until - self.now + 1):
                owed += rate
                while owed > 0 and left:
                    left -= 1
                    owed -= 1000
                    if not left and lot and lots:
                        lot.left_ms = 0
                        lot = lots.pop(0)
                        left = lot.left_ms
                if owed >= 0 and not left:
                    passed = millisecond
                    break
            if lot:
                lot.left_ms = left
            self.lots = [lot for lot in self.lots if lot.left_ms]
        self.now += passed
        for session in self.running:
            session.elapsed += passed
            if session in burning:
                session.burned += passed * session.rate
            else:
                session.minimum_left -= passed
        self.owed = owed
        if owed > 0:
            # Nobody pays the part of the last millisecond that was no longer there.
            self._spread(owed, -1, burning)
            self.owed = 0

    def _forfeit(self) -> None:
        """Everything else has expired: the rest of a millisecond that was paid counts as burned."""
        rest, self.owed = -self.owed, 0
        sharers = [session for session in self.sessions if session.burns] or self.running or self.open
        if sharers:
            self._spread(rest, 1, sharers)
        else:
            self.rest = 0

    def _spread(self, burned: int, sign: int, sessions: list[Session]) -> None:
        rate = sum(session.rate for session in sessions)
        missing = burned - sum(burned * session.rate // rate for session in sessions)
        for session in sorted(sessions, key=lambda session: (-(burned * session.rate % rate), session.label)):
            session.burned += sign * (burned * session.rate // rate + (missing > 0))
            missing -= missing > 0

    def _open_instant(self) -> None:
        """What comes before the commands of an instant: lots start (`live_lots` sees to it), lots expire."""
        expired = [lot for lot in self.lots if lot.expires_at is not None and lot.expires_at <= self.now]
        if not expired:
            return
        self.lots = [lot for lot in self.lots if lot not in expired]
        if not self.balance:
            self._forfeit()
            for session in self.running:
                if session.burns:
                    self.end(session, "expired")

    def _close_instant(self) -> None:
        """What comes after the commands of an instant: pause limits, lease ends, empty."""
        for session in self.open:
            if session.pause_until == self.now:
                if session.terms.after_pause == "resume" and self.balance:
                    self.run_on(session)
                else:
                    self.end(session, "pause_limit")
        for session in self.running:
            if session.lease_until == self.now:
                self.end(session, "lease_lapsed")
        if self.rate and not self.balance and self.owed >= 0:
            for session in self.running:
                if session.burns:
                    self.end(session, "empty")

    def take(self, burned: int) -> None:
        """Take what was burned at once, millisecond by millisecond; it is known to be there."""
        self.owed += burned
        for lot in self.live_lots:
            while self.owed > 0 and lot.left_ms:
                lot.left_ms -= 1
                self.owed -= 1000
        self.lots = [lot for lot in self.lots if lot.left_ms]

    def run_on(self, session: Session) -> None:
        assert session.paused_at is not None
        session.paused_ms += self.now - session.paused_at
        session.state = "running"
        session.lease_until = self.now + session.lease_ms
        session.paused_at = session.pause_until = None

    def end(self, session: Session, reason: str) -> None:
        terms = session.terms
        if terms.increment_ms:
            counted = round_up(session.elapsed, terms.increment_ms) * terms.increment_ms
            more = max(0, counted - max(session.elapsed, session.minimum_ms)) * session.rate
            more = min(more, self.balance * 1000 - self.owed)
            self.take(more)
            session.burned += more
        session.state, session.reason, session.ended_at = "ended", reason, self.now
        session.minimum_left = 0
        session.lease_until = session.paused_at = session.pause_until = None
        session.used = round_up(self.rest + session.burned, 1000)
        self.rest += session.burned - 1000 * session.used

    def shares(self) -> dict[int, int]:
        """What each open session took so far: whole milliseconds that add up, by largest remainder.

        Of a minimum that was paid in advance only what has been run is shown as used.
        """
        burned = {session.label: session.burned for session in self.open}
        whole = sum(burned.values())
        total = round_up(self.rest + whole, 1000)
        parts = {label: total * burn // max(whole, 1) for label, burn in burned.items()}
        ranked = sorted(burned, key=lambda label: (-(total * burned[label] % max(whole, 1)), label))
        for label in ranked[: total - sum(parts.values())]:
            parts[label] += 1
        for session in self.open:
            if session.minimum_left:
                parts[session.label] = min(parts[session.label], round_up(session.elapsed * session.rate, 1000))
        return parts

    def max_loss(self, session: Session) -> int:
        """The most that a session can still use up if its holder is never heard of again, as far as is easily told."""
        if session.state != "running" or session.lease_until is None:
            return 0
        there = sum(
            lot.left_ms for lot in self.lots if lot.starts_at <= self.now or lot.starts_at < session.lease_until
        )
        ran = session.elapsed + session.lease_until - self.now
        step = session.terms.increment_ms
        counted = max(ran, session.minimum_ms, round_up(ran, step) * step if step else 0)
        held = round_up(session.minimum_left * session.rate, 1000)
        return min(there + held, round_up((counted - session.elapsed) * session.rate, 1000))

    def outlook(self) -> tuple[int | None, int]:
        """The first instant at which nothing is left if all go on, and how long that lasts in whole milliseconds.

        The only shortcut of the model; `walk` proves it: a session that ends empty ends at what this said before.
        """
        joins = {session.label: self.now + session.minimum_left for session in self.running}
        rates = {session.label: session.rate for session in self.running}
        if not joins:
            return None, self.balance
        now, owed = self.now, self.owed
        lots = [Lot(**vars(lot)) for lot in sorted(self.lots, key=lambda lot: lot.order)]
        while True:
            rate = sum(rates[label] for label, at in joins.items() if at <= now)
            live = [lot for lot in lots if lot.starts_at <= now]
            need = sum(lot.left_ms for lot in live) * 1000 - owed
            starts = {lot.starts_at for lot in lots if lot.starts_at > now}
            later = starts | {lot.expires_at for lot in lots if lot.expires_at is not None}
            later |= {at for at in joins.values() if at > now}
            due = now + round_up(need, rate) if rate else None
            if due is not None and (not later or due <= min(later)) and due not in starts:
                return due, now - self.now + need // rate
            owed += rate * (min(later) - now)
            now = min(later)
            for lot in live:
                taken = min(lot.left_ms, max(0, round_up(owed, 1000)))
                lot.left_ms -= taken
                owed -= taken * 1000
            owed = min(0, owed)
            expired = any(lot.left_ms for lot in lots if lot.expires_at == now)
            lots = [lot for lot in lots if lot.left_ms and lot.expires_at != now]
            if expired and not any(lot.starts_at <= now for lot in lots):
                if any(at <= now for at in joins.values()):
                    return now, now - self.now
                owed = 0

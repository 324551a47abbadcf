"""What a schedule acts on: a customer's wallet, its clocks and their sessions, and what each step must do to them."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.model.walk import LONGEST_PAUSE_MS, Clock, Lot, Session, Terms, round_up

HOUR_MS = 3_600_000
BOUGHT_PRIORITY = 100
Value = int | str | None


@dataclass(frozen=True)
class Step:
    """One thing that happens. Sessions are named by the label that their start gave them."""

    verb: str
    clock: int = 0
    session: int | None = None
    values: dict[str, Value] = field(default_factory=dict[str, Value])

    def __str__(self) -> str:
        where = f"session {self.session}" if self.session is not None else f"clock {self.clock}"
        what = "".join(f" {name}={value}" for name, value in self.values.items() if value is not None)
        return f"{self.verb:9} {'' if self.verb in {'advance', 'top_up', 'pay'} else where}{what}"

    def number(self, name: str) -> int:
        value = self.values[name]
        assert isinstance(value, int)
        return value

    def optional(self, name: str) -> int | None:
        return None if self.values.get(name) is None else self.number(name)


@dataclass
class World:
    now: int
    tariffs: list[Terms]
    clocks: list[Clock] = field(default_factory=list[Clock])
    terms: list[Terms] = field(default_factory=list[Terms])
    wallet: int = 0
    sessions: dict[int, Session] = field(default_factory=dict[int, Session])
    homes: dict[int, int] = field(default_factory=dict[int, int])

    def add_clock(self, tariff: int, parallel: int) -> None:
        self.clocks.append(Clock(now=self.now, parallel=parallel))
        self.terms.append(self.tariffs[tariff])

    def refusals(self, step: Step) -> set[str]:
        """The codes with which the step may be refused; empty if it must be carried out."""
        return set(self._refusals(step))

    def _refusals(self, step: Step) -> Iterator[str]:  # noqa: C901, PLR0912 - one branch per verb
        clock, terms = self.clocks[step.clock], self.terms[step.clock]
        match step.verb:
            case "pay":
                if step.number("amount") > self.wallet:
                    yield "insufficient_credits"
            case "buy":
                amount, milliseconds = priced(step, terms.price)
                if not milliseconds:
                    yield "conversion_too_small"
                if amount > self.wallet:
                    yield "insufficient_credits"
            case "return":
                parts = refund(clock, step.number("ms"))
                if parts is None:
                    yield "not_refundable"
                elif not sum(amount for _, _, amount in parts):
                    yield "conversion_too_small"
            case "start":
                cost = 0 if step.values.get("revives") else self._advance_cost(step)
                if clock.balance < max(1, cost):
                    yield "insufficient_time"
                if len(clock.open) >= clock.parallel:
                    yield "parallel_limit"
                if step.values.get("revives") and not self._may_revive(step):
                    yield "not_revivable"
            case "renew" | "pause" | "resume" | "stop" | "take_over" | "end":
                yield from self._session_refusals(step)
            case _:
                pass

    def _session_refusals(self, step: Step) -> Iterator[str]:
        session = self.sessions[step.session or 0]
        if session.state == "ended":
            if step.verb not in {"stop", "end"}:
                yield "session_ended"
            if step.values.get("stale"):
                yield "stale_seq"
            return
        if step.values.get("stale"):
            yield "stale_seq"
        if step.verb == "pause" and session.state == "paused":
            yield "not_running"
        if step.verb == "pause" and session.state == "running" and self._pause_room(session) is None:
            yield "no_pauses_left"
        if step.verb == "resume" and session.state == "running":
            yield "not_paused"
        if step.verb == "resume" and session.state == "paused" and not self.clocks[step.clock].balance:
            yield "insufficient_time"

    def _advance_cost(self, step: Step) -> int:
        clock, terms = self.clocks[step.clock], self.terms[step.clock]
        return round_up(clock.owed + terms.minimum_ms * (step.optional("burn_rate") or terms.burn_rate), 1000)

    def _may_revive(self, step: Step) -> bool:
        lapsed = self.sessions[step.number("revives")]
        if lapsed.reason != "lease_lapsed" or lapsed.revived or lapsed.ended_at is None:
            return False
        first, gaps = lapsed, 1
        while first.revives is not None:
            first, gaps = self.sessions[first.revives], gaps + 1
        return gaps <= 3 and self.now < (first.ended_at or 0) + lapsed.terms.revive_ms

    def _pause_room(self, session: Session) -> int | None:
        """How long a pause may last that begins now; None if it may not."""
        terms = session.terms
        if terms.pause_count is not None and session.pauses >= terms.pause_count:
            return None
        room = LONGEST_PAUSE_MS
        if terms.pause_each_ms is not None:
            room = min(room, terms.pause_each_ms)
        if terms.pause_total_ms is not None:
            room = min(room, terms.pause_total_ms - session.paused_ms)
        return room if room > 0 else None

    def carry_out(self, step: Step) -> None:  # noqa: C901 - one branch per verb
        """Do what a step does that is not refused."""
        clock, terms = self.clocks[step.clock], self.terms[step.clock]
        match step.verb:
            case "advance":
                self.now += step.number("ms")
                for each in self.clocks:
                    each.walk(self.now)
            case "top_up":
                self.wallet += step.number("amount")
            case "pay":
                self.wallet -= step.number("amount")
            case "buy":
                amount, milliseconds = priced(step, terms.price)
                self.wallet -= amount
                expiry = None if terms.valid_ms is None else self.now + terms.valid_ms
                self._add_lot(clock, "paid", BOUGHT_PRIORITY, self.now, expiry, milliseconds, amount)
            case "return":
                for lot, milliseconds, amount in refund(clock, step.number("ms")) or ():
                    lot.left_ms -= milliseconds
                    self.wallet += amount
                clock.lots = [lot for lot in clock.lots if lot.left_ms]
            case "grant":
                starts, ends = step.optional("starts_in"), step.optional("expires_in")
                expiry = None if ends is None else self.now + ends
                priority, kind = step.number("priority"), str(step.values["kind"])
                self._add_lot(clock, kind, priority, self.now + (starts or 0), expiry, step.number("ms"), 0)
            case "change":
                self.terms[step.clock] = self.tariffs[step.number("tariff")]
                clock.parallel = step.number("parallel")
            case "start":
                self._start(step)
            case _:
                self._act(step)

    def _add_lot(
        self, clock: Clock, kind: str, priority: int, starts_at: int, expires_at: int | None, ms: int, amount: int
    ) -> None:
        clock.ages += 1
        clock.lots.append(Lot(clock.ages, kind, priority, starts_at, expires_at, ms, amount, ms))

    def _start(self, step: Step) -> None:
        clock, terms = self.clocks[step.clock], self.terms[step.clock]
        revives = step.optional("revives")
        minimum = 0 if revives else terms.minimum_ms
        lease_ms = step.optional("lease_ms") or terms.lease_ms
        session = Session(
            label=step.number("label"),
            terms=terms,
            rate=step.optional("burn_rate") or terms.burn_rate,
            lease_ms=lease_ms,
            started_at=self.now,
            minimum_ms=minimum,
            minimum_left=minimum,
            lease_until=self.now + lease_ms,
            revives=revives,
        )
        session.burned = minimum * session.rate
        clock.take(session.burned)
        clock.sessions.append(session)
        self.sessions[session.label] = session
        self.homes[session.label] = step.clock
        if revives:
            self.sessions[revives].revived = True

    def _act(self, step: Step) -> None:
        clock, session = self.clocks[step.clock], self.sessions[step.session or 0]
        if session.state == "ended":
            return
        match step.verb:
            case "renew":
                if session.state == "running":
                    session.lease_until = self.now + session.lease_ms
            case "pause":
                session.pause_until = self.now + (self._pause_room(session) or 0)
                session.pauses += 1
                session.state, session.paused_at, session.lease_until = "paused", self.now, None
            case "resume":
                clock.run_on(session)
            case "stop":
                clock.end(session, "stopped")
            case "end":
                clock.end(session, "ended")
            case "take_over":
                session.seq += 1
                session.lease_ms = step.optional("lease_ms") or session.lease_ms
                if session.state == "running":
                    session.lease_until = self.now + session.lease_ms
            case _:
                raise AssertionError(step)


def priced(step: Step, price: int) -> tuple[int, int]:
    """What a purchase costs, and how many milliseconds it gives."""
    amount = step.optional("amount")
    if amount is not None:
        return amount, amount * HOUR_MS // price
    return round_up(step.number("ms") * price, HOUR_MS), step.number("ms")


def refund(clock: Clock, milliseconds: int) -> list[tuple[Lot, int, int]] | None:
    """What is given back for which part of which lot; None if that much can't be given back."""
    parts: list[tuple[Lot, int, int]] = []
    for lot in sorted(clock.lots, key=lambda lot: -lot.age):
        part = min(lot.left_ms, milliseconds) if lot.kind == "paid" else 0
        milliseconds -= part
        if part:
            parts.append((lot, part, part * lot.amount_paid // lot.bought_ms))
    kept = sum(part for _, part, _ in parts) > clock.balance - clock.kept
    return None if milliseconds or kept else parts

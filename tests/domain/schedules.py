"""Schedules: random things done to one clock, to the engine and to the millisecond model alike.

A schedule is a list of steps of small integers, so that Hypothesis can shrink it and a seed can replay it.
`python -m tests.domain.schedules FIRST COUNT` plays many; a failing seed is printed.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from random import Random
from typing import NamedTuple

from creditclock.contract.errors import Refusal
from creditclock.domain import clocks, readings, sessions
from creditclock.domain.drafts import Effects, State
from creditclock.domain.forecasts import Forecast
from creditclock.domain.parts import ceil_div
from creditclock.domain.rows import Lot, Segment, Session
from tests.domain import examples, model

ACTIONS = (
    "start",
    "start",
    "start",
    "stop",
    "pause",
    "pause",
    "resume",
    "renew",
    "take_over",
    "end",
    "add_lot",
    "add_lot",
    "give_back",
    "settle",
    "look",
)
RATES = (1000, 1000, 1500, 1, 333, 999, 2500, 10_000, 7)
LENGTHS = (1, 2, 3, 5, 8, 13, 30, 60)
JUMP = 400


class Step(NamedTuple):
    """`wait` and `to` say when, `action` what, the others with what."""

    wait: int
    to: int
    action: int
    which: int
    a: int
    b: int
    c: int
    d: int


def random_steps(seed: int) -> list[Step]:
    chance = Random(seed)
    return [Step(*[chance.randrange(1000) for _ in range(8)]) for _ in range(chance.randrange(2, 25))]


class Play:
    """One schedule on the engine and, unless `plain`, on the model.

    `extra` adds settlements nobody needs. With a `scale` the times are those of life, too long for the model.
    """

    def __init__(self, *, parallel: int, extra: Random | None = None, plain: bool = False, scale: int = 0) -> None:
        self.now = 1_790_000_000_000 if scale else 0
        self.state: State = examples.state(parallel=parallel, at=self.now)
        self.model = model.Model(parallel)
        self.plain = plain or scale > 0
        self.extra = extra
        self.scale = scale
        self.ids = 300
        self.ended: list[Session] = []
        self.segments: list[Segment] = []
        self.moves: Counter[model.Move] = Counter()
        self.answers: list[object] = []
        self.bought = self.returned = 0
        self.instants: list[int] = []
        self.due: Iterator[int] | None = None

    def replay(self, steps: list[Step], instants: list[int]) -> None:
        """Play the same steps at given instants."""
        self.due = iter(instants)
        self.play(steps)

    def play(self, steps: list[Step]) -> None:
        """Two lots to begin with, the steps, and time enough for most of it to end."""
        for step in steps[:2]:
            self.do_add_lot(step)
        for step in steps:
            self.step(step)
        self.go_to(self.now + self.long(JUMP), over=True)
        self.apply(clocks.settle(self.state, self.now))

    def step(self, step: Step) -> None:
        at = self.when(step)
        self.instants.append(at)
        self.go_to(at, over=step.to % 7 == 6)
        action = ACTIONS[step.action % len(ACTIONS)]
        getattr(self, "do_" + action)(step)
        self.check()
        if not self.plain and step.d % 5 == 0:
            self.check_forecast()

    # When.

    def when(self, step: Step) -> int:
        if self.due is not None:
            return next(self.due)
        small = self.now + self.long((0, 0, 1, 2, 3, 5, 9, 17, 40, 90)[step.wait % 10])
        check_at = self.state.clock.check_at
        if step.to % 2 == 0 or check_at is None or not self.now <= check_at <= self.now + self.long(JUMP):
            return small
        return max(self.now, check_at + (0, 0, -1, 1)[step.to // 2 % 4])

    def go_to(self, at: int, *, over: bool) -> None:
        if self.extra is not None:
            for middle in sorted(self.extra.randrange(self.now, at + 1) for _ in range(self.extra.randrange(4))):
                self.apply(clocks.catch_up(self.state, middle, outages=self.outages()))
                if self.extra.randrange(2):
                    self.apply(clocks.settle(self.state, middle))
        begin, check_at = self.now, self.state.clock.check_at
        self.apply(clocks.catch_up(self.state, at, over=over, outages=self.outages()))
        self.now = at
        if not self.plain:
            self.model.events.clear()
            self.model.live_until(at)
            if over:
                self.model.end_of_ms()
            if self.extra is None:
                for event in self.model.events:
                    assert check_at is not None, (begin, event)
                    assert check_at <= event, (check_at, event)
            self.check()

    def long(self, ms: int) -> int:
        """A length of time; one of life is seldom round."""
        return ms * self.scale + ms * 7919 % 1009 if self.scale and ms > 0 else ms

    def outages(self) -> tuple[tuple[int, int], ...]:
        return tuple(self.model.outages)

    # What.

    def session(self, step: Step) -> Session | None:
        there = self.state.sessions
        return there[step.which % len(there)] if there else None

    def twin(self, number: int) -> model.Session:
        return next(session for session in self.model.sessions if session.number == number)

    def do_start(self, step: Step) -> None:
        self.ids += 1
        rate = RATES[step.a % len(RATES)]
        lease = self.long((1_000, 1_000, *LENGTHS)[step.b % 10])
        minimum = self.long((0, 0, 0, *LENGTHS)[step.c % 11])
        increment = self.long((0, 0, 0, *LENGTHS)[step.d % 11])
        row = examples.session(self.ids, burn_rate=rate, lease_ms=lease, minimum_ms=minimum, increment_ms=increment)
        twin = model.Session(self.ids, rate, lease, minimum, increment, self.now + lease)
        self.both(lambda: sessions.start(self.state, row, self.now), lambda: self.model.start(twin))

    def do_stop(self, step: Step) -> None:
        self.do_end(step, "stopped")

    def do_end(self, step: Step, reason: str = "ended") -> None:
        if (session := self.session(step)) is not None:
            self.both(
                lambda: sessions.end_with(self.state, session.id, reason, self.now),
                lambda: self.model.end(self.twin(session.id), reason),
            )

    def do_pause(self, step: Step) -> None:
        if (session := self.session(step)) is None:
            return
        count = (None, 0, 1, 2)[step.a % 4]
        each = self.long((0, *LENGTHS)[step.b % 9]) or None
        total = self.long((0, *LENGTHS)[step.c % 9]) or None
        after = ("stop", "resume")[step.d % 2]
        tariff = examples.tariff(pause_count=count, pause_each_ms=each, pause_total_ms=total, after_pause=after)
        self.both(
            lambda: sessions.pause(self.state, session.id, tariff, self.now),
            lambda: self.model.pause(self.twin(session.id), (count, each, total), after),
        )

    def do_resume(self, step: Step) -> None:
        if (session := self.session(step)) is not None:
            self.both(
                lambda: sessions.resume(self.state, session.id, self.now),
                lambda: self.model.resume(self.twin(session.id)),
            )

    def do_renew(self, step: Step) -> None:
        if (session := self.session(step)) is None:
            return
        renewed = sessions.renew(session, self.now)
        rows = tuple(renewed if row.id == session.id else row for row in self.state.sessions)
        self.state = self.state._replace(sessions=rows)
        if not self.plain and session.state == "running":
            twin = self.twin(session.id)
            twin.lease_until = max(twin.lease_until, self.now + twin.lease)

    def do_take_over(self, step: Step) -> None:
        if (session := self.session(step)) is None:
            return
        lease = self.long(LENGTHS[step.a % len(LENGTHS)])

        def mirror() -> None:
            twin = self.twin(session.id)
            twin.lease = lease
            twin.lease_until = self.now + lease

        self.both(lambda: sessions.take_over(self.state, session.id, "app_2", lease, self.now), mirror)

    def do_add_lot(self, step: Step) -> None:
        self.ids += 1
        ms = self.long((*LENGTHS, 100, 300, 50, 41)[step.a % 12])
        kind = ("paid", "promotional", "granted", "paid")[step.b % 4]
        starts_at = self.now + self.long((0, 0, 0, -5, 4, 11, 30)[step.b // 4 % 7])
        life = self.long((0, 0, *LENGTHS)[step.c % 10])
        expires_at = max(starts_at, self.now) + life if life else None
        paid = self.long((0, 1, 7, 100)[step.d % 4]) if kind == "paid" else 0
        priority = step.d // 4 % 3
        row = examples.lot(
            self.ids, ms, kind=kind, priority=priority, starts_at=starts_at, expires_at=expires_at, amount_paid=paid
        )
        self.bought += paid
        twin = model.Lot(self.ids, kind, priority, starts_at, expires_at, ms, paid, ms)
        self.both(lambda: clocks.add_lot(self.state, row, self.now), lambda: self.model.add_lot(twin))

    def do_give_back(self, step: Step) -> None:
        ms = self.long(1 + step.a % 40)

        def run() -> Effects:
            effects, refunds = clocks.give_back(self.state, ms, self.now)
            self.returned += sum(amount for _, _, amount in refunds)
            self.answers.append(refunds)
            assert sum(part for _, part, _ in refunds) == ms
            return effects

        def mirror() -> None:
            assert tuple(self.model.give_back(ms)) == self.answers[-1]

        self.both(run, mirror)
        assert self.returned <= self.bought

    def do_settle(self, _: Step) -> None:
        self.apply(clocks.settle(self.state, self.now))

    def do_look(self, step: Step) -> None:
        if step.a % 3 == 0 and len(self.model.outages) < 3:
            begin = self.now + self.long((1, 4, 20)[step.b % 3])
            last = max((end for _, end in self.model.outages), default=0)
            if begin > last:
                self.model.outages.append((begin, begin + self.long(LENGTHS[step.c % len(LENGTHS)])))

    # Together.

    def both(self, run: Callable[[], Effects], mirror: Callable[[], None]) -> None:
        """Do it to the engine, then to the model; both do it, or both refuse with the same code."""
        code: str | None = None
        try:
            self.apply(run())
        except Refusal as refusal:
            code = refusal.code
            self.answers.append(code)
        if not self.plain:
            refused = self.mirror_refuses(mirror)
            assert refused == code, (refused, code)

    def mirror_refuses(self, mirror: Callable[[], None]) -> str | None:
        before = deepcopy(self.model)
        try:
            mirror()
        except model.Refused as refused:
            self.model = before
            return refused.code
        return None

    def apply(self, effects: Effects) -> None:
        old, new = self.state, effects.state
        check_saves(old, effects)
        assert [move.at for move in effects.moves] == sorted(move.at for move in effects.moves)
        for move in effects.moves:
            assert move.ms > 0
            self.moves[move.kind, move.lot, move.session] += move.ms
        self.ended.extend(effects.ended)
        self.segments.extend(effects.segments)
        self.state = new

    # What must hold.

    def check(self) -> None:
        self.check_sums()
        if not self.plain:
            self.check_model()

    def check_sums(self) -> None:
        state, at = self.state, self.now
        clock = state.clock
        assert -1000 < clock.ahead <= 0
        assert 0 <= clock.rest < 1000
        assert clock.check_at is None or clock.check_at >= clock.settled_at
        for row in (*state.sessions, *self.ended):
            mine = [segment for segment in self.segments if segment.session == row.id]
            assert [segment.no for segment in mine] == list(range(1, row.segments + 1))
            mine.extend(readings.open_segments(row, at))
            burn = readings.burned(row, at)
            assert sum(segment.burned for segment in mine) == burn
            ran = sum(s.until_at - s.from_at for s in mine if s.kind in {"run", "minimum"})
            assert ran == readings.elapsed(row, at)
            assert burn >= 0
        settled = clocks.settle(state, at)
        taken = sum(ms for (kind, _, _), ms in self.moves.items() if kind in {"use", "minimum"})
        taken += sum(move.ms for move in settled.moves)
        parts = readings.parts(state, at)
        assert taken == sum(row.used or 0 for row in self.ended) + sum(parts.values())
        shares = readings.shares(state, at)
        for row in state.sessions:
            assert 0 <= shares[row.id] <= parts[row.id]
            if readings.elapsed(row, at) >= row.minimum_ms:
                assert shares[row.id] == parts[row.id]
        held = sum(ms for (kind, _, _), ms in self.moves.items() if kind == "minimum")
        released = sum(ms for (kind, _, _), ms in self.moves.items() if kind == "minimum_used")
        assert held - released == sum(row.held for row in state.sessions)
        there = sum(lot.left_ms for lot in settled.state.lots if lot.starts_at <= at)
        assert readings.balance(state, at) == there

    def check_model(self) -> None:
        state, twin = clocks.settle(self.state, self.now).state, self.model
        assert {lot.id: lot.left_ms for lot in state.lots} == {x.number: x.left for x in twin.lots if x.left}
        assert state.clock.ahead == twin.ahead()
        assert state.clock.rest == twin.ended_burn % 1000
        for row, other in zip(state.sessions, twin.sessions, strict=True):
            assert (row.id, row.state, row.held) == (other.number, other.state, other.held)
            assert readings.elapsed(row, self.now) == other.elapsed
            assert readings.burned(row, self.now) == other.burned
            limit = row.lease_until if row.state == "running" else row.pause_until
            assert limit == (other.lease_until if other.state == "running" else other.pause_until)
            assert row.pauses == other.pauses
        for row, other in zip(self.ended, twin.ended, strict=True):
            assert row.id == other.number
            assert (row.reason, row.ended_at, row.used) == (other.reason, other.ended_at, other.used)
            assert (row.elapsed, row.burned, row.paused_ms) == (other.elapsed, other.burned, other.paused)
        assert [row.end_no for row in self.ended] == list(range(1, len(self.ended) + 1))
        rates = sum(session.rate for session in twin.sessions if session.burns())
        assert readings.burn_rate(self.state, self.now) == rates
        expected = {key: ms for key, ms in twin.moves.items() if ms}
        moved = Counter(self.moves)
        for move in clocks.settle(self.state, self.now).moves:
            moved[move.kind, move.lot, move.session] += move.ms
        assert moved == expected

    def check_forecast(self) -> None:
        """`due_at`, `left` and `max_loss` against living through it."""
        state = self.state
        due = Forecast(state, 0).due_at
        if due is not None and due < self.now + 2_000:
            assert self.lived_due() == due
            if due > self.now:
                assert due - 1 <= self.now + Forecast(state, self.now).left_ms <= due
        for row in state.sessions:
            loss = Forecast(state, self.now).max_loss(row)
            if len(state.sessions) == 1 and row.lease_until is not None and row.lease_until < self.now + 2_000:
                lived = self.lived_loss()
                unburned = max(0, row.minimum_ms - readings.elapsed(row, self.now)) * row.burn_rate
                assert lived <= loss
                if all(lot.expires_at is None for lot in state.lots):
                    assert loss <= lived + ceil_div(unburned, 1000) + 1
            assert loss == 0 or row.state == "running"
            if row.state == "running" and row.lease_until is not None and row.lease_until < self.now + 2_000:
                assert self.lived_burn(row) - readings.burned(row, self.now) <= 1000 * loss + 999

    def lived_due(self) -> int:
        life = deepcopy(self.model)
        life.outages = []
        for session in life.sessions:
            session.lease_until = session.pause_until = model.OPEN_END
        ended = len(life.ended)
        while True:
            if life.spent() and any(session.burns() for session in life.sessions):
                return life.now
            life.live_until(life.now + 1)
            if len(life.ended) > ended:
                return life.ended[-1].ended_at

    def lived_burn(self, row: Session) -> int:
        """The exact burn of a session at its end if everybody falls silent."""
        life = deepcopy(self.model)
        life.outages = []
        twin = next(session for session in life.sessions if session.number == row.id)
        while twin.state != "ended":
            life.live_until(life.now + 1)
        return twin.burned

    def lived_loss(self) -> int:
        """What leaves the clock until every session has ended."""
        life = deepcopy(self.model)
        life.outages = []
        while life.sessions:
            life.live_until(life.now + 1)
        return life.taken - self.model.taken


def check_saves(old: State, effects: Effects) -> None:
    """The rows that are said to have changed are exactly those that did."""
    before: dict[int, Lot | Session] = {row.id: row for row in (*old.lots, *old.sessions)}
    after: dict[int, Lot | Session] = {row.id: row for row in (*effects.state.lots, *effects.state.sessions)}
    said: dict[int, Lot | Session] = {row.id: row for row in (*effects.lots, *effects.sessions)}
    for number in before.keys() | after.keys():
        if number not in after:
            gone = said[number]
            assert gone.left_ms == 0 if isinstance(gone, Lot) else gone.state == "ended"
        elif before.get(number) != after[number]:
            assert said[number] == after[number]
        else:
            assert number not in said
    assert said.keys() <= before.keys() | after.keys()
    assert (effects.state.clock is old.clock) == (effects.state.clock == old.clock)
    ended = {row.id: row for row in effects.sessions if row.state == "ended"}
    assert ended == {row.id: row for row in effects.ended}


def main(first: int, count: int) -> None:
    reasons: Counter[object] = Counter()
    for seed in range(first, first + count):
        play = Play(parallel=1 + seed % 4, extra=Random(seed) if seed % 3 == 0 else None)
        try:
            play.play(random_steps(seed))
        except BaseException:
            print("seed", seed)
            raise
        reasons.update(row.reason for row in play.ended)
        reasons.update(answer for answer in play.answers if isinstance(answer, str))
        reasons.update(segment.kind + ("+" if segment.burned > 0 else "-") for segment in play.segments)
    print(dict(reasons))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))

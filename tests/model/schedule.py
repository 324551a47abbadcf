"""Random schedules: the next step is drawn with an eye on what the model says will happen soon."""

import random
from collections.abc import Callable, Iterator

from tests.model.walk import Clock, Session, Terms
from tests.model.world import Step, Value, World

CLOCKS = 3
LONGEST_JUMP_MS = 20_000
RATES = (1, 333, 700, 999, 1000, 1000, 1001, 1500, 2500, 10_000)
LEASES = (5_000, 5_001, 6_000, 8_500, 20_000, 60_000)
WEIGHTS = {
    "advance": 30,
    "buy": 9,
    "start": 16,
    "renew": 8,
    "pause": 9,
    "resume": 8,
    "stop": 7,
    "grant": 7,
    "return": 4,
    "top_up": 4,
    "end": 2,
    "take_over": 3,
    "change": 2,
    "pay": 1,
}


def random_terms(chance: random.Random) -> Terms:
    return Terms(
        price=chance.choice((3_600_000, 1_000_003, 7_200_001, 999, chance.randrange(200_000, 40_000_000))),
        burn_rate=chance.choice(RATES),
        lease_ms=chance.choice(LEASES),
        minimum_ms=chance.choice((0, 0, 0, 1, 250, 1_000, 3_001)),
        increment_ms=chance.choice((0, 0, 0, 1, 100, 333, 1_000, 5_000)),
        parallel=chance.randint(1, 4),
        pause_count=chance.choice((None, None, 0, 1, 3)),
        pause_each_ms=chance.choice((None, 1, 500, 2_000)),
        pause_total_ms=chance.choice((None, 1_500, 6_000)),
        after_pause=chance.choice(("stop", "resume")),
        revive_ms=chance.choice((0, 3_000, 300_000)),
        valid_ms=chance.choice((None, None, 900, 4_000, 10_000)),
    )


class Schedule:
    """Draws steps for a world. The same seed and the same world give the same steps."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.tariffs = [random_terms(self.chance) for _ in range(2)]
        self._labels = 0

    def beginning(self) -> list[Step]:
        return [
            *(
                Step("change", clock, values={"tariff": clock % 2, "parallel": self.chance.randint(1, 4)})
                for clock in range(CLOCKS)
            ),
            Step("top_up", values={"amount": self.chance.randrange(5_000, 200_000)}),
        ]

    def step(self, world: World) -> Step:
        verb = self.chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        match verb:
            case "advance":
                return self._advance(world)
            case "renew" | "pause" | "resume" | "stop" | "end" | "take_over":
                return self._act(world, verb) or self._start(world)
            case "start":
                return self._start(world)
            case _:
                clock = self._clock(world, lambda clock: clock.balance < 2_000)
                return Step(verb, clock, values=self._values(world, verb, clock))

    def _clock(self, world: World, good: Callable[[Clock], bool]) -> int:
        """Any clock, but mostly one that is good for something."""
        likely = [number for number, clock in enumerate(world.clocks) if good(clock)]
        return self.chance.choice(likely if likely and self.chance.random() < 0.8 else range(CLOCKS))

    def _advance(self, world: World) -> Step:
        soon = [instant - world.now for instant in instants(world)]
        soon = sorted({wait for wait in soon if 1 < wait <= LONGEST_JUMP_MS})
        if soon and self.chance.random() < 0.4:
            return Step("advance", values={"ms": self.chance.choice(soon[:4]) + self.chance.choice((-1, 0, 0, 1))})
        longest = self.chance.choices((3, 50, 500, 1_500, 6_000, LONGEST_JUMP_MS), (4, 6, 8, 8, 3, 1))[0]
        return Step("advance", values={"ms": self.chance.randint(1, longest)})

    def _act(self, world: World, verb: str) -> Step | None:
        wanted = "paused" if verb == "resume" else "running"
        likely = [session for session in world.sessions.values() if session.state == wanted]
        known = [session for session in world.sessions.values() if session.label > self._labels - 12]
        sessions = likely if self.chance.random() < 0.9 else known
        if not sessions:
            return None
        session = self.chance.choice(sessions)
        values: dict[str, Value] = {}
        if verb == "take_over":
            values["lease_ms"] = self.chance.choice((None, *LEASES))
        elif verb != "end":
            values["stale"] = 1 if session.seq > 1 and self.chance.random() < 0.3 else None
        return Step(verb, world.homes[session.label], session.label, values)

    def _start(self, world: World) -> Step:
        clock = self._clock(world, lambda clock: clock.balance > 500 and len(clock.open) < clock.parallel)
        if not world.clocks[clock].balance and self.chance.random() < 0.9:
            return Step("buy", clock, values=self._values(world, "buy", clock))
        self._labels += 1
        values: dict[str, Value] = {"label": self._labels}
        if self.chance.random() < 0.5:
            values["burn_rate"] = self.chance.choice(RATES)
        if self.chance.random() < 0.5:
            values["lease_ms"] = self.chance.choice(LEASES)
        ended = [session for session in world.clocks[clock].sessions if may_be_revived(session, world.now)]
        lapsed = [session for session in ended if session.reason == "lease_lapsed"]
        if ended and self.chance.random() < (0.6 if lapsed else 0.04):
            values["revives"] = self.chance.choice(lapsed or ended).label
        return Step("start", clock, values=values)

    def _values(self, world: World, verb: str, clock: int) -> dict[str, Value]:
        pick = self.chance
        balance = world.clocks[clock].balance
        match verb:
            case "buy":
                ms = pick.choice((1, 10, *(pick.randint(1, most) for most in (400, 5_000, 20_000, 60_000))))
                amount = max(1, ms * world.terms[clock].price // 3_600_000)
                return {"ms": ms} if pick.random() < 0.4 else {"amount": amount}
            case "return":
                return {"ms": pick.choice((1, balance or 1, balance + 1, pick.randint(1, balance + 1)))}
            case "grant":
                starts = pick.choice((None, None, 1, 700, 4_000))
                ends = pick.choice((None, 1, 2, 600, 3_000, 9_000))
                return {
                    "ms": pick.choice((1, 7, *(pick.randint(1, most) for most in (300, 6_000, 20_000)))),
                    "kind": pick.choice(("promotional", "granted")),
                    "priority": pick.choice((0, 100, 100, 100, 101)),
                    "starts_in": starts,
                    "expires_in": None if ends is None else ends + (starts or 0),
                }
            case "change":
                return {"tariff": pick.randrange(len(world.tariffs)), "parallel": pick.randint(1, 4)}
            case _:
                return {"amount": pick.randrange(1, 20_000)}


def may_be_revived(session: Session, now: int) -> bool:
    """Worth a try; the very end of the window is left out, the design doesn't say whose it is."""
    return session.ended_at is not None and now != session.ended_at + session.terms.revive_ms


def instants(world: World) -> Iterator[int]:
    """When something will happen by itself."""
    for clock in world.clocks:
        due_at, _ = clock.outlook()
        if due_at is not None:
            yield due_at
        for lot in clock.lots:
            yield lot.starts_at
            if lot.expires_at is not None:
                yield lot.expires_at
        for session in clock.open:
            yield session.lease_until or session.pause_until or 0
            yield clock.now + session.minimum_left

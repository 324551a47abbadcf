"""The relay: takes committed events to the webhooks that are told of them, one server at a time (design section 5).

Each event becomes a row per webhook, written together with the webhook's position, so that nothing is lost; what is on
its way is sent, and what came of it is written down in groups. After a crash whoever relays next goes on
there: what was sent and not written down is sent again.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from creditclock.commands.lane import Lane
from creditclock.commands.relaying import FAN_OUT, NOTE_RESULTS, FanOut, NoteResults, Told
from creditclock.commands.timekeeping import Timekeeper
from creditclock.domain.deliveries import tells
from creditclock.domain.rows import Delivery, Event, Webhook
from creditclock.queries.events import PRIVATE, event_json
from creditclock.storage import deliveries, outbox
from creditclock.storage.database import Database
from creditclock.storage.dialect import Conflict, DatabaseProblem, Lost, Unusable
from creditclock.storage.keys import Keys
from creditclock.storage.leader import Leader
from creditclock.storage.outbox import Position
from creditclock.workers.asking import ANSWER_S, Question, ask
from creditclock.workers.dispatch import Desk, Dispatch
from creditclock.workers.post import Post, Take
from creditclock.workers.relay_metrics import RelayTally
from creditclock.workers.schedule import Schedule
from creditclock.workers.targets import MOST, Pending, Target

LOOK_S: Final = 1.0
"""How often webhooks are looked at without a hint, and the lead is confirmed."""
GATHER_S: Final = 0.02
PAGE: Final = 200
AHEAD: Final = 500
"""With so much on its way to a webhook no further events are taken up for it: they wait in the outbox."""
SKIPPED: Final = 5_000
"""After so many events that a webhook isn't told of its position is written down."""
GROUP: Final = 100
GRACE_S: Final = 2.0
LEADER: Final = 0x72656C61
"""The number of the lock on PostgreSQL whose holder relays."""
log: Final = logging.getLogger("creditclock.webhooks")


class Relay:
    """Relays events, in threads of its own, for as long as it is open."""

    def __init__(
        self, database: Database, timekeeper: Timekeeper, lane: Lane, keys: Keys, post: Callable[[Take], Post]
    ) -> None:
        self._database = database
        self._time = timekeeper
        self._lane = lane
        self._leader = Leader(database, LEADER)
        self._schedule = Schedule()
        self._dispatch = Dispatch(Desk(database, timekeeper, keys, self._leader, self._schedule), post, self.wake)
        self._known: dict[int, int] = {}
        self._news: set[int] = set()
        self._full: set[int] = set()
        self._is_awake = False
        self._stopped = False
        self._changed = threading.Condition()
        self._looked = -LOOK_S
        self._said = ""
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)
        self.tally = RelayTally()

    @property
    def leads(self) -> bool:
        """Whether it is this server that relays."""
        return self._leader.leads

    def start(self) -> None:
        """Begin to relay."""
        self._thread.start()

    def hint(self, told: Sequence[Position]) -> None:
        """Hear of commits."""
        with self._changed:
            news = {master for master, next_event, _ in told if next_event - 1 > self._known.get(master, next_event)}
            if news:
                self._news |= news
                self._wake()

    def wake(self) -> None:
        """Have a look: what is due may have changed."""
        with self._changed:
            self._wake()

    def close(self) -> None:
        """End the requests under way, write down what came of them, and let others relay."""
        self._schedule.close()
        until = time.monotonic() + GRACE_S
        while not self._schedule.is_idle and time.monotonic() < until:
            time.sleep(GATHER_S)
        self._dispatch.close()
        with self._changed:
            self._stopped = True
            self._wake()
        if self._thread.is_alive():
            self._thread.join(timeout=ANSWER_S)
        self._leader.close()

    def _run(self) -> None:
        while not self._stopped:
            try:
                self._round()
            except (Conflict, Lost, Unusable, DatabaseProblem) as error:
                self._say(error)
                self._sleep(LOOK_S)
            except Exception:
                log.exception("webhooks wait; trying again")
                self._sleep(LOOK_S)
            self._sleep(self._pause_s())
            time.sleep(GATHER_S)
        if self._leader.leads:
            self._write_down()

    def _round(self) -> None:
        """Look what is new, take it up, let it be sent, write down what was."""
        is_time = time.monotonic() - self._looked >= LOOK_S
        if is_time:
            self._looked = time.monotonic()
            if not self._lead():
                return
        if not self._leader.leads:
            return
        self._write_down()
        self._dispatch.watch()
        with self._changed:
            news, self._news = self._news, set()
        if is_time or news:
            self._look(None if is_time else list(news))
        self._dispatch.start()
        self._said = ""

    def _lead(self) -> bool:
        """Whether this server relays from now on; where nobody needs a relay it doesn't try."""
        led = self._leader.leads
        if not led:
            with self._database.reading() as connection:
                if not deliveries.is_any_served(connection):
                    return False
        leads = self._leader.try_to_lead()
        if led and not leads:
            log.warning("another server may relay to webhooks from now on")
        if leads != led:
            self._schedule.clear()
        return leads

    def _look(self, masters: list[int] | None) -> None:
        """Take up what is new for the webhooks of these masters, or of all."""
        with self._database.reading() as connection:
            served = deliveries.served(connection, masters)
        found = self._schedule.renew(served, masters)
        with self._changed:
            if masters is None:
                self._known.clear()
            self._known.update((target.webhook.master, last) for target, last in found)
        for target, _ in found:
            if not target.loaded or (target.has_more and target.size < MOST // 2):
                with self._database.reading() as connection:
                    rows = deliveries.pending(connection, target.webhook, MOST)
                self._schedule.replace(target, rows)
        self._fan_out([(target, last) for target, last in found if target.seen < last])

    def _fan_out(self, behind: list[tuple[Target, int]]) -> None:
        """Let the next page of events be on its way to each webhook that has room for it."""
        pages: dict[tuple[int, int], list[Event]] = {}
        questions: list[Question] = []
        asked: list[tuple[Target, list[Event], int]] = []
        for target, last in behind:
            webhook = target.webhook
            if target.has_more or target.size >= AHEAD:
                self._full.add(webhook.master)
                continue
            place = (webhook.master, target.seen)
            if place not in pages:
                with self._database.reading() as connection:
                    pages[place] = outbox.events(connection, *place, PAGE)
            page = pages[place]
            told = [event for event in page if event.kind != PRIVATE and tells(webhook.kinds, event.kind)]
            upto = page[-1].no if page else last
            if upto < last:
                self._more(webhook.master)
            if not told and upto - webhook.position < SKIPPED:
                target.seen = upto
                continue
            command = FanOut(
                webhook=webhook.id,
                version=webhook.version,
                after=webhook.position,
                upto=upto,
                told=[Told(event.no, event.subject) for event in told],
            )
            questions.append(Question(FAN_OUT, command, webhook.master))
            asked.append((target, told, upto))
        for (target, told, upto), is_done in zip(asked, ask(self._lane, questions), strict=True):
            if not is_done:
                # Somebody changed it, or it is not certain what happened: what is there counts.
                target.loaded = False
                continue
            target.seen = upto
            now = self._time.now()
            rows = [(_row(target.webhook, event, now), event_json(event)) for event in told]
            self._schedule.add(target, [Pending(row, target.webhook, body) for row, body in rows])

    def _write_down(self) -> None:
        """Write down what came of tries."""
        found = self._schedule.results(GROUP)
        questions = [
            Question(NOTE_RESULTS, NoteResults(webhook=number, results=results), master)
            for (master, number), results in found
        ]
        for (place, results), as_known in zip(found, ask(self._lane, questions), strict=True):
            if as_known is None:
                self._schedule.not_written(place, results)
            else:
                self._schedule.written(place, results, as_known=as_known)
                self.tally.add(results)
                if not as_known or place[0] in self._full:
                    self._full.discard(place[0])
                    self._more(place[0])

    def _more(self, master: int) -> None:
        """Look at a master's webhooks again at once."""
        with self._changed:
            self._news.add(master)
            self._is_awake = True

    def _pause_s(self) -> float:
        """How long nothing is to be done."""
        if not self._leader.leads:
            return LOOK_S
        now = self._time.now()
        soonest = self._schedule.next_at(now) if self._time.real else None
        return LOOK_S if soonest is None else min(LOOK_S, (soonest - now) / 1_000)

    def _sleep(self, seconds: float) -> None:
        with self._changed:
            if not (self._is_awake or self._stopped):
                self._changed.wait(seconds)
            self._is_awake = False

    def _wake(self) -> None:
        self._is_awake = True
        self._changed.notify()

    def _say(self, error: Exception) -> None:
        """Log what keeps webhooks waiting, once as long as it stays the same."""
        if str(error) != self._said:
            log.warning("webhooks wait: %s", error)
        self._said = str(error)


def _row(webhook: Webhook, event: Event, now: int) -> Delivery:
    """A delivery as it was written down just now."""
    return Delivery(
        master=webhook.master,
        webhook=webhook.id,
        event=event.no,
        subject=event.subject,
        state="pending",
        attempts=0,
        next_at=now,
        first_at=None,
        tried_at=None,
        status=None,
        problem=None,
    )

"""The host of the lane: everything that writes, in the web's process or in one of its own (design section 3.3)."""

import gc
import logging
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

import msgspec

from creditclock.commands import frames
from creditclock.commands.batch import FAILED, REFUSED
from creditclock.commands.frames import BEAT, MEASURES, PING, Answered, Opening, Wished
from creditclock.commands.job import Group, Job, Outcome
from creditclock.commands.lane import Lane
from creditclock.commands.presence import Presence
from creditclock.commands.timekeeping import DatabaseTime, TestTime, Timekeeper, WallTime
from creditclock.contract import Refusal
from creditclock.measures.counting import Measures
from creditclock.measures.process import measure_process
from creditclock.settings import Settings
from creditclock.storage import books, due
from creditclock.storage.database import Database, DatabaseProblem
from creditclock.storage.dialect import Conflict, Lost
from creditclock.storage.keys import Keys, path_of
from creditclock.storage.outbox import Position
from creditclock.workers.alive import AliveWorker
from creditclock.workers.due import DueWorker
from creditclock.workers.metrics import measure_lane, measure_time
from creditclock.workers.notices import NoticeWorker
from creditclock.workers.post import Process, Threads
from creditclock.workers.relay import Relay
from creditclock.workers.relay_metrics import measure_relay
from creditclock.workers.retention import Retention
from creditclock.workers.retention_metrics import measure_retention
from creditclock.workers.sealing import SealWorker

MOST_STOPS: Final = 10_000
"""How often a moved test clock stops on its way."""
RECEIVE: Final = 262_144
GROUPS: Final = 1_000
KEEP_MS: Final = 86_400_000
"""For how long the last marks of servers that are gone are kept."""
log: Final = logging.getLogger("creditclock")


class Host:
    """The database claimed and prepared, the lane, the due worker and the alive marks; opened in order."""

    def __init__(self, settings: Settings) -> None:
        self.database = Database(settings.database_url, bounded=True)
        self.database.claim()
        try:
            self.database.prepare(test=settings.test_clock)
            keys = Keys(path_of(self.database, settings.keys, settings.data), self.database)
            keys.check()
            self.time = self._timekeeper(settings)
            self.presence = Presence(self.database, self.time)
            if self.time.real:
                self.presence.mark()
                self.database.forget_alive(self.time.now() - KEEP_MS)
            self.due = DueWorker(self.database, self.time, lambda: self.presence.attended)
            self._listeners: list[Callable[[list[Position]], None]] = []
            self.lane = Lane(self.database, self.time, self.presence, self.due.hint, self._tell)
            self.lane.start()
            self._marked: list[Callable[[frames.Present], None]] = []
            self._alive = AliveWorker(self.presence, self.lane, self._tell_present)
            self.measures = Measures()
            measure_lane(self.measures, self.lane)
            measure_time(self.measures, self.time, self._alive, self.due)
            self._notices = NoticeWorker(self.database, self._hear)
            self._notices.start()
            post = partial(Process if settings.lane == "process" else Threads, anywhere=settings.webhooks_anywhere)
            self.relay = Relay(self.database, self.time, self.lane, keys, post)
            measure_relay(self.measures, self.database, self.time, self.relay.tally, lambda: self.relay.leads)
            self.retention = Retention(self.database, self.time, settings.keep_events_ms)
            measure_retention(self.measures, self.database, self.time, self.retention.tally)
            self.on_told(self.relay.hint)
            self.relay.start()
            self._seals = SealWorker(self.database, self.time, keys)
            self.on_told(self._seals.hint)
            self._seals.start()
            if self.time.real:
                self.due.start(self.lane)
                self._alive.start()
                self.retention.start()
            else:
                self.due.attach(self.lane)
        except (Conflict, Lost) as error:
            self.database.close()
            raise out_of_reach(error) from error
        except BaseException:
            self.database.close()
            raise

    def on_told(self, listener: Callable[[list[Position]], None]) -> None:
        """Call a listener after each commit, from the lane's thread or another one."""
        self._listeners.append(listener)

    def on_marked(self, listener: Callable[[frames.Present], None]) -> None:
        """Tell a listener each second how the time is, from another thread."""
        self._marked.append(listener)

    def present(self) -> frames.Present:
        """How the time is, for the web's process."""
        return frames.Present(self.presence.outages, self.time.shift if isinstance(self.time, DatabaseTime) else None)

    def _tell_present(self) -> None:
        for listener in self._marked:
            listener(self.present())

    def _tell(self, told: list[Position]) -> None:
        """Tell this server's listeners, and other servers, of a commit."""
        self._hear(told)
        self._notices.tell(told)

    def _hear(self, told: list[Position]) -> None:
        for listener in self._listeners:
            listener(told)

    def wish(self, now: int | None) -> None:
        """Move the test clock and write down everything that is due then; with None, what others caused at once."""
        if now is None:
            self.due.close_frozen()
            self.due.follow_plans()
            self.retention.forget()
            return
        assert isinstance(self.time, TestTime)
        for _ in range(MOST_STOPS):
            with self.database.reading() as connection:
                low_at = due.next_low(connection)
            if low_at is None or low_at >= now:
                break
            # Who is told that little is left is told so at that instant, as if nobody had moved the clock.
            self.time.move_to(max(low_at, self.time.now()))
            self.due.catch_up(self.time.now(), over=True)
        self.time.move_to(now)
        self.due.catch_up(now, over=True)
        self.due.sweep(now)
        self.retention.catch_up(now)
        self.relay.wake()

    def close(self) -> None:
        """Finish what was begun and close everything."""
        self.relay.close()
        self.retention.close()
        self._alive.close()
        self._notices.close()
        self.due.close()
        self.lane.close()
        self._seals.close()
        self.presence.close()
        self.database.close()

    def _timekeeper(self, settings: Settings) -> Timekeeper:
        if settings.test_clock:
            return TestTime(self._last_instant())
        return WallTime() if self.database.path is not None else DatabaseTime()

    def _last_instant(self) -> int:
        """The test clock goes on where it was; a new one begins at the machine's time."""
        with self.database.reading() as connection:
            return books.last_instant(connection) or WallTime().now()


def out_of_reach(error: Conflict | Lost) -> DatabaseProblem:
    """The problem of a server that loses its database while it starts."""
    reason = (str(error).strip() or "it doesn't answer").splitlines()[0].rstrip(".")
    return DatabaseProblem(f"The database can't be used right now: {reason}. Try again.")


class _Link:
    """The end of the socket in the lane's process: jobs come in, outcomes go out."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._sending = threading.Lock()
        self._groups: dict[int, Group] = {}

    def group(self, number: int) -> Group:
        """The group of this number; those met last are remembered, far more than can be under way at once."""
        found = self._groups.pop(number, None) or Group(number)
        self._groups[number] = found
        if len(self._groups) > GROUPS:
            del self._groups[next(iter(self._groups))]
        return found

    def deliver(self, outcomes: list[Outcome]) -> None:
        """Send the outcomes of a batch."""
        self.send(b"".join(map(frames.answered, outcomes)))

    def send(self, data: bytes) -> None:
        """Send bytes; a web process that is gone needs no answers."""
        try:
            with self._sending:
                self._connection.sendall(data)
        except OSError as error:
            log.debug("the web process is gone: %s", error)


def serve_lane(connection: socket.socket, settings: Settings) -> None:
    """Carry out what comes over a socket until its other end is closed."""
    link = _Link(connection)
    try:
        host = Host(settings)
    except DatabaseProblem as problem:
        link.send(frames.framed(Opening(str(problem), None)))
        return
    gc.freeze()  # As in the web's process: what is there now stays.
    measure_process(host.measures, "lane")
    link.send(frames.framed(Opening(None, None if host.time.real else host.time.now(), host.present().shift)))
    host.presence.hear()
    host.on_marked(lambda present: link.send(frames.framed(present)))
    host.on_told(lambda told: link.send(frames.framed(frames.Told(told))))
    wishes = ThreadPoolExecutor(2, thread_name_prefix="wish")
    buffer = bytearray()
    try:
        while data := connection.recv(RECEIVE):
            host.presence.hear()
            buffer += data
            for message in frames.split(buffer):
                asked = frames.read_asked(message)
                if isinstance(asked, Wished) and asked.now == BEAT:
                    continue
                if isinstance(asked, Wished) and asked.now == PING:
                    status = 200 if host.lane.alive and host.lane.healthy else FAILED
                    link.send(frames.framed(Answered(asked.number, status, b"", None, replayed=False)))
                elif isinstance(asked, Wished):
                    wishes.submit(_tell if asked.now == MEASURES else _grant, host, link, asked)
                else:
                    group = None if asked.group is None else link.group(asked.group)
                    _submit(host.lane, link, frames.jobs_of(asked, group, link))
    except ConnectionError as error:
        log.debug("the web process is gone: %s", error)
    finally:
        wishes.shutdown(wait=False, cancel_futures=True)
        host.close()


def _submit(lane: Lane, link: _Link, jobs: list[Job]) -> None:
    try:
        lane.submit(*jobs)
    except Refusal as refusal:
        for job in jobs:
            if job.group:
                job.group.broken = True
        link.deliver([Outcome(job, REFUSED, None, refusal) for job in jobs])


def _tell(host: Host, link: _Link, wished: Wished) -> None:
    """Answer with what this process counts about itself."""
    body = msgspec.msgpack.encode(host.measures.families())
    link.send(frames.framed(Answered(wished.number, 200, body, None, replayed=False)))


def _grant(host: Host, link: _Link, wished: Wished) -> None:
    status = 200
    try:
        host.wish(wished.now)
    except Exception:
        log.exception("could not write down what is due")
        status = FAILED
    link.send(frames.framed(Answered(wished.number, status, b"", None, replayed=False)))

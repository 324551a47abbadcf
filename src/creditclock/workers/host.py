"""The host of the lane: everything that writes, in the web's process or in one of its own (design section 3.3)."""

import logging
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from creditclock.commands import frames
from creditclock.commands.batch import FAILED
from creditclock.commands.frames import PING, Answered, Opening, Wished
from creditclock.commands.job import Outcome
from creditclock.commands.lane import Lane
from creditclock.commands.timekeeping import TestTime, Timekeeper, WallTime
from creditclock.contract import Refusal
from creditclock.settings import Settings
from creditclock.storage import books
from creditclock.storage.database import Database, DatabaseProblem
from creditclock.storage.dialect import Conflict, Lost
from creditclock.workers.alive import AliveWorker, note_outage
from creditclock.workers.due import DueWorker

RECEIVE: Final = 262_144
log: Final = logging.getLogger("creditclock")


class Host:
    """The database claimed and prepared, the lane, the due worker and the alive marks; opened in order."""

    def __init__(self, settings: Settings) -> None:
        self.database = Database(settings.database_url)
        self.database.claim()
        try:
            self.database.prepare(test=settings.test_clock)
            self.time: Timekeeper = TestTime(self._last_instant()) if settings.test_clock else WallTime()
            if self.time.real and (outage := note_outage(self.database, self.time.now())):
                log.warning("no server was there for %d ms", outage[1] - outage[0])
            self.due = DueWorker(self.database, self.time)
            self.lane = Lane(self.database, self.time, self.due.hint)
            self.lane.start()
            self._alive = AliveWorker(self.database, self.time, self.lane)
            if self.time.real:
                self.due.start(self.lane)
                self._alive.start()
            else:
                self.due.attach(self.lane)
        except (Conflict, Lost) as error:
            self.database.close()
            reason = str(error).strip().splitlines()[0].rstrip(".")
            raise DatabaseProblem(f"The database can't be used right now: {reason}. Try again.") from error
        except BaseException:
            self.database.close()
            raise

    def wish(self, now: int | None) -> None:
        """Move the test clock and write down everything that is due then; with None, close frozen sessions."""
        if now is None:
            self.due.close_frozen()
            return
        assert isinstance(self.time, TestTime)
        self.time.move_to(now)
        self.due.catch_up(now, over=True)
        self.due.close_frozen()
        self.due.erase_removed(now)

    def close(self) -> None:
        """Finish what was begun and close everything."""
        self._alive.close()
        self.due.close()
        self.lane.close()
        self.database.close()

    def _last_instant(self) -> int:
        """The test clock goes on where it was; a new one begins at the machine's time."""
        with self.database.reading() as connection:
            return books.last_instant(connection) or WallTime().now()


class _Link:
    """The end of the socket in the lane's process: jobs come in, outcomes go out."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._sending = threading.Lock()

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
    link.send(frames.framed(Opening(None, None if host.time.real else host.time.now())))
    wishes = ThreadPoolExecutor(2, thread_name_prefix="wish")
    buffer = bytearray()
    try:
        while data := connection.recv(RECEIVE):
            buffer += data
            for message in frames.split(buffer):
                asked = frames.read_asked(message)
                if isinstance(asked, Wished) and asked.now == PING:
                    status = 200 if host.lane.alive and host.lane.healthy else FAILED
                    link.send(frames.framed(Answered(asked.number, status, b"", None, replayed=False)))
                elif isinstance(asked, Wished):
                    wishes.submit(_grant, host, link, asked)
                else:
                    _submit(host.lane, link, asked)
    except ConnectionError as error:
        log.debug("the web process is gone: %s", error)
    finally:
        wishes.shutdown(wait=False, cancel_futures=True)
        host.close()


def _submit(lane: Lane, link: _Link, asked: frames.Asked) -> None:
    job = frames.job_of(asked, link)
    try:
        lane.submit(job)
    except Refusal as refusal:
        link.deliver([Outcome(job, 0, None, refusal)])


def _grant(host: Host, link: _Link, wished: Wished) -> None:
    status = 200
    try:
        host.wish(wished.now)
    except Exception:
        log.exception("could not write down what is due")
        status = FAILED
    link.send(frames.framed(Answered(wished.number, status, b"", None, replayed=False)))

"""The dispatch: makes letters of what is due, gives them to the post, and takes the replies (design section 5)."""

import itertools
import logging
from collections.abc import Callable
from typing import Final, NamedTuple

from creditclock.commands.timekeeping import Timekeeper
from creditclock.contract.values import identify
from creditclock.domain.rows import Webhook
from creditclock.queries.events import event_json
from creditclock.storage import deliveries
from creditclock.storage.database import Database
from creditclock.storage.dialect import Conflict, DatabaseProblem, Lost, Unusable
from creditclock.storage.keys import FOR_WEBHOOKS, Keys
from creditclock.storage.leader import Leader
from creditclock.workers.post import Post, Take
from creditclock.workers.schedule import Schedule, Task
from creditclock.workers.sender import Letter, Reply

REST_S: Final = 1.0
"""How long a webhook rests after something went wrong on our side."""
log: Final = logging.getLogger("creditclock.webhooks")


class Desk(NamedTuple):
    """What a dispatch works with."""

    database: Database
    time: Timekeeper
    keys: Keys
    leader: Leader
    schedule: Schedule


class _Sent(NamedTuple):
    """Something that was sent, and when."""

    task: Task
    at: int


class Dispatch:
    """Sends what the schedule says; `wake` is called when there are results."""

    def __init__(self, desk: Desk, post: Callable[[Take], Post], wake: Callable[[], None]) -> None:
        self._desk = desk
        self._wake = wake
        self._post = post(self._take)
        self._sent: dict[int, _Sent] = {}
        self._numbers = itertools.count(1)

    def start(self) -> None:
        """Let be sent what is due. Raises what keeps it from being sent; it comes again after a rest."""
        schedule = self._desk.schedule
        while (task := schedule.start(self._desk.time.now())) is not None:
            try:
                self._send(task)
            except BaseException:
                schedule.put_off(task, REST_S)
                raise

    def watch(self) -> None:
        """Look whether what was sent comes back; to be called now and then."""
        self._post.watch()

    def close(self) -> None:
        """Send nothing more; requests under way are broken off."""
        self._post.close()

    def _send(self, task: Task) -> None:
        if not self._desk.leader.leads:
            self._desk.schedule.put_off(task, REST_S)
            return
        webhook, pending = task.target.webhook, task.pending
        now = self._desk.time.now()
        letter = Letter(
            webhook.url,
            identify("evt", webhook.master, pending.event),
            pending.body or self._body(webhook.master, pending.event),
            self._secrets(webhook, now),
        )
        number = next(self._numbers)
        self._sent[number] = _Sent(task, now)
        self._post.send(number, letter)

    def _take(self, number: int, reply: Reply | None) -> None:
        """Take what came of a try, in the post's thread; another one may begin."""
        task, tried_at = self._sent.pop(number)
        if reply is None:
            self._desk.schedule.put_off(task, REST_S)
        else:
            self._desk.schedule.done(task, reply, tried_at)
            if reply.problem is not None:
                webhook = task.target.webhook
                name, event = identify("whk", webhook.master, webhook.id), task.pending.event
                log.info("webhook %s did not take event %d: %s", name, event, reply.problem)
        try:
            self.start()
        except (Conflict, Lost, Unusable, DatabaseProblem) as error:
            log.debug("webhooks wait: %s", error)
        except Exception:
            log.exception("webhooks wait; trying again")
        self._wake()

    def _body(self, master: int, number: int) -> bytes:
        with self._desk.database.reading() as connection:
            event = deliveries.event(connection, master, number)
        assert event is not None, number
        return event_json(event)

    def _secrets(self, webhook: Webhook, now: int) -> tuple[bytes, ...]:
        """What signs: the secret, and the one before for as long as it counts."""
        newest = self._desk.keys.derived(webhook.key, FOR_WEBHOOKS, webhook.salt)
        if webhook.old_key is None or webhook.old_salt is None or now >= (webhook.old_until or 0):
            return (newest,)
        return newest, self._desk.keys.derived(webhook.old_key, FOR_WEBHOOKS, webhook.old_salt)

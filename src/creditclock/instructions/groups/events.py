"""Events: a method for each instruction. Written by `make docs`. Don't edit it."""

from creditclock.contract.instructions.events import (
    EventAcknowledge,
    EventList,
    EventPoll,
    EventsAcknowledged,
    EventsListed,
    EventsPolled,
    MasterEventAcknowledge,
    MasterEventList,
    MasterEventPoll,
)
from creditclock.instructions.calling import Caller


class EventInstructions(Caller):
    """Events."""

    def event_list(self) -> EventsListed:
        """List the events that the account can poll.

        Gives EventsListed: The events that the account or master is told. It has `account`, `available_events`.

        EventList needs tokens, an acquired master, and an account that is logged in and not marked for removal. It
        usually comes after `account_login`.
        """
        return self.call(EventList())

    def event_poll(self, *, limit: int = 20) -> EventsPolled:
        """Tell what happened to the account and was not acknowledged yet, oldest first.

        Gives EventsPolled: Events that were not acknowledged yet, oldest first; `more` says that there are others. It
        has `account`, `events`, `more`.

        EventPoll needs tokens, an acquired master, and an account that is logged in and not marked for removal. It
        usually comes after `account_login`.

        limit: How many events at most, 1 to 100.
        """
        return self.call(EventPoll(limit=limit))

    def event_acknowledge(self, acknowledge: int) -> EventsAcknowledged:
        """Acknowledge all events up to and including one; they are not polled again.

        Gives EventsAcknowledged: The number of the event up to which everything is acknowledged. It has `account`,
        `acknowledged`.

        EventAcknowledge needs tokens, an acquired master, and an account that is logged in and not marked for removal.
        It usually comes after `account_login`, `event_poll`.

        acknowledge: The number of a thing, as answered before.
        """
        return self.call(EventAcknowledge(acknowledge=acknowledge))

    def master_event_list(self) -> EventsListed:
        """List the events that the master can poll.

        Gives EventsListed: The events that the account or master is told. It has `account`, `available_events`.

        MasterEventList needs tokens and a master that is logged in, not marked for removal and not frozen. It usually
        comes after `master_account_login`.
        """
        return self.call(MasterEventList())

    def master_event_poll(self, *, limit: int = 20) -> EventsPolled:
        """Tell what happened to the master and its accounts and was not acknowledged yet, oldest first.

        Gives EventsPolled: Events that were not acknowledged yet, oldest first; `more` says that there are others. It
        has `account`, `events`, `more`.

        MasterEventPoll needs tokens and a master that is logged in, not marked for removal and not frozen. It usually
        comes after `master_account_login`.

        limit: How many events at most, 1 to 100.
        """
        return self.call(MasterEventPoll(limit=limit))

    def master_event_acknowledge(self, acknowledge: int) -> EventsAcknowledged:
        """Acknowledge all events up to and including one; they are not polled again.

        Gives EventsAcknowledged: The number of the event up to which everything is acknowledged. It has `account`,
        `acknowledged`.

        MasterEventAcknowledge needs tokens and a master that is logged in, not marked for removal and not frozen. It
        usually comes after `master_account_login`, `master_event_poll`.

        acknowledge: The number of a thing, as answered before.
        """
        return self.call(MasterEventAcknowledge(acknowledge=acknowledge))

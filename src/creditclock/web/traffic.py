"""Traffic: the connections of a server as they are now, and those that were ended before they were answered."""

from collections import Counter
from typing import NamedTuple

from creditclock.settings import Settings
from creditclock.web.forwarded import Proxies


class Told(NamedTuple):
    """How many connections there are, and how many came from where one more comes from."""

    all: int
    of_source: int


class Traffic:
    """The connections of a server, counted in all and by source."""

    def __init__(self, settings: Settings, most: int) -> None:
        self.most = most
        self.most_of_source = settings.connections_per_source
        self.head_s = settings.request_timeout_ms / 1_000
        self.proxies = Proxies(settings.proxies, settings.proxy_header)
        self.connections = 0
        self.ended: Counter[str] = Counter(malformed=0, head_too_large=0, too_slow=0, busy=0, closed=0)
        """Connections that were ended here before an application saw their request, by the reason."""
        self._sources: Counter[str] = Counter()

    def enter(self, source: str) -> Told:
        """Count a connection."""
        self.connections += 1
        if not source or self.proxies.trusts(source):
            return Told(self.connections, 0)
        self._sources[source] += 1
        return Told(self.connections, self._sources[source])

    def leave(self, source: str) -> None:
        """Count one less."""
        self.connections -= 1
        if source in self._sources:
            self._sources[source] -= 1
            if not self._sources[source]:
                del self._sources[source]

    def is_full(self, told: Told) -> bool:
        """Whether a connection is one too many."""
        if self.most_of_source and told.of_source > self.most_of_source:
            return True
        return bool(self.most) and told.all > self.most

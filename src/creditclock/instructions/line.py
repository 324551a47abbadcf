"""The line: a wire on which nothing is sent twice."""

import time
from typing import Final

import urllib3
from urllib3.exceptions import NewConnectionError

from creditclock.client.requests import Request
from creditclock.client.wire import Wire

TRIES: Final = 3
PAUSE_S: Final = 0.2


class Line(Wire):
    """Connections to one server. A connection that is refused is asked for again, up to three times in all.

    An instruction has no key by which the server would know it again: what may have arrived isn't sent twice.
    """

    def _send(self, request: Request, timeout: urllib3.Timeout, *, preload: bool = True) -> urllib3.BaseHTTPResponse:
        for tries in range(1, TRIES):
            try:
                return super()._send(request, timeout, preload=preload)
            except NewConnectionError as error:
                if not isinstance(error.__cause__, ConnectionRefusedError):
                    raise
                time.sleep(PAUSE_S * tries)
        return super()._send(request, timeout, preload=preload)

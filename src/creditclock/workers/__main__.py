"""The lane's own process: `python -m creditclock.workers FD`, started by the server with one end of a socket."""

import signal
import socket
import sys

import msgspec

from creditclock.logs import set_up
from creditclock.settings import Settings
from creditclock.workers.host import serve_lane


def main() -> None:
    """Serve the socket; the web process says when to stop by closing it, so that Ctrl-C is its business alone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    connection = socket.socket(fileno=int(sys.argv[1]))
    settings = msgspec.json.decode(sys.stdin.buffer.read(), type=Settings)
    set_up(settings, "lane")
    serve_lane(connection, settings)


if __name__ == "__main__":
    main()

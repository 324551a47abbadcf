"""Receives creditclock's webhooks: checks who sent them, and acts on each event once.

    CREDITCLOCK_WEBHOOK_SECRET=whsec_… python webhook_receiver.py 8500 events.db

Then tell the server: `creditclock webhook create http://127.0.0.1:8500/`.
"""

import os
import sqlite3
import sys
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from creditclock import BadSignature, Event, verify_webhook

LONGEST = 1_000_000


class Receiver(BaseHTTPRequestHandler):
    secrets = os.environ.get("CREDITCLOCK_WEBHOOK_SECRET", "").split()
    database = "events.db"

    def do_POST(self) -> None:
        body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), LONGEST))
        try:
            event = verify_webhook(body, self.headers, self.secrets)
        except BadSignature as problem:
            self.answer(401, str(problem))
            return
        self.answer(200, "thanks" if self.receive(event) else "I know that one already")

    def receive(self, event: Event) -> bool:
        """Act on an event, if it is new, in the same transaction that remembers it."""
        with closing(sqlite3.connect(self.database, timeout=10)) as connection, connection:
            connection.execute("CREATE TABLE IF NOT EXISTS seen (id TEXT PRIMARY KEY, type TEXT, subject TEXT)")
            values = (event.id, event.type, event.subject)
            new = connection.execute("INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", values).rowcount == 1
            if new:
                print(f"{event.timestamp} {event.type} {event.subject}", flush=True)  # your work stands here
            return new

    def answer(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main(port: int, database: str) -> None:
    Receiver.database = database
    with ThreadingHTTPServer(("127.0.0.1", port), Receiver) as server:
        print(f"listens on port {server.server_port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    if not sys.argv[2:] or not Receiver.secrets:
        sys.exit(__doc__)
    main(int(sys.argv[1]), sys.argv[2])

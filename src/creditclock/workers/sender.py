"""The sender: one signed request to a webhook, as Standard Webhooks says it (design section 5)."""

import base64
import hmac
import logging
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final, NamedTuple

from urllib3 import BaseHTTPResponse
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    SSLError,
)
from urllib3.exceptions import TimeoutError as TimedOut

from creditclock import __version__
from creditclock.contract import Refusal
from creditclock.domain.addresses import SETTING, check_url, split
from creditclock.workers.calling import TIMEOUT_S, Attempt, Forbidden, Hosts, attempting

READ: Final = 65_536
"""How much of an answer is read, so that its connection can be used again; nothing of it is kept."""
log: Final = logging.getLogger("creditclock.webhooks")


class Letter(NamedTuple):
    """An event on its way: its id, its bytes, and the secrets that sign it."""

    url: str
    event: str
    body: bytes
    secrets: tuple[bytes, ...]


class Reply(NamedTuple):
    """What came back: a status, and a sentence if the event was not taken.

    `asked_ms` is how long the answer asks to wait.
    """

    status: int | None
    problem: str | None
    asked_ms: int | None = None


def signed(letter: Letter, second: int) -> dict[str, str]:
    """The headers of a request that is sent at a second of the Unix clock."""
    signing = b"%s.%d.%s" % (letter.event.encode(), second, letter.body)
    signatures = (base64.b64encode(hmac.digest(secret, signing, "sha256")).decode() for secret in letter.secrets)
    return {
        "content-type": "application/json",
        "user-agent": f"creditclock/{__version__}",
        "webhook-id": letter.event,
        "webhook-timestamp": str(second),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


class Sender:
    """Sends letters; several threads may at once."""

    def __init__(self, *, anywhere: bool) -> None:
        self._anywhere = anywhere
        self._hosts = Hosts(anywhere=anywhere)

    def send(self, letter: Letter, attempt: Attempt) -> Reply:
        """Send a letter once and see what comes back; never fails."""
        try:
            check_url(letter.url, anywhere=self._anywhere)
        except Refusal as refusal:
            return Reply(None, refusal.detail)
        with attempting(attempt):
            try:
                return self._sent(letter, attempt)
            except (HTTPError, OSError, ValueError) as error:
                return Reply(None, _sentence(error, attempt))

    def close(self) -> None:
        """Close all connections."""
        self._hosts.close()

    def _sent(self, letter: Letter, attempt: Attempt) -> Reply:
        try:
            response = self._answer(letter, attempt)
        except ProtocolError:
            # The other side may have closed a connection that was kept; that says nothing about the webhook.
            if not attempt.is_reused or attempt.is_aborted:
                raise
            response = self._answer(letter, attempt)
        try:
            status, asked = response.status, response.headers.get("retry-after")
            self._read(response, attempt)
        finally:
            response.release_conn()
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return Reply(status, None)
        return Reply(status, _said(status), _asked_ms(asked))

    def _answer(self, letter: Letter, attempt: Attempt) -> BaseHTTPResponse:
        parts = split(letter.url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return self._hosts.pool(parts).urlopen(
            "POST",
            target,
            body=letter.body,
            # The other side looks at the time by its own clock: so that is the machine's, never the test clock's.
            headers=signed(letter, int(time.time())),
            retries=False,
            redirect=False,
            assert_same_host=False,
            timeout=max(0.001, attempt.left_s),
            preload_content=False,
            decode_content=False,
        )

    def _read(self, response: BaseHTTPResponse, attempt: Attempt) -> None:
        """Read the rest of a small answer; with a large, slow or broken one the connection is given up."""
        left = READ
        try:
            while left > 0 and attempt.left_s > 0:
                data = response.read1(left)
                if not data:
                    return
                left -= len(data)
        except (HTTPError, OSError) as error:
            log.debug("an answer broke off: %s", type(error).__name__)
        response.close()


def _said(status: int) -> str:
    if status == HTTPStatus.GONE:
        return "It answered 410 Gone: it wants no more events."
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return f"It answered {status}, a redirect; redirects are not followed. Give the webhook the new address."
    return f"It answered {status}."


def _sentence(error: Exception, attempt: Attempt) -> str:  # noqa: PLR0911 - a table of errors
    """What was wrong, without anything of the URL's query."""
    match error:
        case Forbidden():
            return f"Its host has an address that is not on the Internet. The setting `{SETTING}` allows only others."
        case NameResolutionError():
            return "The name of its host can't be resolved."
        case NewConnectionError():
            return f"No connection came about: {str(error).rpartition(': ')[2].rstrip('.')}."
        case ConnectTimeoutError():
            return "No connection came about in time."
        case SSLError():
            return f"TLS failed: {str(error)[:120].rstrip('.')}."
        case _ if attempt.is_aborted or attempt.left_s <= 0 or isinstance(error, TimedOut):
            return f"No answer came within {int(TIMEOUT_S)} s."
        case _:
            return "The connection broke before an answer came."


def _asked_ms(text: str | None) -> int | None:
    """How long `Retry-After` asks to wait, in seconds or until a date; None for what can't be read."""
    if text is None:
        return None
    text = text.strip()
    if text.isascii() and text.isdecimal():
        return int(text[:9]) * 1_000
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0, int((until - datetime.now(UTC)).total_seconds() * 1_000))

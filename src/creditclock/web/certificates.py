"""Certificates: TLS served directly, and new files taken while the server runs (design section 7)."""

import logging
import os
import ssl
import stat
import sys
import time
from pathlib import Path
from typing import Final

from creditclock.contract import Refusal

SOON_S: Final = 14 * 86_400
CIPHERS: Final = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""For TLS 1.2: forward secrecy and authenticated encryption. TLS 1.3 has no others."""
MOST_ROUNDS: Final = 10
_OTHERS: Final = 0o077
_EXPIRED: Final = 10
_NOT_YET: Final = 9
log: Final = logging.getLogger("creditclock.web")


class Certificate:
    """A certificate and its key. Connections that come after `look` found new files get the new ones."""

    def __init__(self, certificate: str, key: str) -> None:
        """Raises a Refusal `invalid` that says what is wrong with the files."""
        self._files = (Path(certificate), Path(key))
        self._seen = self._stamps()
        self.context, self.expires_at = _opened(*self._files)
        self._current = self.context
        self.context.sni_callback = self._choose

    def look(self, *, anyway: bool = False) -> None:
        """Take new files if there are any; files that can't be used are told in the log, and the old ones stay."""
        seen = self._stamps()
        if seen == self._seen and not anyway:
            return
        self._seen = seen
        try:
            self._current, self.expires_at = _opened(*self._files)
        except Refusal as refusal:
            log.error("the new certificate is not used, the old one stays: %s", refusal)  # noqa: TRY400 - it says all
            return
        log.info("a new certificate is used", extra={"expires_at": _day(self.expires_at)})

    def warning(self) -> str | None:
        """A sentence if the certificate ends soon."""
        if self.expires_at - time.time() > SOON_S:
            return None
        return (
            f"The certificate {self._files[0]} ends on {_day(self.expires_at)}. Get a new one; it is taken by itself."
        )

    def _choose(self, connection: ssl.SSLSocket | ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        """Give a new connection what counts now. It is asked for every connection, with or without a name."""
        connection.context = self._current

    def _stamps(self) -> list[tuple[int, int, int] | None]:
        """What changes when a file does."""
        found: list[tuple[int, int, int] | None] = []
        for path in self._files:
            try:
                about = path.stat()
            except OSError:
                found.append(None)
            else:
                found.append((about.st_ino, about.st_mtime_ns, about.st_size))
        return found


def _opened(certificate: Path, key: Path) -> tuple[ssl.SSLContext, float]:
    """What TLS needs, and when the certificate ends."""
    for path, what in ((certificate, "certificate"), (key, "key")):
        _check_file(path, what)
    if _is_key(certificate) and not _is_key(key):
        raise Refusal(
            "invalid", f"{certificate} is a key, and {key} is none. Swap them: --tls-cert {key} --tls-key {certificate}"
        )
    _check_private(key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except (ssl.SSLError, ValueError) as error:
        if getattr(error, "reason", None) == "KEY_VALUES_MISMATCH":
            detail = f"The key {key} is not that of the certificate {certificate}. Give the two that belong together."
        else:
            detail = (
                f"{certificate} and {key} are no certificate and key in PEM form, or the key has a password. "
                "Give the certificate with its chain, and the key without a password."
            )
        raise Refusal("invalid", detail) from error
    return context, _end_of(context, certificate)


def _is_key(path: Path) -> bool:
    return b"PRIVATE KEY-----" in path.read_bytes()


def _no_password() -> str:
    """Nobody is asked at the terminal."""
    return ""


def _check_file(path: Path, what: str) -> None:
    try:
        with path.open("rb") as file:
            file.read(1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise Refusal(
            "invalid", f"The file of the TLS {what}, {path}, can't be read: {reason}. Name it with --tls-{what[:4]}."
        ) from error


def _check_private(key: Path) -> None:
    if sys.platform == "win32":
        return
    found = key.stat()
    # A group that hands keys to services is usual for files of root.
    others = 0o037 if found.st_uid == 0 and os.geteuid() != 0 else _OTHERS
    if stat.S_IMODE(found.st_mode) & others:
        raise Refusal("invalid", f"Others can read the TLS key {key}. Do: chmod 600 {key}")


def _end_of(context: ssl.SSLContext, certificate: Path) -> float:
    """When a certificate ends. The library tells it only of a peer: so the server greets a client in memory.

    Raises a Refusal `invalid` for one that is over or has not begun; infinite where it isn't known.
    """
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    client.load_verify_locations(certificate)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (client.wrap_bio(to_client, to_server), context.wrap_bio(to_server, to_client, server_side=True))
    try:
        for _ in range(MOST_ROUNDS):
            are_done = [_is_done(end) for end in ends]
            if all(are_done):
                break
        found = ends[0].getpeercert() or {}
        return float(ssl.cert_time_to_seconds(str(found["notAfter"])))
    except ssl.SSLCertVerificationError as error:
        if error.verify_code == _EXPIRED:
            raise Refusal("invalid", f"The certificate {certificate} is over. Get a new one.") from error
        if error.verify_code == _NOT_YET:
            raise Refusal("invalid", f"The certificate {certificate} is not valid yet. Check the clock.") from error
    except (ssl.SSLError, KeyError, ValueError):
        pass
    log.warning("it isn't known when the certificate %s ends", certificate)
    return float("inf")


def _is_done(end: ssl.SSLObject) -> bool:
    try:
        end.do_handshake()
    except ssl.SSLWantReadError:
        return False
    return True


def _day(instant: float) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(instant)) if instant < float("inf") else "a day that isn't known"

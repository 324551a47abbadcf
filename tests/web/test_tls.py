"""TLS served directly: what is spoken, new certificates while it runs, and files that can't be used."""

import json
import select
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import urllib3

from tests import tls
from tests.api import Api
from tests.server import OPERATOR_PASSWORD, PROGRAM, Server, creditclock, environment

TIMEOUT_S = 60.0


class Secured:
    """A server that speaks HTTPS, and a folder with its files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = tls.made(folder)
        self.server = Server(
            folder, flags=("--tls-cert", str(self.files.certificate), "--tls-key", str(self.files.key))
        )

    def api(self, certificate: Path | None = None) -> Api:
        """A caller who trusts a certificate."""
        trusted = str(certificate or self.files.certificate)
        return Api(urllib3.HTTPSConnectionPool("127.0.0.1", self.server.port, ca_certs=trusted, timeout=TIMEOUT_S))

    def hang_up(self) -> None:
        process = self.server._process  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - to send it a signal
        assert process
        process.send_signal(signal.SIGHUP)

    def serial(self) -> str:
        """Tells the certificate apart that new connections get."""
        address = ("127.0.0.1", self.server.port)
        return ssl.get_server_certificate(address, timeout=TIMEOUT_S)


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    found = Secured(tmp_path_factory.mktemp("secured"))
    with found.server:
        yield found


def eventually(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + TIMEOUT_S
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_answers_come_over_tls_and_tell_to_keep_to_it(secured: Secured) -> None:
    answer = secured.api().get("/healthz")
    assert (answer.status, answer.body) == (200, b"ok\n")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    refused = secured.api().get("/v1/who")
    assert refused.headers["strict-transport-security"]
    with pytest.raises(urllib3.exceptions.SSLError):
        Api(urllib3.HTTPSConnectionPool("127.0.0.1", secured.server.port, retries=False)).get("/healthz")


def test_plain_http_is_not_spoken_there(secured: Secured) -> None:
    with pytest.raises(urllib3.exceptions.HTTPError):
        secured.server.nobody.get("/healthz")
    assert secured.api().get("/healthz").status == 200
    assert "Traceback" not in secured.server.log


@pytest.mark.parametrize(
    ("version", "ciphers", "is_spoken"),
    [
        (ssl.TLSVersion.TLSv1_3, None, True),
        (ssl.TLSVersion.TLSv1_2, None, True),
        (ssl.TLSVersion.TLSv1_2, "AES128-SHA", False),
        (ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES128-SHA", False),
        (ssl.TLSVersion.TLSv1_1, "ALL:@SECLEVEL=0", False),
    ],
)
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated:DeprecationWarning")
def test_only_sound_versions_and_ciphers_are_spoken(
    secured: Secured, version: ssl.TLSVersion, ciphers: str | None, *, is_spoken: bool
) -> None:
    context = ssl.create_default_context(cafile=secured.files.certificate)
    context.minimum_version = context.maximum_version = version
    if ciphers:
        context.set_ciphers(ciphers)
    with socket.create_connection(("127.0.0.1", secured.server.port), timeout=30) as plain:
        if is_spoken:
            with context.wrap_socket(plain, server_hostname="127.0.0.1") as spoken:
                assert spoken.version()
        else:
            with pytest.raises((ssl.SSLError, ConnectionError)):
                context.wrap_socket(plain, server_hostname="127.0.0.1")


def test_library_and_command_line_trust_whom_the_environment_names(secured: Secured) -> None:
    url = f"https://127.0.0.1:{secured.server.port}"
    token = secured.api().post("/v1/sign-in", {"login": "operator", "password": OPERATOR_PASSWORD}).ok()["token"]
    known = environment(secured.folder) | {"CREDITCLOCK_URL": url, "CREDITCLOCK_TOKEN": token}
    trusting = known | {"SSL_CERT_FILE": str(secured.files.certificate)}

    def run(surroundings: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PROGRAM, "--json", "token", "who"],
            check=False,
            cwd=secured.folder,
            env=surroundings,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
        )

    with ThreadPoolExecutor(2) as threads:
        good, bad = threads.map(run, (trusting, known))
    assert json.loads(good.stdout)["kind"] == "operator", good
    assert bad.returncode == 3, bad
    assert "certificate" in bad.stderr


def test_new_certificate_counts_without_a_restart(secured: Secured) -> None:
    kept = secured.api()
    assert kept.get("/healthz").status == 200
    before = secured.serial()
    fresh = tls.made(secured.folder, "fresh-")
    for new, place in zip(fresh, secured.files, strict=True):
        new.replace(place)
    secured.hang_up()
    eventually(lambda: secured.serial() != before)
    assert secured.api().get("/healthz").status == 200
    assert kept.get("/healthz").status == 200, "the old connection goes on"


def test_new_certificate_is_noticed_without_a_signal(secured: Secured) -> None:
    before = secured.serial()
    fresh = tls.made(secured.folder, "fresh-")
    for new, place in zip(fresh, secured.files, strict=True):
        new.replace(place)
    eventually(lambda: secured.serial() != before)


def test_files_that_can_not_be_used_change_nothing(secured: Secured) -> None:
    before = secured.serial()
    kept = secured.files.certificate.read_bytes()
    secured.files.certificate.write_text("nonsense")
    secured.hang_up()
    eventually(lambda: "the new certificate is not used" in secured.server.log)
    assert secured.serial() == before
    secured.files.certificate.write_bytes(kept)


@pytest.fixture(scope="module")
def refusals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What servers said that didn't start."""
    folder = tmp_path_factory.mktemp("refused")
    good, other, over = tls.made(folder, "good-"), tls.made(folder, "other-"), tls.made(folder, "over-", days=-1)
    public, nonsense = folder / "public.pem", folder / "nonsense.pem"
    shutil.copy(good.key, public)
    public.chmod(0o644)
    nonsense.write_text("nonsense")
    nonsense.chmod(0o600)
    cases = {
        "no key": (good.certificate, None),
        "no file": (folder / "nothing.pem", good.key),
        "another key": (good.certificate, other.key),
        "a key for everybody": (good.certificate, public),
        "nonsense": (nonsense, good.key),
        "a certificate that is over": over,
        "swapped": (good.key, good.certificate),
    }

    def said(case: tuple[Path, Path | None]) -> str:
        certificate, key = case
        flags = ["--tls-cert", str(certificate), *(["--tls-key", str(key)] if key else [])]
        done = creditclock(folder, "serve", "--listen", "127.0.0.1:0", *flags)
        assert done.returncode == 1, done
        assert "Traceback" not in done.stderr
        return done.stderr

    with ThreadPoolExecutor(3) as threads:
        yield dict(zip(cases, threads.map(said, cases.values()), strict=True))


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        ("no key", "needs both --tls-cert and --tls-key"),
        ("no file", "can't be read: No such file"),
        ("another key", "is not that of the certificate"),
        ("a key for everybody", "chmod 600"),
        ("nonsense", "no certificate and key in PEM form"),
        ("a certificate that is over", "is over. Get a new one"),
        ("swapped", "good-key.pem is a key, and"),
    ],
)
def test_files_that_can_not_be_used_are_told_in_a_sentence(refusals: dict[str, str], case: str, sentence: str) -> None:
    assert sentence in refusals[case]


def test_certificate_that_ends_soon_is_told_at_the_start(tmp_path: Path) -> None:
    files = tls.made(tmp_path, days=3)
    with Server(tmp_path, flags=("--tls-cert", str(files.certificate), "--tls-key", str(files.key))) as server:
        eventually(lambda: " ends on 20" in server.log)


def test_who_greets_and_falls_silent_keeps_nobody_out(secured: Secured) -> None:
    def silent(source: str, number: int) -> list[socket.socket]:
        address = ("127.0.0.1", secured.server.port)
        return [socket.create_connection(address, TIMEOUT_S, (source, 0)) for _ in range(number)]

    held: list[socket.socket] = []
    try:
        for last in range(2, 7):
            held += silent(f"127.0.0.{last}", 200)
        assert secured.api().get("/healthz").status == 200
        assert not _ended(held[0]), "nobody had to wait until the silent ones are late"
        for last in range(30):
            held += silent(f"127.0.1.{last}", 20)
        assert secured.api().get("/healthz").status == 200
        assert not _ended(held[-1])
        assert _ended(held[0]), "the oldest of the source that has most made room"
    finally:
        for one in held:
            one.close()


def _ended(connection: socket.socket) -> bool:
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))

"""The second factor at a terminal: asked for when it is needed, and read from standard input by scripts."""

import subprocess
from pathlib import Path

import pyotp

from tests.cli.terminal import Terminal
from tests.conftest import Servers
from tests.server import PASSWORD, PROGRAM, environment

ONLY = "sqlite"


def test_code_is_asked_for_when_it_is_needed(servers: Servers, tmp_path: Path) -> None:
    shop = servers.kept("sqlite", test_clock=True).new_shop()
    url = {"CREDITCLOCK_URL": f"http://127.0.0.1:{shop.server.port}"}
    surroundings = environment(tmp_path) | url
    begun = shop.owner.post("/v1/second-factor", {"password": PASSWORD}).ok()
    totp = pyotp.TOTP(begun["secret"])  # pyright: ignore[reportPrivateImportUsage]
    body = {"code": totp.at(shop.server.now // 1000)}
    codes = shop.owner.post("/v1/second-factor/confirm", body).ok()["recovery_codes"]
    with Terminal([str(PROGRAM), "sign-in", shop.login], surroundings) as terminal:
        terminal.until("Password: ", within=60)
        terminal.type(f"{PASSWORD}\n")
        terminal.until("Code: ", within=60)
        terminal.type(f"{codes[0]}\n")
        terminal.until("Signed in as owner", within=60)
        assert codes[0] not in terminal.seen

    def run(typed: str, *words: str) -> tuple[int, str]:
        done = subprocess.run(
            [PROGRAM, *words],
            check=False,
            env=surroundings,
            input=typed,
            capture_output=True,
            text=True,
            timeout=100,
        )
        return done.returncode, done.stdout + done.stderr

    code, said = run(f"{PASSWORD}\n", "sign-in", shop.login, "--password-stdin")
    assert code == 4
    assert "on the line after the password" in said
    code, said = run(f"{PASSWORD}\n{codes[0]}\n", "sign-in", shop.login, "--password-stdin")
    assert (code, "was used already" in said) == (4, True)
    code, said = run(f"{PASSWORD}\n{codes[1]}\n", "sign-in", shop.login, "--password-stdin", "--lasts", "1h")
    assert code == 0, said
    assert "8" in run("", "second-factor", "get")[1]
    code, said = run(f"{PASSWORD}\n{codes[2]}\n", "second-factor", "remove", "--password-stdin")
    assert (code, said) == (0, "Done.\n")

"""The command line against a real server, and what it does without one."""

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from creditclock.cli.main import main
from creditclock.contract import OPERATIONS, Operation
from tests.cli.terminal import Terminal
from tests.conftest import Servers
from tests.server import OPERATOR_PASSWORD, PASSWORD, PROGRAM, Server, Shop, environment

ABROAD = ("batch.run", "token.sign_in", "token.sign_out")
VERBS = [operation for name, operation in OPERATIONS.items() if name not in ABROAD]


class Person:
    """Somebody at a terminal, with a home of their own."""

    def __init__(self, server: Server, home: Path) -> None:
        self.server = server
        self.home = home
        self.environment = environment(home) | {"CREDITCLOCK_URL": f"http://127.0.0.1:{server.port}", "TZ": "UTC"}

    def runs(self, *words: str, says: str = "", code: int = 0, **variables: str) -> str:
        """What a command prints; what it complains about if it fails."""
        done = subprocess.run(
            [PROGRAM, *words],
            check=False,
            cwd=self.home,
            env=self.environment | variables,
            input=says,
            capture_output=True,
            text=True,
            timeout=30,
        )
        assert done.returncode == code, done
        assert "Traceback" not in done.stderr
        return done.stderr if code else done.stdout


@pytest.fixture
def shop(servers: Servers) -> Shop:
    return servers.kept("sqlite", test_clock=False).shop


@pytest.fixture
def person(shop: Shop, tmp_path: Path) -> Person:
    return Person(shop.server, tmp_path)


@pytest.fixture
def owner(shop: Shop, person: Person) -> Person:
    person.runs("sign-in", shop.login, "--password-stdin", says=PASSWORD)
    return person


@pytest.mark.parametrize("operation", VERBS, ids=lambda operation: operation.name)
def test_every_operation_has_a_verb_that_tells_what_it_does(
    operation: Operation, capsys: pytest.CaptureFixture[str]
) -> None:
    noun, verb = operation.noun.replace("_", "-"), operation.verb.replace("_", "-")
    with pytest.raises(SystemExit) as left:
        main(["help", noun, verb])
    told = capsys.readouterr().out
    assert left.value.code == 0
    assert f"usage: creditclock {noun} {verb}" in told
    assert operation.summary in " ".join(told.split())
    assert "example: creditclock" in told
    # An export is always whole.
    paged = {"limit", "cursor"} if operation.name == "customer.export" else set[str]()
    for field in set(operation.command.__struct_fields__) - paged:
        assert field.upper() in told or f"--{field.replace('_', '-')}" in told


@pytest.mark.parametrize("words", [[], ["--help"], ["help", "wallet"], ["wallet"], ["help", "meter"], ["db"]])
def test_help_is_there_without_loading_an_http_client_or_the_server(words: list[str]) -> None:
    program = (
        "import sys\nfrom creditclock.cli.main import main\n"
        "try:\n    code = main(sys.argv[1:])\nexcept SystemExit as left:\n    code = left.code\n"
        "assert code == 0\n"
        "assert not {'urllib3', 'starlette', 'sqlalchemy'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, *words], check=True, capture_output=True, text=True)
    assert "creditclock" in done.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["wallet", "get", "clk_0000001000000000002"], "not the id of a wallet"),
        (["wallet", "get"], "WALLET_ID"),
        (["wallet", "gets"], "invalid choice"),
        (["clock", "buy", "clk_0000001000000000002", "--ms", "5x"], "is not a duration"),
        (["app", "create", "--name", "x", "--kind", "secret", "--scopes", "all"], "'all' is none of"),
        (["tariff", "create", "--name", "x"], "--price"),
        (["meter", "--clock", "clk_0000001000000000002"], "name the program"),
        (["serve", "--no-such-flag"], "--no-such-flag"),
        (["demo", "--port", "1"], "See: creditclock demo --help"),
        (["clock", "list", "--no-such-flag"], "See: creditclock clock list --help"),
        (["event", "follow", "--after", "x"], "not the id of an event"),
        (["webhook", "create", "ftp://foo"], "'ftp://foo' doesn't have the right form: An address"),
        (["session", "start", "clk_0000001000000000002", "--lease", "1s"], "'1s' must be at least 5s"),
        (["master", "create", "--name", "x", "--login", "x", "--password", "a"], "it must have at least 8 characters"),
    ],
)
def test_what_is_not_understood_is_told_in_one_sentence(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(words)
    told = capsys.readouterr().err
    assert left.value.code == 2
    assert told.startswith("creditclock: ")
    assert says in told


def test_a_login_is_kept_for_its_owner_alone_and_never_printed(shop: Shop, person: Person) -> None:
    told = person.runs("sign-in", shop.login, "--password-stdin", says=PASSWORD)
    kept = person.home / ".config" / "creditclock" / "token.json"
    token = json.loads(kept.read_text())["default"]["token"]
    assert token not in told
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert shop.id in person.runs("token", "who")
    assert person.runs("sign-in", shop.login, "--password-stdin", "--show", says=PASSWORD).strip().startswith("cct")
    person.runs("sign-out")
    assert "sign-in" in person.runs("token", "who", code=4)
    assert json.loads(kept.read_text()) == {}


def test_a_login_is_sent_to_no_other_server(shop: Shop, owner: Person) -> None:
    elsewhere = f"http://localhost:{shop.server.port}"
    assert "sign-in" in owner.runs("--url", elsewhere, "token", "who", code=4)
    assert "Nobody is signed in" in owner.runs("token", "who", code=4, CREDITCLOCK_URL=elsewhere)


def test_a_token_that_is_named_and_wrong_is_told_with_its_place(person: Person) -> None:
    told = person.runs("clock", "list", code=4, CREDITCLOCK_TOKEN="ccs_junk")
    assert told.startswith("creditclock: The token or key in CREDITCLOCK_TOKEN is wrong, expired or revoked.")
    (person.home / "key").write_text("ccs_junk")
    assert "in the file key is wrong" in person.runs("clock", "list", "--token-file", "key", code=4)


def test_a_profile_that_is_not_kept_is_told_before_connecting(person: Person) -> None:
    told = person.runs("clock", "list", "--profile", "nobody", "--url", "http://127.0.0.1:1", code=4)
    assert told.startswith("creditclock: No login is kept under the name 'nobody'.")


def test_profiles_keep_logins_apart(shop: Shop, owner: Person) -> None:
    owner.runs("sign-in", "operator", "--password-stdin", "--profile", "boss", says=OPERATOR_PASSWORD)
    assert "operator" in owner.runs("--profile", "boss", "token", "who")
    assert "operator" in owner.runs("token", "who", CREDITCLOCK_PROFILE="boss")
    assert shop.id in owner.runs("token", "who")
    key = owner.home / "key"
    key.write_text(shop.key.token or "")
    assert json.loads(owner.runs("--token-file", str(key), "--json", "token", "who"))["kind"] == "app"
    assert json.loads(owner.runs("--json", "token", "who", CREDITCLOCK_TOKEN=shop.key.token or ""))["kind"] == "app"


def test_amounts_are_in_the_currency_of_the_wallet(shop: Shop, owner: Person) -> None:
    customer = shop.customer()
    told = owner.runs("wallet", "top-up", customer.wallet, "100.00", "--note", "at the desk")
    assert "balance    100.00 CREDIT" in told
    assert shop.balance(customer.wallet) == 10_000
    assert "The amount must be more than 0." in owner.runs("wallet", "top-up", customer.wallet, "0", code=2)
    assert "2 decimals" in owner.runs("wallet", "top-up", customer.wallet, "1.005", code=2)
    assert "50.50 CREDIT are missing" in owner.runs("wallet", "pay", customer.wallet, "150.5", code=1)
    assert "either --amount or --ms" in owner.runs("clock", "buy", customer.clock, code=1)
    bought = json.loads(owner.runs("clock", "buy", customer.clock, "--amount", "10", "--json"))
    assert (bought["record"]["amount"], bought["record"]["ms"]) == (-1_000, 600_000)
    told = owner.runs("clock", "get", customer.clock)
    assert "left           10m00s" in told
    assert "10.00 CREDIT" in told
    assert "-10.00 CREDIT" in owner.runs("wallet", "records", customer.wallet)
    assert "60.00 CREDIT" in owner.runs("tariff", "list")


def test_another_exponent_is_another_way_to_write(shop: Shop, person: Person) -> None:
    points = shop.server.new_shop(currency="POINT", exponent=0)
    customer = points.customer()
    person.runs("sign-in", points.login, "--password-stdin", says=PASSWORD)
    assert "no decimals" in person.runs("wallet", "top-up", customer.wallet, "1.5", code=2)
    assert "balance    7 POINT" in person.runs("wallet", "top-up", customer.wallet, "7")


def test_null_clears_and_what_is_not_said_stays(shop: Shop, owner: Person) -> None:
    customer = shop.customer()
    owner.runs("customer", "change", customer.id, "--name", "Bob", "--email", "bob@example.com")
    owner.runs("customer", "change", customer.id, "--no-email")
    told = json.loads(owner.runs("customer", "get", customer.id, "--json"))
    assert (told["name"], told["email"]) == ("Bob", None)


def test_lists_are_followed_to_their_end(shop: Shop, owner: Person) -> None:
    customer = shop.customer()
    for _ in range(3):
        shop.key.post(f"/v1/wallets/{customer.wallet}/top-up", {"amount": 5}).ok()
    told = owner.runs("wallet", "records", customer.wallet, "--limit", "2")
    assert "--cursor" in told
    every = json.loads(owner.runs("wallet", "records", customer.wallet, "--limit", "2", "--all", "--json"))
    assert (len(every["items"]), every["next"]) == (3, None)


def test_a_session_by_hand_and_its_bill(shop: Shop, owner: Person) -> None:
    customer = shop.customer(ms=600_000)
    session = json.loads(owner.runs("session", "start", customer.clock, "--lease", "30s", "--json"))
    assert session["lease_ms"] == 30_000
    assert "Somebody else" in owner.runs("session", "stop", session["id"], "--seq", "2", code=1)
    assert "stopped" in owner.runs("session", "stop", session["id"], "--seq", "1")
    assert "taken from the clock" in owner.runs("session", "explain", session["id"])


def test_a_server_that_is_not_there_is_named(person: Person) -> None:
    told = person.runs("--url", "http://127.0.0.1:1", "token", "who", code=3)
    assert told.startswith("creditclock: No answer from http://127.0.0.1:1 (Connection refused).")


def test_passwords_are_asked_for_at_a_terminal_only(shop: Shop, person: Person) -> None:
    assert "--password-stdin" in person.runs("sign-in", shop.login, code=2)
    with Terminal([str(PROGRAM), "sign-in", shop.login], person.environment) as terminal:
        terminal.until("Password: ")
        terminal.type(f"{PASSWORD}\n")
        terminal.until("Signed in as owner")
        assert PASSWORD not in terminal.seen


def test_the_story_is_true(shop: Shop, tmp_path: Path) -> None:
    story = Path(__file__).parents[2] / "examples" / "story.sh"
    variables = environment(tmp_path) | {
        "PATH": f"{PROGRAM.parent}:/usr/bin:/bin",
        "CREDITCLOCK_URL": f"http://127.0.0.1:{shop.server.port}",
        "CREDITCLOCK_DATABASE": shop.server.database,
    }
    done = subprocess.run(["sh", story], check=False, env=variables, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done
    for told in ("TERM came", "exit code 124", "taken from the clock: 3000 ms", "The books are right: "):
        assert told in done.stdout


def test_thresholds_of_a_tariff_are_typed_as_durations(owner: Person) -> None:
    made = json.loads(
        owner.runs("tariff", "create", "--name", "Warned", "--price", "60.00", "--low", "10m,30s", "--json")
    )
    assert made["low_ms"] == [600_000, 30_000]
    assert "10m00s, 30s" in owner.runs("tariff", "get", made["id"])
    assert json.loads(owner.runs("tariff", "change", made["id"], "--low", "", "--json"))["low_ms"] == []
    assert "1s" in owner.runs("tariff", "create", "--name", "Wrong", "--price", "1", "--low", "1ms", code=2)

"""An old installation's file, imported: who was there signs in, and has what was there."""

import hashlib
import sqlite3
import subprocess
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from creditclock.contract.values import master_of, number_of
from tests.api import Api, Json
from tests.conftest import Servers
from tests.imports.old import PASSWORD, Old, furnished
from tests.server import PROGRAM, Server, creditclock, environment

ONLY = "sqlite"


def imported(server: Server, path: Path, *words: str, code: int = 0) -> str:
    done = creditclock(server.folder, "import", "ewallet", str(path), "--database", server.database, *words)
    assert done.returncode == code, done
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def prepared(servers: Servers, kind: str) -> Server:
    """A server on a database that was set up, not started."""
    return servers.made(kind)


def master_id(server: Server, login: str) -> str:
    rows = server.rows("SELECT of_master FROM sign_in_name WHERE login = ?", login)
    return f"mas_{rows[0][0]:07x}{0:012x}"


def numbers(server: Server, table: str, master: str) -> list[tuple[Any, ...]]:
    return server.rows(f"SELECT no, reference FROM {table} WHERE master_id = ? ORDER BY no", master_of(master))


@pytest.mark.timeout(400)
def test_who_was_there_signs_in_and_has_what_was_there(prepared: Server, tmp_path: Path) -> None:
    path = furnished(tmp_path / "ewallet.db").path
    before = path.read_bytes()
    said = imported(prepared, path)
    assert "Everything fits." in said
    assert "105 credits and 23.75 minutes were opened." in said
    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == ["ewallet.db"]
    with prepared as server:
        master = master_id(server, "m@ex.org")
        mia = server.signed_in("m@ex.org", PASSWORD)
        assert mia.get(f"/v1/masters/{master}").ok()["customer_limit"] == 10
        shown = mia.get("/v1/customers").ok()["items"]
        assert [(one["login"], one["name"], one["phone"]) for one in shown] == [
            ("u1@ex.org", "Ann", "+40 700 000 000"),
            ("u2@ex.org", "Bob", None),
        ]
        assert shown[0]["created_at"] == "2021-03-04T09:30:00.000Z"
        ann = server.signed_in("u1@ex.org", PASSWORD, master)
        wallets = [ann.get(f"/v1/wallets/{wallet}").ok() for wallet in shown[0]["wallets"]]
        assert [(one["balance"], one["exponent"], one["currency"]) for one in wallets] == [
            (70, 0, "CREDIT"),
            (5, 0, "CREDIT"),
        ]
        clocks = [ann.get(f"/v1/clocks/{clock}").ok() for clock in shown[0]["clocks"]]
        assert [one["balance_ms"] for one in clocks] == [1_230_000, 195_000, 0]
        records = ann.get(f"/v1/wallets/{wallets[0]['id']}/records").ok()["items"]
        assert {record["note"] for record in records} == {"Opening balance"}
        assert sorted(record["amount"] for record in records) == [-20, 20, 70]
        returned = ann.post(f"/v1/clocks/{clocks[0]['id']}/return", {"ms": 600_000}).ok()
        assert returned["wallet"]["balance"] == 80
        session = ann.post(f"/v1/clocks/{clocks[0]['id']}/sessions", {}).ok(201)
        ann.post(f"/v1/sessions/{session['id']}/stop", {"seq": session["seq"]}).ok()
        assert not server.check()


@pytest.mark.timeout(400)
def test_things_keep_their_numbers_and_records(prepared: Server, tmp_path: Path) -> None:
    imported(prepared, furnished(tmp_path / "ewallet.db").path)
    master = master_id(prepared, "m@ex.org")
    number = master_of(master)
    assert numbers(prepared, "wallet_profile", master) == [
        (2, "Credit EWallet"),
        (3, "Credit EWallet"),
        (4, "Savings"),
    ]
    assert numbers(prepared, "clock_profile", master) == [
        (2, "Credit Clock"),
        (3, "Credit Clock"),
        (4, "Weekend"),
        (5, "Credit Clock"),
    ]
    rows = prepared.rows(
        "SELECT p.no, c.login, p.alias FROM customer_profile p JOIN customer c ON c.master_id = p.master_id "
        "AND c.id = p.id WHERE p.master_id = ? ORDER BY p.no",
        number,
    )
    assert rows == [(2, "u1@ex.org", "annie"), (3, "u2@ex.org", None)]
    last = dict(prepared.rows("SELECT kind, last FROM numbering WHERE master_id = ?", number))
    assert (last["account"], last["wallet"], last["clock"], last["transfer"]) == (3, 4, 5, 4)
    records = prepared.rows(
        "SELECT kind, no, reference, type, credits, ms, currency, cost, created_at FROM sheet_record "
        "WHERE master_id = ? ORDER BY kind, no",
        number,
    )
    at = 1_614_850_200_000
    assert records == [
        ("conversion", 1, "ConversionRecord", "credits2clock", 20, 1_200_000, None, None, at),
        ("conversion", 2, "ConversionRecord", "clock2credits", 5, 300_000, None, None, at),
        ("invoice", 1, "InvoiceRecord", "invoice", 100, None, "RON", 125_000, 1_614_855_600_000),
        ("time", 1, "TimeRecord", "timer", None, 120_000, None, None, at),
        ("transfer", 1, "Lunch", "transfer", 30, None, None, None, at),
        ("transfer", 2, "TransferRecord", "incoming", 30, None, None, None, at),
    ]
    parties = prepared.rows(
        "SELECT payer.login, payee.login FROM sheet_record r "
        "JOIN customer payer ON payer.master_id = r.master_id AND payer.id = r.payer "
        "JOIN customer payee ON payee.master_id = r.master_id AND payee.id = r.payee "
        "WHERE r.master_id = ? AND r.kind = 'transfer'",
        number,
    )
    assert parties == [("u1@ex.org", "u2@ex.org")] * 2
    contacts = prepared.rows("SELECT id, name, email, phone, notes FROM contact WHERE master_id = ?", number)
    assert contacts == [(1, "Bob", "u2@ex.org", "555", "a friend")]
    visits = prepared.rows(
        "SELECT kind, no, principal = 0, at FROM attendance WHERE master_id = ? ORDER BY kind, no", number
    )
    assert [(kind, no, bool(own)) for kind, no, own, _ in visits] == [
        ("login", 1, False),
        ("login", 2, False),
        ("login", 3, True),
        ("logout", 1, False),
    ]
    profile = prepared.rows("SELECT key_code, company, address FROM master_profile WHERE master_id = ?", number)
    assert profile == [("Key-Of-Mia", "Mia's Café", "1 High Street")]
    assert not prepared.check()


@pytest.mark.timeout(400)
def test_nothing_is_brought_twice(prepared: Server, tmp_path: Path) -> None:
    old = furnished(tmp_path / "ewallet.db")
    imported(prepared, old.path)
    tables = ("customer", "posting", "sheet_record", "contact", "attendance", "journal")
    before = {table: prepared.rows(f"SELECT count(*) FROM {table}") for table in tables}
    said = imported(prepared, old.path)
    assert {table: prepared.rows(f"SELECT count(*) FROM {table}") for table in tables} == before
    assert row_of(said, "accounts") == [2, 0, 2, 0]
    assert row_of(said, "records") == [6, 0, 6, 0]
    assert "0 credits" in said
    # Somebody new in a later copy of the file comes, and what is there stays as it is.
    old.person("Cleo", "u3@ex.org", 1, 7, 1.0)
    old.add("transfer_sheet_record", transfer_sheet_id=5, transfer_type="incoming", transfer_from=2, credits=7)
    said = imported(prepared, old.path)
    assert row_of(said, "accounts") == [3, 1, 2, 0]
    assert row_of(said, "records") == [7, 1, 6, 0]
    assert "7 credits and 1.00 minutes" in said
    assert not prepared.check()


def row_of(said: str, kind: str) -> list[int]:
    """What the table says of a kind: in the file, moved, there already, left out."""
    (line,) = [line for line in said.splitlines() if line.startswith(f"{kind} ")]
    return [int(word) for word in line.split()[1:]]


@pytest.mark.timeout(400)
def test_an_import_that_was_killed_goes_on(prepared: Server, tmp_path: Path) -> None:
    old = furnished(tmp_path / "ewallet.db")
    with closing(sqlite3.connect(old.path)) as file, file:
        # More than a sheet holds, in many commands.
        file.executemany(
            "INSERT INTO transfer_sheet_record (transfer_sheet_id, transfer_type, credits) VALUES (2, 'incoming', ?)",
            [(number,) for number in range(20_000)],
        )
    count = "SELECT count(*) FROM sheet_record"
    with closing_process(prepared, old.path) as process:
        until = time.monotonic() + 60
        while prepared.rows(count)[0][0] < 400:
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.01)
        process.kill()
    brought = prepared.rows(count)[0][0]
    assert 400 <= brought < 20_000
    said = imported(prepared, old.path)
    assert row_of(said, "records") == [20_006, 20_006 - brought, brought, 0]
    assert row_of(said, "accounts") == [2, 0, 2, 0]
    number = master_of(master_id(prepared, "m@ex.org"))
    records = prepared.rows("SELECT no, credits FROM sheet_record WHERE kind = 'transfer' ORDER BY no")
    assert [no for no, _ in records] == list(range(1, 20_003))
    assert [amount for _, amount in records[2:]] == list(range(20_000))
    sheets = "SELECT no, records FROM sheet WHERE master_id = ? AND kind = 'transfer' ORDER BY no"
    pieces = [(5 + piece, 1_000) for piece in range(19)]
    assert prepared.rows(sheets, number) == [(2, 1_000), (3, 1), (4, 0), *pieces, (24, 1)]
    assert prepared.rows(
        "SELECT max(s.no) FROM wallet_profile p JOIN sheet s ON s.master_id = p.master_id AND s.id = p.transfer_sheet"
    ) == [(24,)]
    assert not prepared.check()


@contextmanager
def closing_process(server: Server, path: Path) -> Generator[subprocess.Popen[bytes]]:
    """An import that is under way."""
    command = [PROGRAM, "import", "ewallet", str(path), "--database", server.database]
    process = subprocess.Popen(command, cwd=server.folder, env=environment(server.folder), stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.timeout(400)
def test_a_dry_run_writes_nothing_and_counts_the_same(prepared: Server, tmp_path: Path) -> None:
    old = odd(tmp_path / "ewallet.db")
    before = prepared.rows("SELECT * FROM lane")
    dry = imported(prepared, old.path, "--dry-run", code=1)
    assert "Nothing was written." in dry
    assert prepared.rows("SELECT * FROM lane") == before
    wet = imported(prepared, old.path, code=1)
    for kind in ("businesses", "accounts", "wallets", "clocks", "sheets", "records", "contacts", "logins"):
        found, moved, there, left = row_of(wet, kind)
        assert row_of(dry, kind) == [found, moved, there, left]
        assert found == moved + there + left, kind
    assert findings(dry) == findings(wet)
    assert not prepared.check()


def findings(said: str) -> list[str]:
    return [line for line in said.splitlines() if line.startswith("  ")]


def odd(path: Path) -> Old:
    """A file with everything that doesn't fit."""
    old = furnished(path)
    mia = 1
    old.person("Twin", "u1@ex.org", mia, 11, 1.0)
    old.person("Nobody", None, mia, 1)
    old.person("Spaces", "a b", mia, 1)
    old.person("Debtor", "debtor@ex.org", mia, -50, -3.0)
    old.person("Rich", "rich@ex.org", mia, 2**62, 1e300)
    old.person("Half", "half@ex.org", mia, 1.5, "many")
    old.person("Weak", "weak@ex.org", mia, user_pass_hash="secret", user_phone="call me", user_create_date="yesterday")
    old.person("Leaving", "leaving@ex.org", mia, 3, to_unlink=1, to_unlink_timestamp="2021-01-01 00:00:00")
    old.account("Bare", "bare@ex.org", mia, user_create_date=None)
    old.person("Orphan", "orphan@ex.org", 99, 9)
    old.run("UPDATE credit_clock SET credit_clock_state = 'active' WHERE wallet_id = 2")
    old.clock(None, 12.0)
    old.wallet(77, 4)
    cold = old.master("cold@ex.org", is_active=0, key_code="EWSC-Master-Key-Code", user_name="Cold")
    old.person("Ice", "u1@ex.org", cold, 6, 1.0)
    old.person("Lost", "lost@ex.org", old.master("m@ex.org", user_name="Second"), 8)
    old.master(None)
    old.master("keyless@ex.org", key_code=None, user_name="Keyless", to_unlink=1, account_limit="many")
    for given in ({"credits": -5}, {"credits": "x"}, {"credits": 5, "transfer_from": 66}):
        old.add("transfer_sheet_record", transfer_sheet_id=2, transfer_type="payment", create_date="soon", **given)
    old.add("transfer_sheet_record", transfer_sheet_id=55, credits=1)
    old.add("invoice_sheet_record", invoice_sheet_id=2, credits=1, cost=-1.0, notes="thanks", seller_id=66)
    old.add("ewallet_login", user_id=2, login_date="never")
    return old


@pytest.mark.timeout(400)
def test_what_does_not_fit_is_said_and_left_out(prepared: Server, tmp_path: Path) -> None:
    said = imported(prepared, odd(tmp_path / "ewallet.db").path, code=1)
    for part in (
        "account 4 (u1@ex.org): an older account of this business has the same e-mail. It held 11 credits and 1.00",
        "account 5 (no e-mail): no login can be made of its e-mail.",
        "account 6 (a b): no login can be made of its e-mail.",
        "its balance of -50 is below zero. It is moved empty",
        "its -3.0 minutes can't be moved. It is moved empty",
        "its balance of 4611686018427387904 is too large.",
        "its balance of 1.5 is not whole.",
        "its many minutes can't be moved.",
        "account 10 (weak@ex.org): its password can't be moved.",
        "account 10 (weak@ex.org): its phone number 'call me' is none",
        "account 11 (leaving@ex.org): it is marked for removal",
        "account 12 (bare@ex.org): it has no wallet.",
        "account 13 (orphan@ex.org): its master isn't there any more. It held 9 credits",
        "clock 2: its timer runs or is paused.",
        "its wallet isn't there any more, it held 12.0 minutes.",
        "its account isn't there any more, it held 4.",
        "business 2 (cold@ex.org): it is frozen",
        "business 2 (cold@ex.org): its key code is the one that everybody knows.",
        "business 3 (m@ex.org): an older business of the file has the same e-mail. Its 1 accounts are left out too.",
        "business 4 (no e-mail): no login can be made of its e-mail.",
        "business 5 (keyless@ex.org): it has no key code.",
        "business 5 (keyless@ex.org): it is marked for removal",
        "its -5 credits can't be.",
        "its x credits can't be.",
        "account 66 in it isn't known any more.",
        "transfer sheet 55: 1 records: it isn't there.",
        "its cost of -1.0 is left out.",
        "its notes are left out",
        "'never' is no date.",
    ):
        assert part in said, (part, said)
    with prepared as server:
        master, cold = master_id(server, "m@ex.org"), master_id(server, "cold@ex.org")
        mia = server.signed_in("m@ex.org", PASSWORD)
        people = {one["login"]: one for one in mia.get("/v1/customers").ok()["items"]}
        assert set(people) == {
            "u1@ex.org",
            "u2@ex.org",
            "debtor@ex.org",
            "rich@ex.org",
            "half@ex.org",
            "weak@ex.org",
            "leaving@ex.org",
            "bare@ex.org",
        }
        assert {login: holdings(mia, one) for login, one in people.items()} == {
            "u1@ex.org": (75, 1_425_000),
            "u2@ex.org": (30, 0),
            "debtor@ex.org": (0, 0),
            "rich@ex.org": (0, 0),
            "half@ex.org": (1, 0),
            "weak@ex.org": (0, 0),
            "leaving@ex.org": (3, 0),
            "bare@ex.org": (0, 0),
        }
        assert people["leaving@ex.org"]["state"] == "removed"
        mia.post(f"/v1/customers/{people['leaving@ex.org']['id']}/recover").ok()
        body = {"login": "weak@ex.org", "password": "secret", "master": master}
        server.nobody.post("/v1/sign-in", body).refused(401, "sign_in_failed")
        ice = server.signed_in("u1@ex.org", PASSWORD, cold)
        assert server.signed_in("cold@ex.org", PASSWORD).get(f"/v1/masters/{cold}").ok()["state"] == "frozen"
        clock = ice.get(f"/v1/customers/{ice.get('/v1/who').ok()['id']}").ok()["clocks"][0]
        ice.post(f"/v1/clocks/{clock}/sessions", {}).refused(403, "master_frozen")
        assert not server.check()


def holdings(api: Api, customer: Json) -> tuple[int, int]:
    credits_ = sum(api.get(f"/v1/wallets/{wallet}").ok()["balance"] for wallet in customer["wallets"])
    return credits_, sum(api.get(f"/v1/clocks/{clock}").ok()["balance_ms"] for clock in customer["clocks"])


@pytest.mark.timeout(400)
def test_an_old_hash_is_never_kept_and_the_password_is_hashed_anew(prepared: Server, tmp_path: Path) -> None:
    imported(prepared, furnished(tmp_path / "ewallet.db").path)
    old = hashlib.sha256(PASSWORD.encode()).hexdigest()
    with prepared as server:
        master = master_id(server, "m@ex.org")
        ask = "SELECT password FROM credential WHERE master_id = ? ORDER BY id"
        kept = [row[0] for row in server.rows(ask, master_of(master))]
        assert len(kept) == len(set(kept)) == 3
        assert all(one.startswith("sha256+$argon2id$") and old not in one for one in kept)
        everything = repr([server.rows(f"SELECT * FROM {table}") for table in ("journal", "event", "stored")])
        assert old not in everything
        assert "Key-Of-Mia" not in everything
        body = {"login": "u1@ex.org", "master": master}
        for wrong in ("123abc@xxy", old, kept[1]):
            server.nobody.post("/v1/sign-in", body | {"password": wrong[:200]}).refused(401, "sign_in_failed")
        server.nobody.post("/v1/sign-in", body | {"password": PASSWORD}).ok()
        who: Json = server.nobody.post("/v1/sign-in", body | {"password": PASSWORD}).ok()["who"]
        ask = "SELECT password, version FROM credential WHERE master_id = ? AND id = ?"
        ((password, version),) = server.rows(ask, master_of(master), number_of(who["id"]))
        assert password.startswith("$argon2id$")
        assert version == 1


@pytest.mark.timeout(400)
def test_a_login_that_is_taken_here_is_left_alone(prepared: Server, tmp_path: Path) -> None:
    path = furnished(tmp_path / "ewallet.db").path
    with prepared as server:
        body = {"name": "Other", "login": "m@ex.org", "password": "correct horse"}
        other = server.operator.post("/v1/masters", body).ok(201)
        server.stop()
        said = imported(server, path, code=1)
        assert "is the login of somebody else here" in said
        assert row_of(said, "accounts") == [2, 0, 0, 2]
        server.start()
        assert server.operator.get(f"/v1/masters/{other['id']}").ok()["customers"] == 0


def test_a_served_file_is_refused_and_postgresql_is_not(servers: Servers, kind: str, tmp_path: Path) -> None:
    path = furnished(tmp_path / "ewallet.db").path
    with servers.made(kind) as server:
        assert "to move" in imported(server, path, "--dry-run")
        if kind == "sqlite":
            assert "Stop it first" in imported(server, path, code=1)
            return
        imported(server, path)
        master = master_id(server, "m@ex.org")
        server.signed_in("u1@ex.org", PASSWORD, master)


@pytest.mark.timeout(400)
def test_nobody_loses_a_lease_while_it_lasts(servers: Servers, tmp_path: Path) -> None:
    old = furnished(tmp_path / "ewallet.db")
    for number in range(70):
        old.account(f"Guest {number}", f"guest{number}@ex.org", 1)
    with servers.made("sqlite") as server:
        shop = server.new_shop()
        session = shop.start(shop.customer(ms=3_600_000).clock, lease_ms=5_000)
        server.stop()
        began = time.monotonic()
        imported(server, old.path)
        time.sleep(max(0, began + 6 - time.monotonic()))  # past the lease, however fast this machine is
        server.start()
        after = server.nobody.holding(shop.key.token).get(f"/v1/sessions/{session['id']}").ok()
        assert after["state"] == "running"
        assert after["seq"] == session["seq"]


def test_other_columns_are_found_and_missing_ones_named(servers: Servers, tmp_path: Path) -> None:
    server = servers.made("sqlite")
    old = furnished(tmp_path / "ewallet.db")
    for statement in (
        "ALTER TABLE res_user RENAME COLUMN user_create_date TO create_date",
        "ALTER TABLE res_user RENAME COLUMN master_account_id TO boss",
        "ALTER TABLE res_user RENAME COLUMN user_id TO number",
        "DROP TABLE contact_list_record",
        "DROP TABLE ewallet_logout",
    ):
        old.run(statement)
    said = imported(server, old.path)
    assert row_of(said, "accounts")[:2] == [2, 2]
    assert "There is no table contact_list_record: nothing of that table is moved." in said
    assert "There is no table ewallet_logout" in said
    old.run("ALTER TABLE credit_clock DROP COLUMN credit_clock")
    said = imported(server, old.path, code=1)
    assert "The table credit_clock has no column credit_clock or credit_minutes or minutes" in said


@pytest.mark.parametrize("what", ["missing", "folder", "text", "empty", "other"])
def test_what_is_no_old_file_is_refused(servers: Servers, tmp_path: Path, what: str) -> None:
    server = servers.made("sqlite")
    path = tmp_path / "given.db"
    match what:
        case "folder":
            path.mkdir()
        case "text":
            path.write_text("no database " * 1_000)
        case "empty":
            path.touch()
        case "other":
            with closing(sqlite3.connect(path)) as file:
                file.execute("CREATE TABLE something (id INTEGER)")
        case _:
            pass
    said = imported(server, path, code=1)
    assert "data/ewallet.db" in said
    assert len(said.splitlines()) == 1
    assert "is no time zone" in imported(server, path, "--zone", "Nowhere/Land", code=1)


def test_dates_are_local_time_of_the_old_machine(servers: Servers, tmp_path: Path) -> None:
    server = servers.made("sqlite")
    imported(server, furnished(tmp_path / "ewallet.db").path, "--zone", "Europe/Bucharest")
    master = master_of(master_id(server, "m@ex.org"))
    assert server.rows("SELECT zone FROM master WHERE master_id = ?", master) == [("Europe/Bucharest",)]
    dates = server.rows("SELECT DISTINCT created_at FROM customer WHERE master_id = ?", master)
    assert dates == [(1_614_850_200_000 - 7_200_000,)]

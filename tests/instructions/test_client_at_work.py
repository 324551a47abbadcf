"""The client of the instruction set at a real server: a master, its accounts, their credits and timers."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from creditclock.instructions import Client, InstructionRefused, UnexpectedAnswer
from tests.conftest import Servers
from tests.server import Server

EXAMPLE = Path(__file__).parents[2] / "examples" / "instructions.py"
MASTERS, ACCOUNTS = "Mias-secret-1", "Anns-secret-1"
KEY = "a-key-code-of-a-test"


@pytest.fixture(scope="module")
def open_server(servers: Servers) -> Iterator[Server]:
    made = servers.made("sqlite")
    made.flags = ("--instruction-set", "open")
    (made.folder / "creditclock.toml").write_text("rate_per_caller = 0\n")
    with made as server:
        yield server
    assert not made.check()


def url_of(server: Server) -> str:
    return f"http://127.0.0.1:{server.port}"


def mail(server: Server, name: str) -> str:
    return f"{server.unique(name)}@example.org"


def master(client: Client, server: Server) -> str:
    """A new master that the client has acquired, by its e-mail."""
    email = mail(server, "mia")
    made = client.create_master(user_name="Mia", user_email=email, user_pass=MASTERS, key=KEY)
    assert made.account_data.key_code == KEY
    assert client.acquire_master(master=email, key=KEY).master == email
    return email


def account(client: Client, server: Server, name: str = "ann") -> str:
    """A new account that is logged in, by its e-mail."""
    email = mail(server, name)
    assert client.create_account(user_name=name, user_email=email, user_pass=ACCOUNTS).account == email
    session = client.account_login(user_email=email, user_pass=ACCOUNTS).session_data
    assert session.session_user_account == email
    return email


@pytest.fixture
def client(open_server: Server) -> Iterator[Client]:
    """A client under a master of its own."""
    with Client(url_of(open_server)).connect() as connected:
        master(connected, open_server)
        yield connected


def refused(raised: pytest.ExceptionInfo[InstructionRefused]) -> tuple[str, str]:
    assert raised.value.message.endswith(".")
    return raised.value.label, raised.value.code


def test_credits_become_minutes_and_the_timer_takes_them(client: Client, open_server: Server) -> None:
    account(client, open_server)
    supplied = client.supply_credits(100, cost=4.7, notes="receipt 17")
    assert (supplied.ewallet_credits, supplied.supplied_credits) == (100, 100)
    invoice = client.view_invoice_record(supplied.invoice_record).record_data
    assert (invoice.credits, invoice.cost, invoice.currency) == (100, 4.7, "RON")
    bought = client.convert_credits_to_clock(20)
    assert (bought.ewallet_credits, bought.credit_clock) == (80, 20.0)
    started = client.start_clock_timer()
    assert client.view_credit_clock().clock_data.clock_state == "active"
    assert client.pause_clock_timer().start_timestamp == started.start_timestamp
    assert client.view_credit_clock().clock_data.clock_state == "pending"
    assert client.resume_clock_timer().pending_count == 1
    stopped = client.stop_clock_timer()
    assert (stopped.clock, stopped.pending_count) == (started.clock, 1)
    assert 0 < stopped.minutes_spent < 1
    record = client.view_time_record(stopped.time_record)
    assert record.record_data.time_spent == stopped.minutes_spent
    assert stopped.time_record in client.view_time_sheet().sheet_data.records
    given_back = client.convert_clock_to_credits(10)
    assert (given_back.ewallet_credits, given_back.converted_minutes) == (90, 10.0)
    wallet = client.view_credit_ewallet().ewallet_data
    assert (wallet.credits, wallet.clock) == (90, started.clock)


def test_accounts_pay_each_other(client: Client, open_server: Server) -> None:
    bob = account(client, open_server, "bob")
    ann = account(client, open_server)
    client.supply_credits(50)
    paid = client.pay_credits(bob, 20, notes="lunch")
    assert (paid.paid, paid.ewallet_credits, paid.spent_credits) == (bob, 30, 20)
    moved = client.transfer_credits(bob, 5)
    assert (moved.transfered_to, moved.ewallet_credits) == (bob, 25)
    assert client.view_transfer_record(moved.transfer_record).record_data.transfer_type == "transfer"
    assert client.switch_account(bob).session_data.session_account_archive.keys() == {ann, bob}
    assert client.view_credit_ewallet().ewallet_data.credits == 25


def test_refusals_are_raised_with_their_codes(client: Client, open_server: Server) -> None:
    with pytest.raises(InstructionRefused, match="AccountLogin") as raised:
        client.view_credit_clock()
    assert refused(raised) == ("ViewCreditClock", "not_logged_in")
    account(client, open_server)
    with pytest.raises(InstructionRefused) as raised:
        client.convert_credits_to_clock(1)
    assert refused(raised) == ("ConvertCreditsToClock", "insufficient_credits")
    with pytest.raises(InstructionRefused) as raised:
        client.stop_clock_timer()
    assert refused(raised)[0] == "StopClockTimer"
    with pytest.raises(InstructionRefused) as raised:
        client.supply_credits(-5)
    assert refused(raised)[0] == "SupplyCredits"
    with pytest.raises(InstructionRefused) as raised:
        client.account_login(user_email="nobody@example.org", user_pass="Noones-secret-1")
    assert "Noones-secret-1" not in repr(raised.value)
    with pytest.raises(InstructionRefused) as raised:
        client.acquire_master(master="nobody@example.org", key="a-wrong-key-code")
    assert refused(raised)[0] == "AcquireMaster"
    client.session_token = "ewsm-st:AAAAAAAAAAAAAAAAAAAA:1795161617"
    with pytest.raises(InstructionRefused) as raised:
        client.view_account()
    assert refused(raised) == ("ViewAccount", "invalid_tokens")


def test_another_client_goes_on_with_the_tokens(client: Client, open_server: Server) -> None:
    email = account(client, open_server)
    client.start_clock_timer()
    kept = client.client_id, client.session_token
    with Client(url_of(open_server), client_id=kept[0], session_token=kept[1]) as later:
        assert later.check_ctoken_status().acquired
        assert later.check_stoken_valid().valid
        assert later.stoken_keep_alive().extended == 30
        assert later.view_account().account == email
        assert later.stop_clock_timer().minutes_spent >= 0


def test_a_master_looks_after_its_accounts(open_server: Server) -> None:
    with Client(url_of(open_server)).connect() as client:
        email = master(client, open_server)
        ann = account(client, open_server)
        assert client.master_account_login(user_email=email, user_pass=MASTERS).session_data.master == email
        pool = client.inspect_sub_pool().subpool
        assert set(pool.values()) == {ann}
        (number,) = pool
        assert client.inspect_subordonate(number).subordonate.email == ann
        assert client.inspect_ctokens().ctokens == [client.client_id]
        assert client.master_edit_account(company="Corner").edit.company
        assert client.master_view_account().account_data.company == "Corner"
        assert client.master_event_poll().events == []
        assert client.master_account_logout().session_data.master is None


def test_what_happened_is_polled_and_acknowledged(client: Client, open_server: Server) -> None:
    ann = account(client, open_server)
    assert "CreditsReceived" in {offered.label for offered in client.event_list().available_events}
    client.supply_credits(7)
    (event,) = client.event_poll().events
    assert (event.label, event.data["account"], event.data["credits"]) == ("CreditsReceived", ann, 7)
    client.event_acknowledge(event.id)
    assert client.event_poll().events == []


def test_contacts_lists_and_sheets_are_made_and_put_away(client: Client, open_server: Server) -> None:
    account(client, open_server)
    contact = client.add_contact_record(user_name="Zoë", notes="a note")
    assert client.view_contact_record(contact.contact_record).record_data.name == "Zoë"
    assert client.unlink_contact_record(contact.contact_record).contact_record == contact.contact_record
    sheet = client.create_time_sheet(reference="March").time_sheet
    assert client.switch_time_sheet(sheet).sheet_data.reference == "March"
    assert client.unlink_time_sheet(list_id=sheet).time_sheet == sheet
    assert client.unlink_account(forced_removal=True).account


def test_a_server_without_it_says_how_to_have_it(servers: Servers) -> None:
    with Client(url_of(servers.kept("sqlite", test_clock=False))) as client:
        with pytest.raises(UnexpectedAnswer, match="--instruction-set on"):
            client.connect()
        assert client.client_id is None


def test_the_login_and_key_that_the_server_wants(servers: Servers) -> None:
    made = servers.made("sqlite")
    made.flags = ("--instruction-set", "on")
    made.surroundings["CREDITCLOCK_INSTRUCTION_BASIC"] = "true"
    with made as server:
        key = server.shop.key.token or ""
        for basic in (None, (server.shop.login, "ccs_0000001_wrong"), ("somebody", key)):
            with Client(url_of(server), basic=basic) as stranger, pytest.raises(InstructionRefused) as raised:
                stranger.connect()
            assert refused(raised) == ("RequestClientID", "unauthorized")
            assert key not in repr(raised.value) + repr(stranger)
        with Client(url_of(server), basic=(server.shop.login, key)) as known:
            assert known.connect().session_token


def test_the_example_runs(client: Client, open_server: Server) -> None:
    acquired = client.check_ctoken_status().acquired
    email = account(client, open_server)
    assert acquired is not None
    client.supply_credits(10)
    client.convert_credits_to_clock(10)
    done = subprocess.run(
        [sys.executable, "-W", "error", EXAMPLE, url_of(open_server), acquired, email],
        check=False,
        env=os.environ | {"INSTRUCTIONS_KEY": KEY, "INSTRUCTIONS_PASSWORD": ACCOUNTS},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.fullmatch(r".*: 10\.0 minutes\ntook 0\.\d+ minutes, paused 1 time\(s\)\n", done.stdout), done.stdout

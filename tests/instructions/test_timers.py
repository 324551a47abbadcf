"""Timers of the instruction set: leases, pauses, empty clocks, and ends that came by themselves."""

from collections.abc import Callable

import pytest

from tests.api import Json
from tests.conftest import Servers
from tests.instructions.conftest import FREE
from tests.instructions.desk import PASSWORD, Desk
from tests.instructions.transcript import written
from tests.server import Server

MINUTE = 60_000
LEASE = 30 * MINUTE


@pytest.fixture
def desk(open_server: Server) -> Desk:
    return Desk.logged_in(open_server, credits=50, minutes=500)


def alive(desk: Desk) -> None:
    """Keep both tokens alive, which keeps the timers of the session as well."""
    desk.ok("CTokenKeepAlive")
    desk.ok("STokenKeepAlive")


def test_a_stop_takes_the_minutes_and_no_pause_does(desk: Desk) -> None:
    server = desk.server
    start = written(server.now)
    desk.ok("StartClockTimer")
    spent, paused = 0.0, 0.0
    for number in (1, 2, 3):
        server.advance(2 * MINUTE)
        spent += 2.0
        at = written(server.now)
        found = desk.ok("PauseClockTimer")
        assert found == {
            "failed": False, "clock": 2, "pending_time": paused, "start_timestamp": start, "pause_timestamp": at,
            "pending_count": number,
        }  # fmt: skip
        server.advance(3 * MINUTE)
        paused += 3.0
        desk.refused("StopClockTimer", "timer_state")
        assert desk.clock()["credit_clock"] == 500.0 - spent
        found = desk.ok("ResumeClockTimer")
        assert found == {
            "failed": False, "clock": 2, "pending_time": paused, "pause_timestamp": at,
            "resume_timestamp": written(server.now), "pending_count": number,
        }  # fmt: skip
    server.advance(90_000)
    found = desk.ok("StopClockTimer")
    assert (found["minutes_spent"], found["pending_time"], found["pending_count"]) == (7.5, 9.0, 3)
    assert (found["start_timestamp"], found["stop_timestamp"]) == (start, written(server.now))
    clock = desk.clock()
    assert (clock["credit_clock"], clock["clock_state"]) == (492.5, "inactive")
    record = desk.ok("ViewTimeRecord", record_id=found["time_record"])["record_data"]
    assert record == found["record_data"]
    assert (record["time_spent"], record["time_pending"], record["pending_count"]) == (7.5, 9.0, 3)


def test_milliseconds_are_minutes_with_a_point(desk: Desk) -> None:
    desk.ok("StartClockTimer")
    desk.server.advance(600)
    found = desk.ok("StopClockTimer")
    assert found["minutes_spent"] == 0.01
    assert desk.clock()["credit_clock"] == 499.99


def keeps(desk: Desk, instruct: Callable[[], object]) -> None:
    """What an instruction does to the lease: the timer runs on for 30 minutes from it."""
    server = desk.server
    desk.ok("StartClockTimer")
    for _ in range(2):
        server.advance(LEASE - 1_000)
        instruct()
    server.advance(MINUTE)
    alive(desk)
    assert desk.clock()["clock_state"] == "active"
    found = desk.ok("StopClockTimer")
    assert found["minutes_spent"] == round((2 * (LEASE - 1_000) + MINUTE) / MINUTE, 5)


def test_every_instruction_keeps_the_timer(desk: Desk) -> None:
    def view() -> None:
        desk.ok("ViewCreditEWallet")
        alive(desk)

    keeps(desk, view)


def test_a_keep_alive_keeps_the_timer(desk: Desk) -> None:
    keeps(desk, lambda: alive(desk))


def test_a_refused_instruction_keeps_the_timer(desk: Desk) -> None:
    """Only the last one before the lease ends is refused; the tokens were kept alive a while before."""
    server = desk.server
    desk.ok("StartClockTimer")
    server.advance(LEASE - 10_000)
    alive(desk)
    server.advance(LEASE - 10_000)
    desk.refused("StartClockTimer", "timer_state")
    desk.refused("PayCredits", "insufficient_credits", pay="ewsc.systemcore@alvearesolutions.ro", credits=10**6)
    assert session_ends(desk) == server.now + LEASE
    server.advance(5_000)
    desk.refused("PayCredits", "not_found", pay="nobody@ex.org", credits=1)
    assert session_ends(desk) == server.now + LEASE


def session_ends(desk: Desk) -> int:
    """When the lease of the running timer ends, as the database has it."""
    found = desk.server.rows("SELECT lease_until FROM session WHERE master_id = ? AND state = 'running'", desk.master)
    assert len(found) == 1
    return found[0][0]


def test_without_instructions_the_timer_lapses(desk: Desk) -> None:
    server = desk.server
    start = server.now
    desk.ok("StartClockTimer")
    server.advance(LEASE - 1_000)
    alive(desk)
    server.advance(LEASE - 2_000)
    desk.ok("CTokenKeepAlive")
    begun = server.now
    server.advance(LEASE - 1_000)
    fresh = Desk.new(server)
    fresh.mail = desk.mail
    fresh.acquire()
    server.advance(5 * MINUTE)
    # The account goes on in another session; the timer's last instruction was `begun`.
    fresh.log_in("u1")
    assert fresh.clock()["clock_state"] == "inactive"
    found = fresh.ok("StopClockTimer")
    assert found["stop_timestamp"] == written(begun + LEASE)
    assert found["minutes_spent"] == round((begun + LEASE - start) / MINUTE, 5)
    fresh.refused("StopClockTimer", "timer_state")
    assert fresh.clock()["credit_clock"] == round(500 - found["minutes_spent"], 5)


def test_a_login_elsewhere_keeps_the_timer_alive(desk: Desk) -> None:
    server = desk.server
    desk.ok("StartClockTimer")
    server.advance(25 * MINUTE)
    fresh = Desk.new(server)
    fresh.mail = desk.mail
    fresh.acquire()
    fresh.log_in("u1")
    server.advance(20 * MINUTE)
    assert fresh.ok("StopClockTimer")["minutes_spent"] == 45.0


def test_a_part_of_a_minute_keeps_no_clock(open_server: Server) -> None:
    desk = Desk.logged_in(open_server, minutes=2)
    made = desk.ok("CreateCreditClock")["clock"]
    desk.ok("StartClockTimer")
    open_server.advance(30_000)
    desk.ok("StopClockTimer")
    first = desk.clock()["id"]
    desk.refused("UnlinkCreditClock", "invalid", clock_id=first)
    desk.ok("ConvertClockToCredits", minutes=1)
    desk.refused("ConvertClockToCredits", minutes=1)
    desk.ok("UnlinkCreditClock", clock_id=first)
    assert desk.clock()["id"] == made
    assert not open_server.check()


def test_others_keep_no_timer_of_mine(open_server: Server) -> None:
    desk = Desk.logged_in(open_server, minutes=100)
    other = desk.another()
    other.add("u2")
    desk.ok("StartClockTimer")
    ends = session_ends(desk)
    open_server.advance(10 * MINUTE)
    other.ok("ViewCreditClock")
    other.ok("STokenKeepAlive")
    second = str(desk.ok("RequestSessionToken")["session_token"])
    assert session_ends(desk) >= ends
    open_server.advance(1_000)
    ends = session_ends(desk)
    mine, desk.session = desk.session, second
    desk.ok("STokenKeepAlive")
    assert session_ends(desk) == ends
    desk.session = mine
    desk.ok("ViewAccount")
    assert session_ends(desk) == open_server.now + LEASE


def test_an_empty_clock_starts_and_ends_in_the_same_millisecond(open_server: Server) -> None:
    desk = Desk.logged_in(open_server)
    at = written(open_server.now)
    assert desk.ok("StartClockTimer")["start_timestamp"] == at
    open_server.advance(MINUTE)
    assert desk.clock()["clock_state"] == "inactive"
    assert desk.ok("ViewTimeSheet")["sheet_data"]["records"] == {"1": "TimeRecord"}
    record = desk.ok("ViewTimeRecord", record_id=1)["record_data"]
    assert (record["time_start"], record["time_stop"], record["time_spent"]) == (at, at, 0.0)
    for label in ("PauseClockTimer", "ResumeClockTimer"):
        desk.refused(label, "timer_state")
    found = desk.ok("StopClockTimer")
    assert (found["minutes_spent"], found["start_timestamp"], found["stop_timestamp"]) == (0.0, at, at)
    desk.refused("StopClockTimer", "timer_state")
    rows = open_server.rows("SELECT state, reason FROM session WHERE master_id = ?", desk.master)
    assert [tuple(row) for row in rows] == [("ended", "empty")]


def test_a_timer_that_emptied_the_clock_is_told_once(open_server: Server) -> None:
    desk = Desk.logged_in(open_server, minutes=5)
    start = open_server.now
    desk.ok("StartClockTimer")
    open_server.advance(2 * MINUTE)
    desk.ok("PauseClockTimer")
    open_server.advance(MINUTE)
    desk.ok("ResumeClockTimer")
    open_server.advance(10 * MINUTE)
    assert desk.clock()["credit_clock"] == 0.0
    found = desk.ok("StopClockTimer")
    assert (found["minutes_spent"], found["pending_time"], found["pending_count"]) == (5.0, 1.0, 1)
    assert found["stop_timestamp"] == written(start + 6 * MINUTE)
    desk.refused("StopClockTimer", "timer_state")
    desk.ok("StartClockTimer")
    second = desk.ok("StopClockTimer")
    assert (second["time_record"], second["minutes_spent"], second["pending_count"]) == (2, 0.0, 0)


def test_a_new_start_replaces_an_end_that_nobody_asked_for(open_server: Server) -> None:
    desk = Desk.logged_in(open_server, minutes=2)
    desk.ok("StartClockTimer")
    open_server.advance(3 * MINUTE)
    desk.ok("SupplyCredits", credits=5)
    desk.ok("ConvertCreditsToClock", credits=5)
    desk.ok("StartClockTimer")
    open_server.advance(MINUTE)
    found = desk.ok("StopClockTimer")
    assert (found["minutes_spent"], found["time_record"]) == (1.0, 2)
    assert desk.clock()["credit_clock"] == 4.0


def test_what_happens_to_a_timer_when_its_account_logs_out(open_server: Server) -> None:
    """It runs on until its lease ends, and can be stopped after a login."""
    desk = Desk.logged_in(open_server, minutes=100)
    desk.ok("StartClockTimer")
    open_server.advance(MINUTE)
    desk.ok("AccountLogout")
    open_server.advance(MINUTE)
    desk.log_in("u1")
    assert desk.ok("StopClockTimer")["minutes_spent"] == 2.0


def test_a_restart_keeps_timer_tokens_and_logins(servers: Servers) -> None:
    with servers.new("sqlite", test_clock=True) as server:
        server.stop()
        (server.folder / "creditclock.toml").write_text(f'{FREE}instruction_set = "open"\ntimer_lease_ms = 120000\n')
        server.start()
        desk = Desk.logged_in(server, minutes=60)
        desk.log_master_in()
        desk.ok("StartClockTimer")
        assert session_ends(desk) == server.now + 120_000
        server.advance(MINUTE)
        alive(desk)
        server.restart()
        assert desk.ok("ViewAccount")["account_data"]["state"] == 1
        assert desk.ok("MasterViewAccount")["account_data"]["acquired_ctokens"] == 1
        assert desk.clock()["clock_state"] == "active"
        assert session_ends(desk) == server.now + 120_000
        server.advance(MINUTE)
        assert desk.ok("StopClockTimer")["minutes_spent"] == 2.0
        status = desk.ok("CheckCTokenStatus")
        assert (status["session_token"], status["acquired"]) == (desk.session, desk.mail)
        desk.ok("StartClockTimer")
        server.advance(121_000)
        assert desk.clock()["clock_state"] == "inactive"
        assert desk.ok("StopClockTimer")["minutes_spent"] == 2.0
        desk.ok("AccountLogin", user_email="u1@ex.org", user_pass=PASSWORD)
        assert not server.check()


OF_THE_SESSION: tuple[tuple[str, Json], ...] = (
    ("ViewTimeSheet", {}),
    ("MasterViewAccount", {}),
    ("InspectCTokens", {}),
    ("EventPoll", {}),
    ("MasterEventPoll", {}),
    ("ViewTransferRecord", {"record_id": 99}),
    ("CTokenKeepAlive", {}),
    ("STokenKeepAlive", {}),
    ("AccountLogin", {"user_email": "u1@ex.org", "user_pass": PASSWORD}),
)
BESIDE_THE_ACCOUNT: tuple[tuple[str, Json], ...] = (
    ("AcquireMaster", {"master": "nobody@ex.org", "key": "x"}),
    ("MasterAccountLogin", {"user_email": "nobody@ex.org", "user_pass": "x"}),
    ("IssueReport", {"issue": {}}),
    ("CheckSTokenStatus", {}),
    ("PayCredits", {"pay": "u2@ex.org", "credits": -1}),
    ("ViewTransferRecord", {"record_id": "text"}),
)


def unrenewed(desk: Desk, instructions: tuple[tuple[str, Json], ...]) -> list[str]:
    """Which instructions leave the lease of the running timer as it is."""
    found: list[str] = []
    for label, given in instructions:
        desk.server.advance(10_000)
        desk.send(label, **given)
        if session_ends(desk) != desk.server.now + LEASE:
            found.append(label)
    return found


def test_instructions_of_the_session_keep_its_timer(desk: Desk) -> None:
    desk.log_master_in()
    desk.ok("StartClockTimer")
    assert unrenewed(desk, OF_THE_SESSION) == []


def test_instructions_that_reach_no_account_keep_its_timer(quick_server: Server) -> None:
    desk = Desk.logged_in(quick_server, minutes=500)
    desk.ok("StartClockTimer")
    assert unrenewed(desk, BESIDE_THE_ACCOUNT) == []

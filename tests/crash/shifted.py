"""Servers whose wall clock can be set."""

from pathlib import Path

from tests.server import Server

FOLDER = Path(__file__).with_name("clock")


def shiftable(server: Server) -> Server:
    """Let a server that isn't started yet go by a clock that `shift` sets."""
    shift(server, 0)
    server.surroundings = {"PYTHONPATH": str(FOLDER), "CLOCK_SHIFT": str(server.folder / "shift")}
    return server


def shift(server: Server, milliseconds: int) -> None:
    """Set how far the server's wall clock is before the machine's."""
    new = server.folder / "shift.new"
    new.write_text(str(milliseconds))
    new.replace(server.folder / "shift")

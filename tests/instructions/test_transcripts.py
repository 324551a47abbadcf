"""Every instruction answers as the protocol has it: keys, types, values, and the form of its refusals."""

from tests.instructions.desk import WIRES
from tests.instructions.transcript import Player, steps
from tests.server import Server

NEVER_REFUSED = {"RequestClientID", "EventList", "MasterEventList", "MasterEventPoll", "MasterEventAcknowledge"}
"""What nothing can be wrong with, and events, which have tests of their own."""


def test_the_transcripts(open_server: Server) -> None:
    names = {"$m": f"{open_server.unique('mia')}@ex.org", "$u1": "u1@ex.org", "$u2": "u2@ex.org"}
    player = Player(open_server, names)
    wrong: list[str] = []
    for step in steps():
        try:
            player.play(step)
        except AssertionError as error:
            wrong.append(f"{step.place} {step.head} {step.given}\n    {error}")
    assert not wrong, f"{len(wrong)} answers are wrong\n" + "\n".join(wrong)


def test_every_instruction_succeeds_and_is_refused() -> None:
    played = {(step.head, step.expected[:1]) for step in steps() if step.head != "@"}
    asked = {label for label in WIRES if label.startswith("Check")}
    negative = {step.head for step in steps() if '"unknown"' in step.given and step.expected[:1] == "="}
    assert asked <= negative
    for label in WIRES.keys() - NEVER_REFUSED:
        assert (label, "=") in played, label
        assert (label, "!") in played or label in asked, label
    assert ("RequestClientID", "=") in played

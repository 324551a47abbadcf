"""What the command line says when a thing fails, and its exit codes."""

from enum import IntEnum
from typing import Final

from creditclock.cli.visible import visible
from creditclock.client.errors import Problem, Unauthorized, UnexpectedAnswer, Unreachable


class Code(IntEnum):
    """The exit codes of every command but `meter`, which has its program's (see `creditclock meter --help`)."""

    OK = 0
    REFUSED = 1
    USAGE = 2
    UNREACHABLE = 3
    NOT_SIGNED_IN = 4


_NOT_SIGNED_IN: Final = {
    "second_factor_needed": "A code of the second factor is needed. Give it with --code, or a line after the password.",
    "sign_in_failed": "The login or the password is wrong. Customers also name their business: --master MASTER_ID",
}
EXIT_CODES: Final = "exit codes: 0 done, 1 refused, 2 not understood, 3 server unreachable, 4 not signed in"


class Failure(Exception):  # noqa: N818 - one word is enough
    """The command can't be carried out; the sentence says why and what to do."""

    def __init__(self, text: str, code: Code = Code.REFUSED) -> None:
        super().__init__(text)
        self.code = code


def failure(problem: Problem, named: str | None = None) -> Failure:
    """What to say about a problem that the client met; `named` is where the token stands that the caller named."""
    match problem:
        case Unreachable():
            hint = " Is it running there? Name another server with --url or CREDITCLOCK_URL."
            return Failure(f"{problem.detail}{hint}", Code.UNREACHABLE)
        case UnexpectedAnswer():
            return Failure(problem.detail, Code.UNREACHABLE)
        case Unauthorized(code="unauthorized"):
            text = "Nobody is signed in here, or the login has ended. Sign in with: creditclock sign-in LOGIN"
            if named:
                text = (
                    f"The token or key in {named} is wrong, expired or revoked. Put a valid one there, or leave it out."
                )
            return Failure(text, Code.NOT_SIGNED_IN)
        case Unauthorized():
            return Failure(_NOT_SIGNED_IN.get(problem.code, problem.detail), Code.NOT_SIGNED_IN)
        case Problem(status=500, data={"request": str(number)}):
            return Failure(f"{problem.detail} Its id is {number}.")
        case _:
            return Failure(visible(problem.detail))

"""The client of the instruction set: one object, every instruction."""

from types import TracebackType
from typing import Self, TypeVar

from creditclock.client.errors import Unreachable
from creditclock.contract.instructions import Instruct
from creditclock.contract.instructions.instruction import PATH
from creditclock.contract.instructions.tokens import ClientIDGiven, SessionTokenGiven
from creditclock.instructions.groups import Instructions
from creditclock.instructions.requests import Tokens, answer, instruction_of, request

R = TypeVar("R")


class Client(Instructions):
    """A conversation with a server that speaks the instruction set: `connect` begins it.

    Every instruction is a method of its own name, `client.start_clock_timer()`, and gives its answer as a struct.
    The client id and session token are remembered and go into every instruction that needs them; the server lets them
    work for 30 minutes, `ctoken_keep_alive` and `stoken_keep_alive` for 30 more.

    What is refused is raised as `InstructionRefused`, anything else that went wrong as another `Problem`: `Unreachable`
    if no answer came within `timeout_s` seconds. Nothing is sent twice, so look how things stand before you do it.
    `basic` is the login of the master and a key of it, which the server may want beside all this (`instruction_basic`).

    It may be used from any number of threads, which share the conversation.

    >>> with Client("https://time.example").connect() as client:          # doctest: +SKIP
    ...     client.acquire_master(master="mia@example.org", key="a-key-code")
    ...     client.account_login(user_email="ann@example.org", user_pass="Anns-secret-1")
    ...     print(client.view_credit_clock().clock_data.credit_clock, "minutes")
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8400",
        timeout_s: float = 10.0,
        basic: tuple[str, str] | None = None,
        *,
        client_id: str | None = None,
        session_token: str | None = None,
    ) -> None:
        from creditclock.instructions.line import Line  # noqa: PLC0415 - the HTTP library takes a tenth of a second

        self._line = Line(url.rstrip("/").removesuffix(PATH))
        self._timeout_s = timeout_s
        self._basic = basic
        self._tokens = Tokens(client_id, session_token)

    @property
    def url(self) -> str:
        """The URL of the server."""
        return self._line.url

    @property
    def client_id(self) -> str | None:
        """The client id that instructions carry. Keep it and set it again to go on in another process."""
        return self._tokens.client_id

    @client_id.setter
    def client_id(self, client_id: str | None) -> None:
        self._tokens = self._tokens._replace(client_id=client_id)

    @property
    def session_token(self) -> str | None:
        """The session token that instructions carry. Keep it and set it again to go on in another process."""
        return self._tokens.session_token

    @session_token.setter
    def session_token(self, session_token: str | None) -> None:
        self._tokens = self._tokens._replace(session_token=session_token)

    def connect(self) -> Self:
        """Ask for a client id and a session token, and remember them in place of earlier ones; gives the client."""
        self.request_client_id()
        self.request_session_token()
        return self

    def call(self, instruct: Instruct[R]) -> R:
        """The answer to an instruction of `creditclock.contract.instructions`; the methods are made of this.

        Raises `InstructionRefused` or another `Problem`.
        """
        got = self._line.attempt(request(instruct, self._tokens, self._basic), self._timeout_s)
        if isinstance(got, Unreachable):
            raise got
        answered = answer(instruction_of(instruct), got)
        self._remember(answered)
        return answered

    def close(self) -> None:
        """Close all connections. The conversation stays: timers run on, and the tokens work."""
        self._line.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({self.url!r})"

    def _remember(self, answered: object) -> None:
        if isinstance(answered, ClientIDGiven):
            # The session token of another client id would only be refused.
            self._tokens = Tokens(answered.client_id)
        elif isinstance(answered, SessionTokenGiven):
            self.session_token = answered.session_token

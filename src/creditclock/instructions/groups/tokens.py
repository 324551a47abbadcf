"""Tokens: a method for each instruction. Written by `make docs`. Don't edit it."""

from creditclock.contract.instructions.tokens import (
    CheckCTokenLinked,
    CheckCTokenSession,
    CheckCTokenStatus,
    CheckCTokenValid,
    CheckSTokenLinked,
    CheckSTokenSession,
    CheckSTokenStatus,
    CheckSTokenValid,
    ClientIDGiven,
    CTokenKeepAlive,
    CTokenKept,
    CTokenLink,
    CTokenSession,
    CTokenStatus,
    CTokenValidity,
    RequestClientID,
    RequestSessionToken,
    SessionTokenGiven,
    STokenKeepAlive,
    STokenKept,
    STokenLink,
    STokenSession,
    STokenStatus,
    STokenValidity,
)
from creditclock.instructions.calling import Caller


class TokenInstructions(Caller):
    """Tokens."""

    def request_client_id(self) -> ClientIDGiven:
        """Ask for a client id; everything else begins with it.

        Gives ClientIDGiven: A new client id. It has `client_id`.

        RequestClientID needs nothing.
        """
        return self.call(RequestClientID())

    def request_session_token(self) -> SessionTokenGiven:
        """Ask for a session token; the client's earlier ones work on until they expire.

        Gives SessionTokenGiven: A new session token. It has `session_token`.

        RequestSessionToken needs a client id. It usually comes after `request_client_id`.
        """
        return self.call(RequestSessionToken())

    def check_ctoken_valid(self) -> CTokenValidity:
        """Tell whether a client id is known and works.

        Gives CTokenValidity: Whether a client id works; `reasons` and `details` are there only if it doesn't. It has
        `client_id`, `valid`, `registered`, `expired`, `reasons`, `details`.

        CheckCTokenValid needs a client id. It usually comes after `request_client_id`.
        """
        return self.call(CheckCTokenValid())

    def check_ctoken_linked(self) -> CTokenLink:
        """Tell which session token a client id has.

        Gives CTokenLink: Whether a client id has a session token; `valid` and `reason` stand for `linked` if nobody
        knows the id. It has `client_id`, `linked`, `session_token`, `valid`, `reason`.

        CheckCTokenLinked needs a client id. It usually comes after `request_client_id`, `request_session_token`.
        """
        return self.call(CheckCTokenLinked())

    def check_ctoken_session(self) -> CTokenSession:
        """Tell which session a client id has.

        Gives CTokenSession: Whether a client id has a session, and its number; `reason` is there only if it has none.
        It has `client_id`, `plugged`, `session`, `reason`.

        CheckCTokenSession needs a client id. It usually comes after `request_client_id`, `request_session_token`.
        """
        return self.call(CheckCTokenSession())

    def check_ctoken_status(self) -> CTokenStatus:
        """Tell how a client id stands: valid, linked, its session, its master.

        Gives CTokenStatus: All that is asked about a client id; `acquired` is the e-mail of the master that it
        acquired. It has `client_id`, `valid`, `linked`, `plugged`, `master`, `session_token`, `session`, `acquired`.

        CheckCTokenStatus needs a client id. It usually comes after `request_client_id`, `request_session_token`.
        """
        return self.call(CheckCTokenStatus())

    def check_stoken_valid(self) -> STokenValidity:
        """Tell whether a session token is known and works.

        Gives STokenValidity: Whether a session token works; `reasons` and `details` are there only if it doesn't. It
        has `session_token`, `valid`, `registered`, `expired`, `reasons`, `details`.

        CheckSTokenValid needs a session token. It usually comes after `request_session_token`.
        """
        return self.call(CheckSTokenValid())

    def check_stoken_linked(self) -> STokenLink:
        """Tell which client id a session token belongs to.

        Gives STokenLink: Which client id a session token belongs to; `valid` and `reason` stand for `linked` if nobody
        knows the token. It has `session_token`, `linked`, `client_id`, `valid`, `reason`.

        CheckSTokenLinked needs a session token. It usually comes after `request_session_token`.
        """
        return self.call(CheckSTokenLinked())

    def check_stoken_session(self) -> STokenSession:
        """Tell which session a session token has.

        Gives STokenSession: Whether a session token has a session, and its number; `reason` is there only if it has
        none. It has `session_token`, `plugged`, `session`, `reason`.

        CheckSTokenSession needs a session token. It usually comes after `request_session_token`.
        """
        return self.call(CheckSTokenSession())

    def check_stoken_status(self) -> STokenStatus:
        """Tell how a session token stands: valid, linked, its session.

        Gives STokenStatus: All that is asked about a session token. It has `session_token`, `valid`, `linked`,
        `plugged`, `client_id`, `session`.

        CheckSTokenStatus needs a session token. It usually comes after `request_session_token`.
        """
        return self.call(CheckSTokenStatus())

    def ctoken_keep_alive(self) -> CTokenKept:
        """Let the client id work for 30 minutes from now.

        Gives CTokenKept: A client id that works for `extended` minutes from now. It has `ctoken`, `extended`,
        `time_unit`, `ctoken_data`.

        CTokenKeepAlive needs a client id and a session token. It usually comes after `request_client_id`,
        `request_session_token`.
        """
        return self.call(CTokenKeepAlive())

    def stoken_keep_alive(self) -> STokenKept:
        """Let the session token work for 30 minutes from now.

        Gives STokenKept: A session token that works for `extended` minutes from now. It has `stoken`, `extended`,
        `time_unit`, `stoken_data`.

        STokenKeepAlive needs a client id and a session token. It usually comes after `request_client_id`,
        `request_session_token`.
        """
        return self.call(STokenKeepAlive())

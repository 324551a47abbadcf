"""Where the instruction set differs: one table for `docs/instruction-set.md`."""

from typing import Final, NamedTuple


class Difference(NamedTuple):
    """What is done here, beside what the original and `/v1` do."""

    about: str
    here: str
    original: str
    v1: str


DIFFERENCES: Final = tuple(
    Difference(*row)
    for row in (
        # On the wire
        (
            "a refusal",
            "status 200, `failed`, one of `error` and `warning`",
            "also status 500, or no answer",
            "a problem, 4xx",
        ),
        ("its text", "the fact and what to do next", "repeats the request with its passwords", "as here"),
        ("an unknown selector", "refused", "status 500", "404"),
        ("no `controller`", "a client's instruction", "refused", "–"),
        ("the path", "`instruction-set` and `instruction_set`", "`instruction-set`", "one path each"),
        ("numbers as text", "taken everywhere", "stop the server in places", "refused"),
        ("unknown keys", "ignored", "some are assigned: free credits", "refused"),
        ("dates", "`DD-MM-YYYY HH:MM:SS`, UTC", "local time", "RFC 3339, UTC"),
        ("credits", "whole ones, at least 1", "may be below zero", "minor units"),
        ("minutes", "five decimals: exact to the millisecond", "two decimals", "milliseconds"),
        ("numbers of things", "from 1 within a master; 1 is the master's own", "from 1 within the server", "ids"),
        ("`Authorization`", "ignored, unless `instruction_basic` is set", "ignored", "a token or key"),
        # Tokens
        ("a restart", "tokens go on working", "all tokens are lost", "as here"),
        ("how tokens are kept", "as digests", "as they are, and in the log", "as digests"),
        ("several session tokens", "all live ones are known: `stokens`", "only the newest is", "–"),
        ("an expired token", "`valid` is false", "`valid` is true", "401"),
        ("checking an unknown token", "an answer that says so", "status 500", "401"),
        # Masters and accounts
        (
            "making a master",
            "a master's that is logged in, ten in all, which make none; anybody's with `open_enrolment`",
            "anybody's",
            "the operator's",
        ),
        (
            "a master's e-mail",
            "an address, the owner's login, once on the server",
            "may be several masters'",
            "as here",
        ),
        ("a master with a second factor", "can't log in here", "–", "asks for the code"),
        ("the key code", "each master's own; nobody is told it by a refusal", "told to whoever errs", "keys of apps"),
        ("`key` of CreateMaster", "is its key code", "is ignored", "–"),
        ("no key code given", "a random one; `EWSC-Master-Key-Code` with `open_enrolment`", "the known one", "–"),
        ("acquiring twice", "counts once", "counts twice", "–"),
        ("a frozen master", "timers end, nothing starts", "who is logged in goes on", "as here"),
        ("how many accounts", "10, or what the operator allows", "10", "as the plan allows"),
        (
            "customers that `/v1` made",
            "have numbers; those from before the first key code get them within a minute of it",
            "–",
            "ids",
        ),
        ("masters' numbers", "what their ids have after `mas_`, as a decimal number", "from 1", "ids"),
        ("a name twice", "is taken", "is refused for accounts", "as here"),
        ("long maps", "logins and accounts: the newest 1 000", "have no end", "pages"),
        ("an e-mail", "names one account", "may name several", "a login, once"),
        ("passwords", "argon2id; guessing is slowed down", "SHA-256; no limit", "as here"),
        (
            "new passwords",
            "8 characters: letter, digit, symbol; none that is guessed first",
            "the first rule",
            "the second rule",
        ),
        ("a login elsewhere", "takes over, and tells: `SessionTakenOver`", "takes over silently", "several at once"),
        ("a logout", "no account is in use", "another one silently is", "ends the token"),
        ("a logout with a timer", "the timer runs out within its lease", "the timer goes on", "the same"),
        ("dates of logins", "when it was", "when the server started", "in the audit"),
        ("removal", "marked for 30 days; can be recovered", "always fails", "as here"),
        ("who was removed by the master", "can't log in until it brings them back", "–", "as here"),
        ("a removed master", "its accounts go with it", "its accounts stay", "as here"),
        ("forced removal", "at once; the books stay", "the books go too", "`at_once`"),
        # Credits
        (
            "a supply",
            "the master approves it, unless `self_supply`",
            "everybody takes what they like",
            "the desk tops up",
        ),
        ("a declined request", "isn't told here", "–", "the event `supply_request.declined`"),
        ("records of a supply", "the account's own", "of the other side", "one record"),
        ("`reference` of a supply or payment", "is ignored", "names its records", "is said once"),
        ("whom to pay", "accounts of the master, and the master", "every account of the server", "as here"),
        (
            "the master's e-mail in a payment",
            "its own, or `ewsc.systemcore@alvearesolutions.ro`",
            "the second one",
            "no `to_wallet`",
        ),
        ("a wallet", "is never overdrawn", "goes below zero", "as here"),
        ("`seller` of an invoice", "who is paid", "who pays", "–"),
        ("credits to minutes", "at the tariff's price", "1 credit is 1 minute", "as here"),
        ("minutes to credits", "whole minutes, rounded down", "all of them: for nothing", "to the millisecond"),
        ("parts of a credit", "other tariffs may give some; they aren't shown", "–", "minor units"),
        # Clocks
        ("a stop", "takes the minutes from the clock", "takes nothing", "as here"),
        ("pauses", "are free", "count as spent", "as the tariff says"),
        ("an empty clock", "its timer may start, and gives a record", "the same", "refused"),
        ("the last minute", "ends the timer", "the timer goes on", "ends the session"),
        (
            "who keeps a timer alive",
            "the instructions of its session, see `timer_lease_ms`",
            "nobody has to",
            "renewals",
        ),
        ("`resume_timestamp`", "when it went on", "when it started", "–"),
        # Sheets
        ("switching", "another one is in use", "the others are cut off or deleted", "–"),
        ("unlinking a record or sheet", "hides it; the books stay", "erases it", "nothing is erased"),
        ("unlinking a wallet or clock", "hides one without credits or whole minutes", "erases what is on it", "–"),
        ("a full sheet", "after 1 000 records a new one is in use", "has no end", "pages"),
        ("what `/v1` moves", "stands on the sheets as well", "–", "statements"),
        ("a session that `/v1` started", "is no timer: on no time sheet, and ended there", "–", "any holder's"),
        # Others
        ("a report", "is kept in bounds, the newest 1 000", "a file the sender can name", "–"),
        ("events", "five, to be polled", "none", "a stream, webhooks"),
        ("`controller: system`", "refused over HTTP", "the same", "the operator's token"),
        ("STokenKeepAlive", "both tokens belong together", "any two", "–"),
        ("a body that isn't said to be JSON", "is read as JSON", "is none", "415"),
        ("other methods than GET and POST", "refused, status 200", "405", "405"),
    )
)

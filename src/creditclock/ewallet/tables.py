"""The tables of the old file, and the names that their columns may have."""

from typing import Final, NamedTuple


class Column(NamedTuple):
    """A column by the name that it has here, and its names in the old file, the likeliest first.

    `parent` is the table that it refers to; a foreign key to it is taken where none of the names is there.
    """

    name: str
    names: tuple[str, ...]
    parent: str | None = None
    is_needed: bool = False


class Table(NamedTuple):
    """A table; its first column is its number, which is its primary key where none of the names is there."""

    name: str
    columns: tuple[Column, ...]
    is_needed: bool = False

    @property
    def parent(self) -> str:
        """The name of the column that says whose a row is."""
        return self.columns[1].name


def _number(*names: str) -> Column:
    return Column("id", (*names, "id"), is_needed=True)


def _owner(parent: str, *names: str) -> Column:
    return Column("owner", names, parent, is_needed=True)


def _dates(*prefixes: str) -> tuple[Column, ...]:
    before = ("", *(f"{prefix}_" for prefix in prefixes))
    return (
        Column("created", tuple(f"{prefix}create_date" for prefix in before)),
        Column("written", tuple(f"{prefix}write_date" for prefix in before)),
    )


_PERSON: Final = (
    Column("name", ("user_name", "name", "master_name")),
    Column("hash", ("user_pass_hash", "pass_hash", "master_pass_hash", "password_hash"), is_needed=True),
    Column("email", ("user_email", "email", "master_email"), is_needed=True),
    Column("phone", ("user_phone", "phone", "master_phone")),
    Column("alias", ("user_alias", "alias", "master_alias")),
    Column("unlink", ("to_unlink",)),
    Column("active", ("is_active", "active")),
    *_dates("user", "master"),
)
MASTERS: Final = Table(
    "res_master",
    (
        _number("master_id", "user_id", "res_master_id"),
        *_PERSON,
        Column("key_code", ("key_code", "master_key_code")),
        Column("limit", ("account_limit",)),
        Column("company", ("company", "master_company")),
        Column("address", ("address", "master_address")),
    ),
    is_needed=True,
)
USERS: Final = Table(
    "res_user",
    (
        _number("user_id", "res_user_id"),
        Column("owner", ("master_account_id", "master_account", "master_id"), "res_master", is_needed=True),
        *_PERSON,
    ),
    is_needed=True,
)
WALLETS: Final = Table(
    "credit_ewallet",
    (
        _number("wallet_id", "ewallet_id", "credit_ewallet_id"),
        _owner("res_user", "client_id", "user_id"),
        Column("reference", ("reference", "wallet_reference")),
        Column("credits", ("credits",), is_needed=True),
        *_dates("wallet"),
    ),
    is_needed=True,
)
CLOCKS: Final = Table(
    "credit_clock",
    (
        _number("clock_id", "credit_clock_id"),
        _owner("credit_ewallet", "wallet_id", "ewallet_id", "credit_ewallet_id"),
        Column("reference", ("reference", "clock_reference")),
        Column("minutes", ("credit_clock", "credit_minutes", "minutes"), is_needed=True),
        Column("state", ("credit_clock_state", "clock_state", "state")),
        *_dates("clock"),
    ),
    is_needed=True,
)


def _sheet(name: str, kind: str, owner: Column) -> Table:
    numbers = (f"{kind}_id", f"{name}_id", "sheet_id", "list_id")
    return Table(
        name, (_number(*numbers), owner, Column("reference", ("reference", f"{kind}_reference")), *_dates(kind))
    )


def _record(name: str, kind: str, sheet: str, *columns: Column) -> Table:
    owner = _owner(sheet, f"{kind}_id", f"{sheet}_id", kind, "sheet_id", "list_id")
    return Table(
        name,
        (
            _number("record_id", f"{name}_id"),
            owner,
            Column("reference", ("reference", "record_reference")),
            *_dates("record"),
            *columns,
        ),
    )


_OF_WALLET: Final = _owner("credit_ewallet", "wallet_id", "ewallet_id", "credit_ewallet_id")
_OF_CLOCK: Final = _owner("credit_clock", "clock_id", "credit_clock_id")
_CREDITS: Final = Column("credits", ("credits",))
SHEETS: Final[dict[str, Table]] = {
    "transfer": _sheet("credit_transfer_sheet", "transfer_sheet", _OF_WALLET),
    "invoice": _sheet("credit_invoice_sheet", "invoice_sheet", _OF_WALLET),
    "time": _sheet("credit_clock_time_sheet", "time_sheet", _OF_CLOCK),
    "conversion": _sheet("credit_clock_conversion_sheet", "conversion_sheet", _OF_CLOCK),
    "contact": _sheet("contact_list", "contact_list", _owner("res_user", "client_id", "user_id")),
}
"""The sheets by the kind that they have here."""
RECORDS: Final[dict[str, Table]] = {
    "transfer": _record(
        "transfer_sheet_record",
        "transfer_sheet",
        "credit_transfer_sheet",
        _CREDITS,
        Column("type", ("transfer_type", "record_type", "type")),
        Column("payer", ("transfer_from",)),
        Column("payee", ("transfer_to",)),
    ),
    "invoice": _record(
        "invoice_sheet_record",
        "invoice_sheet",
        "credit_invoice_sheet",
        _CREDITS,
        Column("currency", ("currency",)),
        Column("cost", ("cost",)),
        Column("payee", ("seller_id", "seller")),
        Column("notes", ("notes",)),
        Column("transfer", ("transfer_record_id", "transfer_record"), "transfer_sheet_record"),
    ),
    "conversion": _record(
        "conversion_sheet_record",
        "conversion_sheet",
        "credit_clock_conversion_sheet",
        _CREDITS,
        Column("type", ("conversion_type", "record_type", "type")),
        Column("minutes", ("minutes",)),
    ),
    "time": _record(
        "time_sheet_record",
        "time_sheet",
        "credit_clock_time_sheet",
        Column("start", ("time_start", "start_time")),
        Column("stop", ("time_stop", "stop_time", "end_time")),
        Column("minutes", ("time_spent", "minutes_spent")),
        Column("pending", ("time_pending", "pending_time")),
    ),
    "contact": _record(
        "contact_list_record",
        "contact_list",
        "contact_list",
        Column("name", ("user_name", "name")),
        Column("email", ("user_email", "email")),
        Column("phone", ("user_phone", "phone")),
        Column("notes", ("notes",)),
    ),
}
"""The records by the kind of their sheets."""


def _visits(name: str, kind: str) -> Table:
    return Table(
        name,
        (
            _number(f"{kind}_id", "record_id"),
            _owner("res_user", "user_id", "client_id"),
            Column("master", ("master_id", "master_account_id"), "res_master"),
            Column("at", (f"{kind}_date", "date", f"{kind}_time", "create_date")),
        ),
    )


LOGINS: Final[dict[str, Table]] = {
    "login": _visits("ewallet_login", "login"),
    "logout": _visits("ewallet_logout", "logout"),
}
"""The journals of logins and logouts."""

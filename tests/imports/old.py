"""An old file as the EWallet Credit Clock suit leaves it behind, with the oddities that such files have."""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

PASSWORD = "123abc@xxx"
CREATED = "2021-03-04 09:30:00.000000"
_PERSON = """
    user_name VARCHAR, user_create_date DATETIME, user_write_date DATETIME, user_create_uid INTEGER,
    user_write_uid INTEGER, user_pass_hash VARCHAR, user_email VARCHAR, user_phone VARCHAR, user_alias VARCHAR,
    user_state_code INTEGER, active_session_id INTEGER, to_unlink BOOLEAN, to_unlink_timestamp DATETIME,
    is_active BOOLEAN
"""
_DATES = "reference VARCHAR, create_date DATETIME, write_date DATETIME"
SCHEMA = f"""
CREATE TABLE res_master (user_id INTEGER PRIMARY KEY, {_PERSON}, key_code VARCHAR, account_limit INTEGER,
    company VARCHAR, address VARCHAR, acquired_ctokens INTEGER);
CREATE TABLE res_user (user_id INTEGER PRIMARY KEY, {_PERSON},
    master_account_id INTEGER REFERENCES res_master (user_id));
CREATE TABLE ewallet (id INTEGER PRIMARY KEY, name VARCHAR, expiration_date DATETIME);
CREATE TABLE ewallet_login (login_id INTEGER PRIMARY KEY, user_id INTEGER, master_id INTEGER, login_date DATETIME,
    login_status BOOLEAN);
CREATE TABLE ewallet_logout (logout_id INTEGER PRIMARY KEY, user_id INTEGER, master_id INTEGER, logout_date DATETIME,
    logout_status BOOLEAN);
CREATE TABLE credit_ewallet (wallet_id INTEGER PRIMARY KEY, client_id INTEGER REFERENCES res_user (user_id),
    active_session_id INTEGER, {_DATES}, credits INTEGER);
CREATE TABLE credit_clock (clock_id INTEGER PRIMARY KEY, wallet_id INTEGER REFERENCES credit_ewallet (wallet_id),
    {_DATES}, credit_clock FLOAT, credit_clock_state VARCHAR, time_spent FLOAT, start_time FLOAT, end_time FLOAT,
    pending_time FLOAT, pending_count INTEGER);
CREATE TABLE credit_transfer_sheet (transfer_sheet_id INTEGER PRIMARY KEY, wallet_id INTEGER, {_DATES});
CREATE TABLE transfer_sheet_record (record_id INTEGER PRIMARY KEY, transfer_sheet_id INTEGER, {_DATES},
    transfer_type VARCHAR, transfer_from INTEGER, transfer_to INTEGER, credits INTEGER);
CREATE TABLE credit_invoice_sheet (invoice_sheet_id INTEGER PRIMARY KEY, wallet_id INTEGER, {_DATES});
CREATE TABLE invoice_sheet_record (record_id INTEGER PRIMARY KEY, invoice_sheet_id INTEGER, {_DATES}, credits INTEGER,
    currency VARCHAR, cost FLOAT, seller_id INTEGER, notes VARCHAR, transfer_record_id INTEGER);
CREATE TABLE credit_clock_time_sheet (time_sheet_id INTEGER PRIMARY KEY, clock_id INTEGER, {_DATES});
CREATE TABLE time_sheet_record (record_id INTEGER PRIMARY KEY, time_sheet_id INTEGER, {_DATES}, time_start FLOAT,
    time_stop FLOAT, time_spent FLOAT, time_pending FLOAT, pending_count INTEGER, credit_clock_id INTEGER);
CREATE TABLE credit_clock_conversion_sheet (conversion_sheet_id INTEGER PRIMARY KEY, clock_id INTEGER, {_DATES});
CREATE TABLE conversion_sheet_record (record_id INTEGER PRIMARY KEY, conversion_sheet_id INTEGER, {_DATES},
    conversion_type VARCHAR, minutes FLOAT, credits INTEGER);
CREATE TABLE contact_list (contact_list_id INTEGER PRIMARY KEY, client_id INTEGER, {_DATES});
CREATE TABLE contact_list_record (record_id INTEGER PRIMARY KEY, contact_list_id INTEGER, {_DATES}, user_id INTEGER,
    user_name VARCHAR, user_email VARCHAR, user_phone VARCHAR, notes VARCHAR);
"""
KEYS = {
    "res_master": "user_id",
    "res_user": "user_id",
    "ewallet_login": "login_id",
    "ewallet_logout": "logout_id",
    "credit_ewallet": "wallet_id",
    "credit_clock": "clock_id",
    "credit_transfer_sheet": "transfer_sheet_id",
    "credit_invoice_sheet": "invoice_sheet_id",
    "credit_clock_time_sheet": "time_sheet_id",
    "credit_clock_conversion_sheet": "conversion_sheet_id",
    "contact_list": "contact_list_id",
}


def hashed(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()


class Old:
    """An old file that is being filled; `add` gives the number of the new row."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with closing(sqlite3.connect(path)) as file:
            file.executescript(SCHEMA)
        self.system()

    def add(self, table: str, **columns: object) -> int:
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        with closing(sqlite3.connect(self.path)) as file, file:
            statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"
            return file.execute(statement, list(columns.values())).lastrowid or 0

    def run(self, statement: str, *values: object) -> None:
        with closing(sqlite3.connect(self.path)) as file, file:
            file.execute(statement, values)

    def system(self) -> None:
        """The account from which all credits come."""
        email = "ewsc.systemcore@alvearesolutions.ro"
        self.person("SystemCore", email, master=None, credits=-1_000, minutes=0.0)

    def master(self, email: str | None, **more: object) -> int:
        person: dict[str, object] = {
            "user_name": "Mia",
            "user_email": email,
            "user_pass_hash": hashed(PASSWORD),
            "user_create_date": CREATED,
            "is_active": 1,
            "to_unlink": 0,
            "key_code": "Key-Of-Mia",
            "account_limit": 10,
            "company": "Mia's Café",
            "address": "1 High Street",
        }
        return self.add("res_master", **person | more)

    def account(self, name: str, email: object, master: int | None, **more: object) -> int:
        """An account alone, without what usually comes with it."""
        person: dict[str, object] = {
            "user_name": name,
            "user_email": email,
            "user_pass_hash": hashed(PASSWORD),
            "user_create_date": CREATED,
            "to_unlink": 0,
            "is_active": 1,
            "master_account_id": master,
        }
        return self.add("res_user", **person | more)

    def wallet(self, owner: int | None, credits: object, reference: str = "Credit EWallet") -> int:  # noqa: A002
        number = self.add("credit_ewallet", client_id=owner, credits=credits, reference=reference, create_date=CREATED)
        for kind in ("transfer", "invoice"):
            self.add(f"credit_{kind}_sheet", wallet_id=number, reference=f"{kind.title()} Sheet", create_date=CREATED)
        return number

    def clock(
        self, wallet: int | None, minutes: object, state: str = "inactive", reference: str = "Credit Clock"
    ) -> int:
        columns = {"wallet_id": wallet, "credit_clock": minutes, "credit_clock_state": state, "reference": reference}
        number = self.add("credit_clock", **columns, create_date=CREATED)
        for kind in ("time", "conversion"):
            self.add(
                f"credit_clock_{kind}_sheet", clock_id=number, reference=f"{kind.title()}Sheet", create_date=CREATED
            )
        return number

    def person(
        self,
        name: str,
        email: object,
        master: int | None,
        credits: object = 0,  # noqa: A002
        minutes: object = 0.0,
        **more: object,
    ) -> int:
        """An account with a wallet, a clock, its sheets and a contact list, as it is made."""
        number = self.account(name, email, master, **more)
        self.clock(self.wallet(number, credits), minutes)
        self.add("contact_list", client_id=number, reference="Contact List", create_date=CREATED)
        return number


def furnished(path: Path, *, prefix: str = "") -> Old:
    """Mia with Ann and Bob, who have moved credits and time; everything fits."""
    old = Old(path)
    mia = old.master(f"{prefix}m@ex.org")
    ann = old.person("Ann", f"{prefix}u1@ex.org", mia, 70, 20.5, user_phone="+40 700 000 000", user_alias="annie")
    bob = old.person("Bob", f"{prefix}u2@ex.org", mia, 30, 0.0)
    second = old.wallet(ann, 5, "Savings")
    old.clock(second, 3.25, reference="Weekend")
    old.clock(second, 0.0)
    transfer = {"transfer_type": "transfer", "transfer_from": ann, "transfer_to": bob, "credits": 30}
    old.add("transfer_sheet_record", transfer_sheet_id=2, reference="Lunch", create_date=CREATED, **transfer)
    old.add(
        "transfer_sheet_record", transfer_sheet_id=3, create_date=CREATED, **transfer | {"transfer_type": "incoming"}
    )
    supplied = {"credits": 100, "currency": "RON", "cost": 12.5, "seller_id": 1}
    old.add("invoice_sheet_record", invoice_sheet_id=2, create_date="04-03-2021 11:00:00", **supplied)
    old.add("conversion_sheet_record", conversion_sheet_id=2, create_date=CREATED, minutes=20.0, credits=20,
            conversion_type="credits2clock")  # fmt: skip
    old.add("conversion_sheet_record", conversion_sheet_id=2, create_date=CREATED, minutes=5.0)
    old.add("time_sheet_record", time_sheet_id=2, create_date=CREATED, time_start=1_614_850_200.0,
            time_stop=1_614_850_320.0, time_spent=2.0, time_pending=0.0, pending_count=0)  # fmt: skip
    old.add("contact_list_record", contact_list_id=2, create_date=CREATED, user_name="Bob", user_email="u2@ex.org",
            user_phone="555", notes="a friend")  # fmt: skip
    for user, at in ((ann, CREATED), (bob, "04-03-2021 10:00:00")):
        old.add("ewallet_login", user_id=user, login_date=at, login_status=1)
    old.add("ewallet_login", master_id=mia, login_date=CREATED, login_status=1)
    old.add("ewallet_logout", user_id=ann, logout_date=CREATED, logout_status=1)
    return old

"""The migrations make what the schema says, and a database of another version is refused."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import BigInteger, CheckConstraint, MetaData, Table, create_engine, insert, inspect, text

from creditclock.contract.values import MAX
from creditclock.storage.schema import metadata
from tests.conftest import Servers
from tests.server import Server, creditclock


def engine_url(server: Server) -> str:
    return server.database.replace("postgresql://", "postgresql+psycopg://")


def test_migrations_end_in_the_schema(server: Server) -> None:
    engine = create_engine(engine_url(server))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        differences: list[Any] = compare_metadata(context, metadata)
        assert differences == []
        found = inspect(connection)
        for table in metadata.sorted_tables:
            assert _checks(found.get_check_constraints(table.name)) == _declared_checks(table), table.name
            assert found.get_pk_constraint(table.name)["constrained_columns"] == [c.name for c in table.primary_key]
            keys = found.get_foreign_keys(table.name)
            foreign = {tuple(key["constrained_columns"]): key["referred_table"] for key in keys}
            declared = {tuple(key.column_keys): key.referred_table.name for key in table.foreign_key_constraints}
            assert foreign == declared, table.name
    engine.dispose()


def _checks(found: list[Any]) -> set[str]:
    return {str(check["name"]) for check in found}


def _declared_checks(table: Table) -> set[str]:
    return {str(constraint.name) for constraint in table.constraints if isinstance(constraint, CheckConstraint)}


FROM_SCOPE_0 = {("sign_in_name", "of_master"), ("client_token", "acquired"), ("session_token", "active")}
"""What of the whole installation names a business."""


def test_every_foreign_key_stays_within_its_business() -> None:
    for table in metadata.sorted_tables:
        for key in table.foreign_key_constraints:
            first = key.column_keys[0]
            assert first == "master_id" or (table.name, first) in FROM_SCOPE_0
            assert key.elements[0].column.name == "master_id"


def test_other_version_is_refused_until_it_is_upgraded(servers: Servers, kind: str) -> None:
    server = servers.made(kind)
    server.change(("UPDATE alembic_version SET version_num = ?", ("0000",)))
    with ThreadPoolExecutor() as threads:
        serving = threads.submit(
            creditclock, server.folder, "serve", "--database", server.database, "--listen", "127.0.0.1:0"
        )
        check = creditclock(server.folder, "check", "--database", server.database)
    serve = serving.result()
    assert serve.returncode == 1
    assert "creditclock db upgrade" in serve.stderr
    assert "0000" in serve.stderr
    assert "Traceback" not in serve.stderr
    assert check.returncode == 2
    assert "creditclock db upgrade" in check.stderr
    assert "Traceback" not in check.stderr


def test_newer_database_is_not_upgraded(servers: Servers) -> None:
    server = servers.made("sqlite")
    server.change(("UPDATE alembic_version SET version_num = ?", ("9999",)))
    upgrade = creditclock(server.folder, "db", "upgrade", "--database", server.database)
    assert upgrade.returncode == 1
    assert "9999" in upgrade.stderr
    assert "Traceback" not in upgrade.stderr


def test_upgrade_of_a_current_database_changes_nothing(servers: Servers, kind: str) -> None:
    server = servers.made(kind)
    before = server.rows("SELECT version_num FROM alembic_version")
    upgrade = creditclock(server.folder, "db", "upgrade", "--database", server.database)
    assert (upgrade.returncode, upgrade.stderr.strip().count("Traceback")) == (0, 0)
    assert str(before[0][0]) in upgrade.stdout
    assert server.rows("SELECT version_num FROM alembic_version") == before


def test_limits_of_businesses_are_the_same_after_the_upgrade(servers: Servers, kind: str) -> None:
    """Until 0003 a business held a copy of its plan's limit; what differs from the plan was given to it."""
    server = servers.new(kind)
    engine = create_engine(engine_url(server))
    with engine.begin() as connection:
        old = Config()
        old.set_main_option("script_location", "creditclock.storage:migrations")
        old.attributes.update(connection=connection, on_step=_unheard)
        command.upgrade(old, "0002")
        tables = MetaData()
        tables.reflect(connection)

        def put(table: str, **values: object) -> None:
            columns = tables.tables[table].columns
            rest = {c.name: 1 if isinstance(c.type, BigInteger) else "" for c in columns if not c.nullable}
            connection.execute(insert(tables.tables[table]).values(rest | values))

        for master in range(6):
            put("lane", master_id=master)
        put("plan", master_id=0, id=50, customer_limit=5, seat_limit=6, app_limit=7)
        put("plan", master_id=0, id=51)
        for master, (plan, limit) in enumerate([(50, 5), (50, 9), (50, None), (51, 3), (None, 4)], start=1):
            put("staff", master_id=master, id=1, role="owner")
            terms = {"price": 1, "burn_rate": 1_000, "lease_ms": 60_000, "after_pause": "stop"}
            put("tariff", master_id=master, id=1, tariff=1, **terms)
            put("master", master_id=master, id=0, tariff=1, owner=1, plan=plan, customer_limit=limit)
        for number, removed in enumerate([None, 1, None], start=1):
            put("app", master_id=2, id=number, kind="secret", digest=str(number), removed_at=removed)
    engine.dispose()
    upgrade = creditclock(server.folder, "db", "upgrade", "--database", server.database)
    assert upgrade.returncode == 0, upgrade
    own = "customer_limit, seat_limit, app_limit"
    rows = server.rows(f"SELECT {own}, plan_{own.replace(', ', ', plan_')} FROM master ORDER BY master_id")
    assert rows == [
        (None, None, None, 5, 6, 7),
        (9, None, None, 5, 6, 7),
        (MAX, None, None, 5, 6, 7),
        (3, None, None, None, None, None),
        (4, None, None, None, None, None),
    ]
    assert server.rows("SELECT id, masters, removed_at FROM plan ORDER BY id") == [(50, 3, None), (51, 1, None)]
    assert server.rows("SELECT apps FROM lane ORDER BY master_id") == [(0,), (0,), (2,), (0,), (0,), (0,)]


def _unheard(**_: object) -> None:
    """What a step says of itself."""


def test_upgrade_makes_no_database(servers: Servers) -> None:
    """One without its first rows would serve nobody, ever."""
    server = servers.new("sqlite")
    upgrade = creditclock(server.folder, "db", "upgrade", "--database", server.database)
    assert upgrade.returncode == 1
    assert "creditclock serve" in upgrade.stderr
    assert server.path
    assert not Path(server.path).exists()


def test_database_of_somebody_else_is_left_alone(servers: Servers, kind: str) -> None:
    server = servers.new(kind)
    engine = create_engine(engine_url(server))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE lane (id integer)"))
    serve = creditclock(server.folder, "serve", "--database", server.database, "--listen", "127.0.0.1:0")
    assert serve.returncode == 1
    assert "something else" in serve.stderr
    assert "Traceback" not in serve.stderr
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["lane"]
    engine.dispose()

"""The library's surface: every operation has its method, lists go on by themselves, names come from one place."""

import inspect
import subprocess
import sys
import typing
from pathlib import Path
from typing import Any

import pytest

import creditclock as package
from creditclock import AsyncClient, Busy, Client, InsufficientCredits, Problem, UnexpectedAnswer
from creditclock.client.patience import Patience
from creditclock.contract import OPERATIONS, Command, Operation
from creditclock.contract.customers import CreateCustomer
from creditclock.contract.tokens import SignOut
from creditclock.contract.wallets import GetWallet, Pay, TopUp
from creditclock.testing import Creditclock
from tests.client.stub import Reply, Stub
from tests.server import Shop
from tools.client import modules, plural

pytest_plugins = ["creditclock.testing"]
METHODS = [operation for operation in OPERATIONS.values() if not operation.streams and operation.noun != "batch"]


class Recorder:
    """Remembers what it was called with."""

    def __init__(self) -> None:
        self.called: list[Command[Any]] = []

    def call(self, command: Command[Any], patience: Patience | None = None, *, key: str | None = None) -> Any:  # noqa: ANN401 - as the client's
        assert patience is None
        assert key is None
        self.called.append(command)


@pytest.mark.parametrize("operation", METHODS, ids=lambda operation: operation.name)
def test_every_operation_has_a_method_with_its_fields_and_defaults(operation: Operation) -> None:
    verb = f"{operation.verb}_" if operation.verb == "return" else operation.verb
    for client in (Client, AsyncClient):
        nouns = typing.get_type_hints(getattr(client, plural(operation.noun)).func)["return"]
        method = getattr(nouns, verb)
        parameters = inspect.signature(method).parameters
        listed = {"cursor"} if "cursor" in operation.command.__struct_fields__ else set[str]()
        assert set(parameters) - {"self", "key"} == set(operation.command.__struct_fields__) - listed
        assert method.__doc__
        if client is Client and not listed:
            recorder = Recorder()
            given = {
                name: ["x"] if "Sequence" in str(parameter.annotation) else "x"
                for name, parameter in parameters.items()
                if parameter.default is parameter.empty and name != "self"
            }
            method(nouns(recorder), **given)
            assert recorder.called == [operation.command(**given)]


def test_the_generated_modules_are_up_to_date() -> None:
    for path, write in modules().items():
        assert Path(path).read_text(encoding="utf-8") == write(), f"{path}: run make docs"


def test_the_package_offers_all_of_the_library_and_nothing_else_before_it_is_asked() -> None:
    for name in package.__all__:
        assert getattr(package, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = package.nothing  # pyright: ignore[reportAttributeAccessIssue] - that is the point
    program = "import sys, creditclock; print(*(name for name in sys.modules if name.startswith('creditclock')))"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["creditclock"]


def test_lists_go_on_by_themselves(creditclock: Creditclock) -> None:
    shop = creditclock.shop.secret
    logins = [creditclock.customer().login for _ in range(7)]
    listing = shop.customers.list(limit=3)
    assert [customer.login for customer in listing] == logins
    assert [customer.login for customer in listing] == logins
    assert [len(page.items) for page in listing.pages()] == [3, 3, 1]
    assert [customer.login for customer in listing.page(listing.page().next).items] == logins[3:6]
    assert [customer.login for customer in shop.customers.list(login=logins[4])] == [logins[4]]


def test_a_list_that_goes_round_in_circles_ends() -> None:
    circle = Reply(200, b'{"items": [], "next": "aa"}')
    with Stub(circle) as stub, Client(stub.url) as client, pytest.raises(UnexpectedAnswer, match="circles"):
        list(client.plans.list())


def test_a_key_of_ones_own_repeats_a_write(creditclock: Creditclock) -> None:
    customer = creditclock.customer(credit=100)
    shop = creditclock.shop.secret
    first = shop.wallets.pay(customer.wallet, amount=30, key="order-1")
    assert shop.wallets.pay(customer.wallet, amount=30, key="order-1") == first
    assert customer.balance == 70
    with pytest.raises(Problem, match="printable ASCII"):
        shop.wallets.pay(customer.wallet, amount=30, key="order 1")


def test_who_signs_in_again_needs_no_new_client(creditclock: Creditclock) -> None:
    customer = creditclock.customer()
    first = customer.client.token
    customer.client.sign_in(customer.login, "password of a test", creditclock.shop.id)
    assert customer.client.token != first
    assert customer.client.tokens.who().id == customer.id
    with Client(creditclock.url, creditclock.shop.keys.publishable) as product:
        for _ in range(2):
            assert product.sign_in(customer.login, "password of a test").who.id == customer.id


def test_a_batch_answers_each_command_by_itself(shop: Shop) -> None:
    customer = shop.customer(credits=10)
    with Client(f"http://127.0.0.1:{shop.server.port}", shop.key.token) as client:
        commands: list[Command[Any]] = [
            TopUp(wallet=customer.wallet, amount=5),
            Pay(wallet=customer.wallet, amount=1_000),
            GetWallet(wallet=customer.wallet),
            CreateCustomer(login="not a login"),
        ]
        topped, refused, wallet, invalid = client.batch(commands)
        assert topped.wallet.balance == wallet.balance == 15
        assert isinstance(refused, InsufficientCredits)
        assert refused.data["missing"] == 985
        assert isinstance(invalid, Problem)
        assert invalid.code == "invalid"
        assert client.batch([]) == []
        many = client.batch([TopUp(wallet=customer.wallet, amount=1)] * 2_500)
        assert [answer.wallet.balance for answer in many[-2:]] == [2_514, 2_515]


def test_a_batch_says_what_it_takes() -> None:
    wrong: list[Any] = [{"op": "wallet.top_up"}]
    with Client("http://127.0.0.1:9") as client, pytest.raises(TypeError, match=r"commands such as TopUp.* not dict"):
        client.batch(wrong)


def test_a_batch_keeps_its_keys_over_breaks_and_sends_only_the_rest_again() -> None:
    ok, busy = b'{"ok": {"done": true}}', b'{"problem": {"code": "busy", "detail": "Later.", "status": 503}}'

    def reply(*results: bytes) -> Reply:
        return Reply(200, b'{"results": [' + b",".join(results) + b"]}")

    with Stub(Reply(hangs_up=True), reply(ok, busy, busy), reply(ok, busy), reply(ok)) as stub:
        with Client(stub.url) as client:
            answers = client.batch([SignOut()] * 3)
        assert [answer.done for answer in answers] == [True] * 3
        keys = [[entry["key"] for entry in body["operations"]] for body in stub.bodies()]
        assert keys == [keys[0], keys[0], keys[0][1:], keys[0][2:]]
        assert len(set(keys[0])) == 3
    patience = Patience(timeout=1, tries=2, total=2)
    with Stub(reply(ok, busy), reply(busy)) as stub, Client(stub.url) as client:
        done, late = client.batch([SignOut()] * 2, patience=patience)
        assert done.done
        assert isinstance(late, Busy)
    with Stub(Reply(401, b'{"code": "unauthorized", "detail": "No."}')) as stub, Client(stub.url) as client:  # noqa: SIM117 - the inner block is what this is about
        with pytest.raises(Problem, match="No"):
            client.batch([SignOut()])

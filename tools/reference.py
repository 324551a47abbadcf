"""The reference pages under docs/reference, written from the table of operations."""

import json
from collections.abc import Iterable, Sequence
from typing import Final, get_args

from creditclock.contract import OPERATIONS, Operation
from creditclock.contract.operation import Role, Scope
from creditclock.web.openapi import NOUNS, document
from creditclock.web.reference_page import Entry, Field, anchor, chapters, problems, structs

NOTE: Final = "<!-- Written by `make docs`. Don't edit it. -->"
_WHO: Final[dict[Role, str]] = {
    "anyone": "without a token",
    "operator": "runs the installation",
    "owner": "the owner of a business; its first login",
    "manager": "works at a business: prices and keys as well",
    "seller": "works at the desk of a business",
    "customer": "buys time; reaches only what is its own",
    "program": "a customer in a shipped program: signed in through an app's publishable key; runs its own sessions",
    "secret": "an app by its secret key, within its scopes",
    "publishable": "an app by its publishable key, which may ship inside a product",
}
_ALLOWS: Final[dict[Scope, str]] = {
    "sessions": "look at clocks, and run sessions on them",
    "session.rate": "start a session at another burn rate than the tariff's",
    "customers": "make, change and remove customers, wallets and clocks",
    "wallets": "look at wallets, top them up, pay and transfer",
    "clocks": "buy, return and grant time, and look at tariffs",
}


def openapi() -> str:
    """The OpenAPI document as a file."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def operations() -> str:
    """Every operation: what it takes, what it gives, and its problems."""
    usual = _usual()
    lines = [
        NOTE,
        "",
        "# Operations",
        "",
        "Every operation of the HTTP API, from the same table that the server reads.",
        "A running server shows this page with examples at `/docs`, and as data at `/openapi.json`.",
        "Who may call what: [permissions.md](permissions.md). What a refusal means: [problems.md](problems.md).",
        "",
        f"The usual problems of most operations aren't repeated below: {', '.join(map(_linked, sorted(usual)))}.",
        "",
        *table(
            ("operation", "route", ""),
            (
                (f"[`{entry.name}`](#{anchor(entry.name)})", code(_route(entry.operation)), entry.summary)
                for chapter in chapters()
                for entry in chapter.entries
            ),
        ),
    ]
    for chapter in chapters():
        lines += ["", f"## {chapter.noun.replace('_', ' ').capitalize()}", "", chapter.text]
        for entry in chapter.entries:
            lines += _operation(entry, usual)
    lines += ["", "## Structs", "", "What answers are made of."]
    for struct in structs():
        lines += [
            "",
            f'<a id="struct-{struct.name.lower()}"></a>',
            "",
            f"### {struct.name}",
            "",
            *struct.text.splitlines(),
            "",
        ]
        lines += table(
            ("field", "type", "meaning"), ((code(field.name), _type(field), field.text) for field in struct.fields)
        )
    return "\n".join(lines) + "\n"


def permissions() -> str:
    """The permission sheet: operations in rows, roles in columns."""
    roles: tuple[Role, ...] = get_args(Role)
    scopes: tuple[Scope, ...] = get_args(Scope)
    lines = [
        NOTE,
        "",
        "# Permissions",
        "",
        "Who may call which operation. A secret key needs each scope that stands in its column.",
        "Everybody reaches only their own business; a customer only what is its own.",
        "",
        *table(
            ("operation", *roles),
            (
                (code(operation.name), *(_mark(operation, role) for role in roles))
                for noun in NOUNS
                for operation in OPERATIONS.values()
                if operation.noun == noun
            ),
            centred=len(roles),
        ),
        "",
        "## Roles",
        "",
        *table(("role", "who that is"), ((role, _WHO[role]) for role in roles)),
        "",
        "## Scopes of secret keys",
        "",
        *table(("scope", "allows to"), ((code(scope), _ALLOWS[scope]) for scope in scopes)),
        "",
        "## Finer rules",
        "",
        "- Only the operator changes plan and limits of a business (`master.change`).",
        "- Who gives a customer a new password can sign in as that customer: so a key needs what the customer may do",
        "  (`customer.reset_password`).",
        "- Only staff may remove a customer at once (`customer.remove` with `at_once`).",
        "- Another burn rate than the tariff's (`session.start`) is for staff and keys with the scope `session.rate`.",
        "- A program sees all sessions of its customer. It renews, pauses, resumes, stops and ends those that",
        "  its app holds, and comes to hold another one by taking it over (`session.take_over`).",
    ]
    return "\n".join(lines) + "\n"


def problem_codes() -> str:
    """Every code with its status, what to do about it, and who answers with it."""
    found = problems()
    lines = [
        NOTE,
        "",
        "# Problems",
        "",
        "A request that isn't carried out is answered with a problem document (RFC 9457, `application/problem+json`).",
        "It has `type`, `title`, `status`, `detail`, `code` and `request`, the request's id; some have more members.",
        "A `code` never changes its meaning; `detail` is a sentence for people that says what to do next.",
        "",
        "```json",
        json.dumps(document()["components"]["schemas"]["Problem"]["examples"][0], indent=2),
        "```",
        "",
        *table(
            ("code", "status", "", "also tells"),
            (
                (
                    f"[`{problem.code}`](#{problem.code})",
                    str(problem.status),
                    problem.title,
                    ", ".join(map(code, problem.meaning.members)),
                )
                for problem in found
            ),
        ),
    ]
    everywhere = _usual()
    for problem in found:
        lines += ["", f"## {problem.code}", "", f"{problem.title} ({problem.status}).", problem.meaning.advice]
        if problem.code in everywhere:
            lines += ["", "Many operations answer with it."]
        elif problem.operations:
            links = (f"[`{name}`](operations.md#{anchor(name)})" for name in problem.operations)
            lines += ["", f"Answered by {', '.join(links)}."]
    return "\n".join(lines) + "\n"


def _usual() -> frozenset[str]:
    """The problems that so many operations have that naming them each time helps nobody."""
    return frozenset(problem.code for problem in problems() if len(problem.operations) > len(OPERATIONS) // 3)


def _linked(code: str) -> str:
    return f"[{code}](problems.md#{code})"


def _operation(entry: Entry, usual: frozenset[str]) -> Iterable[str]:
    operation = entry.operation
    scope = f" A secret key needs {operation.needs}." if operation.needs else ""
    yield from ("", f'<a id="{anchor(entry.name)}"></a>', "", f"### {entry.name}", "")
    yield f"`{_route(operation)}` → {operation.status} {_gives(entry.gives)}"
    yield ""
    yield entry.summary
    yield from entry.details.splitlines()
    yield ""
    yield f"For: {', '.join(operation.by)}.{scope}"
    if entry.takes:
        yield ""
        yield from table(
            ("field", "in", "type", "meaning"),
            (
                (
                    code(field.name) + (" (required)" if field.is_required else ""),
                    field.place,
                    _type(field),
                    " ".join(part for part in (field.text, field.default and f"Default `{field.default}`.") if part),
                )
                for field in entry.takes
            ),
        )
    own = [code for code in entry.problems if code not in usual]
    if own:
        yield ""
        yield f"Problems of its own: {', '.join(map(_linked, own))}."


def _route(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


def _gives(name: str) -> str:
    if name.startswith("Page_"):
        item = name.removeprefix("Page_")
        return f"page of [{item}](#struct-{item.lower()})"
    return f"[{name}](#struct-{name.lower()})"


def _type(field: Field) -> str:
    if field.refers_to is None:
        return field.type
    return field.type.replace(field.refers_to, f"[{field.refers_to}](#struct-{field.refers_to.lower()})")


def _mark(operation: Operation, role: Role) -> str:
    if role not in operation.by:
        return ""
    return ", ".join(map(code, operation.scopes)) if role == "secret" and operation.scopes else "yes"


def code(text: str) -> str:
    return f"`{text}`"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, centred: int = 0) -> list[str]:
    rules = ["---"] * (len(heads) - centred) + [":---:"] * centred
    return [_row(heads), _row(rules), *(_row(row) for row in rows)]


def _row(cells: Sequence[str]) -> str:
    escaped = [cell.replace("|", r"\|") for cell in cells]
    return f"| {' | '.join(escaped)} |"

"""The OpenAPI document of the API, read from the table of operations (design section 3.1)."""

import inspect
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from creditclock import __version__
from creditclock.contract import OPERATIONS, TITLES, Operation
from creditclock.web.examples import STREAM_EXAMPLE, answer_example, body_example, example_of
from creditclock.web.problems import STATUS
from creditclock.web.refusals import MEANINGS, refusals_of, takes_key

Schema = dict[str, Any]

NOUNS: Final[dict[str, str]] = {
    "token": "Sign in and out, passwords, tokens.",
    "app": "Client programs of a business, and their keys.",
    "customer": "The people who buy time.",
    "session": "Uses of a clock: start, renew, pause, resume, stop, explain.",
    "wallet": "Credits of a customer: top up, pay, transfer.",
    "clock": "Time of a customer: buy it, give it back, grant it.",
    "batch": "Several operations in one request.",
    "event": "What happens, as it happens.",
    "webhook": "Addresses that are told what happens, by signed requests.",
    "master": "The businesses that sell time.",
    "supply_request": "Credits that customers asked their business for.",
    "issue_report": "What users of the instruction set's clients report.",
    "instruction": "Instructions of the system, for the operator.",
    "plan": "What an operator allows a business.",
    "tariff": "Price lists with the rules of a session.",
    "second_factor": "Codes of one's own device, asked for beside the password.",
    "audit": "Who signed in, and who changed what somebody may do.",
    "test_clock": "The time of a server that was started for tests.",
}
"""What the operations are about, by noun."""

_ABOUT: Final = """\
Creditclock sells time: credits buy time, and time runs only while the customer is on the clock.

Send `Authorization: Bearer …` with a token from `POST /v1/sign-in` or with the key of an app.
Amounts are integers in minor units of the business's currency, durations are integers in milliseconds.
Instants are RFC 3339 in UTC. Ids are opaque.
A write may carry an `Idempotency-Key`: the same key with the same request gives the same answer and acts once.
What is refused is answered with a problem document (RFC 9457); its `code` never changes its meaning."""

_KEY: Final[Schema] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key with the same request gives the same answer and acts once. Make a new one for each "
    "request, best a UUID of version 7, and keep it across retries.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[!-~]+$"},
}


def document() -> dict[str, Any]:
    """The document: every operation of the table once, and the schemas of what they take and give."""
    schemas = _schemas()
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS.values():
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(operation, schemas)
    commands = {operation.command.__name__: operation for operation in OPERATIONS.values()}
    kept = {name: schema for name, schema in schemas.items() if name not in commands}
    for name, operation in commands.items():
        body = body_of(operation, schemas)
        if operation.writes and body["properties"]:
            kept[name] = body
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Creditclock",
            "version": __version__,
            "description": _ABOUT,
            "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}],
        "tags": [{"name": noun, "description": text} for noun, text in NOUNS.items()],
        "paths": paths,
        "components": {
            "schemas": {"Problem": kept.pop("Problem")} | dict(sorted(kept.items())),
            "parameters": {"IdempotencyKey": _KEY},
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token from `POST /v1/sign-in`, or the key of an app.",
                }
            },
        },
    }


def body_of(operation: Operation, schemas: Mapping[str, Schema]) -> Schema:
    """The schema of what an operation takes beside its path: its body, or the query of a read."""
    whole = schemas[operation.command.__name__]
    rest = {name: field for name, field in whole["properties"].items() if name not in operation.path_fields}
    required = [name for name in whole.get("required", ()) if name not in operation.path_fields]
    body = {key: value for key, value in whole.items() if key not in {"properties", "required", "description"}}
    return {**body, "properties": rest} | ({"required": required} if required else {})


def _schemas() -> dict[str, Schema]:
    """The schemas of all commands and answers, by name, as JSON Schema that any reader understands."""
    types = [of for operation in OPERATIONS.values() for of in (operation.command, operation.answer)]
    _, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    return {"Problem": _problem()} | {_renamed(name): _cleaned(schema) for name, schema in components.items()}


def _cleaned(value: Any) -> Any:  # noqa: ANN401 - any part of a schema
    if isinstance(value, dict):
        parts: dict[str, Any] = value  # pyright: ignore[reportUnknownVariableType] - JSON
        return {key: _cleaned_member(key, part) for key, part in parts.items()}
    if isinstance(value, list):
        return [_cleaned(part) for part in value]  # pyright: ignore[reportUnknownVariableType] - JSON
    return value


def _cleaned_member(key: str, value: Any) -> Any:  # noqa: ANN401 - any part of a schema
    if isinstance(value, str):
        match key:
            case "pattern":
                return value.replace(r"\Z", "$")
            case "description":
                return inspect.cleandoc(value)
            case "$ref":
                return _renamed(value)
            case _:
                return value
    return _cleaned(value)


def _renamed(name: str) -> str:
    """`Page_Token_` is what msgspec makes of `Page[Token]`."""
    return name.rstrip("_")


def _described(operation: Operation, schemas: Mapping[str, Schema]) -> Schema:
    body = body_of(operation, schemas)
    summary, _, rest = operation.description.partition("\n")
    parameters = [_parameter(operation, schemas, name) for name in operation.path_fields]
    if not operation.writes:
        parameters += [_query(name, field, body) for name, field in body["properties"].items()]
    if takes_key(operation):
        parameters.append({"$ref": "#/components/parameters/IdempotencyKey"})
    described: Schema = {
        "operationId": operation.name.replace(".", "_"),
        "tags": [operation.noun],
        "summary": summary,
        "description": "\n\n".join(part for part in (rest.strip(), _who(operation)) if part),
    }
    if parameters:
        described["parameters"] = parameters
    if operation.writes and body["properties"]:
        described["requestBody"] = {
            "required": bool(body.get("required")),
            "content": {
                "application/json": {
                    "schema": {"$ref": f"#/components/schemas/{operation.command.__name__}"},
                    "example": body_example(operation, body, schemas),
                }
            },
        }
    if "anyone" in operation.by:
        described["security"] = [{}, {"bearer": []}]
    described["responses"] = {str(operation.status): _success(operation, schemas), **_problems(operation)}
    return described


def _who(operation: Operation) -> str:
    needs = f" A secret key needs {operation.needs}." if operation.needs else ""
    return f"For: {', '.join(operation.by)}.{needs}"


def _parameter(operation: Operation, schemas: Mapping[str, Schema], name: str) -> Schema:
    field = dict(schemas[operation.command.__name__]["properties"][name])
    text = field.pop("description", "")
    example = example_of(field, schemas, name)
    return {"name": name, "in": "path", "required": True, "description": text, "schema": field, "example": example}


def _query(name: str, field: Schema, body: Schema) -> Schema:
    """A field of a read as a parameter; null can't be said in a query, so it isn't in the schema."""
    schema = field
    if "anyOf" in field:
        (schema,) = [option for option in field["anyOf"] if option.get("type") != "null"]
    schema = {key: value for key, value in schema.items() if key != "description"}
    if field.get("default") is not None:
        schema["default"] = field["default"]
    text = _text_of(field)
    parameter: Schema = {"name": name, "in": "query", "required": name in body.get("required", ()), "schema": schema}
    return {**parameter, "description": text} if text else parameter


def _text_of(field: Schema) -> str:
    options: Iterable[Schema] = (field, *field.get("anyOf", ()))
    return next((option["description"] for option in options if "description" in option), "")


def _success(operation: Operation, schemas: Mapping[str, Schema]) -> Schema:
    name = answer_name(operation)
    schema = {"$ref": f"#/components/schemas/{name}"}
    if operation.streams:
        text = "Server-sent events: `id` is the event's id, `event` its type, `data` the event as JSON."
        return {
            "description": text,
            "content": {
                "text/event-stream": {"schema": {"type": "string", "contentSchema": schema}, "example": STREAM_EXAMPLE}
            },
        }
    return {
        "description": "Made." if operation.status == 201 else "Done." if operation.writes else "Found.",  # noqa: PLR2004 - HTTP's
        "content": {"application/json": {"schema": schema, "example": answer_example(operation, name, schemas)}},
    }


def answer_name(operation: Operation) -> str:
    """The name of the schema of an operation's answer, such as `Page_Token`."""
    (schema,), _ = msgspec.json.schema_components([operation.answer], ref_template="{name}")
    return _renamed(schema["$ref"])


def _problems(operation: Operation) -> dict[str, Schema]:
    by_status: dict[int, list[str]] = {}
    for code in refusals_of(operation):
        by_status.setdefault(STATUS[code], []).append(code)
    return {
        str(status): {
            "description": " ".join(f"`{code}`: {TITLES[code]}." for code in codes),
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, codes in by_status.items()
    }


def _problem() -> Schema:
    members = sorted({member for meaning in MEANINGS.values() for member in meaning.members})
    more = f"Other members may follow, such as {', '.join(f'`{member}`' for member in members)}."
    return {
        "title": "Problem",
        "description": f"Why a request was not carried out (RFC 9457). {more}",
        "type": "object",
        "properties": {
            "type": {"type": "string", "format": "uri-reference", "description": "Where the code is explained."},
            "title": {"type": "string", "description": "What happened, the same for every problem of this code."},
            "status": {"type": "integer", "minimum": 400, "maximum": 599, "description": "The HTTP status."},
            "detail": {"type": "string", "description": "What happened here, and what to do next."},
            "code": {"enum": sorted(TITLES), "description": "The name of the problem for programs."},
            "request": {"type": "string", "description": "The request's id, as in the header `Request-Id`."},
        },
        "required": ["type", "title", "status", "detail", "code"],
        "additionalProperties": True,
        "examples": [
            {
                "type": "/docs#problem-insufficient_credits",
                "title": TITLES["insufficient_credits"],
                "status": STATUS["insufficient_credits"],
                "detail": "250 minor units are missing in this wallet. Top it up first.",
                "code": "insufficient_credits",
                "missing": 250,
                "request": "req_1f6b2c8800000a2f",
            }
        ],
    }

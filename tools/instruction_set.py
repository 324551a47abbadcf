"""The page of the instruction set, written from its table."""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec
from msgspec import inspect

from creditclock.contract.instructions.events import EVENTS
from creditclock.contract.instructions.groups import GROUPS, IN_ORDER
from creditclock.contract.instructions.instruction import Instruction, Needs, description
from creditclock.contract.instructions.system import SYSTEM
from creditclock.contract.instructions.values import Date
from creditclock.web.instructions.discovery import instruction_set
from creditclock.web.reference_page import anchor
from tools.instruction_differences import DIFFERENCES
from tools.reference import NOTE, code, table

_WHO: Final[dict[Needs, str]] = {
    Needs.NOTHING: "anybody",
    Needs.CLIENT: "client",
    Needs.SESSION: "session",
    Needs.TOKENS: "tokens",
    Needs.ACQUIRED: "acquired",
    Needs.ACCOUNT: "account",
    Needs.ACTIVE_MASTER: "own master",
    Needs.MASTER: "master",
    Needs.FLAGGED_MASTER: "marked master",
}
"""A short word for what an instruction needs."""
_DATE: Final = inspect.type_info(Date)
_BEGINNING: Final = """\
Creditclock speaks the JSON protocol of the EWallet Credit Clock suit: 86 instructions, sent to one path.
Its clients go on working, on books that are right.
For something new, take [the HTTP API](reference/operations.md): it does more, and says what went wrong by its status.

- **What**: each request is one flat JSON object that names an instruction; each answer is one with `failed`.
- **Why**: programs that speak it needn't be changed. What they do stands in the same wallets, clocks and statements.
- **How**: `creditclock serve --instruction-set open` to [try it out](#first-steps), `--instruction-set on`
  [for a real business](#for-a-real-business); programs are pointed at `/ewallet/instruction-set`.

## Switch it on

It is off unless you say otherwise; then its paths are 404.

```sh
creditclock serve --instruction-set on
```

| setting | what it is for |
| --- | --- |
| `instruction_set` | `off`, `on`, or `open`: both of the next two, on a loopback address without `proxies` |
| `open_enrolment` | whoever reaches the server may make a master |
| `self_supply` | accounts supply themselves with credits, without the master's approval |
| `instruction_basic` | each request must carry `Authorization: Basic` with a master's login and an API key of it |
| `timer_lease_ms` | how long a timer runs on after the last instruction of its session |

Where settings are written: [settings](guide/settings.md). On an address that others reach, `open_enrolment` and
`self_supply` are refused together, and so they are behind a proxy (`proxies`); one alone is warned of.

## First steps

A server to try it out, in an empty folder:

```sh
creditclock serve --instruction-set open
```

In another terminal, ask for the two tokens that go into nearly every request. They work for 30 minutes:

```sh
URL=http://127.0.0.1:8400/ewallet/instruction-set

curl -s $URL --json '{"ctype": "action", "action": "request", "request": "client_id"}'
```

```json
{"failed": false, "client_id": "ewsm-uid:…"}
```

```sh
curl -s $URL --json '{"ctype": "action", "action": "request", "request": "session_token", "client_id": "ewsm-uid:…"}'
```

```json
{"failed": false, "session_token": "ewsm-st:…"}
```

Make a master, which is a business, and work under it:

```sh
ME='"client_id": "ewsm-uid:…", "session_token": "ewsm-st:…"'

curl -s $URL --json '{'"$ME"', "ctype": "action", "action": "new", "new": "master", "master": "account",
  "user_name": "Mia", "user_email": "mia@example.org", "user_pass": "Mias-secret-1", "key": "a-key-code"}'
curl -s $URL --json '{'"$ME"', "ctype": "action", "action": "acquire", "acquire": "master",
  "master": "mia@example.org", "key": "a-key-code"}'
```

Make an account, which is a customer, and log it in:

```sh
curl -s $URL --json '{'"$ME"', "ctype": "action", "action": "new", "new": "account",
  "user_name": "Ann", "user_email": "ann@example.org", "user_pass": "Anns-secret-1"}'
curl -s $URL --json '{'"$ME"', "ctype": "action", "action": "login",
  "user_email": "ann@example.org", "user_pass": "Anns-secret-1"}'
```

Credits become minutes, and the timer takes them:

```sh
curl -s $URL --json '{'"$ME"', "ctype": "action", "action": "supply", "supply": "credits", "credits": 100}'
curl -s $URL --json '{'"$ME"', "ctype": "action", "action": "convert", "convert": "credits2clock", "credits": 20}'
curl -s $URL --json '{'"$ME"', "ctype": "action", "action": "start", "start": "clock_timer"}'
curl -s $URL --json '{'"$ME"', "ctype": "action", "action": "stop", "stop": "clock_timer"}'
```

The server explains each instruction, and each event:

```sh
curl -s -X GET $URL --json '{}'
curl -s -X GET $URL --json '{"option": "action", "action": "PayCredits"}'
curl -s -X GET $URL --json '{"option": "event", "action": "ClockLow"}'
```

## For a real business

With `on` the operator makes businesses, and credits come from the business. An owner may make ten more through the
instruction set, which make none. Stop the server from above, and start one in another empty folder:

```sh
CREDITCLOCK_OPERATOR_PASSWORD=choose-a-long-one creditclock serve --instruction-set on
```

The operator makes the business; its login is the e-mail that clients name. They also need its **key code**, which the
operator or the owner sets, and hands to those who set up the clients. Left out, a random one is made:

```sh
creditclock sign-in operator
creditclock master create --name "Corner Café" --login cafe@example.org
creditclock master set-key-code mas_… --key-code corner-cafe-key
```

The business may have any number of accounts, unless `creditclock master change mas_… --customer-limit 50` sets a limit.

A client asks this server for its two tokens, as in [first steps](#first-steps): those of another one don't work here.
It acquires the business. An account logs in and asks for credits:

```sh
curl -s $URL --json '{'"$ME"', "ctype": "action", "action": "acquire", "acquire": "master",
  "master": "cafe@example.org", "key": "corner-cafe-key"}'
curl -s $URL --json '{'"$ME"', "ctype": "action", "action": "new", "new": "account",
  "user_name": "Bob", "user_email": "bob@example.org", "user_pass": "Bobs-secret-1"}'
curl -s $URL --json '{'"$ME"', "ctype": "action", "action": "login",
  "user_email": "bob@example.org", "user_pass": "Bobs-secret-1"}'
curl -s $URL --json '{'"$ME"', "ctype": "action", "action": "supply", "supply": "credits",
  "credits": 20, "cost": 4.7, "currency": "EUR"}'
```

```json
{"failed": true, "warning": "The credits were requested: …", "level": "session-manager", "details": "supply_requested"}
```

Somebody of the business, who has the money, approves it; the client sees the credits at its next look:

```sh
creditclock sign-in cafe@example.org
creditclock supply-request list --state pending
creditclock supply-request approve srq_…
```

A declined request is told over `/v1` events only (`supply_request.declined`), to nobody here.

- **Paying the business**: PayCredits and TransferCredits take its own e-mail, or the one that old clients know:
  `ewsc.systemcore@alvearesolutions.ro`.
- **Customers of `/v1`** log in here with their login and password, and InspectSubPool lists them. Those that the
  business had before its first key code get their number within a minute of it.
- **Other tariffs**: where the price isn't one credit a minute, ConvertClockToCredits may give parts of a credit.
  They stay in the wallet; `/v1` shows them, the instruction set shows whole credits.
- **Sessions of `/v1`** show as `active` on the clock. They can't be paused or stopped here, and leave no time record.
- **A logout** ends no timer at once: it runs out within its lease (`timer_lease_ms`), unless it is stopped before.

The same from Python: [use the instruction set](howto/use-the-instruction-set.md#for-a-real-business).

## Requests and answers

`POST /ewallet/instruction-set` with a JSON object. `ctype` is `action` or `event`, and each value names the next key:
`"action": "new", "new": "credit", "credit": "clock"` is CreateCreditClock.
Instructions of a master have `"controller": "master"`; without it, or with `client`, it is a client's.
Numbers may be text, such as `"10"`. Unknown keys are ignored.

What is carried out is answered with `"failed": false` and exactly the keys below.
What isn't is answered with `"failed": true` and one of `error` and `warning`; the status is 200 as well.
(Pages of other sites are turned away before that, with 403.)
Maps have numbers as keys, which in JSON are text: `{"3": "Credit EWallet"}`.
"""
_OPERATOR: Final = """\
The original has instructions with `"controller": "system"`, to be given on the server's own machine.
At this address they are refused here too: `creditclock instruction run LABEL` and
[`instruction.run`](reference/operations.md#instruction-run) carry them out, for the operator alone.
They answer the keys in the table. `--master-id` takes the id of a business, such as `mas_…`, or its number: the
7 hexadecimal digits after `mas_`, written as a decimal number. The exit code is 1 where the answer says `failed`.

What they clean up, the server removes by itself as well: tokens half an hour after they expired (a day later nothing is
left of them), businesses and accounts 30 days after they were marked for removal, reports after 90 days.
One run cleans a thousand things at most; the numbers in its answer count what it did, so send it again for the rest.
Where nothing is to be cleaned, the answer is `failed` with `details` `nothing_to_clean`.
A session whose link was cut has expired: its instructions are refused, and its client id may ask for another one.
Tokens that work are never answered. What isn't needed here answers `failed` with `details` `not_needed`.
"""


def page() -> str:
    """What the instruction set is, how to use it, every instruction, and where it differs."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield from (NOTE, "", "# The instruction set", "", *_BEGINNING.splitlines())
    yield from ("", "## Who may send it", "")
    yield "A client id goes into a request as `client_id`, a session token as `session_token`."
    yield from ("They are checked in this order; what is missing first is the refusal.", "")
    yield from table(("word", "needs"), ((f"*{_WHO[needs]}*", needs.value) for needs in Needs))
    yield from ("", "## Instructions", "", "What stands in parentheses may be left out, and isn't in every answer.")
    yield "Each belongs to operations of the HTTP API, and does what they do."
    for title, group in GROUPS.items():
        yield from _group(title, group)
    yield from ("", "## What answers hold", "", "The objects inside answers, and their keys:", "")
    yield from _objects()
    yield from _events()
    yield from ("", "## Other spellings", "", "These labels are known too, and explained by the server:", "")
    yield from table(("label", "also"), _spellings())
    yield from ("", "## The operator's instructions", "", *_OPERATOR.splitlines(), "")
    yield from table(
        ("label", "also", "what it does", "takes", "answers"),
        (
            (
                f"**{one.label}**",
                ", ".join(one.aliases),
                f"Not needed. {one.why}" if one.needless else one.summary,
                ", ".join(map(code, one.parameters)),
                "" if one.needless else ", ".join(map(code, one.answer)),
            )
            for one in SYSTEM.values()
        ),
    )
    yield from ("", "## Where it differs", "", "From the original, and from `/v1`:", "")
    yield from table(("", "here", "in the original", "in `/v1`"), DIFFERENCES)


def _group(title: str, group: Iterable[Instruction]) -> Iterator[str]:
    """One table says what instructions do and how to name them, one what they take and give."""
    found = list(group)
    yield from ("", f"### {title}", "")
    yield from table(
        ("label", "what it does", "named by", "who"),
        ((f"**{one.label}**", one.summary, _selector(one), f"*{_WHO[one.needs]}*") for one in found),
    )
    yield ""
    yield from table(
        ("label", "takes", "answers", "as"),
        ((one.label, _parameters(one), _keys(one.answer), _operations(one)) for one in found),
    )


def _selector(found: Instruction) -> str:
    named = {key: value for key, value in found.selector.items() if value is not None}
    shown = {key: value for key, value in instruction_set(found).items() if key == "controller" or key in named}
    return " ".join(code(f"{key}={value}") for key, value in shown.items())


def _parameters(found: Instruction) -> str:
    fields = _of(found.command).fields
    return ", ".join(_typed_key(one) if one.required else f"({_typed_key(one)})" for one in fields) or "–"


def _keys(struct: type[msgspec.Struct]) -> str:
    fields = [one for one in _of(struct).fields if one.encode_name != "failed"]
    return ", ".join(f"({_typed_key(one)})" if _is_left_out(one) else _typed_key(one) for one in fields)


def _is_left_out(field: inspect.Field) -> bool:
    """Whether some answers lack a key: one that may be unset has no default here."""
    return not field.required and field.default is msgspec.NODEFAULT


def _typed_key(field: inspect.Field) -> str:
    """A key and its type."""
    return f"{code(field.encode_name)} {_typed(field.type)}"


def _operations(found: Instruction) -> str:
    return ", ".join(f"[`{name}`](reference/operations.md#{anchor(name)})" for name in found.uses) or "–"


def _objects() -> Iterator[str]:
    """Each struct that stands inside an answer: the keys it stands under, in whose answers, and its own keys."""
    places: dict[type[msgspec.Struct], list[tuple[str, str]]] = {}
    for found in IN_ORDER:
        for field in _of(found.answer).fields:
            for struct in _structs(field.type):
                places.setdefault(struct, []).append((field.encode_name, found.label))
    for struct, found_in in places.items():
        names = " or ".join(code(name) for name in sorted({name for name, _ in found_in}))
        labels = ", ".join(label for _, label in found_in)
        yield f"- **{names}** of {labels}. {' '.join(description(struct).split())}"
        yield f"  {_keys(struct)}"


def _structs(found: inspect.Type) -> Iterator[type[msgspec.Struct]]:
    match found:
        case inspect.StructType(cls=struct):
            yield struct
        case inspect.ListType(item_type=item):
            yield from _structs(item)
        case _:
            pass


def _of(struct: type[msgspec.Struct]) -> inspect.StructType:
    found = inspect.type_info(struct)
    assert isinstance(found, inspect.StructType)
    return found


def _typed(found: inspect.Type) -> str:  # noqa: PLR0911 - one for each kind of type
    if found == _DATE:
        return "date"
    match found:
        case inspect.Metadata(type=inner):
            return _typed(inner)
        case inspect.UnionType(types=types):
            return " or ".join("null" if isinstance(one, inspect.NoneType) else _typed(one) for one in types)
        case inspect.LiteralType(values=values):
            return "/".join(map(str, values))
        case inspect.ListType():
            return "list"
        case inspect.DictType():
            return "map"
        case inspect.StructType():
            return "object"
        case _:
            return type(found).__name__.removesuffix("Type").lower()


def _events() -> Iterator[str]:
    yield from (
        "",
        "## What is told",
        "",
        "The original has no events. Here an account, or a master, asks for its own:",
    )
    yield "EventPoll answers those that weren't acknowledged yet, oldest first, also from before the first login."
    yield "EventAcknowledge ends that."
    yield "They are made of [the events of the HTTP API](reference/events.md)."
    yield ""
    yield from table(
        ("label", "when", "`data`", "of"),
        ((f"**{event.label}**", event.summary, _keys(event.data), _kind(event.kind)) for event in EVENTS.values()),
    )


def _kind(name: str) -> str:
    return f"[`{name}`](reference/events.md#{anchor(name)})"


def _spellings() -> Iterator[tuple[str, str]]:
    for found in IN_ORDER:
        if found.aliases:
            yield found.label, ", ".join(map(code, found.aliases))

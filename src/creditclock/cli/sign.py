"""`creditclock sign-in` and `creditclock sign-out`: the login that later commands use."""

import argparse
import sys

import msgspec

from creditclock.cli.call import print_json, prompted
from creditclock.cli.failure import EXIT_CODES, Code, Failure
from creditclock.cli.instants import spelled
from creditclock.cli.login import Login, connect, forget, keep, place, profile_of
from creditclock.cli.subparsers import Subparsers
from creditclock.client import durations
from creditclock.client.errors import SecondFactorNeeded, Unauthorized
from creditclock.contract.tokens import SignedIn, SignIn, SignOut
from creditclock.contract.values import TokenMs


def add_sign_in(subparsers: Subparsers, shared: argparse.ArgumentParser) -> None:
    """Add both commands."""
    parser = subparsers.add_parser(
        "sign-in",
        help="sign in; later commands use the login",
        description="Sign in with a login and a password. The token is kept, with mode 0600, for later commands.",
        epilog=f"example: creditclock sign-in ann --master mas_…\n\n{EXIT_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[shared],
    )
    parser.add_argument("login", metavar="LOGIN")
    parser.add_argument("--master", metavar="MASTER_ID", help="the business, for customers")
    parser.add_argument("--password", metavar="TEXT", help="asked for if left out; other users may see it in `ps`")
    parser.add_argument(
        "--password-stdin",
        action="store_true",
        help="read the password from standard input, and a code if one is needed",
    )
    parser.add_argument("--code", metavar="CODE", help="a code of the second factor, asked for if it is needed")
    parser.add_argument("--lasts", metavar="DURATION", type=_duration, help="how long the login works, such as 1h")
    parser.add_argument("--show", action="store_true", help="print the token")
    parser.set_defaults(run=_sign_in)
    parser = subparsers.add_parser(
        "sign-out", help="end the login", description="End the token that is kept, and forget it.", parents=[shared]
    )
    parser.set_defaults(run=_sign_out)


def _sign_in(arguments: argparse.Namespace) -> int:
    password = arguments.password
    if password is None:
        from_stdin = arguments.password_stdin
        password = sys.stdin.readline().rstrip("\r\n") if from_stdin else prompted("password", is_new=False)
    # A kept login has nothing to do with the new one; a publishable key that is given brings the customer in.
    with connect(arguments, with_kept=False) as client:
        command = SignIn(
            login=arguments.login,
            password=password,
            master=arguments.master,
            code=arguments.code,
            lasts_ms=arguments.lasts,
        )
        try:
            exchange = client.exchange(command)
        except SecondFactorNeeded:
            if command.code is not None:
                raise
            exchange = client.exchange(msgspec.structs.replace(command, code=_code(arguments)))
        answer = exchange.answer
        keep(
            profile_of(arguments),
            Login(url=client.url, token=answer.token, expires_at=answer.expires_at, who=_who(answer)),
        )
        if arguments.json:
            print_json(exchange.body)
        elif arguments.show:
            print(answer.token)
        else:
            print(f"Signed in as {_who(answer)} until {spelled(answer.expires_at)}. The login is kept in {place()}.")
    return Code.OK


def _code(arguments: argparse.Namespace) -> str:
    """A code of the second factor: the next line where the password was read, or asked for."""
    if arguments.password_stdin:
        if code := sys.stdin.readline().strip():
            return code
        raise Failure("A code of the second factor is needed, on the line after the password.", Code.NOT_SIGNED_IN)
    return prompted("code", is_new=False)


def _duration(text: str) -> int:
    """A length of time for `--lasts`, in milliseconds; argparse shows the sentence of what it raises."""
    try:
        return msgspec.convert(durations.parsed(text), TokenMs)
    except msgspec.ValidationError as error:
        raise argparse.ArgumentTypeError("a login lasts 1 min to 30 days") from error
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error).rstrip(".")) from error


def _sign_out(arguments: argparse.Namespace) -> int:
    with connect(arguments) as client:
        try:
            body = client.exchange(SignOut()).body
        except Unauthorized:
            body = msgspec.json.encode({"done": True})
    forget(profile_of(arguments))
    if arguments.json:
        print_json(body)
    else:
        print("Signed out.")
    return Code.OK


def _who(answer: SignedIn) -> str:
    who = answer.who
    business = f" of {who.master}" if who.master else ""
    return f"{who.role or who.kind} {who.id}{business}"

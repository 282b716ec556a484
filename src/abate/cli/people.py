"""``abate user …`` and ``abate token …``."""

import sys
from datetime import timedelta
from typing import Annotated

import typer

from abate import app as wiring
from abate.cli.options import Json
from abate.cli.output import OPERATOR, as_json, say, table
from abate.domain.errors import NotFoundError
from abate.domain.person import Permission, Role, User
from abate.flows import people
from abate.flows.kit import Kit

users = typer.Typer(no_args_is_help=True, help="People who log in, and what they are here to do.")
tokens = typer.Typer(no_args_is_help=True, help="Keys for programs: scoped, expiring, shown once.")
Name = Annotated[str, typer.Argument(help="The login name.")]
Roles = Annotated[list[Role], typer.Option("--role", help="What the person is here to do; may repeat.")]


def _password() -> str:
    """Ask for the password, or read it from standard input: an argument would stand in the process list."""
    if sys.stdin.isatty():
        return str(typer.prompt("password", hide_input=True, confirmation_prompt=True, err=True))
    return sys.stdin.readline().rstrip("\n")


def _user(kit: Kit, name: str) -> User:
    for user in people.users(kit):
        if user.name == people.login_name(name):
            return user
    msg = f"there is no user {name!r}; `abate user list` shows them"
    raise NotFoundError(msg)


@users.command("add")
def add(name: Name, role: Roles, json_: Json = False) -> None:
    """Add a person; the password is asked for, or read from standard input."""
    with wiring.opened() as kit:
        user = people.add_user(kit, name, _password(), role, by=OPERATOR)
    if json_:
        as_json({"id": user.id, "name": user.name, "roles": [r.value for r in user.roles]})
    else:
        say(f"user {user.name} added")


@users.command("list")
def list_users(json_: Json = False) -> None:
    """List the people."""
    with wiring.opened() as kit:
        found = people.users(kit)
    columns = ("id", "name", "roles", "second factor", "disabled")
    rows = [(u.id, u.name, ", ".join(u.roles), bool(u.totp_secret), u.disabled) for u in found]
    if json_:
        as_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        table(columns, rows)


@users.command("roles")
def roles(name: Name, role: Roles) -> None:
    """Set what a person is here to do; replaces what stood before."""
    with wiring.opened() as kit:
        user = people.set_roles(kit, _user(kit, name).id, role, by=OPERATOR)
    say(f"user {user.name}: {', '.join(user.roles)}")


@users.command("disable")
def disable(name: Name) -> None:
    """Lock a person out; sessions end and tokens stop working at once."""
    with wiring.opened() as kit:
        people.disable(kit, _user(kit, name).id, by=OPERATOR)
    say(f"user {name} is locked out")


@users.command("enable")
def enable(name: Name) -> None:
    """Let a locked-out person in again."""
    with wiring.opened() as kit:
        people.enable(kit, _user(kit, name).id, by=OPERATOR)
    say(f"user {name} may log in again")


@users.command("password")
def password(name: Name) -> None:
    """Set a new password; every session of the person ends."""
    with wiring.opened() as kit:
        people.set_password(kit, _user(kit, name).id, _password(), by=OPERATOR)
    say(f"user {name} has a new password")


@tokens.command("issue")
def issue(
    user: Annotated[str, typer.Argument(help="Whose token it is; it can do no more than they can.")],
    name: Annotated[str, typer.Option(help="What it is for.")],
    scope: Annotated[list[Permission], typer.Option(help="What it may do; may repeat.")],
    days: Annotated[int, typer.Option(help="How long it works.")] = 90,
    json_: Json = False,
) -> None:
    """Issue a token. Its secret is printed this once and kept nowhere."""
    with wiring.opened() as kit:
        owner = _user(kit, user)
        token, secret = people.issue_token(
            kit, owner.id, name=name, scopes=scope, lasts=timedelta(days=days), by=OPERATOR
        )
    if json_:
        as_json({"id": token.id, "secret": secret, "expires_at": token.expires_at.isoformat()})
    else:
        say(f"token {token.id}, until {token.expires_at:%Y-%m-%d}; its secret, shown this once:")
        sys.stdout.write(secret + "\n")


@tokens.command("list")
def list_tokens(user: Annotated[str, typer.Argument(help="Whose tokens.")], json_: Json = False) -> None:
    """List a person's tokens."""
    with wiring.opened() as kit:
        found = people.tokens_of(kit, _user(kit, user).id)
    rows = [(t.id, t.name, ", ".join(t.scopes), f"{t.expires_at:%Y-%m-%d}", bool(t.revoked_at)) for t in found]
    columns = ("id", "name", "scopes", "expires", "revoked")
    if json_:
        as_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        table(columns, rows)


@tokens.command("revoke")
def revoke(token: Annotated[str, typer.Argument(help="The token's identifier.")]) -> None:
    """Take a token out of force at once."""
    with wiring.opened() as kit:
        people.revoke_token(kit, token, by=OPERATOR)
    say(f"token {token} works no more")

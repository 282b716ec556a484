"""Who acts: the operator of the machine, or a person who logs in for the one command."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from abate.access import roles
from abate.cli.output import OPERATOR
from abate.domain.errors import InputError, RefusedError
from abate.domain.person import Permission
from abate.flows import people
from abate.flows.kit import Kit

As = Annotated[str, typer.Option("--as", help="The login name of who acts; the operator of the machine otherwise.")]
PasswordFile = Annotated[
    Path | None,
    typer.Option(help="A file with that person's password, and their code of the second factor on its second line."),
]


def acting(kit: Kit, name: str, permission: Permission, password_file: Path | None = None) -> str:
    """Return who acts: :data:`OPERATOR` where nobody is named, else the identifier of the person, who has logged in.

    :param password_file: where the password stands; ``None`` to ask for it, or to read it from standard input
    :raises RefusedError: when the person cannot log in, or may not do this
    :raises InputError: when the password's file cannot be read, or there is one for nobody
    """
    if not name:
        if password_file is not None:
            msg = "--password-file is given, and nobody who logs in with it; add --as"
            raise InputError(msg)
        return OPERATOR
    told = _asked(kit, name) if password_file is None else _read(password_file)
    _, secret = people.log_in(kit, name, *told)
    known = people.who(kit, secret)
    people.log_out(kit, secret)  # one command is all that this login is for
    answer = roles.may(known[0] if known else None, permission)
    if known is None or not answer.allowed:
        msg = f"{name} may not do this: {answer.reason}; ask somebody whose role does"
        raise RefusedError(msg)
    return known[0].id


def _read(path: Path) -> Sequence[str]:
    try:
        return path.read_text("utf-8").splitlines()[:2]
    except (OSError, UnicodeDecodeError) as error:
        msg = "cannot be read as a password; write the password into its first line"
        raise InputError(msg, where=str(path)) from error


def _asked(kit: Kit, name: str) -> Sequence[str]:
    if not sys.stdin.isatty():
        return [sys.stdin.readline().rstrip("\n"), sys.stdin.readline().rstrip("\n")]
    password = str(typer.prompt(f"password of {name}", hide_input=True, err=True))
    if not _has_second_factor(kit, name):
        return [password]
    return [password, str(typer.prompt("code of the second factor", err=True))]


def _has_second_factor(kit: Kit, name: str) -> bool:
    login = people.login_name(name)
    return any(user.totp_secret for user in people.users(kit) if user.name == login)

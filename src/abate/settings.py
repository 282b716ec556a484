"""Every setting in one table: name, type, default, help. Data only; nothing here runs code.

Values come from ``ABATE_HOME/settings.toml``, then from the environment as ``ABATE_<NAME>``; the later wins. An unknown
name is refused, so that a typing error never silently leaves a default in force.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from abate.domain.errors import InputError

DEFAULT_HOME = "./abate-data"
NOT_SETTINGS = frozenset({"ABATE_HOME", "ABATE_DATA", "ABATE_FUZZ", "ABATE_HUNT"})
"""Variables that are read elsewhere: the home by :func:`load`, the others by the test suite."""


def _setting(default: str | int | bool, help_text: str, *choices: str) -> Any:  # noqa: ANN401, FBT001 - a field of each type
    return field(default=default, metadata={"help": help_text, "choices": choices})


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """The frozen table."""

    home: Path = field(default=Path(DEFAULT_HOME), metadata={"help": "Folder that holds the store, vault and media"})
    store: str = _setting("", "Database address; empty for SQLite in the home folder; postgresql+psycopg://… otherwise")
    platform: str = _setting("platform", "Name of the platform that is guarded, as history and reports call it")
    provider_name: str = _setting("", "The hosting service provider, or its legal representative, as forms name it")
    provider_state: str = _setting("", "Member State where it is established or represented, two letters")
    provider_person: str = _setting("", "Who is authorised to sign for it")
    provider_contact: str = _setting("", "E-mail address of its contact point for authorities")
    port: int = _setting(8400, "Port of the console and API on 127.0.0.1")
    hosts: str = _setting("127.0.0.1,localhost", "Host header names that are answered, comma-separated")
    secure_cookies: bool = _setting(False, "Send session cookies over HTTPS only; set it behind a TLS proxy")
    connector: str = _setting("simulate", "Which action plug carries out decisions")
    webhook_url: str = _setting("", "Where the webhook connector posts actions")
    webhook_secret: str = _setting("", "Its Standard Webhooks secret, whsec_…")
    delivery_attempts: int = _setting(8, "How often an action is tried before it waits on the dead-letter page")
    automatic_per_account_hour: int = _setting(
        3, "Automatic actions for one account in an hour; above it a person decides; 0 for none"
    )
    automatic_per_hour: int = _setting(
        100, "Automatic actions of the whole platform in an hour; above it a person; 0 for none"
    )
    flood_items: int = _setting(
        50, "Items within an hour, five for an account at most, at which an entry may be set aside; 0 for never"
    )
    flood_percent: int = _setting(5, "Share of all items that it must meet, too, in percent")
    undo_seconds: int = _setting(
        10, "Seconds before a reviewer's action leaves, in which an undo leaves no trace outside"
    )
    profile: str = _setting(
        "team",
        "Who lets a rule go live. team: a second person; solo: in a team of one, the same person a day later",
        "team",
        "solo",
    )
    rules_history_days: int = _setting(
        90, "Days that the events on which rules are tried are kept; the longest window of a rule is 90"
    )
    rule_alarm_hits: int = _setting(
        20, "Hits of a live rule within an hour at which an unusual rate rings an alarm; 0 for never"
    )
    retro: bool = _setting(True, "Hold new entries against what was posted before as soon as they come")
    decide_deadline_ms: int = _setting(
        200, "Milliseconds within which /v1/decide answers, unless a request names its own"
    )
    decide_fail: str = _setting(
        "open", "What /v1/decide lets happen without an answer in time: open passes, closed asks a person"
    )
    hold_on_order: bool = _setting(
        True, "Seal what a removal order names as soon as it comes in, whether or not its sender is verified yet"
    )
    hold_months: int = _setting(6, "Months that removed items stay sealed (Regulation (EU) 2021/784 Art. 6: six)")
    custodian_a: str = _setting("", "age recipient of the first custodian; both are needed to open held evidence")
    custodian_b: str = _setting("", "age recipient of the second custodian")
    sandbox: str = _setting(
        "required", "required: no decoding without Landlock or namespaces; off: at your own risk", "required", "off"
    )
    decoders: int = _setting(2, "Decoder processes kept ready")
    max_pixels: int = _setting(100_000_000, "Pictures, and frames of videos, with more pixels are not decoded")
    video_frames: str = _setting(
        "quarter", "Hashed frames of a video: quarter: four a second; second: one, as partners; keyframe: the cheapest"
    )
    video_seconds: int = _setting(300, "Seconds a video may keep a decoder busy; what was read until then counts")
    language_reader: str = _setting("langid", "Plug that says which language a text is in; empty for none")
    context_reader: str = _setting("cues", "Plug that tells reports and counter-speech from the rest; empty for none")
    text_model: str = _setting(
        "", "Model that scores texts: empty for none; proxy-ranker: the one that is shipped; promoted; else its folder"
    )
    big_model: str = _setting(
        "", "Folder of a large model that reads what text_model leaves open or a person sees anyway; empty for none"
    )
    big_model_share: int = _setting(5, "Texts of any thousand in a row that it reads at most, 1 to 1000")
    photo_orientations: str = _setting(
        "stored", "Forms in which a photo is looked up; all: turned and mirrored as well", "stored", "all"
    )
    max_file_bytes: int = _setting(64 * 1024 * 1024, "Files above this size are not read whole")
    max_line_bytes: int = _setting(1024 * 1024, "Lines of text tables above this size are passed over, and said so")


def load(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings.

    :raises InputError: for an unknown name or a value of the wrong type, naming it and where it stands
    """
    home = Path(environment.get("ABATE_HOME", DEFAULT_HOME))
    values: dict[str, object] = {"home": home}
    table = home / "settings.toml"
    if table.is_file():
        values |= _from_file(table)
    values |= _from_environment(environment)
    return Settings(**values)  # type: ignore[arg-type]  # each value was checked against its field


def _from_file(path: Path) -> dict[str, object]:
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"not readable as TOML ({error}); correct it or move it away"
        raise InputError(msg, where=str(path)) from error
    return {name: _checked(name, value, str(path)) for name, value in found.items()}


def _from_environment(environment: Mapping[str, str]) -> dict[str, object]:
    known = {f"ABATE_{f.name.upper()}": f.name for f in fields(Settings) if f.name != "home"}
    given = {key: text for key, text in environment.items() if key.startswith("ABATE_") and key not in NOT_SETTINGS}
    for key in given.keys() - known.keys():
        if not key.startswith("ABATE_TEST_"):
            msg = f"no setting is called {key}; known are {', '.join(known)}"
            raise InputError(msg)
    return {known[key]: _checked(known[key], text, key) for key, text in given.items() if key in known}


def _checked(name: str, value: object, where: str) -> object:
    kinds = {f.name: type(f.default) for f in fields(Settings) if f.name != "home"}
    kind = kinds.get(name)
    if kind is None:
        msg = f"unknown setting {name!r}; known are {', '.join(kinds)}"
        raise InputError(msg, where=where)
    if kind is bool and isinstance(value, str) and value.lower() in {"true", "false", "1", "0"}:
        return value.lower() in {"true", "1"}
    if kind is int and isinstance(value, str) and value.strip().isdecimal():
        return int(value)
    if type(value) is not kind:
        msg = f"setting {name} wants {kind.__name__}, not {value!r}"
        raise InputError(msg, where=where)
    choices = next(f.metadata.get("choices", ()) for f in fields(Settings) if f.name == name)
    if choices and value not in choices:
        msg = f"setting {name} wants one of {', '.join(choices)}, not {value!r}"
        raise InputError(msg, where=where)
    return value

"""Finds plugs by entry point. Built-ins come through the same door as strangers; a broken one fails loudly, by name.

Loading a plug checks what cannot wait until an upload meets it: that it has every member of its Protocol, that it goes
by the name under which it was announced, and, for a signal type, that it reads its own examples. Two plugs of one name
are refused with both origins: silently preferring one would let a package take the place of a built-in.
"""

import inspect
import tomllib
from collections import defaultdict
from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Final, cast

from abate.domain.errors import AbateError, PlugError
from abate.extend.action import ConnectorType
from abate.extend.classifier import ClassifierType
from abate.extend.context import ContextReader
from abate.extend.exchange import ListFormat
from abate.extend.index import IndexType
from abate.extend.language import LanguageIdentifier
from abate.extend.signal import SignalType
from abate.extend.table import TableImporter

SIGNALS: Final = "abate.signals"
INDEXES: Final = "abate.indexes"
FORMATS: Final = "abate.exchanges"
CONNECTORS: Final = "abate.actions"
TABLES: Final = "abate.tables"
LANGUAGES: Final = "abate.languages"
CONTEXTS: Final = "abate.contexts"
CLASSIFIERS: Final = "abate.classifiers"

_PROTOCOLS: Final[dict[str, type]] = {
    SIGNALS: SignalType,
    INDEXES: IndexType,
    FORMATS: ListFormat,
    CONNECTORS: ConnectorType,
    TABLES: TableImporter,
    LANGUAGES: LanguageIdentifier,
    CONTEXTS: ContextReader,
    CLASSIFIERS: ClassifierType,
}
_OURS: Final = Path(__file__).resolve().parents[2] / "pyproject.toml"
"""Beside the source where abate is installed editable; elsewhere there is no such file, or it is not ours."""


def load_signals() -> dict[str, SignalType]:
    """Return the signal types by name.

    :raises PlugError: naming the package of a plug that is broken, or both packages of two plugs with one name
    """
    return cast("dict[str, SignalType]", load(SIGNALS))


def load_indexes() -> dict[str, IndexType]:
    """Return the index types by name.

    :raises PlugError: as ``load_signals``
    """
    return cast("dict[str, IndexType]", load(INDEXES))


def load_formats() -> dict[str, ListFormat]:
    """Return the list formats by name.

    :raises PlugError: as ``load_signals``
    """
    return cast("dict[str, ListFormat]", load(FORMATS))


def load_connector_types() -> dict[str, ConnectorType]:
    """Return the connector types by name.

    :raises PlugError: as ``load_signals``
    """
    return cast("dict[str, ConnectorType]", load(CONNECTORS))


def load_importers() -> dict[str, TableImporter]:
    """Return the table importers by name.

    :raises PlugError: as ``load_signals``
    """
    return cast("dict[str, TableImporter]", load(TABLES))


def load_languages() -> dict[str, LanguageIdentifier]:
    """Return the language identifiers by name.

    :raises PlugError: as ``load_signals``
    """
    return cast("dict[str, LanguageIdentifier]", load(LANGUAGES))


def load_contexts() -> dict[str, ContextReader]:
    """Return the context readers by name.

    :raises PlugError: as ``load_signals``
    """
    return cast("dict[str, ContextReader]", load(CONTEXTS))


def load_classifier_types() -> dict[str, ClassifierType]:
    """Return the kinds of classifier by name.

    :raises PlugError: as ``load_signals``
    """
    return cast("dict[str, ClassifierType]", load(CLASSIFIERS))


def load(group: str) -> dict[str, object]:
    """Return the plugs of one group, made and checked, by name.

    :raises PlugError: as ``load_signals``; also when the installation lists fewer plugs than our own ``pyproject.toml``
    """
    announced = entry_points(group=group)
    missing = unannounced(group, {entry.name for entry in announced}, _OURS)
    if missing:
        msg = (
            f"{_OURS} lists {', '.join(missing)} under {group}, and the installed package does not: refresh the "
            "editable install with `pip install -e .`"
        )
        raise PlugError(msg)
    _refuse_duplicates(group, announced)
    return {entry.name: _made(group, entry) for entry in announced}


def unannounced(group: str, announced: Iterable[str], pyproject: Path) -> list[str]:
    """Return the entry points that ``pyproject`` lists under ``group`` and the installation does not announce.

    An editable install keeps the list it was made with: a line added later is not seen until it is made again. A file
    that is absent, or another project's, lists nothing.
    """
    if not pyproject.is_file():
        return []
    project = tomllib.loads(pyproject.read_text("utf-8")).get("project", {})
    if project.get("name") != "abate":
        return []
    return sorted(set(project.get("entry-points", {}).get(group, {})) - set(announced))


def check_signal_type(plug: SignalType, *, origin: str = "this signal type") -> None:
    """Check that a signal type keeps its contract: what loading does, for a plug's own tests.

    :param origin: what the error calls it
    :raises PlugError: naming the first broken promise
    """
    _check_members(SIGNALS, plug, origin)
    examples = plug.examples()
    if not examples:
        msg = f"{origin} gives no examples; give at least one written value with its canonical form"
        raise PlugError(msg)
    for written, canonical in examples.items():
        for value in (written, canonical):
            _check_example(plug, value, canonical, origin)


def _check_example(plug: SignalType, value: str, canonical: str, origin: str) -> None:
    try:
        parsed = plug.parse(value)
    except AbateError as error:
        msg = f"{origin} does not parse its own example {value!r}: {error}; report it to its makers"
        raise PlugError(msg) from error
    if parsed != canonical:
        msg = f"{origin} parses its own example {value!r} to {parsed!r}, not {canonical!r}; report it to its makers"
        raise PlugError(msg)


def _refuse_duplicates(group: str, announced: Iterable[EntryPoint]) -> None:
    origins: dict[str, list[str]] = defaultdict(list)
    for entry in announced:
        origins[entry.name].append(_origin(entry))
    for name, packages in origins.items():
        if len(packages) > 1:
            msg = f"{' and '.join(packages)} all bring {name!r} to {group}; uninstall all but one"
            raise PlugError(msg)


def _made(group: str, entry: EntryPoint) -> object:
    """Import, make and check one plug."""
    origin = f"plug {entry.name!r} of {group} from {_origin(entry)}"
    try:
        plug = entry.load()()
    except Exception as error:  # a stranger's import may raise anything, and must not pass for our own fault
        msg = f"{origin} cannot be loaded ({type(error).__name__}: {error}); repair or uninstall the package"
        raise PlugError(msg) from error
    _check_members(group, plug, origin)
    if plug.name != entry.name:
        msg = f"{origin} calls itself {plug.name!r}; the entry point and the plug must bear one name"
        raise PlugError(msg)
    if group == SIGNALS:
        check_signal_type(plug, origin=origin)
    return cast("object", plug)


def _check_members(group: str, plug: Any, origin: str) -> None:  # noqa: ANN401 - anything may come out of an entry point
    protocol = _PROTOCOLS[group]
    absent = [name for name in _members(protocol) if not hasattr(plug, name)]
    if absent:
        msg = f"{origin} lacks {', '.join(absent)}, which {protocol.__name__} demands; repair or uninstall the package"
        raise PlugError(msg)
    dull = [name for name in _methods(protocol) if not callable(getattr(plug, name))]
    if dull:
        msg = f"{origin} has {', '.join(dull)}, which is no method; repair or uninstall the package"
        raise PlugError(msg)


def _members(protocol: type) -> list[str]:
    return [*inspect.get_annotations(protocol), *_methods(protocol)]


def _methods(protocol: type) -> list[str]:
    return [name for name, _ in inspect.getmembers(protocol, inspect.isfunction) if not name.startswith("_")]


def _origin(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else "an unnamed package"

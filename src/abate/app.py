"""The only wiring: settings + plugs + stores → the kit that every verb works with. Nothing else builds one."""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from abate import plugins
from abate.domain.errors import InputError
from abate.extend.action import Connector
from abate.extend.classifier import Classifier
from abate.extend.clock import Clock
from abate.extend.signal import SignalType
from abate.extend.store import Store
from abate.extend.vault import Vault
from abate.flows import model_alarms
from abate.flows.cascade import WINDOW, Cascade
from abate.flows.kit import Asking, Kit
from abate.flows.known import Known
from abate.flows.rules_now import InForce
from abate.flows.tables import Tables
from abate.flows.text import TextReaders
from abate.flows.training.in_force import big_folder, model_folder
from abate.flows.video import frame_policy
from abate.sandbox.pool import DecoderPool
from abate.settings import Settings, load
from abate.stores.open import open_store
from abate.stores.vault import FolderVault, new_custodian

T = TypeVar("T")


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)


@contextmanager
def opened(settings: Settings | None = None, *, clock: Clock | None = None) -> Iterator[Kit]:
    """Build the kit, with the tables brought to this version; closes decoders and store on leaving.

    :raises InputError: when a setting names a plug that is not there
    :raises PlugError: when a plug is broken, naming the package that brought it
    :raises StoreError: when the store cannot be opened
    """
    settings = settings or load()
    frame_policy(settings)
    try:
        settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        msg = f"cannot be a folder of abate's ({error.strerror}); set ABATE_HOME to another"
        raise InputError(msg, where=str(settings.home)) from error
    signals, indexes = plugins.load_signals(), plugins.load_indexes()
    store = open_store(settings.store, home=settings.home)
    store.migrate()
    decoder = DecoderPool(
        workers=settings.decoders,
        max_pixels=settings.max_pixels,
        required=settings.sandbox == "required",
        video_timeout_s=settings.video_seconds,
    )
    try:
        kit = Kit(
            settings=settings,
            store=store,
            clock=clock or SystemClock(),
            vault=_vault(settings),
            decoder=decoder,
            signals=signals,
            indexes=indexes,
            formats=plugins.load_formats(),
            readers=_text_readers(settings, signals),
            known=Known(signals=signals, indexes=indexes, folder=settings.home / "indexes"),
            rules=InForce(),
            tables=Tables(),
            connector=_connector(settings),
        )
        model_alarms.hear(kit)
        yield kit
    finally:
        decoder.close()
        store.close()


class _WhenAsked:
    """The kit of a question. The first look at store or plugs opens them, and makes the home that they live in."""

    def __init__(self, closing: ExitStack) -> None:
        self._closing = closing
        self.clock: Clock = SystemClock()
        self.tables = Tables()

    @cached_property
    def settings(self) -> Settings:
        return load()

    @property
    def store(self) -> Store:
        return self._kit.store

    @property
    def signals(self) -> Mapping[str, SignalType]:
        return self._kit.signals

    @cached_property
    def _kit(self) -> Kit:
        return self._closing.enter_context(opened(self.settings, clock=self.clock))


@contextmanager
def opened_when_asked() -> Iterator[Asking]:
    """Give what a question needs; a question that names its files leaves no store and no home behind.

    The first use of its store or plugs opens them, and raises what :func:`opened` raises; both are closed on leaving.
    """
    with ExitStack() as closing:
        yield _WhenAsked(closing)


def _text_readers(settings: Settings, signals: Mapping[str, SignalType]) -> TextReaders:
    quick = _classifiers(settings)
    return TextReaders(
        language=_named(plugins.load_languages(), settings.language_reader, "language_reader"),
        context=_named(plugins.load_contexts(), settings.context_reader, "context_reader"),
        classifiers=quick,
        big=_big(settings, quick, frozenset(plug.name for plug in signals.values() if plug.verified)),
    )


def _classifiers(settings: Settings) -> tuple[Classifier, ...]:
    """Open the model that the settings name.

    :raises InputError: when it is not there, was changed, or is of a kind that no plug opens
    """
    folder = model_folder(settings)
    return () if folder is None else (_model(folder, "text_model"),)


def _big(settings: Settings, quick: tuple[Classifier, ...], verified: frozenset[str]) -> Cascade | None:
    """Open the large model that the settings name.

    :raises InputError: as :func:`_classifiers`; for a share that cannot be, or a name that another model has
    """
    if not settings.big_model:
        return None
    if not 1 <= settings.big_model_share <= WINDOW:
        msg = f"setting big_model_share wants 1 to {WINDOW}, not {settings.big_model_share}"
        raise InputError(msg)
    model = _model(big_folder(settings), "big_model")
    if any(one.name == model.name for one in quick):
        msg = f"settings text_model and big_model name models that are both called {model.name}; give one another name"
        raise InputError(msg)
    return Cascade(model, share=settings.big_model_share, quick=quick, verified=verified)


def _model(folder: Path, setting: str) -> Classifier:
    for kind in plugins.load_classifier_types().values():
        if kind.recognises(str(folder)):
            return kind.open(str(folder))
    msg = (
        f"is a model that no installed plug opens; install the package that brings its kind, or name another {setting}"
    )
    raise InputError(msg, where=str(folder))


def _named(plugs: Mapping[str, T], name: str, setting: str) -> T | None:
    """Return the plug that a setting names; ``None`` where it names none.

    :raises InputError: when there is none of that name
    """
    if not name:
        return None
    if name not in plugs:
        msg = f"setting {setting} names {name!r}; there are: {', '.join(sorted(plugs)) or 'none'}"
        raise InputError(msg)
    return plugs[name]


def _connector(settings: Settings) -> Connector:
    types = plugins.load_connector_types()
    if settings.connector not in types:
        msg = f"setting connector names {settings.connector!r}; there are: {', '.join(sorted(types))}"
        raise InputError(msg)
    return types[settings.connector].open(_connector_settings(settings))


def _connector_settings(settings: Settings) -> Mapping[str, str]:
    return {"webhook_url": settings.webhook_url, "webhook_secret": settings.webhook_secret}


def _vault(settings: Settings) -> Vault:
    given = settings.custodian_a, settings.custodian_b
    made = (settings.home / "custodians" / f"{name}.txt" for name in ("a", "b"))
    first, second = given if all(given) else (_made_custodian(path) for path in made)
    return FolderVault(settings.home / "vault", first, second)


def _made_custodian(path: Path) -> str:
    """Make a custodian's key pair on the first start and return its recipient.

    Both keys then lie on this machine, which is enough to try abate out and too little to run it: ``doctor`` says so
    until each has been moved to its custodian and its recipient written into the settings.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        recipient, identity = new_custodian()
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(f"# public: {recipient}\n{identity}\n")
    return path.read_text("ascii").splitlines()[0].removeprefix("# public: ")

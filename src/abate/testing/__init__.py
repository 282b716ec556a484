"""What a test of abate, or of a stranger's plug, works with: the fakes, and the suite of every kind of plug.

A suite is a function that takes the plug: :func:`check_signal_type`, :func:`check_index_type`,
:func:`check_list_format`, :func:`check_table_importer`, :func:`check_connector`, :func:`check_context_reader`,
:func:`check_language_identifier`, :func:`check_store`. It needs no pytest, and raises ``AssertionError`` with the
promise that was broken.
"""

from abate.testing.connectors import check_connector, check_refusal
from abate.testing.context_readers import check_context_reader
from abate.testing.fakes import (
    NOON,
    FrozenClock,
    NoDecoder,
    RecordingConnector,
    decoding_kit,
    make_kit,
    open_decoder,
)
from abate.testing.indexes import check_index_type
from abate.testing.language_identifiers import check_language_identifier
from abate.testing.list_formats import ExampleList, check_list_format
from abate.testing.signal_types import check_signal_type
from abate.testing.stores import STORE_CHECKS, check_store
from abate.testing.table_importers import ExampleExport, check_table_importer

__all__ = [
    "NOON",
    "STORE_CHECKS",
    "ExampleExport",
    "ExampleList",
    "FrozenClock",
    "NoDecoder",
    "RecordingConnector",
    "check_connector",
    "check_context_reader",
    "check_index_type",
    "check_language_identifier",
    "check_list_format",
    "check_refusal",
    "check_signal_type",
    "check_store",
    "check_table_importer",
    "decoding_kit",
    "make_kit",
    "open_decoder",
]

"""Warm-up: alive at once, ready once the first question is as quick as the next."""

import sys
import threading
from contextlib import contextmanager
from dataclasses import replace

from litestar.testing import TestClient

from abate.app import opened
from abate.domain.bank import BankPurpose
from abate.domain.errors import StoreError
from abate.domain.signal import NotScanned
from abate.extend.exchange import Listed
from abate.flows import banks
from abate.flows.warming import Warming
from abate.settings import Settings
from abate.testing import decoding_kit, make_kit
from abate.web import make

HOST = "http://127.0.0.1:8400"
CODE = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22"


def states(client):
    return client.get("/health").status_code, client.get("/ready").status_code


def test_a_site_is_alive_while_it_warms_up_and_ready_after(kit):
    banks.create(kit, "lantern", purpose=BankPurpose.KNOWN, by="lee")
    banks.add_listed(kit, "lantern", [Listed(where="1", untrusted_type="pdq", untrusted_value=CODE)], by="lee")
    warming = Warming(kit, say=print)
    with TestClient(make(kit, warming=warming), base_url=HOST) as client:
        assert states(client) == (200, 503)
        warming.run(threading.Event())
        assert states(client) == (200, 200)
    known = kit.known._now
    assert len(known.matcher) == 1, "the banks are indexed before anybody asks"
    assert "abate.matching.hamming.index" in sys.modules


def test_decoders_stand_ready_before_the_first_picture(tmp_path):
    with decoding_kit(tmp_path) as kit:
        Warming(kit, say=print).run(threading.Event())
        assert len(kit.decoder._idle) == 1
        assert isinstance(kit.decoder.decode(b"no picture"), NotScanned)


def test_banks_that_cannot_be_read_are_tried_again_until_they_can(kit):
    said, stop = [], threading.Event()

    @contextmanager
    def read():
        if len(said) < 2:
            msg = "it is down"
            raise StoreError(msg)
        with kit.store.read() as tx:
            yield tx

    warming = Warming(replace(kit, store=type("Down", (), {"read": staticmethod(read)})()), say=said.append)
    warming.run(stop, pause_s=0.001)
    assert warming.done
    assert said == ["warm-up of banks: it is down; trying again"] * 2


def test_who_stops_meanwhile_never_becomes_ready(kit):
    stop = threading.Event()
    stop.set()
    warming = Warming(kit, say=print)
    warming.run(stop)
    assert not warming.done


def test_a_plug_that_fails_is_named_and_holds_nobody_up(kit):
    class Broken:
        def __getattr__(self, name):
            return getattr(kit.signals["pdq"], name)

        def compute(self, material):
            raise ZeroDivisionError

    said = []
    warming = Warming(replace(kit, signals={**kit.signals, "pdq": Broken()}), say=said.append)
    warming.run(threading.Event())
    assert said == ["warm-up of signal type pdq: ZeroDivisionError; it is left cold"]
    assert warming.done


def test_turned_forms_are_rehearsed_where_they_are_looked_up(tmp_path):
    asked = []
    kit = make_kit(tmp_path, settings={"photo_orientations": "all"})

    class Watched(type(kit.signals["pdq"])):
        def turned(self, material):
            asked.append(material.item.id)
            return super().turned(material)

    Warming(replace(kit, signals={**kit.signals, "pdq": Watched()}), say=print).run(threading.Event())
    assert asked == ["warm-up"]


def test_the_first_text_is_read_as_quickly_as_the_next(tmp_path):
    with opened(Settings(home=tmp_path, text_model="proxy-ranker")) as kit:
        Warming(kit, say=print).run(threading.Event())
    for kernel in ("normal.kernel", "winnow_kernel", "language.kernel", "linear.kernel", "context.kernel"):
        assert f"abate.signals.{kernel}" in sys.modules
    assert "abate.matching.winnowing.index" in sys.modules

import errno
import io

import pytest

from abate.sandbox import child, pixels, wire
from abate.sandbox.wire import Answer, Code, Orders, UntruthError

NONCE = b"abcdefgh"
ORDERS = Orders(canvas_fd=0, max_pixels=96 * 64, cpu_s=9, required=True)


class Sink(io.BytesIO):
    """What the parent would read."""

    def answers(self):
        said = self.getvalue()[wire.HELLO.size :]
        size = wire.ANSWER.size
        return [
            wire.read_answer(said[at : at + size], nonce=NONCE, max_pixels=ORDERS.max_pixels)
            for at in range(0, len(said), size)
        ]


class Trickle(io.BytesIO):
    """A pipe that hands over little at a time."""

    def readinto(self, buffer):
        return super().readinto(memoryview(buffer)[:7])


def asked(*contents):
    return b"".join(wire.request(NONCE, len(content)) + content for content in contents)


def served(source, kernel, orders=ORDERS):
    sink, canvas = Sink(), memoryview(bytearray(orders.max_pixels))
    status = child.run(kernel, orders, canvas, source, sink)
    return status, sink, canvas


def test_it_says_hello_and_answers_file_by_file(recording_kernel, jpeg):
    status, sink, canvas = served(Trickle(asked(jpeg, b"", b"text")), recording_kernel())
    assert status == 0
    assert wire.read_hello(sink.getvalue()[: wire.HELLO.size]).hold
    assert sink.answers() == [
        Answer(code=Code.DECODED, width=96, height=64),
        Answer(code=Code.EMPTY),
        Answer(code=Code.UNKNOWN),
    ]
    assert any(canvas)


def test_without_walls_it_says_so_and_takes_no_file(recording_kernel, jpeg):
    kernel = recording_kernel(abi=0, refuses={"unshare": errno.EINVAL})
    status, sink, _ = served(io.BytesIO(asked(jpeg)), kernel)
    assert status == 0
    assert not wire.read_hello(sink.getvalue()).hold


def test_without_walls_it_serves_where_the_operator_took_the_risk(recording_kernel, jpeg):
    kernel = recording_kernel(abi=0, refuses={"unshare": errno.EINVAL})
    orders = Orders(canvas_fd=0, max_pixels=96 * 64, cpu_s=9, required=False)
    _, sink, _ = served(io.BytesIO(asked(jpeg)), kernel, orders)
    assert [answer.code for answer in sink.answers()] == [Code.DECODED]


def test_codecs_that_fail_behind_the_walls_keep_it_from_saying_hello(recording_kernel, monkeypatch, jpeg):
    monkeypatch.setattr(pixels, "warm", lambda: False)
    status, sink, _ = served(io.BytesIO(asked(jpeg)), recording_kernel())
    assert status == 1
    assert not sink.getvalue()


def test_it_ends_when_the_parent_hangs_up_in_the_middle(recording_kernel, jpeg):
    status, sink, _ = served(io.BytesIO(asked(jpeg) + wire.request(NONCE, 5)[:9]), recording_kernel())
    assert status == 0
    assert len(sink.answers()) == 1


def test_it_refuses_a_request_of_another_protocol(recording_kernel):
    with pytest.raises(UntruthError):
        served(io.BytesIO(b"GET / HTTP/1.1\r\n\r\n"), recording_kernel())

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abate.sandbox import wire
from abate.sandbox.walls import Walls
from abate.sandbox.wire import Answer, Code, Orders, UntruthError

NONCE = b"12345678"
SENT = [code for code in Code if code <= wire.LAST_SENT]


def read(header, *, nonce=NONCE, max_pixels=100):
    return wire.read_answer(header, nonce=nonce, max_pixels=max_pixels)


@given(code=st.sampled_from(SENT), width=st.integers(1, 10), height=st.integers(1, 10))
def test_what_a_decoder_may_say_comes_across(code, width, height):
    said = Answer(code=code, width=width, height=height)
    assert read(wire.answer(NONCE, said)) == said


@given(untrusted=st.binary(min_size=wire.ANSWER.size, max_size=wire.ANSWER.size))
def test_noise_is_never_taken_for_an_answer(untrusted):
    with pytest.raises(UntruthError):
        read(untrusted)


@given(width=st.integers(0, 2**32 - 1), height=st.integers(0, 2**32 - 1))
def test_a_picture_has_pixels_and_no_more_than_the_canvas(width, height):
    header = wire.answer(NONCE, Answer(code=Code.DECODED, width=width, height=height))
    if 1 <= width * height <= 100:
        assert read(header).width == width
    else:
        with pytest.raises(UntruthError, match=f"{width} x {height}"):
            read(header)


@pytest.mark.parametrize("code", [code for code in Code if code > wire.LAST_SENT])
def test_what_only_the_parent_can_know_is_not_believed_from_a_child(code):
    with pytest.raises(UntruthError):
        read(wire.answer(NONCE, Answer(code=code)))


def test_an_answer_laid_in_stock_for_a_later_file_is_not_believed():
    with pytest.raises(UntruthError):
        read(wire.answer(b"earlier!", Answer(code=Code.DECODED, width=1, height=1)))


def test_requests_come_across_and_an_oversized_one_is_refused_by_the_child_too():
    assert wire.read_request(wire.request(NONCE, 5)) == (NONCE, 5)
    with pytest.raises(UntruthError, match="announced"):
        wire.read_request(wire.request(NONCE, wire.MAX_CONTENT + 1))
    with pytest.raises(UntruthError):
        wire.read_request(b"GET " + NONCE + bytes(4))


@given(
    walls=st.builds(
        Walls,
        landlock_abi=st.integers(0, 65535),
        landlock_error=st.integers(0, 65535),
        seccomp=st.booleans(),
        namespaces=st.booleans(),
        own_user=st.booleans(),
    )
)
def test_the_walls_come_across(walls):
    assert wire.read_hello(wire.hello(walls)) == walls


def test_another_program_in_the_decoders_place_is_found_out():
    with pytest.raises(UntruthError, match="hello"):
        wire.read_hello(b"Python 3.11 "[: wire.HELLO.size])


def test_orders_come_across():
    orders = Orders(canvas_fd=7, max_pixels=100, cpu_s=9, required=True)
    assert wire.read_orders(orders.written()) == orders


def test_every_code_but_success_has_one_sentence_with_a_remedy():
    spoken = set(Code) - {Code.DECODED, Code.NO_WALLS}
    assert set(wire.SENTENCES) == spoken
    for sentence in wire.SENTENCES.values():
        assert sentence.endswith(".")
        assert "\n" not in sentence
        assert {name for _, name, _, _ in string.Formatter().parse(sentence) if name} <= {
            "width",
            "height",
            "max_pixels",
            "timeout_s",
            "max_content",
        }

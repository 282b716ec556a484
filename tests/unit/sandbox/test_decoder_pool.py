import fcntl
import json
import os
import signal
import sys
import termios
import threading
from dataclasses import replace

import pytest

from abate.domain.item import Picture
from abate.domain.signal import NotScanned
from abate.sandbox import pool as pool_module
from abate.sandbox import wire, worker
from abate.sandbox.pool import DecoderPool, probe
from abate.sandbox.walls import Walls
from abate.sandbox.wire import Code
from abate.sandbox.worker import WorkerGoneError

ROOM = 1 << 20
SPY = """
import json, os, sys
json.dump({"environment": dict(os.environ), "folder": os.getcwd(), "arguments": sys.argv[1:],
           "descriptors": [int(n) for n in os.listdir("/proc/self/fd")]}, open(WHERE, "w"))
"""
STANDS = "import sys; sys.path[:0] = sys.argv[5:]; from abate.sandbox import child, pixels; import os, socket, types\n"
TAKEN_OVER = "child.pixels = types.SimpleNamespace(warm=pixels.warm, decode=lambda content, canvas: {})"
"""Put in from outside by a start line of the test's own; no request can do it."""
SERVES = "\nchild.main(sys.argv[1:5])"
SAYS_HELLO = """
import os, struct, sys, time
os.write(1, struct.pack("<4sHHBxxx", b"abH1", 7, 0, 1))
def asked():
    head = b""
    while len(head) < 16: head += os.read(0, 16 - len(head)) or sys.exit()
    magic, nonce, length = struct.unpack("<4s8sI", head)
    while length: length -= len(os.read(0, length))
    return nonce
def answer(nonce, code=0, width=8, height=8, magic=b"abAN"):
    return struct.pack("<4s8sBxxxII", magic, nonce, code, width, height)
"""


@pytest.fixture
def pool():
    with DecoderPool(workers=2, max_pixels=ROOM, required=True) as made:
        yield made


@pytest.fixture
def pool_of():
    """Return a pool whose decoders are another program; it is closed afterwards."""
    made = []

    def build(program, *, workers=1, cpu_s=70, **options):
        one = DecoderPool(workers=workers, max_pixels=ROOM, required=True, **options)
        command = (sys.executable, "-I", "-c", program)
        one._terms = replace(one._terms, command=command, cpu_s=cpu_s)
        made.append(one)
        return one

    yield build
    for one in made:
        one.close()


def sentence(code, **values):
    return wire.SENTENCES[code].format(
        **{"max_pixels": ROOM, "timeout_s": 15, "max_content": wire.MAX_CONTENT} | values
    )


def pid_of(pool):
    (only,) = pool._idle
    return only._process.pid


def waits_for_its_file(pool, decoder):
    """Wait until the parent has handed a stopped decoder its file."""
    count = bytearray(4)
    while not int.from_bytes(count, sys.byteorder):
        fcntl.ioctl(decoder._stdin, termios.FIONREAD, count)


def test_a_picture_comes_back_with_its_size_and_luma(pool, jpeg, scene):
    picture = pool.decode(jpeg)
    assert isinstance(picture, Picture)
    assert (picture.width, picture.height) == scene.size
    assert len(picture.luma) == scene.width * scene.height
    assert len(set(picture.luma)) > 50


def test_decoders_start_when_needed_and_are_used_again(pool, jpeg):
    assert not pool._idle
    pool.decode(jpeg)
    first = pid_of(pool)
    pool.decode(jpeg)
    assert pid_of(pool) == first


def test_a_picture_is_its_own_when_the_next_one_is_decoded(pool, jpeg, scene, encoded):
    first = pool.decode(jpeg)
    before = bytes(first.luma)
    pool.decode(encoded(scene.rotate(180), "PNG"))
    assert bytes(first.luma) == before


def test_each_bad_file_has_its_own_sentence_and_the_rest_is_decoded(pool, jpeg, png_bomb):
    damaged = jpeg[:20] + bytes(len(jpeg) - 60) + jpeg[-40:]
    found = pool.decode_many([b"", jpeg, b"a letter", jpeg[:-99], png_bomb, damaged, jpeg])
    assert [one.step if isinstance(one, NotScanned) else "" for one in found] == [
        "decode", "", "decode", "decode", "decode", "decode", "",
    ]  # fmt: skip
    reasons = [one.reason for one in found if isinstance(one, NotScanned)]
    assert reasons == [
        sentence(Code.EMPTY),
        sentence(Code.UNKNOWN),
        sentence(Code.CUT_OFF),
        sentence(Code.TOO_MANY_PIXELS, width=20_000, height=20_000),
        sentence(Code.DAMAGED),
    ]


def test_a_file_larger_than_any_picture_is_not_handed_over(pool, monkeypatch):
    monkeypatch.setattr(wire, "MAX_CONTENT", 5)
    assert pool.decode(b"123456").reason == sentence(Code.TOO_LARGE)


def test_a_large_picture_gives_its_memory_back(scene, encoded, monkeypatch):
    monkeypatch.setattr(worker, "_GIVE_BACK_ABOVE", 4_000_000)
    content = encoded(scene.resize((2400, 2000)), "JPEG")
    with DecoderPool(workers=1, max_pixels=5_000_000, required=True) as pool:
        assert [len(picture.luma) for picture in pool.decode_many([content, content])] == [4_800_000] * 2
        assert not any(pool._idle[0]._canvas[:4_800_000])


def test_many_threads_share_few_decoders_and_get_their_own_pictures(pool, scene, encoded):
    contents = [encoded(scene.resize((10 + n, 20)), "PNG") for n in range(24)]
    found = [None] * len(contents)

    def one(number):
        found[number] = pool.decode(contents[number])

    threads = [threading.Thread(target=one, args=(number,)) for number in range(len(contents))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [picture.width for picture in found] == [10 + n for n in range(24)]
    assert len(pool._idle) <= 2


def test_a_decoder_killed_in_the_middle_costs_one_file(pool, jpeg):
    pool.decode(jpeg)
    decoder = pool._idle[0]
    os.kill(decoder._process.pid, signal.SIGSTOP)
    found = []
    thread = threading.Thread(target=lambda: found.append(pool.decode(jpeg)))
    thread.start()
    waits_for_its_file(pool, decoder)
    os.kill(decoder._process.pid, signal.SIGKILL)
    thread.join()
    assert found[0].reason == sentence(Code.CRASHED)
    assert isinstance(pool.decode(jpeg), Picture)


def test_a_decoder_that_died_between_files_costs_none(pool, jpeg):
    pool.decode(jpeg)
    decoder = pool._idle[0]
    os.kill(decoder._process.pid, signal.SIGKILL)
    os.waitid(os.P_PID, decoder._process.pid, os.WEXITED | os.WNOWAIT)
    assert isinstance(pool.decode(jpeg), Picture)


def test_a_decoder_that_hangs_is_replaced(jpeg):
    with DecoderPool(workers=1, max_pixels=ROOM, required=True, timeout_s=2) as pool:
        pool.decode(jpeg)
        hung = pid_of(pool)
        os.kill(hung, signal.SIGSTOP)
        assert pool.decode(jpeg).reason == sentence(Code.TIMED_OUT, timeout_s=2)
        assert isinstance(pool.decode(jpeg), Picture)
        assert pid_of(pool) != hung


def test_a_decoder_is_replaced_after_as_many_files_as_it_may_serve(jpeg):
    with DecoderPool(workers=1, max_pixels=ROOM, required=True, recycle_after=2) as pool:
        seen = []
        for _ in range(5):
            assert isinstance(pool.decode(jpeg), Picture)
            seen += [one._process.pid for one in pool._idle]
        assert len(seen) == 3, "after the second and the fourth file none stands ready"
        assert len(set(seen)) == 3


def test_a_decoder_is_replaced_when_it_has_worked_long(pool, jpeg, monkeypatch):
    monkeypatch.setattr(pool_module, "_LIFETIME_S", 0)
    pool.decode(jpeg)
    assert not pool._idle


def test_the_kernel_holds_what_stands_around_a_decoder(pool, jpeg):
    pool.decode(jpeg)
    pid = pid_of(pool)
    status = dict(line.split(":\t", 1) for line in open(f"/proc/{pid}/status").read().splitlines() if ":\t" in line)  # noqa: PTH123, SIM115
    assert status["Seccomp"] == "2"
    assert status["NoNewPrivs"] == "1"
    assert status["Threads"] == "1", "a thread from before the walls would not be behind them"
    assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0
    if os.geteuid() == 0 and pool.walls().own_user:
        assert set(status["Uid"].split()).isdisjoint({"0", str(os.getuid())})
        assert not status["Groups"].strip()
        assert sorted(os.listdir(f"/proc/{pid}/fd")) == ["0", "1", "2"]  # noqa: PTH208


def test_nothing_of_the_parent_comes_along(pool_of, tmp_path, monkeypatch, jpeg):
    monkeypatch.setenv("DATABASE_PASSWORD", "sesame")
    seen = tmp_path / "seen"
    open_in_the_parent = os.open(os.devnull, os.O_RDONLY)
    os.set_inheritable(open_in_the_parent, True)
    try:
        assert isinstance(pool_of(f"WHERE = {str(seen)!r}\n{SPY}").decode(jpeg), NotScanned)
    finally:
        os.close(open_in_the_parent)
    child = json.loads(seen.read_text("utf-8"))
    assert set(child["environment"]) <= {*worker._ENVIRONMENT, "LC_CTYPE"}
    assert child["folder"] == "/"
    canvas, where, listing = int(child["arguments"][0]), 1, 1
    assert len(child["descriptors"]) <= len({0, 1, 2, canvas}) + where + listing
    assert "sesame" not in seen.read_text("utf-8")


@pytest.mark.parametrize(
    "does",
    ["socket.socket()", "os.fork()", "os.execv('/bin/true', ['true'])", "os.kill(1, 0)", "os.write(2, b'x')"],
)
def test_a_decoder_that_was_taken_over_and_reaches_out_is_ended_and_named_an_attack(pool_of, jpeg, does):
    pool = pool_of(STANDS + TAKEN_OVER.format(does) + SERVES)
    assert pool.decode(jpeg).reason == sentence(Code.FORBIDDEN_CALL)


def test_a_decoder_that_computes_for_ever_is_ended_by_the_kernel(pool_of, jpeg):
    pool = pool_of(STANDS + TAKEN_OVER.format("all(True for _ in iter(int, 1))") + SERVES, cpu_s=1, timeout_s=60)
    assert pool.decode(jpeg).reason == sentence(Code.TIMED_OUT, timeout_s=60)


def test_a_decoder_with_a_damaged_heap_is_told_from_one_that_reaches_out(pool_of, jpeg):
    pool = pool_of(STANDS + TAKEN_OVER.format("os.abort()") + SERVES)
    assert pool.decode(jpeg).reason == sentence(Code.CRASHED)


def test_a_decoder_that_fills_its_memory_is_refused_more(pool_of, jpeg):
    greedy = "(setattr(pixels, '_jpeg_luma', lambda *_: bytearray(8 << 30)), pixels.decode(content, canvas))[1]"
    assert pool_of(STANDS + TAKEN_OVER.format(greedy) + SERVES).decode(jpeg).reason == sentence(Code.TOO_MUCH_MEMORY)


@pytest.mark.parametrize(
    "lie",
    [
        "answer(nonce, width=0)",
        "answer(nonce, width=2**20, height=2)",
        "answer(nonce, width=2**32 - 1, height=2**32 - 1)",
        "answer(b'12345678')",
        "answer(nonce, code=7)",
        "answer(nonce, code=33)",
        "answer(nonce, magic=b'abRQ')",
        "b'\\xff' * 4096",
    ],
)
def test_an_answer_that_cannot_be_true_ends_the_decoder(pool_of, jpeg, lie):
    pool = pool_of(f"{SAYS_HELLO}\nnonce = asked()\nos.write(1, {lie})\ntime.sleep(60)")
    assert pool.decode(jpeg).reason == sentence(Code.LIED)
    assert not pool._idle


def test_an_answer_that_closes_its_pipe_and_lives_on_ends_the_decoder(pool_of, jpeg, monkeypatch):
    monkeypatch.setattr(worker, "_LAST_BREATH_S", 0.2)
    pool = pool_of(f"{SAYS_HELLO}\nasked()\nos.close(1)\ntime.sleep(60)")
    assert pool.decode(jpeg).reason == sentence(Code.LIED)


@pytest.mark.parametrize("rest", ["os.write(1, answer(asked())[:9])", "pass"])
def test_a_decoder_that_answers_half_or_never_reads_runs_out_of_time(pool_of, rest):
    pool = pool_of(f"{SAYS_HELLO}\n{rest}\ntime.sleep(60)", timeout_s=1)
    assert pool.decode(bytes(3 << 20)).reason == sentence(Code.TIMED_OUT, timeout_s=1)


def test_a_decoder_that_ends_instead_of_answering_costs_one_file(pool_of, jpeg):
    pool = pool_of(f"{SAYS_HELLO}\nasked()\nos._exit(3)")
    assert [one.reason for one in pool.decode_many([jpeg, jpeg])] == [sentence(Code.CRASHED)] * 2


def test_a_decoder_that_speaks_unasked_is_replaced_before_the_next_file(pool_of, jpeg):
    pool = pool_of(f"{SAYS_HELLO}\nnonce = asked()\nos.write(1, answer(nonce) * 2)\nasked()\ntime.sleep(60)")
    assert isinstance(pool.decode(jpeg), Picture)
    liar = pid_of(pool)
    assert isinstance(pool.decode(jpeg), Picture), "from another process"
    assert pid_of(pool) != liar


@pytest.mark.parametrize(
    "program", ["raise SystemExit(3)", "print('Python here, how are you?', flush=True)", "import missing"]
)
def test_decoders_that_do_not_start_are_not_tried_for_ever(pool_of, jpeg, program, monkeypatch):
    starts = []
    real = pool_module.Worker
    monkeypatch.setattr(pool_module, "Worker", lambda terms: starts.append(1) or real(terms))
    found = pool_of(program).decode_many([jpeg] * 10)
    assert {one.reason for one in found} == {sentence(Code.NO_START)}
    assert len(starts) == pool_module._STARTS_BEFORE_REST


def test_a_program_that_is_not_there_is_a_decoder_that_does_not_start(jpeg):
    with DecoderPool(workers=1, max_pixels=ROOM, required=True) as pool:
        pool._terms = replace(pool._terms, command=("/no/such/python",))
        assert pool.decode(jpeg).reason == sentence(Code.NO_START)
        with pytest.raises(WorkerGoneError):
            pool.walls()


def test_on_a_system_that_is_not_linux_no_decoder_starts(pool, jpeg, monkeypatch):
    monkeypatch.delattr(os, "memfd_create")
    assert pool.decode(jpeg).reason == sentence(Code.NO_START)


def test_after_closing_nothing_is_decoded_and_no_process_is_left(jpeg):
    pool = DecoderPool(workers=1, max_pixels=ROOM, required=True)
    pool.decode(jpeg)
    process = pool._idle[0]._process
    pool.close()
    pool.close()
    assert process.returncode is not None
    assert pool.decode(jpeg).reason == sentence(Code.CLOSED)


def test_a_pool_closed_while_a_file_is_decoded_ends_that_decoder_after_it(pool, jpeg):
    taken = pool._take()
    pool.close()
    pool._give_back(taken)
    assert taken._process.returncode is not None


def test_an_interrupt_in_the_middle_ends_the_decoder_so_that_no_answer_goes_astray(pool, jpeg, monkeypatch):
    pool.decode(jpeg)
    decoder = pool._idle[0]

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(decoder, "_ask", interrupted)
    with pytest.raises(KeyboardInterrupt):
        pool.decode(jpeg)
    assert decoder._process.returncode == -signal.SIGKILL
    assert isinstance(pool.decode(jpeg), Picture)


def test_a_parent_that_may_not_end_its_decoder_hangs_up_instead(pool, jpeg, monkeypatch):
    pool.decode(jpeg)
    decoder = pool._idle[0]

    def forbidden():
        raise PermissionError

    monkeypatch.setattr(decoder._process, "kill", forbidden)
    pool.close()
    assert decoder._process.wait(30) == 0


def test_a_forked_process_gets_decoders_of_its_own(pool, jpeg):
    pool.decode(jpeg)
    before = pid_of(pool)
    child = os.fork()
    if child == 0:  # pragma: no cover - another process
        fine = not pool._idle and isinstance(pool.decode(jpeg), Picture) and pid_of(pool) != before
        pool.close()
        os._exit(0 if fine else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert isinstance(pool.decode(jpeg), Picture)
    assert pid_of(pool) == before


def test_what_a_forked_process_inherited_it_lets_go_of_without_ending_it(pool, jpeg):
    pool.decode(jpeg)
    inherited = pool._idle[0]._process.pid
    pool._after_fork()
    assert not pool._idle
    status = os.waitstatus_to_exitcode(os.waitpid(inherited, 0)[1])
    assert status == 0, "no signal: here the last holder of its pipe hung up"


def test_the_probe_says_what_a_real_decoder_found(pool):
    walls = probe()
    assert walls == pool.walls()
    assert walls.reason.endswith(".")
    assert walls.hold == ("media are decoded behind" in walls.reason)


def test_the_probe_says_when_no_decoder_starts(monkeypatch):
    monkeypatch.setattr(pool_module, "command", lambda **_: (sys.executable, "-c", "raise SystemExit(1)"))
    assert probe() == Walls(started=False)


def test_walls_that_do_not_hold_are_told_once_and_no_second_decoder_is_tried(pool_of, jpeg, monkeypatch):
    pool = pool_of("import os, struct\nos.write(1, struct.pack('<4sHHBxxx', b'abH1', 0, 95, 1))")
    assert not pool.walls().hold
    monkeypatch.setattr(pool_module, "Worker", pytest.fail)
    assert pool.decode(jpeg) == NotScanned(step="decode", reason=pool.walls().reason)

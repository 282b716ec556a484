import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abate.sandbox import seccomp
from abate.sandbox.kernel import MACHINES

OTHER_ARCHITECTURE = 0x40000003
"""32-bit x86: the same process may make its calls too."""
X32_BIT = 0x40000000
WORDS = st.integers(0, 2**64 - 1)


def run(code, *, arch, number, arguments=(0,) * 6):
    """What the kernel's interpreter would answer: the four instructions the filter uses."""
    data = struct.pack("<iIQ6Q", number, arch, 0, *arguments)
    accumulator, at = 0, 0
    for _ in range(len(code)):
        operation, if_true, if_false, operand = code[at]
        at += 1
        if operation == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, operand)
        elif operation == 0x54:
            accumulator &= operand
        elif operation == 0x15:
            at += if_true if accumulator == operand else if_false
        else:
            assert operation == 0x06
            return operand
    pytest.fail("the filter ran off its end")


@pytest.fixture(params=sorted(MACHINES))
def machine(request):
    return MACHINES[request.param]


def answer(machine, name, *arguments, arch=None):
    padded = (*arguments, *(0,) * (6 - len(arguments)))
    number = machine.numbers[name]
    return run(seccomp.program(machine), arch=arch or machine.audit_arch, number=number, arguments=padded)


@pytest.mark.parametrize("name", ["futex", "brk", "munmap", "exit_group", "clock_gettime"])
def test_what_decoding_needs_is_allowed(machine, name):
    assert answer(machine, name) == seccomp.ALLOW


@pytest.mark.parametrize("name", ["openat", "newfstatat", "tgkill"])
def test_what_libraries_try_in_passing_is_refused_and_the_decoder_lives(machine, name):
    assert answer(machine, name) == seccomp.REFUSE


@pytest.mark.parametrize("name", ["unshare", "mount", "prctl", "seccomp", "setresuid", "prlimit64", "pivot_root"])
def test_what_no_decoder_asks_for_ends_the_process(machine, name):
    assert answer(machine, name) == seccomp.KILL


def test_it_reads_from_its_first_pipe_and_writes_to_its_second_only(machine):
    assert [answer(machine, "read", fd) for fd in (0, 1, 3)] == [seccomp.ALLOW, seccomp.KILL, seccomp.KILL]
    assert [answer(machine, "write", fd) for fd in (0, 1, 2)] == [seccomp.KILL, seccomp.ALLOW, seccomp.KILL]


@given(protection=st.integers(0, 2**32 - 1))
def test_memory_is_never_made_executable(protection):
    for machine in MACHINES.values():
        for name in ("mmap", "mprotect"):
            expected = seccomp.KILL if protection & 4 else seccomp.ALLOW
            assert answer(machine, name, 0, 4096, protection) == expected


@given(number=st.integers(0, 2000), arguments=st.tuples(*[WORDS] * 6))
def test_a_call_outside_the_lists_ends_the_process_whatever_its_arguments(number, arguments):
    for machine in MACHINES.values():
        known = {machine.numbers.get(name) for name in (*seccomp.ALWAYS, *seccomp.REFUSED)}
        known |= {machine.numbers[name] for name, *_ in seccomp.WHERE}
        found = run(seccomp.program(machine), arch=machine.audit_arch, number=number, arguments=arguments)
        assert (found == seccomp.KILL) or number in known


@given(number=st.integers(0, 500))
def test_calls_in_the_clothes_of_another_architecture_end_the_process(number):
    code = seccomp.program(MACHINES["x86_64"])
    assert run(code, arch=OTHER_ARCHITECTURE, number=number) == seccomp.KILL
    assert run(code, arch=MACHINES["x86_64"].audit_arch, number=number | X32_BIT) == seccomp.KILL


def test_the_program_is_handed_over_as_the_kernel_reads_it(machine, recording_kernel):
    kernel = recording_kernel(machine=machine)
    code = seccomp.program(machine)
    seccomp.install(kernel, code)
    assert [struct.unpack_from("=HBBI", kernel.memory["filter"], 8 * i) for i in range(len(code))] == code
    assert kernel.calls[0][1][:2] == (1, 1), "for the whole process, not one thread"
    assert len(code) < 4096, "longer programs are refused by the kernel"

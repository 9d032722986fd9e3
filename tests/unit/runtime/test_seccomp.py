"""The filter of system calls: its numbers are the kernel's, and the program answers as the list says."""

from __future__ import annotations

import ctypes
import ctypes.util
import errno
import struct

import pytest

from model.runtime import seccomp
from model.runtime.seccomp import LATEST_SYSCALL, filter_program, syscall_numbers

MACHINES = ("x86_64", "aarch64")
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
ALLOWED, KILLED = 0x7FFF0000, 0x80000000
REFUSED, UNKNOWN = 0x00050000 + errno.EPERM, 0x00050000 + errno.ENOSYS
HARMLESS = {"x86_64": (0, 1, 9, 39, 59, 202, 231, 262), "aarch64": (63, 64, 222, 172, 221, 98, 94, 79)}  # read, ...
SOCKET, CLONE, IOCTL = {"x86_64": 41, "aarch64": 198}, {"x86_64": 56, "aarch64": 220}, {"x86_64": 16, "aarch64": 29}
FORK, EXECVE, PERSONALITY = {"x86_64": 57}, {"x86_64": 59, "aarch64": 221}, {"x86_64": 135, "aarch64": 92}


def answer(program: bytes, audit: int, number: int, *arguments: int) -> int:
    """Run a filter as the kernel does: one accumulator, jumps forward only."""
    data = struct.pack("IIQ6Q", number, audit, 0, *(*arguments, *[0] * 6)[:6])
    steps = list(struct.iter_unpack("HBBI", program))
    at, loaded = 0, 0
    while True:
        code, if_true, if_false, value = steps[at]
        at += 1
        match code:
            case 0x20:
                loaded = struct.unpack_from("I", data, value)[0]
            case 0x15:
                at += if_true if loaded == value else if_false
            case 0x25:
                at += if_true if loaded > value else if_false
            case 0x45:
                at += if_true if loaded & value else if_false
            case 0x06:
                return int(value)
            case other:
                pytest.fail(f"no such instruction: {other:#x}")


@pytest.fixture(params=MACHINES)
def machine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def ask(machine: str, number: int, *arguments: int, new_processes: bool = True) -> int:
    program = filter_program(machine, new_processes=new_processes)
    assert program is not None
    return answer(program, AUDIT[machine], number, *arguments)


def test_every_forbidden_call_is_refused(machine: str) -> None:
    assert {name: ask(machine, number) for name, number in syscall_numbers(machine).items()} == dict.fromkeys(
        syscall_numbers(machine), REFUSED
    )


def test_what_a_decoder_needs_is_allowed(machine: str) -> None:
    assert {ask(machine, number) for number in HARMLESS[machine]} == {ALLOWED}


def test_calls_of_later_kernels_and_of_the_old_way_in_are_unknown(machine: str) -> None:
    assert ask(machine, LATEST_SYSCALL) == ALLOWED
    assert {ask(machine, number) for number in (LATEST_SYSCALL + 1, 0x40000000 + 39, 435)} == {UNKNOWN}


def test_calls_in_another_machine_s_numbers_end_the_process() -> None:
    program = filter_program("x86_64")
    assert program is not None
    assert answer(program, AUDIT["aarch64"], 39) == KILLED
    assert answer(program, 0x40000003, 39) == KILLED


def test_sockets_lead_nowhere_but_to_ourselves(machine: str) -> None:
    assert {family: ask(machine, SOCKET[machine], family) for family in (1, 2, 10, 16, 17, 40)} == {
        1: ALLOWED,
        2: REFUSED,
        10: REFUSED,
        16: REFUSED,
        17: REFUSED,
        40: REFUSED,
    }


def test_threads_are_allowed_namespaces_never_processes_for_a_time(machine: str) -> None:
    thread, process = 0x003D0F00, 17  # as the C library asks for them
    for new_processes, expected in ((True, ALLOWED), (False, REFUSED)):
        assert ask(machine, CLONE[machine], process, new_processes=new_processes) == expected
        assert ask(machine, CLONE[machine], thread, new_processes=new_processes) == ALLOWED
        assert ask(machine, EXECVE[machine], new_processes=new_processes) == expected
    for flag in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):
        assert ask(machine, CLONE[machine], thread | flag) == REFUSED
    assert ask("x86_64", FORK["x86_64"], new_processes=False) == REFUSED


def test_the_terminal_and_the_personality_stay_as_they_are(machine: str) -> None:
    assert [ask(machine, IOCTL[machine], 0, code) for code in (0x5412, 0x541C, 0x5413)] == [REFUSED, REFUSED, ALLOWED]
    asked = [ask(machine, PERSONALITY[machine], value) for value in (0xFFFFFFFF, 0, 0x0040000, 8)]
    assert asked == [ALLOWED, ALLOWED, REFUSED, REFUSED]


def test_other_machines_have_no_filter() -> None:
    assert filter_program("riscv64") is None


def test_the_numbers_are_the_kernel_s(machine: str) -> None:
    """Asked of libseccomp, where it is installed and knows the call."""
    path = ctypes.util.find_library("seccomp")
    if path is None:
        pytest.skip("libseccomp is not here to ask")
    library = ctypes.CDLL(path)
    library.seccomp_syscall_resolve_name_arch.argtypes = (ctypes.c_uint32, ctypes.c_char_p)
    ours = syscall_numbers(machine) | _by_name(machine)
    theirs = {name: library.seccomp_syscall_resolve_name_arch(AUDIT[machine], name.encode()) for name in ours}
    known = {name: number for name, number in theirs.items() if number != -1}  # -1: newer than the library
    assert len(known) > 100 if machine == "x86_64" else len(known) > 80
    assert {name: ours[name] for name in known} == known


def _by_name(machine: str) -> dict[str, int]:
    found = {
        "socket": seccomp._SOCKET[machine][0],
        "socketpair": seccomp._SOCKET[machine][1],
        "clone": seccomp._CLONE[machine],
        "ioctl": seccomp._IOCTL[machine],
        "personality": seccomp._PERSONALITY[machine],
        "seccomp": seccomp._SECCOMP[machine],
        "clone3": seccomp._CLONE3,
    }
    return found | seccomp._numbers(seccomp._NEW_PROCESSES, machine)

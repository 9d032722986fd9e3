"""The system calls a sandboxed child may not make, as a program for the kernel's seccomp filter.

The filter is a list of what is forbidden, by number: what changes the machine, opens namespaces or mounts, reaches
other processes, or has a long record of kernel faults that unprivileged code could use. Numbers newer than
``LATEST_SYSCALL`` answer "no such call", so that what later kernels add is not open by itself. Numbers are those of
x86_64 and aarch64; other machines get no filter. Layout of the program: ``man 2 seccomp``.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys
from typing import Final

LATEST_SYSCALL = 462  # mseal, Linux 6.10: the newest call that was looked at for this list

# Name, number on x86_64, number on aarch64 ("-": not there), grouped by why nobody in the sandbox needs them.
_FORBIDDEN: Final = {
    "the machine: shutting down, kernel code, clocks, swap, quotas, console": """
        reboot 169 142        kexec_load 246 104     kexec_file_load 320 294  init_module 175 105
        finit_module 313 273  delete_module 176 106  create_module 174 -      query_module 178 -
        get_kernel_syms 177 - swapon 167 224         swapoff 168 225          acct 163 89
        quotactl 179 60       quotactl_fd 443 443    syslog 103 116           settimeofday 164 170
        clock_settime 227 112 clock_adjtime 305 266  adjtimex 159 171         sethostname 170 161
        setdomainname 171 162 iopl 172 -             ioperm 173 -             modify_ldt 154 -
        vhangup 153 58        nfsservctl 180 42      _sysctl 156 -            uselib 134 -
        lookup_dcookie 212 18 ustat 136 -            sysfs 139 -              mknod 133 -
        mknodat 259 33""",
    "mounts and namespaces": """
        mount 165 40          umount2 166 39         pivot_root 155 41        chroot 161 51
        open_tree 428 428     move_mount 429 429     fsopen 430 430           fsconfig 431 431
        fsmount 432 432       fspick 433 433         mount_setattr 442 442    statmount 457 457
        listmount 458 458     unshare 272 97         setns 308 268""",
    "other processes and their memory": """
        ptrace 101 117        process_vm_readv 310 270  process_vm_writev 311 271  process_madvise 440 440
        process_mrelease 448 448  pidfd_open 434 434    pidfd_getfd 438 438        pidfd_send_signal 424 424
        kcmp 312 272          move_pages 279 239        migrate_pages 256 238      perf_event_open 298 241""",
    "wide doors into the kernel: programs, rings, keys, page faults, file handles": """
        bpf 321 280           userfaultfd 323 282       io_uring_setup 425 425     io_uring_enter 426 426
        io_uring_register 427 427  io_setup 206 0       io_submit 209 2            io_getevents 208 4
        io_destroy 207 1      io_cancel 210 3           keyctl 250 219             add_key 248 217
        request_key 249 218   fanotify_init 300 262     fanotify_mark 301 263      name_to_handle_at 303 264
        open_by_handle_at 304 265  vmsplice 278 75""",
    "memory that the limit on address space does not count": """
        memfd_create 319 279  memfd_secret 447 447      shmget 29 194     shmat 30 196      shmctl 31 195
        shmdt 67 197          msgget 68 186             msgsnd 69 189     msgrcv 70 188     msgctl 71 187
        semget 64 190         semop 65 193              semctl 66 191     semtimedop 220 192
        mq_open 240 180       mq_unlink 241 181""",
}
_NEW_PROCESSES: Final = "fork 57 -  vfork 58 -  execve 59 221  execveat 322 281"
_MACHINES: Final = {"x86_64": 0, "aarch64": 1}  # column of the numbers
_ARCHITECTURE: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # as the kernel calls them (linux/audit.h)
_SOCKET: Final = {"x86_64": (41, 53), "aarch64": (198, 199)}  # socket, socketpair
_CLONE: Final = {"x86_64": 56, "aarch64": 220}
_IOCTL: Final = {"x86_64": 16, "aarch64": 29}
_PERSONALITY: Final = {"x86_64": 135, "aarch64": 92}
_SECCOMP: Final = {"x86_64": 317, "aarch64": 277}
_CLONE3 = 435  # on both; its flags lie in memory, where a filter cannot look

_AF_UNIX = 1  # socket(2)
_CLONE_THREAD = 0x00010000  # clone(2)
_CLONE_NAMESPACES = 0x7E020080  # CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET and NEWTIME
_TERMINAL_INPUT = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX: typing into the terminal that started us
_ASK_ONLY = 0xFFFFFFFF  # personality(-1) changes nothing

# instructions of classic BPF (linux/bpf_common.h)
_LOAD = 0x20  # BPF_LD | BPF_W | BPF_ABS
_JUMP_EQUAL = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_JUMP_GREATER = 0x25  # BPF_JMP | BPF_JGT | BPF_K
_JUMP_BITS = 0x45  # BPF_JMP | BPF_JSET | BPF_K
_RETURN = 0x06  # BPF_RET | BPF_K
_NUMBER_AT = 0  # bytes into struct seccomp_data
_ARCHITECTURE_AT = 4  # bytes into it
_ARGUMENTS_AT = 16  # bytes into it; an argument has 8
_ALLOW = 0x7FFF0000  # SECCOMP_RET_ALLOW
_KILL = 0x80000000  # SECCOMP_RET_KILL_PROCESS
_ERROR = 0x00050000  # SECCOMP_RET_ERRNO; the error's number is added
_REFUSE = _ERROR | errno.EPERM
_UNKNOWN = _ERROR | errno.ENOSYS

_PR_SET_NO_NEW_PRIVS = 38  # prctl(2)
_SET_MODE_FILTER = 1  # seccomp(2): SECCOMP_SET_MODE_FILTER
_ALL_THREADS = 1  # seccomp(2): SECCOMP_FILTER_FLAG_TSYNC


def filter_program(machine: str = platform.machine(), *, new_processes: bool = True) -> bytes | None:
    """Assemble the filter for ``machine`` ("x86_64", "aarch64"); None for a machine without one.

    Without ``new_processes`` the caller also cannot start processes or programs any more, only threads.
    """
    if machine not in _MACHINES:
        return None
    forbidden = syscall_numbers(machine)
    if not new_processes:
        forbidden |= _numbers(_NEW_PROCESSES, machine)
    code = [_step(_LOAD, _ARCHITECTURE_AT), _step(_JUMP_EQUAL, _ARCHITECTURE[machine], 1, 0), _step(_RETURN, _KILL)]
    code += [_step(_LOAD, _NUMBER_AT), _step(_JUMP_GREATER, LATEST_SYSCALL, 0, 1), _step(_RETURN, _UNKNOWN)]
    code += _when(_CLONE3, [_step(_RETURN, _UNKNOWN)])  # the C library then asks with clone
    for number in sorted(forbidden.values()):
        code += _when(number, [_step(_RETURN, _REFUSE)])
    for number in _SOCKET[machine]:
        code += _when(number, [_argument(0), *_answer_unless_equal(_AF_UNIX)])
    code += _when(_PERSONALITY[machine], [_argument(0), *_answer_unless_equal(0, _ASK_ONLY)])
    code += _when(_IOCTL[machine], [_argument(1), *_refuse_if_equal(*_TERMINAL_INPUT), _step(_RETURN, _ALLOW)])
    code += _when(_CLONE[machine], [_argument(0), *_check_clone(new_processes=new_processes)])
    return b"".join([*code, _step(_RETURN, _ALLOW)])


def syscall_numbers(machine: str) -> dict[str, int]:
    """Return the numbers of the forbidden calls of a machine, by name."""
    found: dict[str, int] = {}
    for table in _FORBIDDEN.values():
        found |= _numbers(table, machine)
    return found


def install_filter(program: bytes) -> None:
    """Bind this process, all its threads, and what they start, to the filter; there is no way back.

    Raises OSError where the kernel has no such filters.
    """
    if sys.platform != "linux":
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    libc = ctypes.CDLL(None, use_errno=True)
    buffer = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HP", len(program) // 8, ctypes.addressof(buffer))
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "no_new_privs")
    if libc.syscall(_SECCOMP[platform.machine()], _SET_MODE_FILTER, _ALL_THREADS, header):
        raise OSError(ctypes.get_errno(), "seccomp")


def _numbers(table: str, machine: str) -> dict[str, int]:
    words = table.split()
    rows = zip(words[::3], words[1::3], words[2::3], strict=True)
    return {name: int(numbers[_MACHINES[machine]]) for name, *numbers in rows if numbers[_MACHINES[machine]] != "-"}


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    """Encode one instruction (struct sock_filter); jumps count the instructions that are left out."""
    return struct.pack("HBBI", code, if_true, if_false, value)


def _when(number: int, then: list[bytes]) -> list[bytes]:
    """Do ``then``, which ends in an answer, if the call has this number."""
    return [_step(_JUMP_EQUAL, number, 0, len(then)), *then]


def _argument(index: int) -> bytes:
    """Load the low half of an argument; the calls that are looked at take 32 bits or put their flags there."""
    return _step(_LOAD, _ARGUMENTS_AT + 8 * index)


def _answer_unless_equal(*allowed: int) -> list[bytes]:
    steps: list[bytes] = []
    for value in allowed:
        steps += [_step(_JUMP_EQUAL, value, 0, 1), _step(_RETURN, _ALLOW)]
    return [*steps, _step(_RETURN, _REFUSE)]


def _refuse_if_equal(*refused: int) -> list[bytes]:
    steps: list[bytes] = []
    for value in refused:
        steps += [_step(_JUMP_EQUAL, value, 0, 1), _step(_RETURN, _REFUSE)]
    return steps


def _check_clone(*, new_processes: bool) -> list[bytes]:
    """Refuse namespaces, and without ``new_processes`` whatever is not a thread."""
    steps = [_step(_JUMP_BITS, _CLONE_NAMESPACES, 0, 1), _step(_RETURN, _REFUSE)]
    if not new_processes:
        steps += [_step(_JUMP_BITS, _CLONE_THREAD, 1, 0), _step(_RETURN, _REFUSE)]
    return [*steps, _step(_RETURN, _ALLOW)]

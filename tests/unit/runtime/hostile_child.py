"""What a film that has taken over its decoder would try: each probe reaches something outside, or is refused.

Run as the sandbox's child with the targets as its task, or by itself with them as its argument: ``python
hostile_child.py TARGETS``, to show that each probe reaches what it is after where nothing holds it.
"""

from __future__ import annotations

import ctypes
import errno
import json
import mmap
import os
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from model.progress import Progress
from model.runtime.child import ChildRequest, main
from model.runtime.seccomp import syscall_numbers

_libc = ctypes.CDLL(None, use_errno=True)
SYSCALLS = syscall_numbers(os.uname().machine)
MANY_THREADS = 400


@dataclass(frozen=True)
class Targets:
    """What the test has laid out: a file of somebody else, listening sockets, a process, an empty folder."""

    film: str
    secret: str
    tcp: int
    udp: int
    abstract: str
    unix: str
    process: int
    folder: str
    scratch_bytes: int


def call(name: str, *arguments: object) -> int:
    wide = [ctypes.c_long(given) if isinstance(given, int) else given for given in arguments]
    returned: int = _libc.syscall(SYSCALLS[name], *wide)
    if returned < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return returned


def read_secret(at: Targets) -> None:
    Path(at.secret).read_bytes()


def read_accounts(at: Targets) -> None:
    Path("/etc/passwd").read_bytes()


def overwrite_film(at: Targets) -> None:
    os.close(os.open(at.film, os.O_WRONLY))


def write_package(at: Targets) -> None:
    from model import errors

    os.close(os.open(errors.__file__, os.O_WRONLY))


def write_beside_root(at: Targets) -> None:
    Path("/probe-of-the-sandbox").write_bytes(b"")
    Path("/probe-of-the-sandbox").unlink()


def write_devices_folder(at: Targets) -> None:
    Path("/dev/probe-of-the-sandbox").write_bytes(b"")
    Path("/dev/probe-of-the-sandbox").unlink()


def write_kernel_settings(at: Targets) -> None:
    os.close(os.open("/proc/sys/kernel/core_pattern", os.O_WRONLY))


def write_anything_in_proc(at: Targets) -> None:
    """Open for writing, without writing, whatever of /proc is not a process."""
    for folder, _, files in os.walk("/proc"):
        if Path(folder).parts[2:3] and Path(folder).parts[2].isdigit():
            continue
        for name in files:
            try:
                os.close(os.open(os.path.join(folder, name), os.O_WRONLY | os.O_NONBLOCK))  # noqa: PTH118
            except OSError:
                continue
            return
    raise OSError("nothing in /proc can be written")


def connect(at: Targets) -> None:
    socket.create_connection(("127.0.0.1", at.tcp), timeout=2).close()


def send_datagram(at: Targets) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"found", ("127.0.0.1", at.udp))


def connect_abstract(at: Targets) -> None:
    with socket.socket(socket.AF_UNIX) as own:
        own.connect("\0" + at.abstract)


def connect_unix(at: Targets) -> None:
    with socket.socket(socket.AF_UNIX) as own:
        own.connect(at.unix)


def ask_the_kernel_for_interfaces(at: Targets) -> None:
    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).close()


def signal_process(at: Targets) -> None:
    os.kill(at.process, 0)


def see_process(at: Targets) -> None:
    Path(f"/proc/{at.process}/cmdline").read_bytes()


def read_memory_of_process(at: Targets) -> None:
    number = at.process if Path(f"/proc/{at.process}").exists() else os.getpid()
    buffer = ctypes.create_string_buffer(1)
    local = struct.pack("PN", ctypes.addressof(buffer), 1)
    # where the interpreter's code begins: read from the map of the process itself
    start = int(Path(f"/proc/{number}/maps").read_text().split("-", 1)[0], 16)
    call("process_vm_readv", number, local, 1, struct.pack("PN", start, 1), 1, 0)


def be_traced(at: Targets) -> None:
    call("ptrace", 0, 0, 0, 0)


def make_user_namespace(at: Targets) -> None:
    call("unshare", 0x10000000)


def make_mount_namespace(at: Targets) -> None:
    call("unshare", 0x00020000)


def clone_into_namespaces(at: Targets) -> None:
    """Start a process with namespaces of its own, by the oldest way there is."""
    number = {"x86_64": 56, "aarch64": 220}[os.uname().machine]
    made = _libc.syscall(number, 0x10000000 | 0x40000000 | 17, 0, 0, 0, 0)  # a user, a network, SIGCHLD
    if made == 0:
        os._exit(0)
    if made < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    os.waitpid(made, 0)


def enter_namespace(at: Targets) -> None:
    with Path("/proc/self/ns/uts").open("rb") as own:
        call("setns", own.fileno(), 0)


def mount_memory(at: Targets) -> None:
    folder = at.folder if Path(at.folder).exists() else "/tmp"  # noqa: S108
    call("mount", b"tmpfs", folder.encode(), b"tmpfs", 0, None)
    call("umount2", folder.encode(), 2)


def change_root(at: Targets) -> None:
    call("chroot", b"/")


def make_device(at: Targets) -> None:
    folder = Path(at.folder) if Path(at.folder).exists() else Path("/tmp")  # noqa: S108
    os.mknod(folder / "null", 0o20666, os.makedev(1, 3))
    (folder / "null").unlink()


def open_kernel_log(at: Targets) -> None:
    os.close(os.open("/dev/kmsg", os.O_RDONLY))


def start_process(at: Targets) -> None:
    number = os.fork()
    if number == 0:
        os._exit(0)
    os.waitpid(number, 0)


def start_program(at: Targets) -> None:
    subprocess.run(["/bin/sh", "-c", "true"], check=True)


def become_program(at: Targets) -> None:
    """Become a program that is not there: getting as far as looking for it is already too far."""
    try:
        os.execv("/no/such/program", ["x"])  # noqa: S606
    except FileNotFoundError:
        return


def start_many_threads(at: Targets) -> None:
    """Start more threads than the test allows."""
    threading.stack_size(64 * 1024)
    end = threading.Event()
    started = []
    try:
        for _ in range(MANY_THREADS):
            started.append(threading.Thread(target=end.wait, daemon=True))
            started[-1].start()
    except RuntimeError as error:
        raise OSError(f"{len(started)}: {error}") from error
    finally:
        end.set()


def fill_scratch(at: Targets) -> None:
    path = Path("/tmp/probe-of-the-sandbox")  # noqa: S108
    try:
        with path.open("wb") as file:
            for _ in range(at.scratch_bytes // 2**20 + 1):
                file.write(bytes(2**20))
    finally:
        path.unlink(missing_ok=True)


def take_memory(at: Targets) -> None:
    """Ask for more address space than the test allows."""
    try:
        mmap.mmap(-1, 4 * 2**30).close()
    except (OSError, MemoryError) as error:
        raise OSError(str(error)) from error


def make_uncounted_memory(at: Targets) -> None:
    os.close(call("memfd_create", b"probe", 0))


def share_memory(at: Targets) -> None:
    number = call("shmget", 0, 4096, 0o1600)
    call("shmctl", number, 0, None)


def open_ring(at: Targets) -> None:
    os.close(call("io_uring_setup", 4, ctypes.create_string_buffer(120)))


def use_keys(at: Targets) -> None:
    call("keyctl", 0, -2, 1)  # KEYCTL_GET_KEYRING_ID of the process, made if there is none


def handle_page_faults(at: Targets) -> None:
    os.close(call("userfaultfd", 0))


def count_cycles(at: Targets) -> None:
    attributes = struct.pack("IIQ", 1, 112, 0) + bytes(96)  # a software clock, of ourselves
    os.close(call("perf_event_open", attributes, 0, -1, -1, 0))


def load_kernel_program(at: Targets) -> None:
    attributes = struct.pack("IIII", 2, 4, 4, 1) + bytes(112)  # BPF_MAP_CREATE: an array of one
    os.close(call("bpf", 0, attributes, 128))


def take_file_handle(at: Targets) -> None:
    handle = ctypes.create_string_buffer(struct.pack("Ii", 128, 0) + bytes(128))
    call("name_to_handle_at", -100, b"/proc/self/exe", handle, ctypes.byref(ctypes.c_int()), 0x400)


def change_personality(at: Targets) -> None:
    number = {"x86_64": 135, "aarch64": 92}[os.uname().machine]
    if _libc.syscall(number, 0x0040000) < 0:  # ADDR_NO_RANDOMIZE
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


PROBES: tuple[Callable[[Targets], None], ...] = (
    read_secret,
    read_accounts,
    overwrite_film,
    write_package,
    write_beside_root,
    write_devices_folder,
    write_kernel_settings,
    write_anything_in_proc,
    connect,
    send_datagram,
    connect_abstract,
    connect_unix,
    ask_the_kernel_for_interfaces,
    signal_process,
    see_process,
    read_memory_of_process,
    make_user_namespace,
    make_mount_namespace,
    clone_into_namespaces,
    enter_namespace,
    mount_memory,
    change_root,
    make_device,
    open_kernel_log,
    start_process,
    start_program,
    become_program,
    start_many_threads,
    fill_scratch,
    take_memory,
    make_uncounted_memory,
    share_memory,
    open_ring,
    use_keys,
    handle_page_faults,
    count_cycles,
    load_kernel_program,
    take_file_handle,
    change_personality,
    be_traced,
)


def outcome(probe: Callable[[Targets], None], targets: Targets) -> str:
    """Try a probe; return why it did not reach its aim, nothing if it did."""
    try:
        probe(targets)
    except OSError as error:
        return str(error)
    return ""


def outcome_apart(probe: Callable[[Targets], None], targets: Targets) -> str:
    """Try a probe in a process of its own, since where it succeeds it may leave the process changed."""
    read_end, write_end = os.pipe()
    number = os.fork()
    if number == 0:
        os.write(write_end, outcome(probe, targets).encode())
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as said:
        return said.read().decode() or ("" if os.waitpid(number, 0)[1] == 0 else "it died")


def forbidden_calls_that_work() -> list[str]:
    """Make every forbidden call with arguments that mean nothing; name those that are not refused as forbidden."""
    found = []
    for name, number in SYSCALLS.items():
        if _libc.syscall(number, -1, -1, -1, -1, -1, -1) != -1 or ctypes.get_errno() != errno.EPERM:
            found.append(name)
    return found


def attack(request: ChildRequest, progress: Progress) -> bytes:
    progress("attack", 0, 1)
    targets = Targets(**json.loads(request.task) | {"film": request.path})
    status = Path("/proc/self/status").read_text(encoding="ascii")
    facts = {
        "probes": {probe.__name__: outcome(probe, targets) for probe in PROBES},
        "calls": forbidden_calls_that_work(),
        "status": dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line),
        "uid_map": Path("/proc/self/uid_map").read_text(encoding="ascii").split(),
    }
    return json.dumps(facts).encode()


if __name__ == "__main__":
    if len(sys.argv) == 2:
        aims = Targets(**json.loads(sys.argv[1]))
        sys.stdout.write(json.dumps({probe.__name__: outcome_apart(probe, aims) for probe in PROBES}))
        sys.exit()
    sys.exit(main(sys.argv[1:], attack))

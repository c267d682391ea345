"""The evaluator's process is closed: to other users, to the network, to wrong frames and wrong settings."""

import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from resident_app.register.evaluator.evaluator_client import EvaluatorClient
from resident_app.settings import REPOSITORY
from tests.register.evaluator_process import EvaluatorProcess


@pytest.mark.parametrize(
    "bytes_sent",
    [
        b"\xff\xff\xff\xff",
        b"\x00\x00\x00\x02[]",
        b"\x00\x00\x00\x09not JSON!",
        b'\x00\x00\x00\x11{"op":"give key"}',
        b"GET / HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_not_the_protocol_ends_that_connection_alone(
    process: EvaluatorProcess, bytes_sent: bytes
) -> None:
    with socket.socket(socket.AF_UNIX) as wild:
        wild.settimeout(5)
        wild.connect(process.url.removeprefix("unix:"))
        wild.sendall(bytes_sent)
        assert wild.recv(100) == b""
    assert EvaluatorClient(process.url).key_ids()


def test_the_process_is_closed(process: EvaluatorProcess) -> None:
    """No core dump, no debugger, no network; its memory is its own (prctl(2), proc(5))."""
    proc = Path(f"/proc/{process.pid}")
    limits = (proc / "limits").read_text()
    assert [line.split()[4:6] for line in limits.splitlines() if "core file" in line] == [["0", "0"]]
    status = (proc / "status").read_text()
    assert "NoNewPrivs:\t1" in status
    assert '"measure": "not dumpable"' not in process.events()
    refused = process.events()
    if '"measure": "no network"' not in refused:
        interfaces = (proc / "net" / "dev").read_text().splitlines()[2:]
        assert [line.split(":")[0].strip() for line in interfaces] == ["lo"]
    if '"measure": "memory locked"' not in refused:
        locked = next(line for line in status.splitlines() if line.startswith("VmLck:"))
        assert int(locked.split()[1]) > 0


AS_NOBODY = "import os\nif os.geteuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
HOLDER = (
    "import ctypes\nfrom resident_app.register.evaluator.hardening import harden\n"
    + AS_NOBODY
    + "ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)\n"
    + "print('open', flush=True); input(); harden(without_network=True); print('closed', flush=True); input()"
)
PEEPER = "import sys\n" + AS_NOBODY + "open(f'/proc/{sys.argv[1]}/environ', 'rb').read()"


def test_a_process_of_the_same_user_cannot_look_into_it() -> None:
    """Before `harden` it could: that is the control."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        try:
            assert holder.stdout.readline() == "open\n"
            before = peep(holder.pid)
            holder.stdin.write("\n")
            holder.stdin.flush()
            assert holder.stdout.readline() == "closed\n"
            after = peep(holder.pid)
        finally:
            holder.kill()
    assert before == ""
    assert "PermissionError" in after


def peep(pid: int) -> str:
    """The error of a process of the same user that looks into another one; empty if it could."""
    done = subprocess.run(
        [sys.executable, "-c", PEEPER, str(pid)], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    return done.stderr


def test_it_has_no_socket_but_its_own_and_no_file_but_its_log_and_lock(process: EvaluatorProcess) -> None:
    client = EvaluatorClient(process.url)
    client.key_ids()
    for table in ("tcp", "tcp6", "udp", "udp6", "raw"):
        rows = (Path(f"/proc/{process.pid}/net") / table).read_text().splitlines()[1:]
        inodes = {row.split()[9] for row in rows}
        assert not inodes & sockets_of(process.pid)
    named = {name for name in open_files(process.pid) if name.startswith("/")}
    lock = Path(process.url.removeprefix("unix:") + ".lock")
    assert named <= {str(process.log), "/dev/null", str(lock)}
    assert lock.read_bytes() == b""


def open_files(pid: int) -> list[str]:
    return [str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()]


def sockets_of(pid: int) -> set[str]:
    links = open_files(pid)
    return {link.removeprefix("socket:[").rstrip("]") for link in links if link.startswith("socket:")}


def test_the_socket_is_for_its_group_and_goes_with_the_process(process: EvaluatorProcess) -> None:
    path = Path(process.url.removeprefix("unix:"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o750
    assert process.end() == 0
    assert not path.exists()


def test_it_loads_neither_the_web_nor_the_database() -> None:
    """Less code beside the key."""
    program = "import resident_app.register.evaluator.__main__, sys; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"flask", "sqlalchemy", "argon2", "jinja2", "ivr"} & set(loaded)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"REGISTER_KEY_FILE": "/nowhere"}, "REGISTER_KEY_FILE"),
        ({"EVALUATOR_URL": "http://127.0.0.1:1"}, "EVALUATOR_URL"),
        ({"EVALUATOR_URL": "tls://127.0.0.1:1"}, "EVALUATOR_TLS_CERT"),
    ],
)
def test_a_wrong_setting_stops_the_start_and_is_named(
    folder: Path, made_keys: Path, changed: dict[str, str], named: str
) -> None:
    process = EvaluatorProcess(folder, made_keys / "register.key")
    done = subprocess.run(
        [sys.executable, "-m", "resident_app.register.evaluator"],
        cwd=REPOSITORY,
        env=process.settings | changed,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 4
    assert named in done.stderr
    assert "Traceback" not in done.stderr

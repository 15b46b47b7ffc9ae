"""A submission in a process of its own: with limits, behind a wall, asked over a pipe.

The wall is bubblewrap's: no network, no file but Python's, the library's and the submission's own,
and no process but its own. Where there is no bubblewrap, a submission may run without it, but then
it can read and write what you can: the grader can only see whether its files have changed.
"""

from __future__ import annotations

import json
import os
import resource
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import audiostyle_lib

INSIDE = Path(__file__).with_name("inside.py")
LIBRARY = Path(audiostyle_lib.__file__).resolve().parent
SYSTEM = ("/etc/alternatives", "/etc/fonts", "/etc/ld.so.cache", "/etc/localtime")
HEADER = 1_000_000  # bytes of a line that are read at most
_LOOKS = 20  # for processes that were started while others were stopped
SOUNDS = 100_000_000  # bytes of sounds that an answer may have: 20 minutes


class Stopped(Exception):
    """A submission that did not come to its end, or said what is no answer; why."""


class Refused(Exception):
    """What was asked failed in the submission, or its answer is of the wrong kind; why."""


@dataclass(frozen=True)
class Limits:
    """Seconds that a submission may take, bytes that each of its processes may ask for."""

    seconds: float = 900.0
    memory: int = 8 << 30


def no_wall() -> str:
    """Why there is no wall here; empty where bubblewrap is installed and works."""
    if not shutil.which("bwrap"):
        return "bubblewrap is not installed (on Debian or Ubuntu: apt install bubblewrap)"
    command = ["bwrap", "--ro-bind", "/", "/", "--unshare-all", "true"]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if not done.returncode:
        return ""
    return f"bubblewrap cannot separate a process from this system: {done.stderr.strip()[:200]}"


def _wall(binds: dict[str, Path], memory: int) -> list[str]:
    """The command that shows a process these folders, and nothing else of this machine."""
    command = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--clearenv"]
    for folder in ("/usr", "/lib", "/lib64", "/bin", "/sbin"):
        if Path(folder).is_symlink():
            command += ["--symlink", os.readlink(folder), folder]
        else:
            command += ["--ro-bind-try", folder, folder]
    for file in SYSTEM:
        command += ["--ro-bind-try", file, file]
    for place in ("/tmp", "/sandbox/work"):  # before Python, which may lie in the first
        command += ["--size", str(memory // 4), "--tmpfs", place]
    for prefix in {Path(p).resolve() for p in (sys.prefix, sys.base_prefix)}:
        if not prefix.is_relative_to("/usr"):
            command += ["--ro-bind", str(prefix), str(prefix)]
    command += ["--proc", "/proc", "--dev", "/dev"]
    for place, path in binds.items():
        command += ["--ro-bind", str(path.resolve()), place]
    return command


def _environment(library: str, home: str) -> dict[str, str]:
    return {
        **{"PATH": "/usr/bin:/bin", "HOME": home, "LANG": "C.UTF-8", "MPLBACKEND": "Agg"},
        **{"PYTHONPATH": library, "PYTHONDONTWRITEBYTECODE": "1", "TQDM_DISABLE": "1"},
        **{"OMP_NUM_THREADS": "1", "IPYTHONDIR": f"{home}/ipython", "MPLCONFIGDIR": f"{home}/mpl"},
    }


def family(pid: int) -> dict[int, float]:
    """A process and all that descend from it, each with the seconds that it has worked."""
    found, parents = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        parents[int(stat.parent.name)] = int(fields[1])
        found[int(stat.parent.name)] = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    ours = {pid}
    while new := {p for p, parent in parents.items() if parent in ours} - ours:
        ours |= new
    return {p: found[p] for p in ours if p in found}


def end(process: subprocess.Popen) -> None:
    """Kill a process and all that descend from it, also those of another group; they are gone then.

    They are stopped before any is killed, so that none starts one that is not seen. Those that
    start others faster than one can look end with the first of them, behind the wall.
    """
    seen: set[int] = set()
    for _ in range(_LOOKS):
        if not (new := family(process.pid).keys() - seen):
            break
        for pid in new:
            _signalled(pid, signal.SIGSTOP)
        seen |= new
    for pid in sorted(seen):  # parents first
        _signalled(pid, signal.SIGKILL, wait=True)
    process.wait()


def _signalled(pid: int, number: signal.Signals, *, wait: bool = False) -> None:
    """Send a signal to a process, if it is still there; where it ends by it, wait until it has."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        signal.pidfd_send_signal(descriptor, number)
        if wait:
            select.select([descriptor], [], [])  # it can be read once its process has ended
    except (ProcessLookupError, PermissionError):  # it has just ended; it is not ours
        pass
    finally:
        os.close(descriptor)


class Running:
    """A submission that runs: ask it for values, for sounds, or to call one of its functions."""

    def __init__(self, process: subprocess.Popen, limits: Limits) -> None:
        self._process, self._limits = process, limits
        self._end, self._buffer = time.monotonic() + limits.seconds, b""
        self.errors: list[str] = [str(e)[:300] for e in self._answer()[0].get("errors", [])]
        self._worked = self._work()

    def values(self, *names: str) -> dict[str, Any]:
        """What stands under these names: numbers, texts, lists and tables; None for all else."""
        found = self._ask({"values": names})[0]
        return found if isinstance(found, dict) else {}

    def table(self, name: str) -> dict[str, list[np.ndarray]]:
        """Sounds (n,) by what they are listed under."""
        keys, sounds = self._ask({"table": name})
        if not isinstance(keys, list) or len(keys) != len(sounds):
            raise Refused(f"`{name}` is no table of sounds")
        found: dict[str, list[np.ndarray]] = {}
        for k, y in zip(keys, sounds, strict=True):
            found.setdefault(str(k), []).append(y)
        return found

    def call(self, name: str, *sounds: np.ndarray, rest: tuple = ()) -> tuple[Any, float]:
        """A function's result, a sound (n,) or a value, and the seconds of work since the last."""
        value, made = self._ask({"call": name, "rest": rest}, *sounds)
        before, self._worked = self._worked, self._work()
        return (made[0] if made else value), self._worked - before

    def _work(self) -> float:
        """Seconds that all its processes have worked: seen from here, so that no clock lies."""
        return sum(family(self._process.pid).values())

    def _ask(self, question: dict[str, Any], *sounds: np.ndarray) -> tuple[Any, list[np.ndarray]]:
        blocks = [np.asarray(y, "<f4").tobytes() for y in sounds]
        line = json.dumps(question | {"sizes": [len(b) for b in blocks]}).encode() + b"\n"
        assert self._process.stdin
        rest = memoryview(line + b"".join(blocks))
        try:
            while rest:  # a submission that does not listen must not make us wait
                self._wait(writing=True)
                rest = rest[os.write(self._process.stdin.fileno(), rest[:4096]) :]
        except OSError as error:
            raise Stopped("it ended by itself") from error
        header, found = self._answer()
        if "error" in header:
            raise Refused(str(header["error"])[:300])
        return header.get("value"), found

    def _answer(self) -> tuple[dict[str, Any], list[np.ndarray]]:
        while b"\n" not in self._buffer:
            if len(self._buffer) > HEADER:
                raise Stopped("it said too much")
            self._read()
        line, _, self._buffer = self._buffer.partition(b"\n")
        try:
            header = json.loads(line)
            sizes = [int(n) for n in header["sizes"]]
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise Stopped("what it said is no answer") from error
        if any(n < 0 or n % 4 for n in sizes) or sum(sizes) > SOUNDS:
            raise Stopped("its sounds are too long")
        while len(self._buffer) < sum(sizes):
            self._read()
        found = []
        for n in sizes:
            found.append(np.frombuffer(self._buffer[:n], "<f4").copy())
            self._buffer = self._buffer[n:]
        return header, found

    def _read(self) -> None:
        assert self._process.stdout
        self._wait()
        new = os.read(self._process.stdout.fileno(), 1 << 20)
        if not new:
            raise Stopped("it ended by itself")
        self._buffer += new

    def _wait(self, *, writing: bool = False) -> None:
        left = max(0.0, self._end - time.monotonic())
        pipe = self._process.stdin if writing else self._process.stdout
        found = select.select([] if writing else [pipe], [pipe] if writing else [], [], left)
        if not (found[0] or found[1]):
            raise Stopped(f"it had not ended after {self._limits.seconds:g} s")


@contextmanager
def running(
    submission: Path, notebook: str, data: Path, work: Path, limits: Limits, *, wall: bool = True
) -> Iterator[Running]:
    """Run the notebook of a folder; all its processes end with the block.

    `work` is an empty folder, used where there is no wall.
    """

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (limits.memory // 8,) * 2)

    if wall:
        binds = {"/sandbox/library/audiostyle_lib": LIBRARY, "/sandbox/inside.py": INSIDE}
        binds |= {"/sandbox/submission": submission, "/sandbox/data": data}
        command = _wall(binds, limits.memory)
        for name, value in _environment("/sandbox/library", "/tmp").items():
            command += ["--setenv", name, value]
        places = tuple(f"/sandbox/{name}" for name in ("inside.py", "submission", "data", "work"))
        environment = None
    else:
        command, places = [], (str(INSIDE), str(submission), str(data), str(work))
        environment = _environment(str(LIBRARY.parent), str(work))
    python = Path(sys.prefix).resolve() / "bin" / Path(sys.executable).name
    process = subprocess.Popen(
        [*command, str(python), *places, notebook],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd="/" if wall else work,
        start_new_session=True,
        preexec_fn=limit,
    )
    try:
        yield Running(process, limits)
    finally:
        end(process)
        for pipe in (process.stdin, process.stdout):
            assert pipe
            try:
                pipe.close()
            except BrokenPipeError:
                continue

"""What is done, line by line: a file of JSON that an interruption, or worse, leaves usable."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from ..audio import AudioError

if sys.platform != "win32":
    import fcntl

NAME = "manifest.jsonl"


class Manifest:
    """The lines so far in a folder, and a file that takes more: each is there whole or not at all.

    Parameters
    ----------
    folder : path
        It is made. One that holds anything but an earlier manifest and its files is refused, since
        some could be replaced.

    Attributes
    ----------
    lines : list of dict
        As they were when it was opened. A last line that is torn, as by a loss of power, is cut
        off; other lines that are no JSON objects do not count.

    Raises
    ------
    AudioError
        If the folder is refused or cannot be written, or another process is writing there.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with Manifest(folder) as manifest:
    ...         manifest.append({"file": "rain.wav"})
    ...     with Manifest(folder) as manifest:
    ...         manifest.lines
    [{'file': 'rain.wav'}]
    """

    def __init__(self, folder: str | os.PathLike) -> None:
        out = Path(os.fsdecode(folder))
        self.path = out / NAME
        try:
            out.mkdir(parents=True, exist_ok=True)
            if not self.path.exists() and any(not p.name.startswith(".") for p in out.iterdir()):
                raise AudioError(
                    f"{out} holds files and no {NAME}; expected a new or empty folder, or that of "
                    "an earlier batch"
                )
            self._file = open(self.path, "a+b", buffering=0)  # noqa: SIM115
        except OSError as error:
            raise AudioError(f"{error.filename} cannot be written: {error.strerror}") from error
        try:
            self._lock()
            self.lines = self._whole_lines()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Manifest:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def append(self, line: dict[str, Any]) -> None:
        """Add a line, in one piece, and see to it that the disk has it."""
        try:
            self._file.write(json.dumps(line).encode() + b"\n")
            os.fsync(self._file.fileno())
        except OSError as error:
            raise AudioError(f"{self.path} cannot be written: {error.strerror}") from error

    def _lock(self) -> None:
        if sys.platform == "win32":  # where a second process is not noticed
            return
        try:  # it ends with the process, however that ends
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AudioError(
                f"{self.path} is being written by another process; expected to be the only one"
            ) from error
        except OSError:
            pass  # a file system without locks

    def _whole_lines(self) -> list[dict[str, Any]]:
        self._file.seek(0)
        data = self._file.read()
        end = data.rfind(b"\n") + 1
        if end < len(data):
            self._file.truncate(end)
        found = []
        for text in data[:end].splitlines():
            try:
                line = json.loads(text)
            except ValueError:
                continue
            if isinstance(line, dict):
                found.append(line)
        return found

"""A file is replaced only when its successor is whole."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from ..audio import AudioError


def write_whole(path: str | os.PathLike, data: bytes) -> None:
    """Write `data` to `path` whole, or leave what is there as it was.

    It is written beside its target, read back, and moved onto it: an error, a full disk or an
    interruption changes nothing.

    Parameters
    ----------
    path : path
        A link is followed to its target.
    data : bytes

    Raises
    ------
    AudioError
        If it cannot be written there.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_whole(f"{folder}/a", b"all of it")
    ...     Path(folder, "a").read_bytes()
    b'all of it'
    """
    target = check_place(path)
    partial = ""
    try:
        handle, partial = tempfile.mkstemp(dir=target.parent, prefix=".audiostyle-")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # a full disk may show only now
        if Path(partial).read_bytes() != data:
            raise OSError(errno.EIO, "what was written could not be read back")
        os.chmod(partial, _mode_of(target))
        os.replace(partial, target)
    except OSError as error:
        name = os.fsdecode(path)
        raise AudioError(f"{name} cannot be written: {error.strerror or error}") from error
    finally:
        if partial and os.path.exists(partial):
            os.unlink(partial)


def check_place(path: str | os.PathLike, *, inputs: Iterable[str | os.PathLike] = ()) -> Path:
    """Return where `path` leads if a file can be written there, else raise `AudioError`.

    Parameters
    ----------
    path : path
    inputs : iterable of paths
        Files that may not be replaced.

    Examples
    --------
    >>> check_place("/")
    Traceback (most recent call last):
    audiostyle_lib.audio.AudioError: / is a folder; expected the name of a file
    """
    name = os.fsdecode(path)
    try:
        target = Path(name).resolve()
        for other in inputs:
            if target.exists() and os.path.exists(other) and target.samefile(other):
                raise AudioError(f"{name} is an input too; expected another name for the result")
        if target.is_dir():
            raise AudioError(f"{name} is a folder; expected the name of a file")
        if not target.parent.is_dir():
            raise AudioError(f"{name} cannot be written: there is no folder {target.parent}")
        if not os.access(target.parent, os.W_OK):
            raise AudioError(
                f"{name} cannot be written: no permission in the folder {target.parent}"
            )
        if target.exists() and not target.is_file():
            raise AudioError(f"{name} is no ordinary file; expected one that may be replaced")
        if target.exists() and not (target.stat().st_mode & 0o222 and os.access(target, os.W_OK)):
            raise AudioError(f"{name} is read-only; expected a file that may be replaced")
    except (OSError, RuntimeError) as error:  # a name too long, links in a circle
        reason = getattr(error, "strerror", None) or error
        raise AudioError(f"{name} cannot be written: {reason}") from error
    return target


def _mode_of(path: Path) -> int:
    """File mode for `path`: its own, or what a newly made file would have."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask

"""Tensors in a file that holds nothing that could be run: the format safetensors.

The header says of what kind the file is, in which version, and what is known beside the tensors;
and a sum over all that finds a single bit that has changed.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from ..audio import AudioError
from .whole import check_place, write_whole

if TYPE_CHECKING:  # it takes a second, for which nobody waits whose file is refused
    import torch
    from torch import Tensor

SUFFIX = ".safetensors"
GENERATOR: Mapping[str, Any] = {"kind": "texture generator", "version": 1}  # what the library keeps
_KEY = "audiostyle"  # of the header's entry; only one, so that equal contents are equal files


def write_tensors(
    path: str | os.PathLike,
    tensors: Mapping[str, Tensor],
    settings: Mapping[str, Any],
    *,
    kind: str,
    version: int,
) -> None:
    """Write tensors and settings to `path`, whole or not at all.

    Parameters
    ----------
    path : path
        Ends in .safetensors. A link is followed to its target.
    tensors : dict of float32 tensors
    settings : dict
        What JSON can hold.
    kind : str
        What such a file is, in a word or two.
    version : int
        Of how tensors and settings of this kind are laid out.

    Raises
    ------
    AudioError
        If a number is NaN or infinite, the suffix is another, or the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> import torch
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = f"{folder}/a.safetensors"
    ...     write_tensors(path, {"x": torch.ones(2)}, {"sr": 22050}, kind="filter", version=1)
    ...     read_tensors(path, kind="filter", version=1)
    ({'x': tensor([1., 1.])}, {'sr': 22050})
    """
    name = os.fsdecode(path)
    _check_suffix(name)
    arrays = {key: np.ascontiguousarray(x.detach().cpu().numpy()) for key, x in tensors.items()}
    _check_numbers(name, arrays)
    header = {
        "kind": kind,
        "version": version,
        "settings": dict(settings),
        "sha256": _sum(arrays, settings),
    }
    try:
        text = json.dumps(header, allow_nan=False)
    except (TypeError, ValueError) as error:  # better now than when it is read
        raise AudioError(f"{name} cannot be written: of its settings, {error}") from error
    write_whole(path, save(arrays, {_KEY: text}))


def check_tensors_target(
    path: str | os.PathLike, *, inputs: Iterable[str | os.PathLike] = ()
) -> None:
    """Raise `AudioError` unless `write_tensors` can write there, without replacing an input.

    Lets a long computation fail before it starts rather than when it wants to save.

    >>> check_tensors_target("rain.wav")
    Traceback (most recent call last):
    audiostyle_lib.audio.AudioError: rain.wav has the suffix '.wav'; expected .safetensors
    """
    _check_suffix(os.fsdecode(path))
    check_place(path, inputs=inputs)


def _check_suffix(name: str) -> None:
    if (suffix := Path(name).suffix.lower()) != SUFFIX:
        raise AudioError(f"{name} has the suffix {suffix!r}; expected {SUFFIX}")


def read_tensors(
    path: str | os.PathLike, *, kind: str, version: int, device: str | torch.device = "cpu"
) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and settings that `write_tensors` wrote to `path`.

    Parameters
    ----------
    path : path
    kind, version
        Those that are expected.
    device : str or torch.device
        Where the tensors shall be.

    Returns
    -------
    tensors : dict of float32 tensors
    settings : dict

    Raises
    ------
    AudioError
        If the file cannot be read, is of another format, kind or version, or not as it was written.
    """
    import torch

    arrays, settings = read_arrays(path, kind=kind, version=version)
    # Copies: where memory begins can change the last bit of a product.
    return {key: torch.tensor(x, device=device) for key, x in arrays.items()}, settings


def read_arrays(
    path: str | os.PathLike, *, kind: str, version: int
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The same as arrays, which are there at once: PyTorch takes a second to load.

    >>> read_arrays("none.safetensors", **GENERATOR)
    Traceback (most recent call last):
    audiostyle_lib.audio.AudioError: none.safetensors cannot be read: no such file
    """
    name = os.fsdecode(path)
    try:
        if not os.path.isfile(name):  # a pipe would be waited for
            why = "expected an ordinary file" if os.path.exists(name) else "no such file"
            raise AudioError(f"{name} cannot be read: {why}")
        with safe_open(name, framework="np") as file:
            header = _header(name, (file.metadata() or {}).get(_KEY), kind, version)
            keys = list(file.keys())
            types = {key: file.get_slice(key).get_dtype() for key in keys}
            if other := {key: t for key, t in types.items() if t != "F32"}:
                raise AudioError(f"{name} holds {_some(other)}; expected F32 alone")
            arrays = {key: file.get_tensor(key) for key in keys}
    except SafetensorError as error:
        raise AudioError(f"{name} is no whole file of safetensors: {error}") from error
    except (OSError, ValueError) as error:
        if isinstance(error, AudioError):
            raise
        reason = getattr(error, "strerror", None) or error
        raise AudioError(f"{name} cannot be read: {reason}") from error
    _check_numbers(name, arrays)
    if _sum(arrays, header["settings"]) != header["sha256"]:
        raise AudioError(f"{name} is damaged: it does not hold what was written to it")
    return arrays, header["settings"]


def taken(tensors: dict[str, Tensor], name: str, *shape: int | None) -> Tensor:
    """Take a tensor of this shape, where None stands for any length, out of `tensors`.

    >>> import torch
    >>> taken({"x": torch.ones(2, 3)}, "x", 2, 4)
    Traceback (most recent call last):
    audiostyle_lib.audio.AudioError: x has shape (2, 3); expected (2, 4)
    """
    if name not in tensors:
        raise AudioError(f"{name} is missing; expected some of shape {_text(shape)}")
    x = tensors.pop(name)
    fits = len(x.shape) == len(shape) and all(
        n >= 1 and wanted in (n, None) for n, wanted in zip(x.shape, shape, strict=True)
    )
    if not fits:
        raise AudioError(f"{name} has shape {tuple(x.shape)}; expected {_text(shape)}")
    return x


def _header(name: str, text: str | None, kind: str, version: int) -> dict[str, Any]:
    """What the header's entry says, if it is of this kind and version."""
    try:
        found = json.loads(text or "{}")
        mine = {"kind", "version", "settings", "sha256"} <= set(found) and found["kind"] == kind
        mine = mine and isinstance(found["settings"], dict)
    except (ValueError, TypeError, RecursionError):
        mine = False
    if not mine:
        raise AudioError(f"{name} is a file of safetensors, but no {kind} of this library")
    if found["version"] != version:
        raise AudioError(
            f"{name} is a {kind} of version {found['version']!r}; expected {version}: another "
            "release of this library wrote it"
        )
    return found


def _check_numbers(name: str, arrays: Mapping[str, np.ndarray]) -> None:
    for key, x in arrays.items():
        if x.dtype != np.float32:
            raise AudioError(f"{name}: {key} has type {x.dtype}; expected float32")
        if bad := int((~np.isfinite(x)).sum()):
            raise AudioError(
                f"{name}: {key} has {bad} NaN or infinite values of {x.size}; expected numbers"
            )


def _sum(arrays: Mapping[str, np.ndarray], settings: Mapping[str, Any]) -> str:
    """SHA-256 of everything that is kept."""
    found = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for key in sorted(arrays):
        found.update(f"{key} {arrays[key].shape}".encode())
        found.update(arrays[key].tobytes())
    return found.hexdigest()


def _some(types: Mapping[str, str]) -> str:
    text = ", ".join(f"{key} of type {found}" for key, found in list(types.items())[:3])
    return text + (" and more" if len(types) > 3 else "")


def _text(shape: tuple[int | None, ...]) -> str:
    return f"({', '.join('n' if n is None else str(n) for n in shape)}{',' * (len(shape) == 1)})"

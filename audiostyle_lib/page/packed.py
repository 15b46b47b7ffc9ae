"""A trained generator as a page carries it: most of its numbers in 8 bits, all in one text.

A page that plays it (`endless`) should be light. Filters, components and levels are written in 8
bits between the lowest and the highest of their row, with fewer quantiles; averages as halves.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..audio import AudioError
from ..generator import TextureGenerator
from ..maker import NoiseToChannels
from ..remainder import Remainder
from ..transforms import STFT

_N_QUANTILES = 12  # of each bin's levels, closer to one another towards the ends
_PLAIN = ("biases", "gains", "means", "deviations", "residual", "taps")  # as halves


def packed(made: TextureGenerator) -> tuple[dict[str, Any], TextureGenerator]:
    """What a page carries of a generator, and the generator that this is when it is read there.

    Parameters
    ----------
    made : TextureGenerator
        Of one or two channels.

    Returns
    -------
    kept : dict
        What JSON can hold: settings, what tensors follow one another, and these as base64.
    there : TextureGenerator
        With the numbers that the page has: it makes what the page plays.

    Raises
    ------
    AudioError
        If it makes more than two channels, or of a transform that pages do not know.

    Examples
    --------
    >>> from audiostyle_lib import train_generator
    >>> from audiostyle_lib.sounds import rain
    >>> y = rain(seconds=1.0)
    >>> made = train_generator(y, 22050, channel_steps=5, sound_steps=0, progress=False)
    >>> kept, there = packed(made)
    >>> len(kept["data"]) < 150_000, there.synthesize(1.0).shape
    (True, (22050,))
    """
    transform = made.voice.transform
    if made.n_channels > 2:
        raise AudioError(f"the generator makes {made.n_channels} channels; expected one or two")
    whole = transform.n_fft % (2 * transform.hop_length) == 0
    if type(transform) is not STFT or transform.gain != STFT.gain or not whole:
        raise AudioError(
            f"the generator's transform is {transform!r}; expected an STFT of the usual gain whose "
            "half window is whole hops"
        )
    shapes, data, there = [], bytearray(), {}
    for name, x in _tensors(made).items():
        bits = 16 if name.removeprefix("network.").startswith(_PLAIN) else 8
        numbers, there[name] = _halves(x) if bits == 16 else _rows(x)
        data += numbers
        shapes.append({"name": name, "bits": bits, "shape": list(x.shape)})
    kept = {
        "sr": made.sr,
        "nFft": transform.n_fft,
        "hopLength": transform.hop_length,
        "layout": made.voice.layout.matrix.astype(int).tolist(),
        "gains": list(made.gains),
        "knob": list(made.knob.positions) if made.knob else None,
        "tensors": shapes,
        "data": b64encode(data).decode("ascii"),
    }
    return kept, _with(made, there)


def _tensors(made: TextureGenerator) -> dict[str, Tensor]:
    voice, levels = made.voice, made.levels
    n = levels.shape[-1]
    bent = 0.5 - 0.5 * np.cos(np.linspace(0, np.pi, min(n, _N_QUANTILES)))
    tensors = {f"network.{name}": x for name, x in made.network.state_dict().items()} | {
        "basis": _blocks(voice.basis, voice.n_parts),
        "levels": levels[..., np.round(bent * (n - 1)).astype(int)].flatten(0, 2),
        "means": voice.means,
        "deviations": voice.deviations,
        "residual_deviations": voice.remainder.deviations,
        "residual_overlaps": voice.remainder.overlaps,
    }
    return tensors if voice.taps is None else tensors | {"taps": voice.taps}


def _with(made: TextureGenerator, tensors: dict[str, Tensor]) -> TextureGenerator:
    """The same generator with other numbers."""
    k, n_bins = made.voice.means.shape
    network = NoiseToChannels(made.voice.basis.shape[1], n_textures=k)
    states = {
        name.removeprefix("network."): x
        for name, x in tensors.items()
        if name.startswith("network.")
    }
    network.load_state_dict(states)
    blocks = tensors["basis"].chunk(made.voice.n_parts)
    remainder = Remainder(
        torch.block_diag(*(block.mT for block in blocks)),
        tensors["residual_deviations"],
        tensors["residual_overlaps"],
    )
    voice = replace(
        made.voice,
        taps=tensors.get("taps"),
        means=tensors["means"],
        deviations=tensors["deviations"],
        remainder=remainder,
    )
    levels = tensors["levels"].reshape(k, 2, n_bins, -1)
    return replace(made, voice=voice, network=network.requires_grad_(False), levels=levels)


def _blocks(basis: Tensor, n_parts: int) -> Tensor:
    """Components of each part, over its own bins: of others they know nothing. (c, bins)."""
    rows = basis.mT.chunk(n_parts)
    return torch.cat([row.chunk(n_parts, dim=1)[part] for part, row in enumerate(rows)])


def _halves(x: Tensor) -> tuple[bytes, Tensor]:
    numbers = np.clip(x.detach().cpu().numpy(), -65504, 65504).astype("<f2")
    return numbers.tobytes(), torch.as_tensor(numbers.astype(np.float32))


def _rows(x: Tensor) -> tuple[bytes, Tensor]:
    """Each row of the first axis between its lowest and its highest number."""
    rows = x.detach().cpu().numpy().reshape(len(x), -1)
    low, high = (
        np.clip(end, -65504, 65504).astype("<f2") for end in (rows.min(axis=1), rows.max(axis=1))
    )
    first = low.astype(np.float32)[:, None]
    span = high.astype(np.float32)[:, None] - first
    whole = np.rint((rows - first) / np.maximum(span, 1e-12) * 255).clip(0, 255).astype(np.uint8)
    there = (first + span * whole.astype(np.float32) / 255).astype(np.float32)
    return low.tobytes() + high.tobytes() + whole.tobytes(), torch.as_tensor(there).reshape(x.shape)

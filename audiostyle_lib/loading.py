"""A generator that was kept in a file, ready to make sound again."""

from __future__ import annotations

import os

import torch

from .arguments import check_number
from .audio import AudioError, check_rate
from .files.tensors import GENERATOR, read_tensors, taken
from .generator import TextureGenerator
from .knob import Knob
from .maker import NoiseToChannels
from .optim import check_device
from .voice import Voice, taken_of_each


def load_generator(
    path: str | os.PathLike, *, device: str | torch.device = "cpu"
) -> TextureGenerator:
    """A generator that was kept in a file by `TextureGenerator.save`.

    On the same machine it makes the same sounds, to the bit. Nothing in the file is run.

    Parameters
    ----------
    path : path
    device : str or torch.device
        Where it shall work.

    Returns
    -------
    TextureGenerator

    Raises
    ------
    AudioError
        If there is no such file, or it is no generator, of another version, or damaged.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from audiostyle_lib import train_generator
    >>> from audiostyle_lib.sounds import rain
    >>> y = rain(seconds=1.0)
    >>> made = train_generator(y, 22050, channel_steps=5, sound_steps=1, progress=False)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made.save(f"{folder}/rain.safetensors")
    ...     again = load_generator(f"{folder}/rain.safetensors")
    >>> np.array_equal(again.synthesize(2.0, seed=1), made.synthesize(2.0, seed=1))
    True
    """
    device = check_device(device)
    tensors, kept = read_tensors(path, **GENERATOR, device=device)
    try:
        gains = kept["gain"]
        k = len(gains) if "knob" in kept else 1
        knob = Knob.of(kept["knob"]) if "knob" in kept else None
        if knob and len(knob.positions) != k:
            raise AudioError(f"knob is {kept['knob']}; expected {k} positions")
        voice = Voice.from_kept(tensors, kept, k)
        n_bins, n_components = voice.basis.shape
        network = NoiseToChannels(n_components, n_textures=k).to(device)
        weights = {
            name: taken(tensors, f"network.{name}", *x.shape)
            for name, x in network.state_dict().items()
        }
        network.load_state_dict(weights)
        made = TextureGenerator(
            voice,
            network.requires_grad_(False),
            check_rate(kept["sr"]),
            [check_number("history", x) for x in kept["history"]],
            [check_number("refine_history", x) for x in kept["refine_history"]],
            check_number("seconds_taken", kept["seconds_taken"]),
            taken_of_each(tensors, k, "levels", 2, n_bins, None),
            tuple(check_number("gain", x) for x in (gains if knob else [gains])),
            knob,
        )
        if tensors:
            raise AudioError(f"{', '.join(sorted(tensors))}: not expected")
    except (AudioError, KeyError, TypeError) as error:
        reason = f"it says nothing of {error}" if isinstance(error, KeyError) else error
        raise AudioError(
            f"{os.fsdecode(path)} is no whole {GENERATOR['kind']}: {reason}"
        ) from error
    return made

"""On a busy machine torch's threads wait for each other: so every call works with one.

Not measured by a clock: each operation is asked how many threads it might use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

import audiostyle_lib as al
from audiostyle_lib.images.pictures import load_picture
from audiostyle_lib.images.transfer import synthesize_image_texture, transfer_image_style
from audiostyle_lib.lessons.classifier import sound_examples, train_classifier
from audiostyle_lib.lessons.layouts import LayoutModel
from audiostyle_lib.metrics import auditory_distances
from audiostyle_lib.networks import DeepCNN
from audiostyle_lib.quality import DRAFT, STANDARD
from audiostyle_lib.sounds import crackle, rain
from audiostyle_lib.transforms import STFT

SR = 22050
SMALL = 2**15  # values: below it torch does not use threads for simple operations
Y, Z = rain(seconds=1.0), crackle(seconds=1.0)
FEW = STANDARD.but(n_filters=4, n_steps=2, n_refine=2)
CONSTANT_Q = DRAFT.but(n_filters=4, n_steps=2, transform="cqt")
QUICK: dict[str, Any] = {"quality": FEW, "progress": False}
TWO = np.stack([Y, Z])


class Threads(TorchDispatchMode):
    """Collects operations on large tensors that may use more than one thread."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        sizes = [x.numel() for x in (*args, out) if isinstance(x, torch.Tensor)]
        if torch.get_num_threads() > 1 and max(sizes, default=0) >= SMALL:
            self.found.add(str(func))
        return out


def made() -> al.TextureGenerator:
    return al.train_generator(Y, SR, channel_steps=2, sound_steps=1, **QUICK)


def classified() -> None:
    examples = sound_examples(2, transform=STFT(512, 256))
    train_classifier(DeepCNN(257, n_filters=(4, 4)), examples, examples, n_epochs=1, progress=False)


PICTURE = load_picture("gravel", size=128)
CALLS: dict[str, Callable[[], object]] = {
    "texture": lambda: al.synthesize_texture(Y, SR, **QUICK),
    "texture, two channels": lambda: al.synthesize_texture(TWO, SR, **QUICK),
    "texture, CQT": lambda: al.synthesize_texture(Y, SR, quality=CONSTANT_Q, progress=False),
    "stream": lambda: list(islice(al.stream_texture(Y, SR, quality=FEW), 3)),
    "stream, two channels": lambda: list(islice(al.stream_texture(TWO, SR, quality=FEW), 3)),
    "mix": lambda: al.mix_textures([Y, Z], SR, weights=[[1, 0], [0, 1]], **QUICK),
    "transfer": lambda: al.transfer_style(Y, Z, SR, **QUICK),
    "generator": made,
    "generator's stream": lambda: list(islice(made().stream(), 3)),
    "report": lambda: al.texture_report(Y, Z, SR),
    "auditory": lambda: auditory_distances(Y, Z, SR),
    "layouts": lambda: LayoutModel.of(Y, SR, layout="2d", widths=(3,), n_filters=4).synthesise(
        n_operations=1, progress=False
    ),
    "classifier": classified,
    "picture": lambda: synthesize_image_texture(PICTURE, n_steps=2, progress=False),
    "picture transfer": lambda: transfer_image_style(PICTURE, PICTURE, n_steps=2, progress=False),
}


@pytest.fixture
def four_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("call", CALLS)
def test_large_operations_have_one_thread(call: str, four_threads: None) -> None:
    with Threads() as threads:
        CALLS[call]()
    assert threads.found == set()
    assert torch.get_num_threads() == 4


def test_the_test_would_see_it(four_threads: None) -> None:
    with Threads() as threads:
        torch.from_numpy(np.ones(SMALL)) * 2
    assert "aten.mul.Tensor" in threads.found

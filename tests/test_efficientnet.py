"""The network that has seen photographs: it knows a cat, its file is checked, and the library does
without it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from audiostyle_lib.audio import AudioError
from audiostyle_lib.images import efficientnet
from audiostyle_lib.images.efficientnet import (
    EfficientNetLite0,
    efficientnet_path,
    load_efficientnet,
)
from audiostyle_lib.images.pictures import load_picture
from audiostyle_lib.images.transfer import transfer_image_style

CATS = {281, 282, 285}  # of ImageNet's classes: tabby, tiger cat, Egyptian cat
ESPRESSO = 967
BLOCKS = tuple(f"block_{n}" for n in range(16))


@pytest.fixture(scope="module")
def trained() -> EfficientNetLite0:
    return load_efficientnet()


@pytest.fixture(scope="module")
def cat() -> Tensor:
    return load_picture("chelsea", size=224)


def test_it_knows_what_is_on_photographs(trained: EfficientNetLite0, cat: Tensor) -> None:
    likely = trained.classify(cat)[0]
    assert set(likely.topk(3).indices.tolist()) == CATS
    assert trained.classify(load_picture("coffee", size=224))[0].argmax() == ESPRESSO
    assert trained.classify(torch.cat([cat, cat])).shape == (2, 1000)


def test_random_filters_do_not(cat: Tensor) -> None:
    likely = EfficientNetLite0().calibrate(cat).classify(cat)[0]
    assert set(likely.topk(3).indices.tolist()) != CATS


def test_random_filters_of_the_same_architecture(trained: EfficientNetLite0, cat: Tensor) -> None:
    features, others = trained(cat), EfficientNetLite0(seed=0)(cat)
    assert {k: x.shape for k, x in features.items()} == {k: x.shape for k, x in others.items()}
    assert not any(torch.allclose(features[name], others[name]) for name in features)
    again, other = (EfficientNetLite0(seed=seed)(cat)["block_2"] for seed in (0, 1))
    assert torch.equal(again, others["block_2"]) and not torch.equal(again, other)


@pytest.mark.parametrize(("height", "width"), [(64, 48), (65, 33), (16, 17)])
def test_sizes_are_halved_and_rounded_up(height: int, width: int) -> None:
    found = EfficientNetLite0(("stem", *BLOCKS))(torch.zeros(1, 3, height, width))
    halvings = [1, 1, 2, 2, 3, 3, 4, 4, 4, 4, 4, 4, 5, 5, 5, 5, 5]
    for x, n in zip(found.values(), halvings, strict=True):
        assert x.shape[2:] == (-(-height // 2**n), -(-width // 2**n))


def test_calibrated_responses_have_mean_0_and_deviation_1(cat: Tensor) -> None:
    network = EfficientNetLite0(("block_0", "block_1"))
    for x in network.calibrate(cat)(cat).values():
        assert x.mean(dim=(2, 3)).abs().max() < 1e-3
        assert (x.std(dim=(2, 3)) - 1).abs().max() < 0.01
    assert not network.training


def test_it_paints(trained: EfficientNetLite0) -> None:
    """Gradients come through, the picture changes, and the network does not."""
    before = {name: x.clone() for name, x in trained.state_dict().items()}
    cup, wall = load_picture("coffee", size=32), load_picture("brick", size=32)
    made = transfer_image_style(cup, wall, network=trained, n_steps=5, progress=False)
    assert made.history[-1] < 0.8 * made.history[0] and not torch.equal(made.image, cup)
    assert all(torch.equal(x, before[name]) for name, x in trained.state_dict().items())


def test_without_the_package_it_says_so_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(efficientnet, "find_spec", lambda name: None)
    assert efficientnet_path() is None
    with pytest.raises(AudioError, match=r"not at hand: no package .*; pip install") as caught:
        load_efficientnet()
    assert "\n" not in str(caught.value)


def test_absent_file_says_so_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=r"not at hand: no file .*absent.pth; ") as caught:
        load_efficientnet(tmp_path / "absent.pth")
    assert "\n" not in str(caught.value)


def test_another_hash_is_refused(tmp_path: Path) -> None:
    path = efficientnet_path()
    assert path is not None
    whole = path.read_bytes()
    (tmp_path / "changed.pth").write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(AudioError, match=r"changed.pth has SHA-256 .*expected 57934424"):
        load_efficientnet(tmp_path / "changed.pth")


def test_broken_files(tmp_path: Path) -> None:
    state = EfficientNetLite0().state_dict()
    torch.save({k: v for k, v in state.items() if k != "_fc.bias"}, tmp_path / "less.pth")
    torch.save(state | {"_fc.bias": torch.zeros(3)}, tmp_path / "shape.pth")
    (tmp_path / "text.pth").write_text("no weights")
    for name in ("less", "shape", "text"):
        with pytest.raises(AudioError, match=f"{name}.pth does not hold the weights of Eff"):
            load_efficientnet(tmp_path / f"{name}.pth", sha256="")


def test_code_in_a_file_is_not_run(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple:
            return (Path(tmp_path / "was_run").touch, ())

    torch.save({"_fc.bias": Evil()}, tmp_path / "evil.pth")
    with pytest.raises(AudioError, match="does not hold the weights"):
        load_efficientnet(tmp_path / "evil.pth", sha256="")
    assert not (tmp_path / "was_run").exists()


@pytest.mark.parametrize("layers", [(), ("block_16",), ("relu1_1",)])
def test_bad_layers(layers: tuple[str, ...]) -> None:
    with pytest.raises(AudioError, match="layers is"):
        EfficientNetLite0(layers)


@pytest.mark.parametrize("shape", [(1, 3, 15, 20), (1, 1, 32, 32), (3, 32, 32)])
def test_bad_pictures(shape: tuple[int, ...]) -> None:
    with pytest.raises(AudioError, match="at least 16 x 16 pixels"):
        EfficientNetLite0()(torch.zeros(shape))
    with pytest.raises(AudioError, match="at least 16 x 16 pixels"):
        EfficientNetLite0().classify(torch.zeros(shape))

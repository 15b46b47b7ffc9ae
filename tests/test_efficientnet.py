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
    EfficientNetLite,
    efficientnet_path,
    load_efficientnet,
)
from audiostyle_lib.images.pictures import load_picture
from audiostyle_lib.images.transfer import transfer_image_style

CATS = {281, 282, 285}  # of ImageNet's classes: tabby, tiger cat, Egyptian cat
ESPRESSO = 967
STAGES = tuple(f"stage_{n}" for n in range(1, 8))


@pytest.fixture(scope="module")
def trained() -> EfficientNetLite:
    return load_efficientnet()


@pytest.fixture(scope="module", params=[0, 1], ids=["Lite0", "Lite1"])
def either(request: pytest.FixtureRequest) -> EfficientNetLite:
    return load_efficientnet(number=request.param)


@pytest.fixture(scope="module")
def cat() -> Tensor:
    return load_picture("chelsea", size=224)


def test_it_knows_what_is_on_photographs(either: EfficientNetLite, cat: Tensor) -> None:
    likely = either.classify(cat)[0]
    assert set(likely.topk(3).indices.tolist()) == CATS
    assert either.classify(load_picture("coffee", size=224))[0].argmax() == ESPRESSO
    assert either.classify(torch.cat([cat, cat])).shape == (2, 1000)


def test_random_filters_do_not(cat: Tensor) -> None:
    likely = EfficientNetLite().classify(cat)[0]
    assert set(likely.topk(3).indices.tolist()) != CATS


def test_random_filters_of_the_same_architecture(trained: EfficientNetLite, cat: Tensor) -> None:
    features, others = trained(cat), EfficientNetLite(seed=0)(cat)
    assert {k: x.shape for k, x in features.items()} == {k: x.shape for k, x in others.items()}
    assert not any(torch.allclose(features[name], others[name]) for name in features)
    again, other = (EfficientNetLite(seed=seed)(cat)["stage_2"] for seed in (0, 1))
    assert torch.equal(again, others["stage_2"]) and not torch.equal(again, other)


@pytest.mark.parametrize(("height", "width"), [(64, 48), (65, 33), (16, 17)])
def test_sizes_are_halved_and_rounded_up(height: int, width: int) -> None:
    found = EfficientNetLite(("stem", *STAGES))(torch.zeros(1, 3, height, width))
    for x, n in zip(found.values(), (1, 1, 2, 3, 4, 4, 5, 5), strict=True):
        assert x.shape[2:] == (-(-height // 2**n), -(-width // 2**n))


def test_zoom_sees_what_is_skipped_otherwise() -> None:
    """A pattern that changes from pixel to pixel, in the phase that the first filters miss."""
    x = torch.rand((1, 3, 32, 32), generator=torch.Generator().manual_seed(0))
    plain, zoomed = (EfficientNetLite(("stem",), zoom=zoom)(x)["stem"] for zoom in (1, 2))
    assert plain.shape[2:] == (16, 16) and zoomed.shape[2:] == (32, 32)


def test_calibrated_responses_have_deviation_1(cat: Tensor) -> None:
    network, coffee = EfficientNetLite(), load_picture("coffee", size=64)
    plain = network(coffee)
    for x in network.calibrate(cat)(cat).values():
        assert (x.std(dim=(2, 3)) - 1).abs().max() < 1e-3
    assert network.calibrate(cat)(cat).keys() == plain.keys()
    for name, x in network(coffee).items():  # other pictures are scaled as that one was
        assert torch.allclose(x, plain[name] * network.scales[name])


def test_it_paints(trained: EfficientNetLite) -> None:
    """Gradients come through, the picture changes, and the network does not."""
    before = {name: x.clone() for name, x in trained.state_dict().items()}
    cup, wall = load_picture("coffee", size=32), load_picture("brick", size=32)
    made = transfer_image_style(cup, wall, network=trained, n_steps=5, progress=False)
    assert made.history[-1] < 0.8 * made.history[0] and not torch.equal(made.image, cup)
    assert all(torch.equal(x, before[name]) for name, x in trained.state_dict().items())


@pytest.mark.parametrize("number", [0, 1])
def test_without_the_package_it_says_so_in_one_line(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(efficientnet, "find_spec", lambda name: None)
    assert efficientnet_path(number) is None
    with pytest.raises(AudioError, match=rf"not at hand: .*; pip .* eff.*-lite{number}-") as caught:
        load_efficientnet(number=number)
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
    state = EfficientNetLite().state_dict()
    torch.save(EfficientNetLite(number=1).state_dict(), tmp_path / "other.pth")
    torch.save({k: v for k, v in state.items() if k != "_fc.bias"}, tmp_path / "less.pth")
    torch.save(state | {"_fc.bias": torch.zeros(3)}, tmp_path / "shape.pth")
    (tmp_path / "text.pth").write_text("no weights")
    for name in ("less", "shape", "text", "other"):
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


@pytest.mark.parametrize("layers", [(), ("stage_8",), ("relu1_1",)])
def test_bad_layers(layers: tuple[str, ...]) -> None:
    with pytest.raises(AudioError, match="layers is"):
        EfficientNetLite(layers)


@pytest.mark.parametrize(("wrong", "message"), [({"number": 2}, "number"), ({"zoom": 0}, "zoom")])
def test_bad_choices(wrong: dict[str, int], message: str) -> None:
    with pytest.raises(AudioError, match=f"{message} is"):
        EfficientNetLite(**wrong)


@pytest.mark.parametrize("shape", [(1, 3, 15, 20), (1, 1, 32, 32), (3, 32, 32)])
def test_bad_pictures(shape: tuple[int, ...]) -> None:
    with pytest.raises(AudioError, match="at least 16 x 16 pixels"):
        EfficientNetLite()(torch.zeros(shape))
    with pytest.raises(AudioError, match="at least 16 x 16 pixels"):
        EfficientNetLite().classify(torch.zeros(shape))

"""Networks for pictures: random filters by their definition, VGG-19 from files good and bad."""

from __future__ import annotations

import hashlib
import http.server
import socket
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import torch
from torch.nn.functional import avg_pool2d, conv2d

from audiostyle_lib.audio import AudioError
from audiostyle_lib.images import networks as vision
from audiostyle_lib.images.networks import VGG19, RandomPyramid, load_vgg19, vgg19_path
from audiostyle_lib.images.pictures import load_picture
from audiostyle_lib.statistics import GramLoss

SHAPES = {  # the first convolutions of the published file: number -> (out, in)
    0: (64, 3), 2: (64, 64), 5: (128, 64), 7: (128, 128), 10: (256, 128), 12: (256, 256),
}  # fmt: skip


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def test_pyramid_is_convolutions_of_smaller_and_smaller_copies() -> None:
    network, x = RandomPyramid(n_filters=2, sizes=(3,), n_levels=2), noise(1, 3, 16, 20)
    filters = network.get_buffer("size_3")
    found = network(x)["level_2"]
    expected = conv2d(avg_pool2d(x, 2), filters).relu()
    assert torch.allclose(found[:, :, 1:-1, 1:-1], expected, atol=1e-6)
    assert found.shape == (1, 2, 8, 10)


def test_plain_areas_answer_with_zero() -> None:
    features = RandomPyramid(n_filters=3)(torch.full((1, 3, 64, 64), 0.7))
    assert all(x.abs().max() < 1e-5 for x in features.values())


def test_a_shifted_picture_has_the_same_statistics() -> None:
    """What chapter 3 shows to fail for sounds."""
    network, image = RandomPyramid(n_filters=8), load_picture("gravel", size=96)
    loss = GramLoss(network(image))
    shifted = loss(network(image.roll((16, 24), dims=(2, 3))))
    other = loss(network(load_picture("brick", size=96)))
    assert shifted < 0.1 * other  # the seam of the roll is not in the picture


def test_seeds_and_one_channel() -> None:
    x = noise(1, 1, 64, 64)
    first, again, other = (RandomPyramid(1, seed=s)(x)["level_1"] for s in (0, 0, 1))
    assert torch.equal(first, again) and not torch.equal(first, other)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_filters": 0}, "n_filters 0"),
        ({"n_channels": 0}, "n_channels is 0"),
        ({"sizes": ()}, r"sizes \(\)"),
        ({"sizes": (4,)}, "expected odd"),
        ({"n_levels": 0}, "n_levels 0"),
    ],
)
def test_bad_pyramids(arguments: dict, message: str) -> None:
    with pytest.raises(AudioError, match=message):
        RandomPyramid(**arguments)


@pytest.mark.parametrize("shape", [(1, 3, 31, 64), (1, 1, 64, 64), (3, 64, 64)])
def test_bad_pictures(shape: tuple[int, ...]) -> None:
    with pytest.raises(AudioError, match=r"expected .batch, 3, height, width., at least 32 x 32"):
        RandomPyramid()(torch.zeros(shape))


# VGG-19

LAYERS = ("relu1_1", "relu2_2", "relu3_2")


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of the published shape, as far as the third block; random numbers."""
    state = {}
    for number, (n_out, n_in) in SHAPES.items():
        scale = (2 / (9 * n_in)) ** 0.5
        state[f"features.{number}.weight"] = scale * torch.randn(
            (n_out, n_in, 3, 3), generator=torch.Generator().manual_seed(number)
        )
        state[f"features.{number}.bias"] = torch.zeros(n_out)
    state["classifier.0.weight"] = torch.zeros(2, 2)  # there is more in the file; it is left alone
    path = tmp_path_factory.mktemp("weights") / "vgg19.pth"
    torch.save(state, path)
    return path


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_vgg19_is_its_convolutions(weights: Path) -> None:
    network, x = load_vgg19(weights, layers=LAYERS, sha256=digest(weights)[:8]), noise(1, 3, 24, 32)
    state = torch.load(weights, weights_only=True)
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    h = (x - mean.view(1, 3, 1, 1)) / deviation.view(1, 3, 1, 1)
    expected = {}
    for number, name in zip(
        SHAPES, ("relu1_1", "relu1_2", "relu2_1", "relu2_2", "relu3_1", "relu3_2"), strict=True
    ):
        if number in (5, 10):
            h = avg_pool2d(h, 2)
        h = conv2d(
            h, state[f"features.{number}.weight"], state[f"features.{number}.bias"], padding=1
        ).relu()
        expected[name] = h
    found = network(x)
    assert list(found) == list(LAYERS)
    for name in LAYERS:
        assert torch.allclose(found[name], expected[name], atol=1e-4)
    assert not any(p.requires_grad for p in network.parameters())


def test_published_numbers_and_names() -> None:
    numbers = VGG19().numbers
    assert {numbers[k] for k in ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")} == {
        0, 5, 10, 19, 28,
    }  # fmt: skip
    assert vgg19_path().name == "vgg19-dcbb9e9d.pth"


def test_absent_file_says_so_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=r"not at hand: no file .*absent.pth") as caught:
        load_vgg19(tmp_path / "absent.pth")
    assert "\n" not in str(caught.value)


def test_another_hash_is_refused(weights: Path) -> None:
    with pytest.raises(AudioError, match=r"has SHA-256 .*expected dcbb9e9d"):
        load_vgg19(weights)


def test_broken_files(weights: Path, tmp_path: Path) -> None:
    whole = weights.read_bytes()
    (tmp_path / "half.pth").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.pth").write_text("no weights")
    state = torch.load(weights, weights_only=True)
    torch.save({k: v for k, v in state.items() if k != "features.5.bias"}, tmp_path / "less.pth")
    torch.save(state | {"features.2.bias": torch.zeros(3)}, tmp_path / "shape.pth")
    torch.save([1, 2], tmp_path / "list.pth")
    for name in ("half", "text", "less", "shape", "list"):
        with pytest.raises(AudioError, match=rf"{name}.pth does not hold the weights of VGG-19"):
            load_vgg19(tmp_path / f"{name}.pth", layers=LAYERS, sha256="")


def test_code_in_a_file_is_not_run(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple:
            return (Path(tmp_path / "was_run").touch, ())

    torch.save({"features.0.weight": Evil()}, tmp_path / "evil.pth")
    with pytest.raises(AudioError, match="does not hold the weights"):
        load_vgg19(tmp_path / "evil.pth", layers=("relu1_1",), sha256="")
    assert not (tmp_path / "was_run").exists()


@pytest.mark.parametrize("layers", [(), ("relu6_1",), ("conv1_1",)])
def test_bad_layers(layers: tuple[str, ...]) -> None:
    with pytest.raises(AudioError, match="layers is"):
        VGG19(layers)


def test_bad_sizes() -> None:
    with pytest.raises(AudioError, match="at least 16 x 16 pixels"):
        VGG19(("relu1_1",))(torch.zeros(1, 3, 15, 20))


@pytest.fixture
def address(weights: Path) -> Iterator[str]:
    """The folder of the weights, served on this machine."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

    handler = partial(Quiet, directory=str(weights.parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/vgg19.pth"
        server.shutdown()
        thread.join()


def test_download(
    address: str, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vision, "_VGG19_URL", address)
    target = tmp_path / "cache" / "vgg19.pth"
    options = {"layers": LAYERS, "sha256": digest(weights)[:8], "progress": False}
    load_vgg19(target, download=True, **options)
    assert target.read_bytes() == weights.read_bytes()
    monkeypatch.setattr(vision, "_VGG19_URL", "http://127.0.0.1:9/absent")
    load_vgg19(target, download=True, **options)  # what is there is not fetched again


@pytest.mark.parametrize(
    ("change", "message"),
    [({"sha256": "0000"}, "expected 0000"), ({"name": "absent.pth"}, "could not be fetched")],
)
def test_a_failed_download_leaves_nothing(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict, message: str
) -> None:
    name = change.get("name", "vgg19.pth")
    monkeypatch.setattr(vision, "_VGG19_URL", address.replace("vgg19.pth", name))
    with pytest.raises(AudioError, match=message):
        load_vgg19(
            tmp_path / "vgg19.pth", download=True, sha256=change.get("sha256", ""), progress=False
        )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"no HTTP\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf",
    ],
)
def test_a_broken_answer_leaves_nothing(
    answer: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(10_000)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        address = f"http://127.0.0.1:{server.getsockname()[1]}/vgg19.pth"
        monkeypatch.setattr(vision, "_VGG19_URL", address)
        with pytest.raises(AudioError, match="could not be fetched"):
            load_vgg19(tmp_path / "vgg19.pth", download=True, sha256="", progress=False)
        thread.join()
    assert list(tmp_path.iterdir()) == []


def test_a_cache_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vision, "_VGG19_URL", "http://127.0.0.1:9/absent")
    (tmp_path / "file").touch()
    with pytest.raises(AudioError, match="could not be fetched"):
        load_vgg19(tmp_path / "file" / "vgg19.pth", download=True, progress=False)

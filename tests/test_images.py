"""Pictures in: the book's own, and any file, each kind with a decided answer."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from audiostyle_lib.audio import AudioError
from audiostyle_lib.images.pictures import (
    check_image,
    load_image,
    load_picture,
    picture_path,
    pictures,
    to_array,
)


def test_provenance_is_whole() -> None:
    names = {path.stem for path in picture_path("coffee").parent.glob("*.jpg")}
    assert set(pictures()) == names and len(names) == 6
    for name, picture in pictures().items():
        assert hashlib.sha256(picture_path(name).read_bytes()).hexdigest() == picture.sha256
        assert load_image(picture_path(name)).shape == (1, 3, picture.height, picture.width)
        assert picture.licence in ("CC0-1.0", "Public domain (NASA)")
        assert picture.what and picture.author and picture.source.startswith("http")


@pytest.mark.parametrize("name", pictures())
def test_pictures(name: str) -> None:
    image = load_picture(name, size=64)
    assert image.dtype == torch.float32 and min(image.shape[2:]) == 64 and image.is_contiguous()
    assert image.min() >= 0 and image.max() <= 1 and image.std() > 0.05


def test_resizing_keeps_colours_and_sides() -> None:
    image = load_picture("coffee", size=100)
    assert image.shape == (1, 3, 100, 150)
    assert torch.allclose(
        image.mean(dim=(2, 3)), load_image(picture_path("coffee")).mean(dim=(2, 3)), atol=0.01
    )


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "bmp", "gif"])
def test_formats(tmp_path: Path, suffix: str) -> None:
    red = np.full((10, 12, 3), (250, 10, 10), dtype=np.uint8)
    Image.fromarray(red).save(tmp_path / f"red.{suffix}")
    image = load_image(tmp_path / f"red.{suffix}")
    assert image.shape == (1, 3, 10, 12)
    assert torch.allclose(image[0, :, 5, 5], torch.tensor([0.98, 0.04, 0.04]), atol=0.03)


def test_grey_transparent_and_rotated(tmp_path: Path) -> None:
    Image.fromarray(np.full((9, 9), 51, dtype=np.uint8)).save(tmp_path / "grey.png")
    assert torch.allclose(load_image(tmp_path / "grey.png"), torch.tensor(0.2))
    Image.new("RGBA", (9, 9), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    assert torch.allclose(load_image(tmp_path / "clear.png"), torch.tensor(1.0))
    turned = Image.new("RGB", (8, 20), "red")
    exif = turned.getexif()
    exif[0x0112] = 6  # a camera held upright
    turned.save(tmp_path / "turned.jpg", exif=exif)
    assert load_image(tmp_path / "turned.jpg").shape == (1, 3, 8, 20)


@pytest.mark.parametrize("level", [0, 13107, 65535])
def test_sixteen_bits_keep_their_brightness(tmp_path: Path, level: int) -> None:
    Image.fromarray(np.full((9, 9), level, dtype=np.uint16)).save(tmp_path / "grey.png")
    image = load_image(tmp_path / "grey.png")
    assert torch.allclose(image, torch.tensor(level / 65535), atol=0.002)


@pytest.mark.parametrize("kind", [np.float32, np.int32])
def test_pixels_without_an_agreed_white_are_refused(tmp_path: Path, kind: type) -> None:
    Image.fromarray(np.ones((9, 9), dtype=kind)).save(tmp_path / "measured.tif")
    with pytest.raises(AudioError, match="expected whole numbers of 8 or 16 bits"):
        load_image(tmp_path / "measured.tif")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("absent.png", "no such file"),
        ("", "no such file"),
        ("text.png", "cannot be read as a picture"),
        ("half.png", "cannot be read as a picture"),
        ("tiny.png", "has 7 x 9 pixels; expected at least 8 x 8"),
    ],
)
def test_bad_files(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "text.png").write_text("no picture")
    whole = picture_path("coffee").read_bytes()
    (tmp_path / "half.png").write_bytes(whole[: len(whole) // 2])
    Image.new("RGB", (7, 9)).save(tmp_path / "tiny.png")
    with pytest.raises(AudioError, match=message):
        load_image(tmp_path / name)


@pytest.mark.parametrize("size", [7, 0, -1, 2.5, float("nan")])
def test_bad_sizes(size: float) -> None:
    with pytest.raises(AudioError, match="size is"):
        load_picture("coffee", size=size)


def test_unknown_picture() -> None:
    with pytest.raises(AudioError, match="no picture 'tea'; expected one of coffee, chelsea"):
        load_picture("tea")


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (torch.zeros(1, 1, 20, 20), r"shape \(1, 1, 20, 20\)"),
        (torch.zeros(2, 3, 20, 20), r"shape \(2, 3, 20, 20\)"),
        (torch.zeros(1, 3, 20, 7), r"shape \(1, 3, 20, 7\)"),
        (torch.full((1, 3, 9, 9), float("nan")), r"outside \[0, 1\], or NaN"),
        (torch.full((1, 3, 9, 9), 255.0), r"outside \[0, 1\]"),
        (torch.full((1, 3, 9, 9), -1.0), r"outside \[0, 1\]"),
        (np.zeros((1, 3, 9, 9)), "type ndarray; expected a tensor"),
    ],
)
def test_bad_tensors(image: object, message: str) -> None:
    with pytest.raises(AudioError, match=f"style has .*{message}"):
        check_image(image, name="style")


def test_to_array() -> None:
    image = torch.tensor([-1.0, 0.5, 2.0]).view(1, 3, 1, 1).expand(1, 3, 4, 5)
    assert to_array(image).shape == (4, 5, 3) and to_array(image)[0, 0].tolist() == [0, 0.5, 1]
    with pytest.raises(AudioError, match=r"shape \(3, 4, 5\); expected \(1, 3, height, width\)"):
        to_array(image[0])

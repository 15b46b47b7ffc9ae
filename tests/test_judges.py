"""The judges: CDPAM runs as it was published, and safely; the listener hears what there is."""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from audiostyle_lib import AudioError
from audiostyle_lib.audio import SR
from audiostyle_lib.sounds import clicks, matched_noise, rain, tone

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
from judges import Cdpam, cdpam, cdpam_distance, listener, tell_apart


def installed() -> bool:
    try:
        return cdpam.weights_path().is_file()
    except AudioError:
        return False


needs_weights = pytest.mark.skipif(not installed(), reason="the weights of CDPAM are not installed")


@pytest.fixture(scope="module")
def untrained() -> Cdpam:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Cdpam()


def test_the_network_hears_the_same_twice(untrained: Cdpam) -> None:
    a, b = rain(seconds=0.3), clicks(10.0, seconds=0.3)
    first, again, other = (untrained.heard(y) for y in (a, a, b))
    assert first.shape == (512,) and not first.requires_grad
    assert first.norm().item() == pytest.approx(1, abs=1e-5)
    assert untrained.distance(first, again) == 0 < untrained.distance(first, other)
    assert untrained.distance(first, other) == untrained.distance(other, first)


def test_a_level_is_matched(untrained: Cdpam) -> None:
    y = rain(seconds=0.3)
    loud, soft = untrained.heard(y, 0.1), untrained.heard(0.25 * y, 0.1)
    assert untrained.distance(loud, soft) < 0.01 * untrained.distance(loud, untrained.heard(y))


@needs_weights
def test_distances_are_those_of_the_authors_code() -> None:
    """Computed once by the classes of cdpam 0.0.6 themselves, of these sounds as they are."""
    y, note = rain(seconds=0.5), tone(440.0, seconds=0.5)
    model = Cdpam.trained()
    assert Cdpam.trained() is model
    found = model.distance(model.heard(y), model.heard(note))
    assert found == pytest.approx(1.083220, abs=1e-4)


@needs_weights
def test_nearer_is_nearer() -> None:
    y = rain(seconds=0.25)
    assert cdpam_distance(y, 0.5 * y) < 0.01
    again, other = rain(seconds=0.2, seed=1), tone(440.0, seconds=0.3)
    assert cdpam_distance(y, again) < 0.5 * cdpam_distance(y, other)


def test_without_weights_it_says_how_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(cdpam, "distribution", missing)
    with pytest.raises(AudioError, match=r"not installed; .*pip install --no-deps cdpam==0\.0\.6"):
        cdpam.weights_path()


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def save(path: Path, **more: Any) -> Path:
    """A file in the old format of the authors' own."""
    state = {"state": {"w": torch.arange(3.0)}} | more
    torch.save(state, path, _use_new_zipfile_serialization=False)
    return path


def test_weights_are_read_if_they_are_known(tmp_path: Path) -> None:
    path = save(tmp_path / "old.pth")
    assert cdpam.read_weights(path, sha256(path))["w"].tolist() == [0, 1, 2]
    with pytest.raises(AudioError, match="SHA-256"):
        cdpam.read_weights(path)


class Malicious:
    """Calls the system when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch '{self.mark}'",)


def test_a_malicious_file_is_refused(tmp_path: Path) -> None:
    mark = tmp_path / "done"
    path = save(tmp_path / "old.pth", more=Malicious(mark))
    bare = tmp_path / "bare.pth"
    bare.write_bytes(pickle.dumps(Malicious(mark)))
    for file in (path, bare):
        with pytest.raises(pickle.UnpicklingError, match=r"asks for .*system; refused"):
            cdpam.read_weights(file, sha256(file))
    assert not mark.exists()


def noises(seed: int, n: int = 6, seconds: float = 1.5) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [0.1 * rng.standard_normal(round(seconds * SR)) for _ in range(n)]


@pytest.mark.parametrize("turned", [False, True])
def test_the_listener_tells_clicks_from_noise(turned: bool) -> None:
    """And noise from clicks: it has learned which is which."""
    pairs = {str(i): [clicks(6.0 + i, seconds=1.0)] for i in range(4)}
    for pair in pairs.values():
        pair.insert(0 if turned else 1, matched_noise(pair[0], SR))
    recorded = {name: pair[0] for name, pair in pairs.items()}
    synthetic = {name: pair[1:] for name, pair in pairs.items()}
    found = tell_apart(recorded, synthetic, seeds=(0,), n_steps=10)
    assert found.auc > 0.95 and found.within > 0.95 and found.spread == 0
    assert set(found.by_recording) == set(pairs)


def test_the_listener_cannot_tell_what_is_the_same() -> None:
    """Recorded and synthetic are noise, at different levels."""
    a, b = noises(0), noises(1)
    recorded = {str(i): y for i, y in enumerate(a)}
    synthetic = {str(i): [0.3 * y] for i, y in enumerate(b)}
    found = tell_apart(recorded, synthetic, seeds=(0, 1), n_steps=6)
    assert abs(found.auc - 0.5) < 0.2 and found.spread > 0
    assert found == tell_apart(recorded, synthetic, seeds=(0, 1), n_steps=6)


def test_nothing_made_of_a_recording_is_on_both_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    """A listener is tried on what it was not trained on, and all are tried once."""
    real, folds = listener._trained, []

    def spied(pictures: Any, *args: Any) -> Any:
        folds.append(set(pictures))
        return real(pictures, *args)

    monkeypatch.setattr(listener, "_trained", spied)
    names = [str(i) for i in range(7)]
    sounds = dict(zip(names, noises(0, 7, 0.6), strict=True))
    tell_apart(sounds, {n: [y, y] for n, y in sounds.items()}, seeds=(0,), n_steps=1)
    left_out = [set(names) - fold for fold in folds]
    assert len(folds) == listener.N_FOLDS
    assert sorted(n for out in left_out for n in out) == names


def test_a_picture_knows_no_level_and_no_silence() -> None:
    rng = np.random.default_rng
    y = np.concatenate([tone(500.0, seconds=0.5), np.zeros(SR // 2)])
    loud, soft = (listener.picture(gain * y, SR, rng(0)) for gain in (1.0, 0.01))
    assert (loud - soft).abs().max() < 0.2
    assert np.ptp(loud[:, -40:].numpy()) * 20 < 40  # dB: the noise, and nothing that is -inf


def test_areas() -> None:
    assert listener._area(np.array([2.0, 3.0]), np.array([0.0, 1.0, 1.5])) == 1
    assert listener._area(np.array([1.0]), np.array([1.0])) == 0.5
    assert listener._area(np.array([1.0, 4.0]), np.array([2.0, 3.0])) == 0.5


def test_what_cannot_be_judged() -> None:
    y = rain(seconds=0.6)
    with pytest.raises(AudioError, match="two or more recordings"):
        tell_apart({"a": y}, {"a": [y]})
    with pytest.raises(AudioError, match="one synthesis or more"):
        tell_apart({"a": y, "b": y}, {"a": [y], "b": []})
    with pytest.raises(AudioError, match=r"b, recorded, lasts .* expected at least 0\.55"):
        tell_apart({"a": y, "b": y[:2000]}, {"a": [y], "b": [y]}, seeds=(0,))

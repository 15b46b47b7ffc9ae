"""Sound files in: the whole sound whatever its header says, or a word about what is missing."""

from __future__ import annotations

import io
import os
import struct
import threading
import tracemalloc
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from audiostyle_lib import AudioError, AudioWarning, load_audio
from audiostyle_lib.files.mpeg import mpeg_frame
from audiostyle_lib.files.parts import Part, PartFile
from audiostyle_lib.files.reading import read_audio
from audiostyle_lib.levels import rms
from audiostyle_lib.sounds import tone

SR = 22050
Y = tone(440.0, seconds=1.0)
LONG = np.concatenate(  # loud and quiet, for coders of variable rate
    [0.3 * np.random.default_rng(0).normal(0, 0.3, 2 * SR), 0.01 * tone(330.0, seconds=3.0)]
).astype(np.float32)


def write(path: Path, y: np.ndarray = Y, sr: int = SR, **options: str) -> Path:
    sf.write(path, y, sr, **options)
    return path


def encoded(y: np.ndarray = LONG, kind: str = "WAV", sr: int = SR, **options: object) -> bytes:
    buffer = io.BytesIO()
    sf.write(buffer, y, sr, format=kind, **options)
    return buffer.getvalue()


def quietly(path: Path | io.BytesIO, **options: object) -> tuple[np.ndarray, int]:
    """Load, whatever is said."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AudioWarning)
        return load_audio(path, **options)


# What is usual


def test_channels_are_averaged(tmp_path: Path) -> None:
    y, _ = load_audio(write(tmp_path / "a.wav", np.stack([Y, 0 * Y], axis=1)))
    assert np.allclose(y, Y / 2, atol=1e-4)


def test_a_second_is_a_second_at_every_rate(tmp_path: Path) -> None:
    """44,100 samples made 48,001, since a quotient of floats was rounded up."""
    path = tmp_path / "second.wav"
    sf.write(path, 0.5 * np.sin(np.arange(44100) / 30), 44100)
    for rate in (8000, 22050, 48000, 96000):
        assert len(load_audio(path, sr=rate)[0]) == rate


@pytest.mark.parametrize("rate", [8000, 44100, 48000])
def test_other_rates_are_resampled(tmp_path: Path, rate: int) -> None:
    path = write(tmp_path / "a.wav", tone(440.0, seconds=1.0, sr=rate), rate)
    y, sr = load_audio(path)
    assert (sr, len(y)) == (SR, SR)
    assert np.abs(np.fft.rfft(y)).argmax() == 440
    assert load_audio(path, sr=None)[1] == rate


def test_max_seconds(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav")
    assert np.allclose(load_audio(path, max_seconds=0.25)[0], Y[: SR // 4], atol=1e-4)
    assert len(load_audio(path, max_seconds=9.0)[0]) == len(Y)


def test_an_open_file_is_read(tmp_path: Path) -> None:
    with write(tmp_path / "a.wav").open("rb") as file:
        assert np.allclose(load_audio(file)[0], Y, atol=1e-4)


def test_the_file_itself_is_never_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(broken_size(encoded(), 0))
    before = path.read_bytes()
    assert len(load_audio(path)[0]) == len(LONG) and path.read_bytes() == before


@pytest.mark.parametrize("subtype", ["ALAW", "ULAW", "IMA_ADPCM", "MS_ADPCM", "GSM610", "G721_32"])
def test_old_codings_in_wav(tmp_path: Path, subtype: str) -> None:
    y, _ = load_audio(write(tmp_path / "a.wav", subtype=subtype))
    assert 0 <= len(y) - len(Y) < 0.03 * SR and np.corrcoef(y[: len(Y)], Y)[0, 1] > 0.9


DEPTHS = {  # by format: codings, and the depth that each is written with again
    "WAV": {
        **dict.fromkeys(["PCM_U8", "PCM_16", "ULAW", "ALAW", "IMA_ADPCM", "MS_ADPCM"], "16"),
        **{"GSM610": "16", "PCM_24": "24", "PCM_32": "32f", "FLOAT": "32f", "DOUBLE": "32f"},
    },
    "WAVEX": {"PCM_16": "16", "PCM_24": "24", "FLOAT": "32f"},
    "RF64": {"PCM_16": "16", "PCM_24": "24", "FLOAT": "32f"},
    "FLAC": {"PCM_S8": "16", "PCM_16": "16", "PCM_24": "24"},
    "CAF": {"ALAC_16": "16", "ALAC_20": "24", "ALAC_24": "24", "ALAC_32": "32f"},
    "AIFF": {"PCM_S8": "16", "DWVW_24": "24"},
    "AU": {"G721_32": "16", "DOUBLE": "32f"},
    "OGG": {"VORBIS": None, "OPUS": None},
    "MP3": {"MPEG_LAYER_III": None},
}


@pytest.mark.parametrize(
    ("kind", "coding", "bits"),
    [(k, c, b) for k, codings in DEPTHS.items() for c, b in codings.items()],
)
def test_the_depth_is_that_of_the_coding(kind: str, coding: str, bits: str | None) -> None:
    found = read_audio(io.BytesIO(encoded(kind=kind, sr=48_000, subtype=coding)), sr=None)
    assert found.bits == bits and found.warnings == ()
    alike = 0.5 if bits is None or coding == "GSM610" else 0.9  # it is noise, hard for coders
    assert 0 <= len(found.y) - len(LONG) < 2048
    assert np.corrcoef(found.y[: len(LONG)], LONG)[0, 1] > alike


def test_joined_files_have_the_depth_of_the_deepest() -> None:
    data = encoded(subtype="PCM_16") + encoded(subtype="PCM_24") + encoded(subtype="PCM_U8")
    found = read_audio(io.BytesIO(data))
    assert found.bits == "24" and len(found.y) == 3 * len(LONG)
    assert found.warnings == ("the file holds 3 sound files, one behind the other",)


def chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


def with_chunks(data: bytes, before: bytes, after: bytes) -> bytes:
    """A WAV file with more chunks before its sound and behind it, and its size right."""
    at = data.index(b"data")
    body = data[8:at] + before + data[at:] + bytes(len(data) % 2) + after
    return data[:4] + struct.pack("<I", len(body)) + body


BEXT = chunk(b"bext", b"A field at night".ljust(602, b"\0") + b"A=PCM,F=22050\r\n")
ODD = chunk(b"JUNK", b"data" + bytes(27)) + chunk(b"abcd", b"\xff" * 31) + chunk(b"iXML", b"<a/>")
LIST = chunk(b"LIST", b"INFO" + chunk(b"INAM", b"night")) + chunk(b"cue ", bytes(4))


@pytest.mark.parametrize(
    ("kind", "coding"),
    [
        *(("WAV", c) for c in ("PCM_U8", "PCM_16", "PCM_24", "FLOAT", "ALAW", "IMA_ADPCM")),
        *(("WAVEX", c) for c in ("PCM_U8", "PCM_16", "PCM_24", "FLOAT", "ULAW")),
    ],
)
@pytest.mark.parametrize(
    ("before", "after"), [(BEXT, b""), (BEXT + ODD, LIST + ODD), (b"", ODD + BEXT), (LIST, ODD)]
)
def test_chunks_around_the_sound(kind: str, coding: str, before: bytes, after: bytes) -> None:
    """As recorders and editors write them: BWF, names, marks, padding, what nobody knows."""
    data = encoded(LONG[:-1], kind, subtype=coding)
    whole, _ = load_audio(io.BytesIO(data))
    y, _ = load_audio(io.BytesIO(with_chunks(data, before, after)))
    np.testing.assert_array_equal(y, whole)


@pytest.mark.parametrize("channels", [1, 2, 4, 6, 8])
@pytest.mark.parametrize("coding", ["PCM_16", "PCM_24", "FLOAT"])
def test_extensible_wav(channels: int, coding: str) -> None:
    Y2 = np.random.default_rng(0).normal(0, 0.1, (SR, channels)).astype(np.float32)
    Y2 -= Y2.mean(axis=0)  # or an offset would be removed
    data = encoded(Y2, "WAVEX", subtype=coding)
    assert data[20:22] == b"\xfe\xff"
    found = read_audio(io.BytesIO(data), mono=False)
    assert found.warnings == ()
    np.testing.assert_allclose(np.atleast_2d(found.y), Y2.T, atol=2**-15)


# The header lies


def broken_size(data: bytes, size: int, riff: int | None = None) -> bytes:
    """A WAV file whose data chunk, and whose whole, say that they have so many bytes."""
    at = data.index(b"data") + 4
    head = data[:4] + (data[4:8] if riff is None else struct.pack("<I", riff))
    return head + data[8:at] + struct.pack("<I", size) + data[at + 4 :]


def without_table(data: bytes) -> bytes:
    """An MP3 file of variable rate without the frame that says how long it is."""
    size = mpeg_frame(bytearray(data), 0)
    assert b"Xing" in data[:size]
    return data[size:]


def flac_says(data: bytes, n: int) -> bytes:
    """A FLAC file that says it has `n` samples."""
    field = int.from_bytes(data[21:26], "big")
    return data[:21] + (field - (field & 0xFFFFFFFFF) + n).to_bytes(5, "big") + data[26:]


def replaced(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


MP3 = {"kind": "MP3", "bitrate_mode": "VARIABLE", "compression_level": 0.5}
AIFF, AU, CAF, RF64 = (encoded(kind=kind) for kind in ("AIFF", "AU", "CAF", "RF64"))
LIES: dict[str, Callable[[], bytes]] = {
    "wav, 0 bytes": lambda: broken_size(encoded(), 0),
    "wav, 0 bytes, whole 0": lambda: broken_size(encoded(), 0, 0),
    "wav, 0 bytes, whole 36": lambda: broken_size(encoded(), 0, 36),
    "wav, streamed": lambda: broken_size(encoded(), 0xFFFFFFFF, 0xFFFFFFFF),
    "wav, streamed by sox": lambda: broken_size(encoded(), 0x7FFFF000, 0x7FFFF024),
    "wav, 0 bytes, behind chunks": lambda: broken_size(
        with_chunks(encoded(), BEXT + chunk(b"odd ", bytes(31)), b""), 0
    ),
    "rf64, 0 bytes": lambda: replaced(RF64, RF64.index(b"ds64") + 8, bytes(24)),
    "flac, streamed": lambda: flac_says(encoded(kind="FLAC"), 0),
    "flac, too short": lambda: flac_says(encoded(kind="FLAC"), SR),
    "mp3 without table": lambda: without_table(encoded(**MP3)),
    "aiff, 0 frames": lambda: replaced(AIFF, AIFF.index(b"COMM") + 10, bytes(4)),
    "aiff, 0 bytes": lambda: replaced(AIFF, AIFF.index(b"SSND") + 4, bytes(4)),
    "au, 0 bytes": lambda: replaced(AU, 8, bytes(4)),
    "au, too short": lambda: replaced(AU, 8, struct.pack(">I", 2 * SR)),
    "caf, streamed": lambda: replaced(CAF, CAF.index(b"data") + 4, b"\xff" * 8),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lying_header_is_not_believed(tmp_path: Path, lie: str) -> None:
    """All is read, without a word: nothing is missing."""
    (tmp_path / "a").write_bytes(LIES[lie]())
    y, sr = load_audio(tmp_path / "a")
    late = 1105 + 529 + 576 if "mp3" in lie else 0  # what coder and decoder add, and a frame
    assert sr == SR and 0 <= len(y) - len(LONG) <= late
    assert rms(y[-2 * SR :]) == pytest.approx(rms(LONG[-2 * SR :]), rel=0.3)


@pytest.mark.parametrize("whole", [None, 36 + 2 * SR])
def test_sound_behind_the_end_of_a_wav_is_read_and_said(tmp_path: Path, whole: int | None) -> None:
    (tmp_path / "a.wav").write_bytes(broken_size(encoded(), 2 * SR, whole))
    with pytest.warns(AudioWarning, match=r"promises 44,100 bytes of sound, but 220,500 are there"):
        assert len(load_audio(tmp_path / "a.wav")[0]) == len(LONG)


def test_what_is_behind_the_sound_and_no_sound_is_left_alone(tmp_path: Path) -> None:
    data = encoded()
    for tag in (b"LIST" + struct.pack("<I", 4000) + bytes(4000), b"ID3\x03" + bytes(9000), b"\0"):
        (tmp_path / "a.wav").write_bytes(data + tag)
        assert len(load_audio(tmp_path / "a.wav")[0]) == len(LONG)


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3", "AIFF", "AU", "RF64"])
def test_joined_files_are_read_to_the_last(tmp_path: Path, kind: str) -> None:
    data = encoded(kind=kind)
    (tmp_path / "a").write_bytes(data + data + data)
    with pytest.warns(AudioWarning, match="holds 3 sound files, one behind the other"):
        y, _ = load_audio(tmp_path / "a")
    assert len(y) == 3 * len(LONG)
    for part in np.split(y, 3):
        assert rms(part[:SR]) == pytest.approx(rms(LONG[:SR]), rel=0.1)
    assert len(quietly(tmp_path / "a", max_seconds=7.0)[0]) == 7 * SR


def test_a_joined_mp3_without_tables(tmp_path: Path) -> None:
    data = without_table(encoded(**MP3))
    (tmp_path / "a.mp3").write_bytes(data + data)
    assert 10 * SR <= len(load_audio(tmp_path / "a.mp3")[0]) < 10.3 * SR


def test_joined_files_that_differ(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(encoded() + encoded(sr=44100))
    with pytest.warns(AudioWarning) as said:
        assert len(load_audio(tmp_path / "a.wav")[0]) == len(LONG)
    assert "part 2: that part was left out" in str(said[1].message)


CUT = ["WAV", "FLAC", "OGG", "MP3"]


@pytest.mark.parametrize("kind", CUT)
def test_a_cut_file_gives_its_start_and_says_so(tmp_path: Path, kind: str) -> None:
    data = encoded(np.random.default_rng(0).normal(0, 0.1, 3 * SR), kind=kind)
    (tmp_path / "a").write_bytes(data[: len(data) // 2])
    with pytest.warns(AudioWarning, match=r"is cut short: |is damaged after"):
        y, _ = load_audio(tmp_path / "a")
    assert 0.5 * SR < len(y) < 2 * SR and rms(y) == pytest.approx(0.1, rel=0.2)


def test_a_header_that_promises_the_moon(tmp_path: Path) -> None:
    """Gigabytes declared in some kilobytes: what is there is read, and memory is not taken."""
    (tmp_path / "a.flac").write_bytes(flac_says(encoded(kind="FLAC"), 2**36 - 1))
    with pytest.warns(AudioWarning, match=r"3,116,529\.56 s are promised, 5\.00 s are there"):
        assert len(load_audio(tmp_path / "a.flac")[0]) == len(LONG)


@pytest.mark.parametrize("rate", [1, 7, 999, 400_000])
def test_rates_that_cannot_be_meant(tmp_path: Path, rate: int) -> None:
    with pytest.raises(AudioError, match=f"says that its rate is {rate:,} Hz"):
        load_audio(write(tmp_path / "a.wav", sr=rate))


def test_too_much_for_the_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audiostyle_lib.files.samples._LARGEST", 2 * SR)
    for kind in ("WAV", "FLAC", "OGG"):
        (tmp_path / "a").write_bytes(encoded(kind=kind))
        with pytest.raises(AudioError, match=r"expected at most 2 s.*max_seconds"):
            load_audio(tmp_path / "a")
        assert len(load_audio(tmp_path / "a", max_seconds=1.0)[0]) == SR
    # no header is believed
    monkeypatch.setattr("audiostyle_lib.files.samples._FRAMES_PER_BYTE", 0)
    with pytest.raises(AudioError, match="holds 2 s or more"):
        load_audio(tmp_path / "a")
    with pytest.raises(AudioError, match="at most 0 s"):  # what comes out counts
        load_audio(write(tmp_path / "b.wav", sr=1000), sr=384_000)


def test_what_is_kept_counts_and_what_lies_before_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audiostyle_lib.files.samples._LARGEST", 4 * SR)
    (tmp_path / "a").write_bytes(encoded(np.stack([LONG, LONG], axis=1), "FLAC"))
    with pytest.raises(AudioError, match="expected at most 2 s"):
        load_audio(tmp_path / "a", start=2.5)
    assert load_audio(tmp_path / "a", start=4.0)[0].shape == (SR,)
    with pytest.raises(AudioError, match="expected at most 1 s"):  # twice the rate, both channels
        load_audio(tmp_path / "a", start=3.5, sr=2 * SR, mono=False)
    assert load_audio(tmp_path / "a", start=3.5, sr=2 * SR)[0].shape == (3 * SR,)


# Parts

KINDS = ["WAV", "FLAC", "OGG", "MP3", "AIFF", "AU", "CAF", "RF64", "W64"]
TWO = np.stack([LONG, 0.5 * LONG[::-1]], axis=1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mono", [True, False])
def test_a_part_is_what_stands_there_in_the_whole(tmp_path: Path, kind: str, mono: bool) -> None:
    (tmp_path / "a").write_bytes(encoded(TWO, kind))
    whole, _ = load_audio(tmp_path / "a", mono=mono, sr=None)
    for how, (a, b) in {
        (("start", 1.5), ("end", 2.25)): (1.5, 2.25),
        (("start", 1.5), ("max_seconds", 0.5)): (1.5, 2.0),
        (("start", 1.5), ("end", 2.25), ("max_seconds", 0.5)): (1.5, 2.0),
        (("end", 1.0),): (0, 1.0),
        (("start", 4.75), ("end", 99.0)): (4.75, 5.2),  # coders may add some
        (("start", 0.0),): (0, 5.2),
    }.items():
        y, sr = load_audio(tmp_path / "a", mono=mono, sr=None, **dict(how))
        assert sr == SR
        np.testing.assert_array_equal(y, whole[..., round(a * SR) : round(b * SR)])


def test_a_part_of_another_rate(tmp_path: Path) -> None:
    """What is read is brought to the rate, as if there were nothing else."""
    rising = np.concatenate([tone(f, seconds=1.0, sr=48_000) for f in (220.0, 440.0, 880.0)])
    path = write(tmp_path / "a.wav", rising, 48_000)
    y, sr = load_audio(path, start=1, end=2)
    assert (sr, len(y)) == (SR, SR) and np.abs(np.fft.rfft(y)).argmax() == 440


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3"])
def test_a_part_of_joined_files(tmp_path: Path, kind: str) -> None:
    """It may begin in a later one, or reach from one into the next."""
    data = encoded(TWO, kind)
    (tmp_path / "a").write_bytes(data + data + data)
    whole, _ = quietly(tmp_path / "a", mono=False)
    for start, end in ((4.5, 5.5), (7.0, 8.0), (4.0, 11.5)):
        y, _ = quietly(tmp_path / "a", mono=False, start=start, end=end)
        np.testing.assert_array_equal(y, whole[:, round(start * SR) : round(end * SR)])


@pytest.mark.parametrize("lie", LIES)
def test_a_part_behind_where_a_header_ends(tmp_path: Path, lie: str) -> None:
    (tmp_path / "a").write_bytes(LIES[lie]())
    whole, _ = load_audio(tmp_path / "a")
    y, _ = load_audio(tmp_path / "a", start=4.5)
    np.testing.assert_array_equal(y, whole[round(4.5 * SR) :])


@pytest.mark.parametrize("kind", KINDS)
def test_a_start_behind_the_end(tmp_path: Path, kind: str) -> None:
    (tmp_path / "a").write_bytes(encoded(kind=kind))
    with pytest.raises(AudioError, match=r"start is 6 s, but .* ends after 5\.\d\d s; expected a"):
        load_audio(tmp_path / "a", start=6)
    with pytest.raises(AudioError, match=r"start is 1e\+308 s, but"):
        load_audio(tmp_path / "a", start=1e308)
    assert load_audio(tmp_path / "a", end=1e308, max_seconds=1e308)[0].shape[-1] >= len(LONG)


def test_a_part_that_is_shorter_than_a_sample(tmp_path: Path) -> None:
    assert len(quietly(write(tmp_path / "a.wav"), start=0.5, end=0.5 + 1e-9)[0]) == 1


def test_memory_for_what_is_asked_for(tmp_path: Path) -> None:
    """Five minutes of stereo are decoded; a second of them is kept, or all."""
    quiet = np.round(np.random.default_rng(0).normal(0.0, 2.0, (48_000, 2))) / 32768
    with sf.SoundFile(tmp_path / "a.flac", "w", 48_000, 2) as file:
        for _ in range(300):
            file.write(quiet)
    size = 300 * 48_000 * 2 * 4 / 1e6  # MB
    for part, shape, most in (
        ({"start": 298, "max_seconds": 1}, (2, 48_000), 0.05),
        ({"start": 298, "end": 299, "mono": True}, (48_000,), 0.05),
        ({}, (2, 300 * 48_000), 2.2),  # itself, and a channel's offset and drift
    ):
        tracemalloc.start()
        try:
            y, _ = load_audio(tmp_path / "a.flac", **{"sr": None, "mono": False, **part})
            peak = tracemalloc.get_traced_memory()[1] / 1e6
        finally:
            tracemalloc.stop()
        assert y.shape == shape and peak < most * size


# Channels, offsets, values

NOISE = np.random.default_rng(0).normal(0, 0.1, (2, 2 * SR))


@pytest.mark.parametrize("channels", [1, 2, 3, 6, 8])
def test_channels_are_kept_where_asked(tmp_path: Path, channels: int) -> None:
    """One of one channel is (n,), as in librosa; and nothing is said to have been made one."""
    Y2 = np.random.default_rng(0).normal(0, 0.1, (channels, SR)).astype(np.float32)
    found = read_audio(write(tmp_path / "a.wav", Y2.T, subtype="FLOAT"), mono=False)
    np.testing.assert_array_equal(found.y, Y2 if channels > 1 else Y2[0])
    assert found.changes == found.warnings == () and found.y.flags.c_contiguous
    made_one = read_audio(tmp_path / "a.wav").changes
    assert made_one == ((f"{channels} channels made one",) if channels > 1 else ())


def test_more_channels_than_can_be_kept(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", np.zeros((100, 9)))
    with pytest.raises(AudioError, match=r"has 9 channels; expected at most 8.*mono=True"):
        load_audio(path, mono=False)
    assert load_audio(path)[0].shape == (100,)


@pytest.mark.parametrize("rate", [8000, 11_025, 44_100, 48_000, 96_000, 192_000])
@pytest.mark.parametrize("sr", [8000, SR, 48_000, 192_000])
def test_channels_at_other_rates(tmp_path: Path, rate: int, sr: int) -> None:
    two = np.stack([tone(f, seconds=0.5, sr=rate) for f in (440.0, 660.0)])
    y, found = load_audio(write(tmp_path / "a.wav", two.T, rate), sr=sr, mono=False)
    assert found == sr and y.dtype == np.float32
    assert len(y) == 2 and y.shape[1] == pytest.approx(two.shape[1] * sr / rate, abs=1.5)
    assert (np.abs(np.fft.rfft(y)).argmax(axis=1) * 2).tolist() == [440, 660]
    assert [rms(channel) for channel in y] == pytest.approx([rms(c) for c in two], rel=0.03)


def test_channels_that_cancel_are_no_matter_where_they_are_kept(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", np.stack([Y, -Y], axis=1), subtype="FLOAT")
    np.testing.assert_array_equal(load_audio(path, mono=False)[0], np.stack([Y, -Y]))


def test_one_gain_for_all_channels(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", np.stack([3 * Y, Y / 2], axis=1), subtype="FLOAT")
    with pytest.warns(AudioWarning, match=r"scaled by -\d"):
        y, _ = load_audio(path, mono=False)
    assert np.abs(y).max() == pytest.approx(1.0) and rms(y[0]) == pytest.approx(6 * rms(y[1]))


def test_the_channel_with_an_offset_is_named_and_the_others_stay(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", np.stack([Y / 2, Y / 2 + 0.3], axis=1), subtype="FLOAT")
    found = read_audio(path, mono=False)
    np.testing.assert_array_equal(found.y[0], Y / 2)
    np.testing.assert_allclose(found.y[1], Y / 2, atol=1e-3)
    assert found.warnings == (f"{path} has an offset of 0.3 in channel 2: it was removed",)


def test_a_channel_that_the_rate_cannot_hold_is_named(tmp_path: Path) -> None:
    low, high = (0.5 * tone(f, seconds=1.0, sr=44_100) for f in (440.0, 15_000.0))
    path = write(tmp_path / "a.wav", np.stack([low, high, 0 * low], axis=1), 44_100)
    with pytest.warns(AudioWarning) as said:
        load_audio(path, mono=False)
    assert [str(w.message).partition("a.wav ")[2][:15] for w in said] == [
        "loses -3 dB: mo",
        "loses channel 2",
    ]
    with pytest.raises(AudioError, match=r"would lose .* above 11,025 Hz"):
        load_audio(write(path, np.stack([high, high], axis=1), 44_100), mono=False)


@pytest.mark.parametrize(
    ("channels", "said", "kept"),
    [
        ((NOISE[0], -NOISE[0]), "turned around before it: 2", NOISE[0]),
        ((NOISE[0], -0.98 * NOISE[0]), "turned around before it: 2", 0.99 * NOISE[0]),
        ((NOISE[0], -0.7 * NOISE[0]), "turned around before it: 2", 0.85 * NOISE[0]),
        (
            (NOISE[0], -NOISE[0], NOISE[1], -NOISE[1]),
            "turned around before it: ",
            (NOISE[0] + NOISE[1]) / 2,
        ),
        (
            (NOISE[0], np.where(np.arange(2 * SR) < SR, NOISE[0], -NOISE[0])),
            "channel 1 alone was taken",
            NOISE[0],
        ),
    ],
    ids=["opposite", "nearly", "partly", "two pairs", "from the middle on"],
)
def test_channels_that_cancel(tmp_path: Path, channels: tuple, said: str, kept: np.ndarray) -> None:
    path = write(tmp_path / "a.wav", np.stack(channels, axis=1), subtype="FLOAT")
    with pytest.warns(AudioWarning, match=f"cancel in their average.*{said}"):
        y, _ = load_audio(path)
    if len(channels) == 2:
        np.testing.assert_allclose(np.abs(y), np.abs(kept), atol=2e-3)
    else:
        assert rms(y) == pytest.approx(rms(kept), rel=0.1)


@pytest.mark.parametrize(
    "channels",
    [(NOISE[0], NOISE[1]), (NOISE[0], NOISE[0]), (NOISE[0], 0 * NOISE[0]), (NOISE[0], 0.3 * Y)],
    ids=["unrelated", "equal", "one silent", "another"],
)
def test_usual_channels_are_averaged_without_a_word(tmp_path: Path, channels: tuple) -> None:
    n = min(map(len, channels))
    Y2 = np.stack([y[:n] for y in channels], axis=1)
    y, _ = load_audio(write(tmp_path / "a.wav", Y2, subtype="FLOAT"))
    np.testing.assert_allclose(y, Y2.mean(axis=1), atol=1e-6)


def test_a_sound_above_what_the_rate_can_hold(tmp_path: Path) -> None:
    high = 0.5 * tone(15000.0, seconds=1.0, sr=44100)
    path = write(tmp_path / "a.wav", high, 44100)
    with pytest.raises(AudioError, match=r"above 11,025 Hz.*expected a rate.*44,100 Hz"):
        load_audio(path)
    assert rms(load_audio(path, sr=None)[0]) == pytest.approx(rms(high), rel=0.01)
    write(path, high + 0.1 * tone(440.0, seconds=1.0, sr=44100), 44100)
    with pytest.warns(AudioWarning, match="most of it lies above 11,025 Hz"):
        load_audio(path)


@pytest.mark.parametrize(("offset", "said"), [(0.4, True), (-0.05, True), (0.002, False)])
def test_an_offset_is_removed(tmp_path: Path, offset: float, said: bool) -> None:
    path = write(tmp_path / "a.wav", 0.2 * Y + offset, subtype="FLOAT")
    found = read_audio(path)
    np.testing.assert_allclose(found.y, 0.2 * Y, atol=1e-3)
    assert any("offset" in line for line in (found.warnings if said else found.changes))


def test_an_offset_alone_is_silence(tmp_path: Path) -> None:
    assert not quietly(write(tmp_path / "a.wav", 0 * Y + 0.4))[0].any()


def test_float_files_beyond_one_are_scaled(tmp_path: Path) -> None:
    for factor in (3, 32768):
        path = write(tmp_path / "a.wav", factor * Y, subtype="FLOAT")
        with pytest.warns(AudioWarning, match=r"scaled by -\d"):
            y, _ = load_audio(path)
        assert np.abs(y).max() == pytest.approx(1.0)


@pytest.mark.parametrize("value", [1e30, -3e38, 70.0])
def test_one_wild_sample_is_damage(tmp_path: Path, value: float) -> None:
    wild = 0.3 * Y
    wild[1000] = value
    with pytest.raises(AudioError, match=r"samples up to .*99\.9% are below.*damaged"):
        load_audio(write(tmp_path / "a.wav", wild, subtype="FLOAT"))


def test_a_wild_stretch_is_damage(tmp_path: Path) -> None:
    wild = 0.3 * Y
    wild[1000:1500] = 1e30
    with pytest.raises(AudioError, match=r"samples up to 1e\+30, where 50\.0% are below .*damaged"):
        load_audio(write(tmp_path / "a.wav", wild, subtype="FLOAT"))


def test_another_programs_output(tmp_path: Path) -> None:
    """A named pipe, as a shell makes of <(program)."""
    os.mkfifo(tmp_path / "a.wav")
    writer = threading.Thread(target=(tmp_path / "a.wav").write_bytes, args=(encoded(),))
    writer.start()
    assert len(load_audio(tmp_path / "a.wav")[0]) == len(LONG)
    writer.join()


def test_silence_and_clipping_load(tmp_path: Path) -> None:
    assert not load_audio(write(tmp_path / "a.wav", 0 * Y))[0].any()
    clipped = np.clip(3 * Y, -1, 1)
    assert np.abs(load_audio(write(tmp_path / "b.wav", clipped))[0]).max() <= 1


# What cannot be read


def _bad_files(folder: Path) -> dict[str, Path]:
    (folder / "text.wav").write_text("not a sound")
    (folder / "nothing.wav").write_bytes(b"")
    (folder / "bare.raw").write_bytes(bytes(1000))
    return {
        "no such file": folder / "absent.wav",
        "no such file: .*folder": folder.parent,
        "cannot be read as sound": folder / "text.wav",
        "it is empty, 0 bytes": folder / "nothing.wav",
        r"bare.raw cannot be read as sound": folder / "bare.raw",
        "is empty; expected at least one sample": write(folder / "empty.wav", Y[:0]),
        "2 NaN": write(folder / "nan.wav", np.array([0, np.nan, np.inf]), subtype="FLOAT"),
        "cannot be read|no such file": folder / ("n" * 256 + ".wav"),
    }


def test_bad_files(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for message, path in _bad_files(tmp_path / "folder").items():
        with pytest.raises(AudioError, match=message):
            load_audio(path)


def test_names_that_are_no_text(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/\xff\xfe.wav"
    with open(name, "wb") as file:
        file.write(encoded())
    assert len(load_audio(os.fsdecode(name))[0]) == len(LONG)
    assert len(load_audio(Path(os.fsdecode(name)))[0]) == len(LONG)


def test_what_is_no_file() -> None:
    for thing in (io.StringIO("text"), 5, None):
        with pytest.raises(AudioError, match="expected a path, or a file opened for bytes"):
            load_audio(thing)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sr": 0}, "sr is 0"),
        ({"sr": float("nan")}, "sr is nan"),
        ({"sr": "44k"}, "sr is '44k'"),
        ({"sr": 22050.7}, "sr is 22050.7"),
        ({"max_seconds": 0}, "max_seconds is 0"),
        ({"max_seconds": -1}, "max_seconds is -1"),
        ({"max_seconds": "1"}, "max_seconds is '1'"),
        ({"max_seconds": True}, "max_seconds is True"),
        ({"max_seconds": float("inf")}, "max_seconds is inf"),
        ({"start": -0.1}, r"start is -0\.1; expected a number of at least 0"),
        ({"start": "1"}, "start is '1'"),
        ({"start": float("nan")}, "start is nan"),
        ({"end": 0}, "end is 0; expected a number above 0"),
        ({"end": True}, "end is True"),
        ({"start": 2, "end": 2}, "start is 2 and end is 2; expected a start before the end"),
        ({"start": 2, "end": 1}, "start is 2 and end is 1"),
    ],
)
def test_bad_arguments(tmp_path: Path, arguments: dict, message: str) -> None:
    """Before the work: there need be no file."""
    with pytest.raises(AudioError, match=message):
        load_audio(tmp_path / "absent.wav", **arguments)


def test_a_part_is_a_file_of_its_own() -> None:
    file = PartFile(bytearray(b"0123456789"), Part(2, 6))
    assert file.seek(-2, os.SEEK_END) == 2 and file.read() == b"45" and file.read() == b""
    assert file.seek(1) == 1 and file.read(2) == b"34" and file.tell() == 3
    assert file.seek(-1, os.SEEK_CUR) == 2

"""Sound files out: what the suffix promises, whole; or refused, with what was there untouched."""

from __future__ import annotations

import errno
import io
import os
import signal
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from audiostyle_lib import AudioError, load_audio, save_audio
from audiostyle_lib.files import writing
from audiostyle_lib.files.loops import loop_chunk, with_chunk
from audiostyle_lib.files.writing import FORMATS, check_target, nearest_bits, nearest_rate
from audiostyle_lib.levels import rms
from audiostyle_lib.sounds import tone

SR = 22050
Y = tone(440.0, seconds=1.0)
LOSSY = {".ogg", ".oga", ".opus", ".mp3"}
HOLDS = {".ogg": 5, ".oga": 5, ".opus": 5, ".mp3": 2}  # channels; others eight
ALL = np.stack([tone(110.0 * (k + 2), seconds=1.0) / (k + 1) for k in range(8)])


@pytest.mark.parametrize("suffix", sorted(set(FORMATS) - LOSSY))
@pytest.mark.parametrize("sr", [8000, SR, 22051, 96_000, 192_000])
def test_round_trip(tmp_path: Path, suffix: str, sr: int) -> None:
    save_audio(tmp_path / f"a{suffix}", Y, sr)
    y, found = load_audio(tmp_path / f"a{suffix}", sr=None)
    assert found == sr and y.dtype == np.float32 and len(y) == len(Y)
    assert np.abs(y - Y).max() <= 1 / 32768  # 16 bits


@pytest.mark.parametrize("suffix", sorted(set(FORMATS) - LOSSY))
@pytest.mark.parametrize("channels", [1, 2, 6, 8])
@pytest.mark.parametrize("sr", [8000, 44_100, 192_000])
def test_round_trip_of_channels(tmp_path: Path, suffix: str, channels: int, sr: int) -> None:
    path = tmp_path / f"a{suffix}"
    save_audio(path, ALL[:channels], sr)
    assert sf.info(path).channels == channels
    y, found = load_audio(path, sr=None, mono=False)
    assert found == sr and y.shape == (ALL[:channels] if channels > 1 else Y).shape
    assert np.abs(y - ALL[:channels]).max() <= 1 / 32768
    save_audio(path, ALL[:channels], sr, bits=24)
    assert np.abs(load_audio(path, sr=None, mono=False)[0] - ALL[:channels]).max() < 2**-22


@pytest.mark.parametrize("suffix", sorted(LOSSY))
@pytest.mark.parametrize("sr", [8000, 24_000, 48_000])
def test_lossy_round_trip_of_channels(tmp_path: Path, suffix: str, sr: int) -> None:
    """Every number of channels that the format holds: each comes back in its place, at its level.

    Noise in all bands, each channel its own: a coder that took one for a subwoofer's, or made one
    of two, would be found.
    """
    Y = np.fft.rfft(np.random.default_rng(0).normal(0, 1, (8, sr)))
    Y[:, :50] = 0
    Y[:, 50:] /= np.sqrt(np.arange(50, Y.shape[1]))  # louder where it is lower
    noise = np.fft.irfft(Y, sr)
    noise *= 0.1 / noise.std(axis=1, keepdims=True) / np.arange(1, 9)[:, None]
    for channels in range(1, HOLDS[suffix] + 1):
        y = noise[:channels]
        save_audio(tmp_path / f"a{suffix}", y, sr)
        found, _ = load_audio(tmp_path / f"a{suffix}", sr=None, mono=False)
        assert found.shape == (y.shape if channels > 1 else y[0].shape)
        for before, after in zip(y, np.atleast_2d(found), strict=True):
            assert np.corrcoef(before, after)[0, 1] > 0.65
            assert 20 * np.log10(rms(after) / rms(before)) == pytest.approx(0, abs=2)


@pytest.mark.parametrize("suffix", sorted(LOSSY))
def test_channels_that_a_format_cannot_hold_are_refused_before_the_work(
    tmp_path: Path, suffix: str
) -> None:
    most, path = HOLDS[suffix], tmp_path / f"a{suffix}"
    message = f"{suffix} cannot hold {most + 1} channels; expected at most {most}, or one of .*flac"
    check_target(path, sr=24_000, channels=most)
    for sr in (None, 24_000):
        with pytest.raises(AudioError, match=message):
            check_target(path, sr=sr, channels=most + 1)
    with pytest.raises(AudioError, match=message):
        save_audio(path, ALL[: most + 1], 24_000)
    with pytest.raises(AudioError, match="channels is 9; expected a whole number"):
        check_target(path, channels=9)
    assert os.listdir(tmp_path) == []


def test_a_long_sound_as_vorbis(tmp_path: Path) -> None:
    """In a process of its own, which libvorbis would end if it were given all at once."""
    code = f"""
import numpy as np
from audiostyle_lib import save_audio
save_audio({str(tmp_path / "a.ogg")!r}, np.zeros((2, 3_000_000)), 22050)
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    assert sf.info(tmp_path / "a.ogg").frames == 3_000_000


@pytest.mark.parametrize("suffix", sorted(LOSSY))
def test_lossy_round_trip(tmp_path: Path, suffix: str) -> None:
    sr = 24000 if suffix == ".opus" else SR
    save_audio(tmp_path / f"a{suffix}", Y, sr)
    y, _ = load_audio(tmp_path / f"a{suffix}", sr=None)
    assert len(y) == len(Y) and rms(y) == pytest.approx(rms(Y), rel=0.1)


@pytest.mark.parametrize(
    ("suffix", "container", "coding"),
    [
        (".opus", "OGG", "OPUS"),
        (".ogg", "OGG", "VORBIS"),
        (".mp3", "MP3", "MPEG_LAYER_III"),
        (".WAV", "WAV", "PCM_16"),
        (".aif", "AIFF", "PCM_16"),
    ],
)
def test_the_suffix_is_kept(tmp_path: Path, suffix: str, container: str, coding: str) -> None:
    save_audio(tmp_path / f"a{suffix}", Y, 24000)
    info = sf.info(tmp_path / f"a{suffix}")
    assert (info.format, info.subtype) == (container, coding)


@pytest.mark.parametrize(
    ("suffix", "bits", "coding", "error"),
    [
        (".wav", 24, "PCM_24", 2**-22),
        (".wav", "32f", "FLOAT", 0),
        (".flac", "24", "PCM_24", 2**-22),
        (".wav", "16", "PCM_16", 2**-14),
    ],
)
def test_depth(tmp_path: Path, suffix: str, bits: int | str, coding: str, error: float) -> None:
    save_audio(tmp_path / f"a{suffix}", Y, SR, bits=bits)
    assert sf.info(tmp_path / f"a{suffix}").subtype == coding
    assert np.abs(load_audio(tmp_path / f"a{suffix}")[0] - Y).max() <= error


@pytest.mark.parametrize(
    ("target", "options", "message"),
    [
        ("a.txt", {}, r"no sound is written with the suffix '\.txt'"),
        ("a", {}, "suffix ''"),
        ("a.raw", {}, "suffix '.raw'"),
        ("a.sd2", {}, "suffix '.sd2'"),
        ("a.xi", {}, "suffix '.xi'"),
        ("a.wve", {}, "suffix '.wve'"),
        ("absent/a.wav", {}, "no folder"),
        ("folder.wav", {}, "is a folder"),
        ("pipe.wav", {}, "no ordinary file"),
        ("circle.wav", {}, "cannot be written"),
        ("n" * 256 + ".wav", {}, "cannot be written: File name too long"),
        ("a.mp3", {"sr": 96_000}, r"\.mp3 cannot hold 96,000 Hz; expected one of 8,000, .*48,000$"),
        ("a.mp3", {"sr": 22_051}, "cannot hold 22,051 Hz"),
        ("a.opus", {"sr": 22_050}, "cannot hold 22,050 Hz; expected one of 8,000, 12,000, 16,000"),
        ("a.wav", {"sr": 22050.5}, "sr is 22050.5"),
        ("a.flac", {"bits": "32f"}, "bits is '32f'; .flac expects 16, 24"),
        ("a.mp3", {"bits": "24"}, "expects none: it has no depth"),
    ],
)
def test_bad_targets(tmp_path: Path, target: str, options: dict, message: str) -> None:
    """Each is known before the work, by `check_target`."""
    (tmp_path / "folder.wav").mkdir()
    os.mkfifo(tmp_path / "pipe.wav")
    (tmp_path / "circle.wav").symlink_to(tmp_path / "circle.wav")
    before = sorted(os.listdir(tmp_path))
    with pytest.raises(AudioError, match=message):
        check_target(tmp_path / target, **options)
    sr = options.pop("sr", SR)
    with pytest.raises(AudioError, match=message):
        save_audio(tmp_path / target, Y, sr, **options)
    assert sorted(os.listdir(tmp_path)) == before


def test_an_input_is_not_replaced(tmp_path: Path) -> None:
    save_audio(tmp_path / "in.wav", Y, SR)
    (tmp_path / "link.wav").symlink_to("in.wav")
    os.link(tmp_path / "in.wav", tmp_path / "hard.wav")
    for name in ("in.wav", "link.wav", "hard.wav", "../" + tmp_path.name + "/in.wav"):
        with pytest.raises(AudioError, match="is an input too"):
            check_target(tmp_path / name, inputs=[tmp_path / "absent.wav", tmp_path / "in.wav"])
    assert check_target(tmp_path / "out.wav", inputs=[tmp_path / "in.wav"]).name == "out.wav"


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    save_audio(tmp_path / "elsewhere/a.wav", 0.5 * Y, SR)
    (tmp_path / "link.wav").symlink_to("elsewhere/a.wav")
    save_audio(tmp_path / "link.wav", Y, SR)
    assert (tmp_path / "link.wav").is_symlink()
    assert rms(load_audio(tmp_path / "elsewhere/a.wav")[0]) == pytest.approx(rms(Y), rel=0.01)


def test_a_read_only_file_is_not_replaced(tmp_path: Path) -> None:
    save_audio(tmp_path / "a.wav", Y, SR)
    before = (tmp_path / "a.wav").read_bytes()
    (tmp_path / "a.wav").chmod(0o444)
    with pytest.raises(AudioError, match="is read-only"):
        save_audio(tmp_path / "a.wav", 0.5 * Y, SR)
    assert (tmp_path / "a.wav").read_bytes() == before


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everywhere
    with pytest.raises(AudioError, match="no permission"):
        save_audio(tmp_path / "a.wav", Y, SR)


@pytest.mark.parametrize("failure", [OSError(errno.ENOSPC, "No space left"), KeyboardInterrupt()])
@pytest.mark.parametrize("where", ["os.fsync", "os.replace"])
def test_a_failed_save_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException, where: str
) -> None:
    path = tmp_path / "a.wav"
    save_audio(path, Y, SR)
    before = path.read_bytes()

    def fail(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr(where, fail)
    expected = AudioError if isinstance(failure, OSError) else KeyboardInterrupt
    with pytest.raises(expected, match="No space left" if expected is AudioError else None):
        save_audio(path, 0.5 * Y, SR)
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["a.wav"]


def test_a_file_that_does_not_come_back_whole_is_not_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_audio(tmp_path / "a.wav", Y, SR)
    before = (tmp_path / "a.wav").read_bytes()
    encode = writing.encoded
    monkeypatch.setattr(writing, "encoded", lambda y, *how: encode(y[..., :-9], *how))
    with pytest.raises(AudioError, match="of 1 x 22050 samples 1 x 22041 came back"):
        save_audio(tmp_path / "a.wav", 0.5 * Y, SR)
    monkeypatch.setattr(writing, "encoded", lambda y, *how: encode(y[:1], *how))
    with pytest.raises(AudioError, match="of 2 x 22050 samples 1 x 22050 came back"):
        save_audio(tmp_path / "a.wav", ALL[:2], SR)
    monkeypatch.undo()
    monkeypatch.setattr(Path, "read_bytes", lambda path: b"")
    with pytest.raises(AudioError, match="could not be read back"):
        save_audio(tmp_path / "a.wav", 0.5 * Y, SR)
    monkeypatch.undo()
    assert (tmp_path / "a.wav").read_bytes() == before and os.listdir(tmp_path) == ["a.wav"]


def test_a_full_disk_is_named(tmp_path: Path) -> None:
    """A real one, where the machine lets us have one: a device that is always full."""
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full here")
    code = f"""
import os, sys, tempfile
import numpy as np
from audiostyle_lib import AudioError, save_audio
made = tempfile.mkstemp
def full(**where):
    handle, path = made(**where)
    os.close(handle)
    return os.open("/dev/full", os.O_WRONLY), path
tempfile.mkstemp = full
try:
    save_audio({str(tmp_path / "a.flac")!r}, np.zeros(9999), 22050)
except AudioError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "cannot be written: No space left on device" in done.stdout and not done.stderr
    assert os.listdir(tmp_path) == []


def test_a_new_file_can_be_read_by_those_who_may_read_others(tmp_path: Path) -> None:
    save_audio(tmp_path / "a.wav", Y, SR)
    (tmp_path / "b").touch()
    assert (tmp_path / "a.wav").stat().st_mode == (tmp_path / "b").stat().st_mode


def test_bad_sound_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="peak"):
        save_audio(tmp_path / "a.wav", 2 * Y, SR)
    assert os.listdir(tmp_path) == []


def test_termination_leaves_nothing_behind(tmp_path: Path) -> None:
    """TERM while the file is being written: no half a file, no temporary one."""
    sf.write(tmp_path / "in.wav", Y, SR)
    code = """
import os, signal, sys
from audiostyle_lib.commands import main as cli
def stop(handle):
    os.kill(os.getpid(), signal.SIGTERM)
os.fsync = stop
sys.exit(cli.main(["texture", "in.wav", "out.wav", "--quality", "draft", "--quiet"]))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 128 + signal.SIGTERM
    assert done.stderr == "audiostyle: terminated, nothing written\n"
    assert os.listdir(tmp_path) == ["in.wav"]


def chunks_of(data: bytes) -> dict[bytes, bytes]:
    """The chunks of a WAV file: their bodies by their names; what is said of sizes must be true."""
    size = int.from_bytes(data[4:8], "little")
    assert (data[:4], data[8:12]) in ((b"RIFF", b"WAVE"), (b"RF64", b"WAVE"))
    found, at = {}, 12
    while at < len(data):
        assert at % 2 == 0
        n = int.from_bytes(data[at + 4 : at + 8], "little")
        if data[at : at + 4] == b"data" and n == 2**32 - 1:
            n = int.from_bytes(found[b"ds64"][8:16], "little")
        found[data[at : at + 4]] = data[at + 8 : at + 8 + n]
        at += 8 + n + n % 2
    if data[:4] == b"RF64":
        assert size == 2**32 - 1
        size = int.from_bytes(found[b"ds64"][:8], "little")
    assert size == len(data) - 8 == at - 8
    return found


@pytest.mark.parametrize("suffix", [".wav", ".WAV", ".rf64"])
@pytest.mark.parametrize("bits", [16, 24, "32f"])
@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("n", [1, 22_049])
def test_a_loop_over_the_whole_sound(
    tmp_path: Path, suffix: str, bits: int | str, channels: int, n: int
) -> None:
    path, y = tmp_path / f"a{suffix}", ALL[:channels, :n]
    save_audio(path, y, 44_100, bits=bits, loop=True)
    found = chunks_of(path.read_bytes())
    numbers = struct.unpack("<15I", found[b"smpl"])
    #                  period, note, no SMPTE time, one loop: forward, first, last, for ever
    assert numbers == (0, 0, 22_676, 60, 0, 0, 0, 1, 0, 0, 0, 0, n - 1, 0, 0)
    found.pop(b"smpl")
    save_audio(tmp_path / f"b{suffix}", y, 44_100, bits=bits)
    assert found.keys() == chunks_of((tmp_path / f"b{suffix}").read_bytes()).keys()
    whole = sf.read(tmp_path / f"b{suffix}", dtype="float32")[0]
    np.testing.assert_array_equal(sf.read(path, dtype="float32")[0], whole)
    back, sr = load_audio(path, sr=None, mono=False)
    assert sr == 44_100
    np.testing.assert_array_equal(back, load_audio(tmp_path / f"b{suffix}", sr=None, mono=False)[0])


def test_a_chunk_begins_at_an_even_byte() -> None:
    """Also where a last chunk of odd size was left without the byte that fills it up."""
    data = b"RIFF" + struct.pack("<I", 15) + b"WAVE" + b"odd " + struct.pack("<I", 3) + b"abc"
    found = chunks_of(with_chunk(data, loop_chunk(10, SR)))
    assert found.keys() == {b"odd ", b"smpl"} and found[b"odd "] == b"abc"


@pytest.mark.parametrize("suffix", sorted(set(FORMATS) - {".wav", ".rf64"}))
def test_other_formats_have_no_loop(tmp_path: Path, suffix: str) -> None:
    save_audio(tmp_path / f"a{suffix}", Y, 24_000, loop=True)
    assert b"smpl" not in (tmp_path / f"a{suffix}").read_bytes()
    assert len(load_audio(tmp_path / f"a{suffix}", sr=None)[0]) == len(Y)


@pytest.mark.parametrize(
    ("suffix", "sr", "channels", "expected"),
    [
        (".wav", 22_051, 2, 22_051),
        (".flac", 192_000, 1, 192_000),
        (".opus", 48_000, 2, 48_000),
        (".opus", 44_100, 2, 48_000),
        (".OPUS", 22_050, 1, 24_000),
        (".opus", 96_000, 5, 48_000),
        (".mp3", 96_000, 2, 48_000),
        (".mp3", 44_100, 2, 44_100),
        (".mp3", 22_051, 1, 24_000),
        (".ogg", 192_000, 2, 192_000),
        (".mp3", 1000, 1, 8000),
    ],
)
def test_the_nearest_rate(
    tmp_path: Path, suffix: str, sr: int, channels: int, expected: int
) -> None:
    assert nearest_rate(suffix, sr, channels) == expected
    check_target(tmp_path / f"a{suffix}", sr=expected, channels=channels)
    if expected != sr:
        with pytest.raises(AudioError, match="cannot hold"):
            check_target(tmp_path / f"a{suffix}", sr=sr, channels=channels)


def test_the_nearest_depth() -> None:
    for suffix, form in FORMATS.items():
        found = [nearest_bits(suffix, bits) for bits in (16, "24", "32f", None)]
        if form.lossy:
            assert found == [None] * 4
        else:
            assert found == ["16", "24", "24" if suffix == ".flac" else "32f", None]


def test_nearest_of_what_is_no_format_rate_or_depth() -> None:
    with pytest.raises(AudioError, match=r"no sound is written with the suffix '\.txt'"):
        nearest_rate(".txt", SR)
    with pytest.raises(AudioError, match=r"no sound is written with the suffix '\.txt'"):
        nearest_bits(".txt", None)
    with pytest.raises(AudioError, match="sr is 7"):
        nearest_rate(".wav", 7)
    with pytest.raises(AudioError, match=r"\.mp3 cannot hold 3 channels"):
        nearest_rate(".mp3", SR, 3)
    with pytest.raises(AudioError, match="bits is 20; expected one of 16, 24, 32f, or None"):
        nearest_bits(".wav", 20)


def test_encoded_sounds_are_whole() -> None:
    for suffix, form in FORMATS.items():
        for n in (1, 100, 5001):
            for channels in (1, 2):
                data = writing.encoded(ALL[:channels, :n], 24000, suffix, None)
                assert writing._decoded_shape(data) == (channels, n), (suffix, form)
            assert sf.info(io.BytesIO(data)).samplerate == 24000

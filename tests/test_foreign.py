"""Sound that libsndfile does not read, by FFmpeg; and what is said where there is no PyAV."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import threading
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
from fuzz import foreign_file

from audiostyle_lib import AudioError, AudioWarning, load_audio
from audiostyle_lib.files.foreign import foreign_kind
from audiostyle_lib.files.reading import read_audio
from audiostyle_lib.sounds import tone

SR = 48_000
M4A = (Path(__file__).parent / "data" / "tone.m4a").read_bytes()  # 440 Hz, 2 s, index at the end
RNG = np.random.default_rng(0)
# Three seconds of two channels that differ, of a length that no coder's block divides.
TWO = np.stack([tone(f, seconds=3.0, sr=SR) for f in (440.0, 660.0)]) * np.linspace(
    0.1, 0.5, 3 * SR
)
TWO = (TWO + RNG.normal(0, 1e-3, TWO.shape))[:, :-7].astype(np.float32)
N = TWO.shape[1]
# Container, coding, format of samples; the depth that is found; samples that a coder may add or
# leave away where the container does not say how many they are.
WHOLE = {
    ("ipod", "aac", "fltp"): (None, 0),
    ("adts", "aac", "fltp"): (None, 2048),
    ("ipod", "alac", "s16p"): ("16", 0),
    ("ipod", "alac", "s32p"): ("24", 0),
    ("mov", "pcm_s16le", "s16"): ("16", 0),
    ("mov", "pcm_s24le", "s32"): ("24", 0),
    ("mov", "pcm_f32le", "flt"): ("32f", 0),
    ("mov", "adpcm_ima_qt", "s16p"): ("16", 64),
    ("webm", "libopus", "flt"): (None, 0),
    ("matroska", "flac", "s16"): ("16", 0),
    ("matroska", "pcm_f32le", "flt"): ("32f", 0),
    ("caf", "alac", "s16p"): ("16", 0),
    ("asf", "wmav2", "fltp"): (None, 2048),
    ("wav", "wmav2", "fltp"): (None, 2048),
    ("avi", "ac3", "fltp"): (None, 2048),
    ("flv", "aac", "fltp"): (None, 2048),
    ("wv", "wavpack", "s16p"): ("16", 0),
    ("tta", "tta", "s16"): ("16", 0),
}


def made(container: str, coding: str, sample: str, Y: np.ndarray = TWO, sr: int = SR) -> bytes:
    pytest.importorskip("av")
    try:
        return foreign_file(Y, sr, container, coding, sample)
    except LookupError as error:
        pytest.skip(str(error))


def of_aac(**options: int) -> bytes:
    return made("ipod", "aac", "fltp", **options)


def delay(y: np.ndarray, z: np.ndarray) -> int:
    """Samples by which `z` comes behind `y`."""
    n = len(y) + len(z)
    found = np.fft.irfft(np.conj(np.fft.rfft(y, n)) * np.fft.rfft(z, n), n).argmax()
    return int(found) if found < n // 2 else int(found) - n


@pytest.mark.parametrize("kind", WHOLE, ids=" ".join)
def test_whole(kind: tuple[str, str, str]) -> None:
    """All of it, each channel in its place, at the file's rate, without a word."""
    bits, more = WHOLE[kind]
    av = pytest.importorskip("av")
    found = read_audio(io.BytesIO(made(*kind)), sr=None, mono=False)
    assert (found.sr, found.bits, found.warnings) == (SR, bits, ())
    assert found.y.dtype == np.float32 and found.y.shape[0] == 2
    old = kind[1] == "aac" and int(av.__version__.partition(".")[0]) < 18  # it rounds to ms
    assert abs(found.y.shape[1] - N) <= max(more, 48 * old)
    for before, after in zip(TWO, found.y, strict=True):
        late = delay(before, after) if more == 2048 else 0
        assert abs(late) <= more  # and with Windows Media FFmpeg loses the first block
        one, two = before[2048:-4096], after[2048 + late :][: N - 6144]
        assert np.corrcoef(one, two)[0, 1] > (0.999999 if bits and not more else 0.99)
        assert np.std(two) == pytest.approx(np.std(one), rel=0.02)


def test_alac_in_a_core_audio_file_to_its_end() -> None:
    """FFmpeg 8 takes away what would fill the last block from a block that is short already."""
    y, _ = load_audio(io.BytesIO(made("caf", "alac", "s16p", TWO[:, :SR])), sr=None, mono=False)
    np.testing.assert_allclose(y, TWO[:, :SR], atol=1e-4)


@pytest.mark.parametrize("container", ["3gp", "amr"])
def test_what_telephones_record(container: str) -> None:
    y = tone(440.0, seconds=1.0, sr=8000)
    data = made(container, "libopencore_amrnb", "s16", y[None], 8000)
    found = read_audio(io.BytesIO(data), sr=None)
    assert (found.sr, found.bits, found.warnings) == (8000, None, ())
    assert 0 <= len(found.y) - 8000 < 320
    assert np.abs(np.fft.rfft(found.y[:8000])).argmax() == 440


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", [8000, 22_050, 44_100])
def test_rates_and_channels(channels: int, rate: int) -> None:
    Y = 0.5 * np.stack([tone(440.0 * (k + 1), seconds=1.0, sr=rate) for k in range(channels)])
    y, sr = load_audio(io.BytesIO(of_aac(Y=Y, sr=rate)), sr=None, mono=False)
    assert sr == rate and np.atleast_2d(y).shape[0] == channels
    assert [np.abs(np.fft.rfft(c[:rate])).argmax() for c in np.atleast_2d(y)] == [440, 880][
        :channels
    ]


def test_the_telephone_s_file(tmp_path: Path) -> None:
    """By path, in memory, through a pipe; whole, although a coder filled its last block."""
    pytest.importorskip("av")
    (tmp_path / "tone.m4a").write_bytes(M4A)
    y, sr = load_audio(tmp_path / "tone.m4a")
    assert (len(y), sr) == (44_100, 22_050) and np.abs(np.fft.rfft(y)).argmax() == 880
    np.testing.assert_array_equal(load_audio(io.BytesIO(M4A))[0], y)
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(M4A,))
    writer.start()
    np.testing.assert_array_equal(load_audio(tmp_path / "pipe")[0], y)
    writer.join()


@pytest.mark.parametrize("kind", list(WHOLE)[:9], ids=" ".join)
def test_a_part_is_what_stands_there_in_the_whole(kind: tuple[str, str, str]) -> None:
    data = made(*kind)
    whole, _ = load_audio(io.BytesIO(data), sr=None, mono=False)
    for how, (a, b) in {
        (("start", 1.5), ("end", 2.25)): (1.5, 2.25),
        (("start", 1.5), ("max_seconds", 0.5)): (1.5, 2.0),
        (("end", 1.0),): (0, 1.0),
        (("start", 2.5), ("end", 99.0)): (2.5, 99),
    }.items():
        y, _ = load_audio(io.BytesIO(data), sr=None, mono=False, **dict(how))
        np.testing.assert_array_equal(y, whole[:, round(a * SR) : round(b * SR)])
    with pytest.raises(AudioError, match=r"start is 6 s, but .* ends after 3\.\d\d s; expected a"):
        load_audio(io.BytesIO(data), start=6)


def test_limits_are_those_of_other_files(monkeypatch: pytest.MonkeyPatch) -> None:
    data = of_aac()
    monkeypatch.setattr("audiostyle_lib.files.samples._LARGEST", 4 * SR)
    with pytest.raises(AudioError, match=r"holds 3 s or more; expected at most 2 s"):
        load_audio(io.BytesIO(data), mono=False, sr=None)
    assert load_audio(io.BytesIO(data), mono=False, sr=None, max_seconds=1)[0].shape == (2, SR)
    with pytest.raises(AudioError, match=r"holds 2 s or more"):  # it does not say how long it is
        load_audio(io.BytesIO(made("adts", "aac", "fltp")), mono=False, sr=None)


def test_memory_for_what_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a.m4a").write_bytes(made("ipod", "alac", "s16p", np.tile(TWO, 20)))
    tracemalloc.start()
    try:
        y, _ = load_audio(tmp_path / "a.m4a", sr=None, mono=False, start=58, max_seconds=1)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert y.shape == (2, SR) and peak < 8 * y.nbytes  # of sixty times as much


def test_damage_is_left_out_and_said(capfd: pytest.CaptureFixture[str]) -> None:
    data = bytearray(made("adts", "aac", "fltp"))
    middle = len(data) // 2
    data[middle : middle + 600] = RNG.bytes(600)
    with pytest.warns(AudioWarning, match=r"is damaged after 1\.\d\d s: .* left out"):
        y, _ = load_audio(io.BytesIO(data), sr=None, mono=False)
    assert 0.8 * N < y.shape[1] < 1.05 * N
    assert capfd.readouterr() == ("", "")  # FFmpeg itself says nothing


@pytest.mark.parametrize("kind", [("matroska", "flac", "s16"), ("wv", "wavpack", "s16p")])
def test_a_cut_file_gives_its_start(kind: tuple[str, str, str]) -> None:
    data = made(*kind)
    message = r"is cut short: 3\.00 s are promised, 1\.\d\d s are|is damaged after 1\.\d\d s"
    with pytest.warns(AudioWarning, match=message):
        y, _ = load_audio(io.BytesIO(data[: len(data) // 2]), sr=None, mono=False)
    assert 0.3 * N < y.shape[1] < 0.7 * N
    np.testing.assert_allclose(y[:, :SR], TWO[:, :SR], atol=1e-4)


def test_a_cut_m4a_that_begins_with_its_index() -> None:
    """As they are made for the web; the index of others is at the end, and goes first."""
    data = of_aac()
    at = data.index(b"moov") - 4
    index = data[at:]
    head = int.from_bytes(data[:4], "big")
    table = bytearray(index)
    where = table.index(b"stco") + 12
    for k in range(int.from_bytes(table[where - 4 : where], "big")):
        old = int.from_bytes(table[where + 4 * k : where + 4 * k + 4], "big")
        table[where + 4 * k : where + 4 * k + 4] = (old + len(table)).to_bytes(4, "big")
    web = data[:head] + bytes(table) + data[head:at]
    np.testing.assert_array_equal(load_audio(io.BytesIO(web))[0], load_audio(io.BytesIO(data))[0])
    with pytest.warns(AudioWarning) as said:
        y, _ = load_audio(io.BytesIO(web[: -(at - head) // 2]), sr=None, mono=False)
    words = r"is cut short: 3\.00 s are promised, 1\.\d\d s are there"
    assert any(re.search(words, str(warning.message)) for warning in said)
    assert 0.3 * N < y.shape[1] < 0.8 * N
    with pytest.raises(AudioError, match=r"cannot be read as sound \(Invalid data"):
        load_audio(io.BytesIO(data[: at - 100]))


def test_a_second_stream_is_said() -> None:
    av = pytest.importorskip("av")
    file = io.BytesIO()
    with av.open(file, "w", format="matroska") as out:
        streams = [out.add_stream("flac", rate=SR) for _ in range(2)]
        for stream in streams:
            stream.codec_context.layout, stream.codec_context.format = "mono", "s16"
        for k, stream in enumerate(streams):
            y = np.ascontiguousarray(TWO[k : k + 1])
            frame = av.AudioFrame.from_ndarray(y, format="fltp", layout="mono")
            frame.sample_rate, frame.pts = SR, 0
            for part in (frame, None):
                out.mux(stream.encode(part))
    with pytest.warns(AudioWarning, match="has 2 streams of sound: the first was read"):
        y, _ = load_audio(io.BytesIO(file.getvalue()), sr=None)
    np.testing.assert_allclose(y, TWO[0], atol=1e-4)


def test_a_film_without_sound() -> None:
    av = pytest.importorskip("av")
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as out:
        stream = out.add_stream("mpeg4", rate=25)
        stream.width = stream.height = 32
        stream.pix_fmt = "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8))
        for part in (frame, None):
            out.mux(stream.encode(part))
    with pytest.raises(AudioError, match=r"an MP4 or QuickTime file without sound \(it holds vid"):
        load_audio(io.BytesIO(file.getvalue()))


def test_a_coding_that_is_wild_is_no_sound() -> None:
    Y = TWO.copy()
    Y[:, 1000] = 1e30
    with pytest.raises(AudioError, match=r"has samples up to 1e\+30.*it is damaged"):
        load_audio(io.BytesIO(made("matroska", "pcm_f32le", "flt", Y)))
    with pytest.warns(AudioWarning, match=r"has samples up to .*: scaled by"):
        load_audio(io.BytesIO(made("matroska", "pcm_f32le", "flt", 3 * TWO)))


def test_no_playlist_is_followed(tmp_path: Path) -> None:
    """Text that FFmpeg would take for a list of other files is no sound."""
    (tmp_path / "a.m4a").write_bytes(M4A)
    for text in (f"ffconcat version 1.0\nfile {tmp_path}/a.m4a\n", f"#EXTM3U\n{tmp_path}/a.m4a\n"):
        (tmp_path / "list.m4a").write_text(text)
        with pytest.raises(AudioError, match=r"list.m4a cannot be read as sound"):
            load_audio(tmp_path / "list.m4a")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (M4A, "an MP4 or QuickTime file"),
        (b"\x1a\x45\xdf\xa3" + bytes(99), "a WebM or Matroska file"),
        (b"#!AMR\n" + bytes(99), "an AMR file"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11" + bytes(99), "a Windows Media file"),
        (
            b"\xff\xf1\x4c\x80\x01\x1f\xfc\x00" + b"\xff\xf1\x4c\x80\x01\x1f\xfc\x00",
            "a stream of AAC",
        ),
        (b"ID3\x04\0\0\0\0\0\x02\0\0" + b"\xff\xf9\x4c\x80\x01\x1f\xfc\x00", "a stream of AAC"),
    ],
    ids=["m4a", "webm", "amr", "wma", "aac", "aac behind a tag"],
)
def test_without_pyav_it_is_named(monkeypatch: pytest.MonkeyPatch, data: bytes, words: str) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    message = rf"is {words}, which libsndfile cannot read; .*: pip install 'audiostyle\[formats\]'$"
    with pytest.raises(AudioError, match=message):
        load_audio(io.BytesIO(data))


def test_without_pyav_a_core_audio_file_is_named_by_its_coding(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = made("caf", "alac", "s16p")
    whole = made("caf", "pcm_s16be", "s16")
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(AudioError, match=r"is a Core Audio file, .*\[formats\]"):
        load_audio(io.BytesIO(data))
    assert read_audio(io.BytesIO(whole)).bits == "16"
    for broken in (b"RIFF\0\0\0\0WAVEfmt ", b"caff\0\0", b"once upon a time", bytes(5000)):
        with pytest.raises(AudioError, match=r"another format of libsndfile$"):
            load_audio(io.BytesIO(broken))


def test_pyav_is_loaded_where_it_is_needed_and_not_before(tmp_path: Path) -> None:
    pytest.importorskip("av")
    (tmp_path / "a.m4a").write_bytes(M4A)
    code = """
import sys
import numpy as np
from audiostyle_lib import load_audio, save_audio
save_audio("a.wav", np.zeros(100), 22050)
load_audio("a.wav")
before = "av" in sys.modules
load_audio("a.m4a")
print(before, "av" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("False True\n", "")


def test_what_is_no_such_file_is_not_taken_for_one() -> None:
    for data in (b"the free man", b"\xff\xf1" + bytes(99), b"RIFF\0\0\0\0RMID", b"", b"\xff"):
        assert foreign_kind(bytearray(data)) is None, data

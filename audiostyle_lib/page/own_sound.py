"""The reader's own sound: a file by its path, an upload or a recording, the same on every host.

With a kernel `bring_sound()` shows an upload button and, where the browser allows it, a recorder;
without one (a built page) a sound of the book stands in. The browser decodes what is chosen, and
sends the seconds that are used: a large file would close the kernel's socket, and without PyAV the
kernel does not read what telephones record. `download` gives a result back as a file.
"""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Mapping, Sequence
from html import escape

import ipywidgets
import numpy as np
import soundfile as sf

from ..arguments import check_number
from ..audio import SR, AudioError, AudioWarning, check_audio
from ..files.reading import load_audio
from ..sounds import load_sound
from .engine import own_script
from .html import Html, asset, data_address

_LARGEST = 10_000_000  # bytes: Jupyter closes the socket on a message of more than 10 MiB
# What browsers decode or libsndfile reads, also where a system does not know the suffix as audio.
ACCEPT = "audio/*," + ",".join(
    [
        ".wav",
        ".flac",
        ".ogg",
        ".oga",
        ".opus",
        ".mp3",
        ".aif",
        ".aiff",
        ".m4a",
        ".mp4",
        ".aac",
        ".3gp",
        ".caf",
        ".webm",
    ]
)
_LONGEST_DOWNLOAD = 120  # seconds inside a page


class YourSound(ipywidgets.VBox):
    """A sound that can be replaced by an upload or a recording: `y` and `sr` are the latest.

    `name` says which it is. An upload that is no sound, or too short, or too large, changes
    nothing, and says why.
    """

    def __init__(self, y: np.ndarray, sr: int, name: str, *, max_seconds: float) -> None:
        self.y, self.sr, self.name = y, sr, name
        self._max_seconds = max_seconds
        self._upload = ipywidgets.FileUpload(
            accept=ACCEPT,
            multiple=False,
            description="Your sound",
        )
        self._says = ipywidgets.Label(value=self._describe("Now"))
        self._upload.observe(lambda change: self._take(change["new"]), names="value")
        record = ipywidgets.Output()
        page = _recorder(max_seconds)
        data = {"output_type": "display_data", "data": page._repr_mimebundle_(), "metadata": {}}
        record.outputs = (data,)
        super().__init__([ipywidgets.HBox([self._upload, record]), self._says])
        self.add_class("as-bring")  # by which the script finds the upload button

    def _describe(self, when: str) -> str:
        return f"{when}: {self.name}, {len(self.y) / self.sr:.1f} s. Then run the cells below."

    def _take(self, value: object) -> None:
        found = uploaded(value)
        if found is None:
            return
        name, data = found
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always", AudioWarning)
                self.y, self.sr = read_sound(data, name, max_seconds=self._max_seconds)
        except AudioError as error:
            self._says.value = f"Not taken: {error}"
            return
        self.name = name
        noted = [self._describe("Taken")]
        for warning in caught:
            if issubclass(warning.category, AudioWarning):
                noted.append(f"{warning.message}.")
            else:
                warnings.warn_explicit(
                    warning.message, warning.category, warning.filename, warning.lineno
                )
        self._says.value = " ".join(noted)


def bring_sound(
    path: str | os.PathLike | None = None, *, default: str = "sauna", max_seconds: float = 8.0
) -> YourSound:
    """Let the reader bring a sound: show upload and recorder, or read the file at `path`.

    Parameters
    ----------
    path : path, optional
        A sound file where the kernel runs; without it there is a button.
    default : str
        The book's recording that stands in until one is brought (`sounds.recordings`).
    max_seconds : number
        What is longer is cut: a few seconds are enough for a texture, and quick. An upload brings
        at most 16 s of one channel, or 8 s of two.

    Returns
    -------
    YourSound
        Its `y`, `sr` and `name` are the latest sound; shown at the end of a cell, it has the
        controls.

    Raises
    ------
    AudioError
        If the file at `path` cannot be used: see `read_sound`.

    Examples
    --------
    >>> sound = bring_sound(default="crow")
    >>> sound.name, sound.sr, sound.y.dtype
    ('crow', 22050, dtype('float32'))
    """
    max_seconds = check_number("max_seconds", max_seconds, 1.0)
    if path is None:
        y = load_sound(default, seconds=None)[: round(max_seconds * SR)]
        return YourSound(y, SR, default, max_seconds=max_seconds)
    y, sr = load_audio(path, max_seconds=max_seconds)
    y = check_audio(y, sr, name=str(path), min_seconds=1.0)
    return YourSound(y, sr, os.path.basename(path), max_seconds=max_seconds)


def read_sound(data: bytes, name: str, *, max_seconds: float = 8.0) -> tuple[np.ndarray, int]:
    """The bytes of a sound file as one channel at 22,050 Hz, cut to `max_seconds`.

    Raises
    ------
    AudioError
        If they are no sound that can be read, larger than 10 MB, shorter than 1 s, or silent.

    Examples
    --------
    >>> read_sound(b"once upon a time", "story.txt")
    Traceback (most recent call last):
    audiostyle_lib.audio.AudioError: story.txt cannot be read as sound (Format not recognised.); \
expected WAV, FLAC, OGG, MP3 or another format of libsndfile
    """
    if len(data) > _LARGEST:
        raise AudioError(f"{name} has {len(data) / 1e6:.0f} MB; expected at most 10: cut it first")
    file = io.BytesIO(data)
    file.name = name  # for messages, and for formats that are known by their suffix alone
    y, sr = load_audio(file, max_seconds=max_seconds)
    return check_audio(y, sr, name=name, min_seconds=1.0), sr


def uploaded(value: object) -> tuple[str, bytes] | None:
    """Name and bytes of what an ipywidgets `FileUpload` holds, of version 7 or 8; None if nothing.

    >>> uploaded(({"name": "a.wav", "content": memoryview(b"RIFF")},))
    ('a.wav', b'RIFF')
    >>> uploaded({"a.wav": {"content": b"RIFF"}})
    ('a.wav', b'RIFF')
    >>> uploaded(()) is None
    True
    """
    if not value:
        return None
    if isinstance(value, Mapping):  # 7: by name
        name, file = list(value.items())[-1]
    elif isinstance(value, Sequence):  # 8: a tuple
        file = value[-1]
        name = file["name"]
    else:
        return None
    return str(name), bytes(file["content"])


def download(y: np.ndarray, sr: int, name: str = "texture.wav") -> Html:
    """A link that saves the sound as a 16-bit WAV file; the file is in the page itself.

    Parameters
    ----------
    y : array of shape (n,) or (channels, n)
        At most two minutes; longer ones are for `save_audio`.
    sr : int
    name : str
        What the file will be called.

    Raises
    ------
    AudioError
        If `y` is no sound, or too long.

    Examples
    --------
    >>> print(str(download(np.zeros(4), 22050))[:45])
    <a download="texture.wav" href="data:audio/wa
    """
    y = check_audio(y, sr)
    seconds = y.shape[-1] / sr
    if seconds > _LONGEST_DOWNLOAD:
        raise AudioError(
            f"the sound lasts {seconds:.0f} s; expected at most {_LONGEST_DOWNLOAD} in a page: "
            "save it with save_audio"
        )
    buffer = io.BytesIO()
    sf.write(buffer, y.T, sr, format="WAV", subtype="PCM_16")
    size = f"{seconds:.1f} s, {buffer.tell() / 1e6:.1f} MB"
    return Html(
        f'<a download="{escape(name)}" href="{data_address("audio/wav", buffer.getvalue())}">'
        f"Save {escape(name)}</a> ({size})"
    )


def _recorder(max_seconds: float) -> Html:
    """A button that records in the browser, and what looks after the upload button beside it.

    Without its script the one stays switched off, and the other sends a file as it is.
    """
    return Html(
        f'<div class="as-record as-bar" data-seconds="{max_seconds:g}">'
        f"<style>{asset('widgets.css')}</style>"
        '<button type="button" disabled data-lm-suppress-shortcuts="true">● Record</button>'
        f'<input type="file" class="as-off" accept="{ACCEPT}" aria-label="Your sound">'
        '<output aria-live="polite"></output>'
        '<a class="as-off" download="recording.wav" href="#">Save the recording</a></div>'
        f"<script>{own_script('../bring', 'startBringing();')}</script>"
    )

"""Live controls, where a kernel runs: turn knobs, make a sound, watch it come, stop it, hear it.

Made of the ipywidgets calls that versions 7 and 8 share. The book's pages hold none of them: there
the explorers of `widgets` answer without a kernel.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from threading import Event, Thread

import ipywidgets

from ..audio import AudioError
from .widgets import Clip, Explorer, Html, players

_KEPT = 8  # takes that can be compared


class Stopped(Exception):
    """Raised inside a synthesis whose stop button was pressed."""


class Live(ipywidgets.VBox):
    """Knobs, a button that makes a sound with them, a progress bar, a stop button, and the takes.

    The work runs beside the notebook, so that other cells can be used meanwhile. An error or a stop
    changes nothing: the takes so far remain.

    Parameters
    ----------
    make : function
        Called with a value for every knob by name, and `progress`, to be handed on to the library;
        returns a `Clip`.
    knobs : mapping of str to sequence
        Names of parameters of `make`, each with its values in order. Numbers make a slider, words a
        list.
    beside : sequence of Clip
        Sounds to compare with.

    Examples
    --------
    >>> from audiostyle_lib.sounds import tone
    >>> def make(frequency, progress):
    ...     return Clip(tone(frequency), 22050, "Tone", "One steady pitch.")
    >>> controls = Live(make, {"frequency": [220.0, 440.0]})
    >>> controls.press()
    >>> controls.wait()
    'Take 1 is ready.'
    """

    def __init__(
        self,
        make: Callable[..., Clip],
        knobs: Mapping[str, Sequence[float | str]],
        *,
        beside: Sequence[Clip] = (),
    ) -> None:
        if not knobs:
            raise AudioError("there are no knobs; expected at least one")
        self._make, self._beside = make, list(beside)
        self.takes: list[Clip] = []
        self._stop, self._worker = Event(), Thread()
        self.knobs = {name: _knob(name, values) for name, values in knobs.items()}
        self.go = ipywidgets.Button(description="Make it", button_style="primary")
        self.halt = ipywidgets.Button(description="Stop", disabled=True)
        self.bar = ipywidgets.FloatProgress(value=0.0, min=0.0, max=1.0)
        self.says = ipywidgets.Label(value="Turn the knobs, then make it.")
        self.out = ipywidgets.Output()
        self.go.on_click(lambda _: self.press())
        self.halt.on_click(lambda _: self.stop())
        buttons = ipywidgets.HBox([self.go, self.halt, self.bar, self.says])
        super().__init__([*self.knobs.values(), buttons, self.out])

    def press(self) -> None:
        """Begin a take with the knobs as they stand; nothing while another is being made."""
        if self._worker.is_alive():
            return
        self._stop.clear()
        self.go.disabled, self.halt.disabled, self.bar.value = True, False, 0.0
        values = {name: knob.value for name, knob in self.knobs.items()}
        self._worker = Thread(target=self._work, args=(values,), daemon=True)
        self._worker.start()

    def stop(self) -> None:
        """Stop the take that is being made, at its next step."""
        self._stop.set()

    def wait(self, timeout: float | None = None) -> str:
        """Wait for the take that is being made; returns what the controls say then."""
        self._worker.join(timeout)
        return self.says.value

    def _tell(self, what: str, share: float) -> None:
        if self._stop.is_set():
            raise Stopped
        if share - self.bar.value > 0.02 or share < self.bar.value or share >= 1:
            self.bar.value, self.says.value = share, f"{what} ..."

    def _work(self, values: dict[str, float | str]) -> None:
        began = time.perf_counter()
        try:
            clip = self._make(**values, progress=self._tell)
            where = ", ".join(f"{_words(name)} {value}" for name, value in values.items())
            words = f"{where}: {clip.words} ({time.perf_counter() - began:.1f} s of work)"
            self.takes.append(Clip(clip.y, clip.sr, clip.title, words, clip.numbers))
            self._show()
            self.says.value = f"Take {len(self.takes)} is ready."
        except Stopped:
            self.says.value = f"Stopped after {time.perf_counter() - began:.1f} s."
        except AudioError as error:
            self.says.value = f"That did not work: {error}"
        except Exception as error:  # a thread's error would be lost: say it where one looks
            self.says.value = f"That did not work: {type(error).__name__}: {error}"
        finally:
            self.go.disabled, self.halt.disabled = False, True

    def _show(self) -> None:
        last = list(enumerate(self.takes, 1))[-_KEPT:]
        if len(last) == 1:
            page: Html = players(*self._beside, last[0][1])
        else:
            takes: dict[float | str, Clip] = dict(last)
            page = Explorer(
                "Your takes", {"take": list(takes)}, takes, beside=self._beside, start=last[-1][0]
            )
        # Set as a whole: what a thread prints into an Output may land in another cell.
        data = {"output_type": "display_data", "data": page._repr_mimebundle_(), "metadata": {}}
        self.out.outputs = (data,)


def _words(name: str) -> str:
    return name.replace("_", " ")


def _knob(name: str, values: Sequence[float | str]) -> ipywidgets.Widget:
    """A slider for numbers, a list for words, beginning in the middle."""
    if len(values) < 2:
        raise AudioError(f"{name} has {len(values)} values; expected at least 2")
    kind = ipywidgets.Dropdown if isinstance(values[0], str) else ipywidgets.SelectionSlider
    return kind(
        description=_words(name),
        options=list(values),
        value=values[len(values) // 2],
        style={"description_width": "initial"},
    )

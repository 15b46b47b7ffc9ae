"""What sentences under players claim is held against their sounds, and a false claim stops."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from test_site import HTML, PAGES

from audiostyle_lib.audio import AudioError
from audiostyle_lib.page import Clip, Explorer, Picture, players
from audiostyle_lib.page.checks import (
    Check,
    checks_on,
    findings,
    follows,
    independent_of,
    less,
    main,
    more,
    same,
)
from audiostyle_lib.page.hearing import (
    BAND_SHARPNESS,
    BRIGHTNESS,
    FADE,
    GAPS,
    NOISINESS,
    PERIODICITY,
    PITCH,
    RISE,
    SHARPNESS,
    UNEVENNESS,
    WIDTH,
    Measure,
    beat,
    click_at,
    colour,
    copied,
    course,
    distance,
    level_at,
    stretch,
)
from audiostyle_lib.sounds import clicks, harmonic_note, load_sound, matched_noise, tone

SR = 22050
SECONDS = 3.0
NOISE = np.random.default_rng(0).normal(0, 0.1, round(SECONDS * SR))
OTHER = np.random.default_rng(1).normal(0, 0.1, round(SECONDS * SR))
T = np.arange(len(NOISE)) / SR
SWELLS = NOISE * (1 + np.sin(2 * np.pi * 1.3 * T))
NOTE = harmonic_note(220.0, seconds=SECONDS)
BEAT = clicks(5.0, seconds=SECONDS)
SMEARED = np.convolve(BEAT, np.hanning(600) / 300, "same")
HOLE = np.where(abs(T - 1.5) < 0.02, 0, NOISE)
JUMP = np.where(T > 1.5, 0.3, 0) + 0.1 * np.sin(2 * np.pi * 100 * T)
DRUMS = load_sound("drum_roll", seconds=SECONDS)
SAUNA = load_sound("sauna")[SR : 4 * SR]


@pytest.mark.parametrize(
    ("measure", "much", "little"),
    [
        (BRIGHTNESS, tone(880.0), tone(800.0)),
        (SHARPNESS, BEAT, SMEARED),
        (BAND_SHARPNESS, BEAT, matched_noise(BEAT, SR)),
        (RISE, SMEARED, BEAT),
        (UNEVENNESS, SWELLS, NOISE),
        (FADE, NOISE * np.linspace(1, 0.5, len(NOISE)), NOISE),
        (GAPS, SWELLS, NOISE),
        (NOISINESS, NOTE + 0.1 * NOISE, NOTE),
        (PERIODICITY, NOTE, 0.4 * NOTE + NOISE),
        (WIDTH, np.stack([NOISE, OTHER]), np.stack([NOISE, NOISE + 0.3 * OTHER])),
        (PITCH, tone(446.0), tone(440.0)),
        (course(SWELLS), OTHER * (1 + np.sin(2 * np.pi * 1.3 * T)), OTHER),
        (beat(0.2), BEAT, matched_noise(BEAT, SR)),
        (level_at(1.48, 1.52), NOISE, HOLE),
        (stretch(BRIGHTNESS, 2, 3), np.r_[NOTE, tone(3000.0)][SR:], NOTE),
        (click_at(1.5), JUMP, np.roll(JUMP, SR)),
        (distance(DRUMS), SAUNA, load_sound("drum_roll")[-3 * SR :]),
        (colour(DRUMS), SAUNA, matched_noise(DRUMS, SR)),
        (copied(DRUMS), DRUMS, matched_noise(DRUMS, SR)),
    ],
    ids=lambda x: x.name if isinstance(x, Measure) else "",
)
def test_a_check_holds_for_what_has_it_and_for_nothing_else(
    measure: Measure, much: np.ndarray, little: np.ndarray
) -> None:
    """Whatever the level, and for one channel as for the same twice, but for how wide it is."""
    half = measure.of(0.5 * much, SR)
    assert half == pytest.approx(measure.of(much, SR), rel=1e-3, abs=1e-3)
    for y, other, right, wrong in [(much, little, more, less), (little, much, less, more)]:
        (found,) = Clip(y, SR, "A", "", checks=[right(measure, other)]).findings
        assert found.holds and found.name == measure.name
        for check in (wrong(measure, other), same(measure, other), right(measure, y)):
            with pytest.raises(AudioError, match="is not borne out"):
                Clip(y, SR, "A", "", checks=[check])
        assert Clip(y, SR, "A", "", checks=[same(measure, y)]).findings[0].holds
    between = (measure.of(much, SR) + measure.of(little, SR)) / 2
    Clip(much, SR, "A", "", checks=[more(measure, between)])
    Clip(little, SR, "A", "", checks=[less(measure, between)])


@pytest.mark.parametrize(
    "measure",
    [BRIGHTNESS, SHARPNESS, RISE, UNEVENNESS, FADE, GAPS, NOISINESS, PERIODICITY, beat(0.2)],
)
def test_channels_are_averaged(measure: Measure) -> None:
    one = measure.of(BEAT + 0.1 * NOISE, SR)
    two = measure.of(np.stack([BEAT + 0.1 * NOISE] * 2), SR)
    assert two == pytest.approx(one, rel=1e-3)


def test_it_follows_or_goes_its_own_way() -> None:
    again = OTHER * (1 + np.sin(2 * np.pi * 1.3 * T))
    later = OTHER * (1 + np.cos(2 * np.pi * 1.3 * T))
    assert Clip(again, SR, "A", "", checks=[follows(SWELLS)]).findings
    assert Clip(later, SR, "A", "", checks=[independent_of(SWELLS)]).findings
    for y, check in [(later, follows(SWELLS)), (again, independent_of(SWELLS))]:
        with pytest.raises(AudioError, match="course of level"):
            Clip(y, SR, "A", "", checks=[check])
    far = [
        course(OTHER).of(np.random.default_rng(s).normal(0, 0.1, len(OTHER)), SR)
        for s in range(2, 52)
    ]
    assert np.std(far) < 0.2 and max(far) < 0.5  # by chance


def test_nearer_to_one_than_to_another() -> None:
    rest = load_sound("drum_roll")[-3 * SR :]
    nearer: list[Check] = [less(distance(DRUMS), distance(SAUNA))]
    (found,) = findings(rest, SR, nearer)
    assert found.measured < found.beside - 0.02
    with pytest.raises(AudioError, match=r'"Steam." \(Mixture\) is not borne out: auditory dist'):
        findings(SAUNA, SR, nearer, title="Mixture", words="Steam.")


def test_what_is_no_moment_of_a_sound_is_refused() -> None:
    for check in (
        more(beat(5.0), 0.5),
        less(level_at(4.0, 5.0), -6.0),
        more(stretch(GAPS, 4, 5), 1),
    ):
        with pytest.raises(AudioError, match=r"3\.00 s"):
            findings(NOISE, SR, [check])
    with pytest.raises(AudioError, match="A has 2 NaN"):
        findings(np.full(2, np.nan), SR, [less(GAPS, 3.0)], title="A")
    assert findings(np.full(2, np.nan), SR, []) == ()  # what is not claimed is not looked at


def test_a_page_carries_what_was_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    low = tone(440.0)
    clip = Clip(tone(880.0), SR, 'B & "b"', "Higher.", checks=[more(PITCH, low), less(RISE, 90.0)])
    assert Clip(low, SR, "A", "Low.").findings == ()

    def at(n: int) -> Clip:
        return Clip(tone(220.0 * n), SR, "C", "Up.", checks=[same(PITCH, 220.0 * n)])

    page = f"{players(Clip(low, SR, 'A', 'Low.'), clip)}{Explorer('Up', {'n': [2, 4]}, at)}"
    shown = Picture(np.zeros((4, 4, 3)), "D", "Black.")
    n_clips, found = checks_on(f"{page}{Explorer('D', {'n': [1, 2]}, lambda n: shown)}")
    assert n_clips == 4  # and two pictures
    assert [title for title, _ in found] == ['B & "b"', 'B & "b"', "C (n 2)", "C (n 4)"]
    assert [f.measured for _, f in found] == pytest.approx(
        [880, clip.findings[1].measured, 440, 880], rel=0.01
    )
    assert all(f.holds for _, f in found)
    assert max(len(text) for text in re.findall('data-checks="([^"]+)"', page)) < 250
    (tmp_path / "page.html").write_text(page)
    main(str(tmp_path))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 + 4 + 1 and "| 4 clips, 4 checks |" in lines[-1]


def test_a_finding_that_was_made_up_does_not_hold() -> None:
    row = '[["pitch","more",440.0,880.0,0.01,"Hz",true]]'.replace('"', "&quot;")
    page = f'<figure class="as-clip" data-checks="{row}"><figcaption>A</figcaption></figure>'
    assert [(title, f.holds) for title, f in checks_on(page)[1]] == [("A", False)]


CHAPTERS = [page for page in PAGES if re.match(r"book/(\d\d_|intro|sounds_)", page)]


@pytest.mark.parametrize("page", CHAPTERS)
def test_sentences_of_the_built_book_are_borne_out(page: str) -> None:
    n_clips, found = checks_on((HTML / page).read_text("utf-8"))
    assert bool(found) == bool(n_clips), f"{n_clips} clips, and nothing was checked of them"
    assert [(title, str(f)) for title, f in found if not f.holds] == []

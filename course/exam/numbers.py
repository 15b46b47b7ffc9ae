"""Questions whose answer is a number; the numbers in them are drawn."""

from __future__ import annotations

from math import ceil, comb, log2, log10
from random import Random

from .draw import drawn, near


@drawn(1)
def gram_entry(rng: Random) -> tuple:
    a, b = ([rng.randint(0, 6) for _ in range(4)] for _ in range(2))
    return (
        f"Two filters respond at four places: the first with {a}, the second with {b}. What is "
        "the entry of the Gram matrix for this pair, as a mean over places?",
        sum(x * y for x, y in zip(a, b, strict=True)) / 4,
        "Multiply place by place, add up, divide by four.",
    )


@drawn(1)
def gram_entries(rng: Random) -> tuple:
    n, widths = rng.choice([16, 24, 40, 48, 96]), rng.choice([1, 2, 3])
    return (
        f"A network has {n} filters of each of {widths} widths, and a Gram matrix for each "
        "width. How many different numbers are that in all? (A Gram matrix is symmetric.)",
        float(widths * n * (n + 1) // 2),
        f"n (n + 1) / 2 different entries for each width: {n} on the diagonal, the rest twice.",
    )


@drawn(1)
def weighted_loss(rng: Random) -> tuple:
    w, c, s = rng.choice([0.1, 0.25, 0.4, 0.8, 0.9]), rng.randint(1, 9) / 10, rng.randint(1, 9) / 5
    return (
        f"The content loss of a picture is {c}, its style loss {s}. What is the loss at style "
        f"weight {w}, as chapter 1 adds them?",
        near((1 - w) * c + w * s, 0.01),
        "(1 - w) times the content loss and w times the style loss.",
    )


@drawn(2)
def highest_frequency(rng: Random) -> tuple:
    sr = rng.choice([8000, 16000, 24000, 32000, 48000])
    return (
        f"A sound is stored with {sr:,} samples a second. Which is the highest frequency, in "
        "hertz, that it can hold?",
        sr / 2,
        "Half the sampling rate: each swing needs two samples, one up and one down.",
    )


@drawn(2)
def distance_of_bins(rng: Random) -> tuple:
    sr, n_fft = rng.choice([16000, 22050, 44100, 48000]), rng.choice([256, 512, 2048, 4096])
    return (
        f"At {sr:,} samples a second and n_fft = {n_fft}: how many hertz lie between two bins "
        "of the STFT?",
        near(sr / n_fft),
        "The sampling rate divided by n_fft.",
    )


@drawn(2)
def number_of_bins(rng: Random) -> tuple:
    n_fft = rng.choice([256, 512, 2048, 4096])
    return (
        f"How many bins has a frame of the STFT with n_fft = {n_fft}, for a real sound?",
        float(n_fft // 2 + 1),
        "n_fft / 2 + 1: both ends, 0 Hz and half the sampling rate, are among them.",
    )


@drawn(2)
def frames_of_a_sample(rng: Random) -> tuple:
    hop = rng.choice([64, 128, 256, 512])
    n_fft = hop * rng.choice([2, 4, 8])
    return (
        f"Frames have {n_fft} samples, and a new one begins every {hop}. In how many frames "
        "does a sample far from the ends lie?",
        n_fft / hop,
        "Frame length divided by hop. This overlap is why neighbours' phases must agree.",
    )


@drawn(2)
def length_of_a_frame(rng: Random) -> tuple:
    sr, n_fft = rng.choice([16000, 32000, 44100, 48000]), rng.choice([256, 512, 2048, 4096])
    return (
        f"How many milliseconds does a frame of {n_fft} samples last at {sr:,} samples a second?",
        near(1000 * n_fft / sr),
        "Samples divided by samples a second, times 1,000.",
    )


@drawn(2)
def decibels(rng: Random) -> tuple:
    factor = rng.choice([3, 4, 5, 8, 20, 50])
    return (
        f"One tone has {factor} times the amplitude of another. By how many decibels is it "
        "stronger?",
        near(20 * log10(factor)),
        "20 times the logarithm (base 10) of the ratio of amplitudes.",
    )


@drawn(2)
def moved_partial(rng: Random) -> tuple:
    f0, up, n = (
        rng.choice([110, 150, 200, 220, 300]),
        rng.choice([20, 40, 60, 80]),
        rng.choice([2, 3, 5]),
    )
    cents = 1200 * log2(n * (f0 + up) / (n * f0 + up))
    return (
        f"All lines of a note of {f0} Hz are moved up by {up} Hz in its spectrogram. By how "
        f"many cents does its harmonic number {n} lie below {n} times the new lowest frequency?",
        near(cents),
        f"It is at {n * f0 + up} Hz and ought to be at {n * (f0 + up)} Hz: 1,200 times the "
        "logarithm (base 2) of the ratio.",
    )


@drawn(7)
def field_in_frames(rng: Random) -> tuple:
    taps, dilation = rng.randint(3, 12), rng.choice([2, 3, 4, 6, 8])
    return (
        f"How many frames does a kernel of {taps} taps with dilation {dilation} span, the "
        "first and the last included?",
        float((taps - 1) * dilation + 1),
        "(taps - 1) times dilation, and 1.",
    )


@drawn(7)
def width_for_a_beat(rng: Random) -> tuple:
    bpm, hop = rng.choice([80, 96, 120, 150, 180]), rng.choice([5, 8, 10, 12.5])
    frames = ceil(round(60_000 / bpm / hop, 9)) + 1
    return (
        f"Frames come every {hop:g} ms. How many frames wide must a kernel be at least, so "
        f"that from its first to its last frame it spans one beat at {bpm} beats a minute?",
        float(frames),
        f"A beat lasts {60_000 / bpm:g} ms; width - 1 distances of {hop:g} ms must reach that far.",
    )


@drawn(7)
def taps_for_a_beat(rng: Random) -> tuple:
    period, hop, dilation = rng.choice([240, 320, 400, 500]), 10, rng.choice([3, 4, 7])
    taps = ceil(period / (hop * dilation)) + 1
    return (
        f"Frames come every {hop} ms. How many taps with dilation {dilation} does it take at "
        f"least to span {period} ms from the first frame to the last?",
        float(taps),
        f"(taps - 1) times {dilation * hop} ms must be {period} ms or more.",
    )


@drawn(7)
def weights_of_a_filter(rng: Random) -> tuple:
    bins, width = rng.choice([257, 513, 1025]), rng.choice([4, 8, 16, 32])
    return (
        f"A spectrogram has {bins} bins, and its bins are channels. How many weights has one "
        f"filter that is {width} frames wide?",
        float(bins * width),
        "One for each channel at each of its frames.",
    )


@drawn(8)
def fade(rng: Random) -> tuple:
    share = rng.choice([0.1, 0.2, 0.25, 0.3, 0.4])
    power = share**2 + (1 - share) ** 2
    return (
        "Two sounds of equal power that do not know of each other are crossfaded along "
        f"straight lines. What is the level, in dB, where the new one has {share:.0%} of its "
        f"amplitude and the old one {1 - share:.0%}? (0 dB: unfaded.)",
        (round(10 * log10(power), 6), 0.1),
        "Their powers add: the squares of both shares.",
    )


@drawn(8)
def share_of_a_mixture(rng: Random) -> tuple:
    weights = [rng.randint(1, 9) for _ in range(3)]
    return (
        f"`mix_textures` is given the weights {weights}. What share has the second sound?",
        near(weights[1] / sum(weights), 0.01),
        "Only ratios count: its weight divided by the sum of all.",
    )


@drawn(8)
def rows_of_a_transposition(rng: Random) -> tuple:
    per_octave, semitones = rng.choice([24, 36, 48, 60]), rng.choice([3, 5, 7, 9])
    return (
        f"A constant-Q spectrogram has {per_octave} rows to an octave. By how many rows must "
        f"it be moved to raise a sound by {semitones} semitones?",
        per_octave * semitones / 12,
        "Twelve semitones are an octave.",
    )


@drawn(8)
def worth_the_training(rng: Random) -> tuple:
    train, slow, fast = (
        rng.choice([30, 45, 60, 90]),
        rng.choice([0.4, 0.5, 0.8]),
        rng.choice([0.02, 0.05]),
    )
    return (
        f"A generator takes {train} s to train and {fast} s for each second of sound; the "
        f"optimiser takes {slow} s for each. From how many seconds of sound on was the "
        "training worth it?",
        near(train / (slow - fast)),
        "Training time divided by what is saved on each second.",
    )


@drawn(12)
def guessed(rng: Random) -> tuple:
    n = rng.choice([5, 7, 8, 9, 10])
    k = n - rng.choice([0, 1, 2])
    chance = sum(comb(n, i) for i in range(k, n + 1)) / 2**n
    return (
        f"What is the chance that somebody who tosses a coin is right in {k} or more of {n} "
        "ABX trials? (Between 0 and 1, to two decimals.)",
        (round(chance, 6), 0.006),
        "Add up the chances of all numbers of right answers from there on.",
    )


@drawn(12)
def the_best_of_many(rng: Random) -> tuple:
    people, n = rng.choice([12, 15, 20, 30]), rng.choice([4, 5, 7])
    return (
        f"{people} people toss coins in {n} ABX trials each. What is the chance that at least "
        "one of them is right in all? (Between 0 and 1, to two decimals.)",
        (round(1 - (1 - 0.5**n) ** people, 6), 0.006),
        "One less the chance that all of them miss it.",
    )

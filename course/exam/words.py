"""Questions with choices, of which the first is right; they are shuffled when drawn."""

from __future__ import annotations

from random import Random

from .draw import drawn


@drawn(1)
def what_a_shuffle_changes(rng: Random) -> tuple:
    width = rng.choice([5, 8, 11, 16])
    return (
        "The columns of a spectrogram are put into a random order. Which Gram matrix, "
        "averaged over time, stays exactly as it was?",
        [
            "That of filters one frame wide",
            f"That of filters {width} frames wide",
            "That of either: averages forget time",
            "That of neither: every order counts",
        ],
        f"A filter of one frame sees no order. One of {width} frames sees the order within "
        "them, and its responses themselves change.",
    )


@drawn(2)
def what_griffin_lim_keeps(rng: Random) -> tuple:
    rounds = rng.choice([8, 16, 32, 100])
    return (
        f"Griffin-Lim runs for {rounds} rounds. What is the same at the beginning of every round?",
        [
            "The magnitudes that are wanted",
            "The phases",
            "The samples",
            "The error of the magnitudes",
        ],
        "Each round takes the phases of the last sound and puts the wanted magnitudes back.",
    )


@drawn(6)
def read_a_copy_score(rng: Random) -> tuple:
    floor = rng.randint(8, 20) / 100
    halves = rng.randint(55, 75) / 100
    score = round(halves - rng.randint(2, 9) / 100, 2)
    return (
        f"A texture's copy score is {score:.2f}; that of noise with the same spectrum is "
        f"{floor:.2f}, and the recording's second half scores {halves:.2f} in its first. What "
        "does that say?",
        [
            "The recording repeats itself: the texture does so no more than its own halves",
            f"About {score:.0%} of the texture was copied",
            "The texture is a copy, since its score is far above that of noise",
            "Nothing: a copy score needs a second recording",
        ],
        "Both yardsticks count. Far above noise, but not above what two halves have in common.",
    )


@drawn(6)
def suspect_a_copy(rng: Random) -> tuple:
    samples, floor = rng.randint(9, 15) / 100, rng.randint(8, 12) / 100
    picture, halves = rng.randint(88, 97) / 100, rng.randint(25, 40) / 100
    return (
        f"The copy score of the samples is {samples:.2f} (noise {floor:.2f}), that of the "
        f"spectrogram {picture:.2f} (the recording's own halves {halves:.2f}). What was "
        "probably done?",
        [
            "The recording was given new phases",
            "A new texture was made, with many seeds",
            "The recording was cut into pieces and shuffled, sample by sample",
            "Noise was given the recording's spectrum",
        ],
        "New phases change the samples and leave the picture: only the second score finds the "
        "copy.",
    )


@drawn(6)
def best_of_a_table(rng: Random) -> tuple:
    a, b, c = (rng.randint(*r) / 100 for r in ((1, 3), (14, 19), (45, 60)))
    return (
        f"Distance of the ear's statistics, and copy score (floor 0.10): method A {a:.2f} and "
        f"1.00, B {b:.2f} and 0.13, C {c:.2f} and 0.10. Which one makes the best new texture?",
        ["B", "A", "C", "That cannot be said without a loss"],
        "A is the recording, C hardly resembles it. B is near, and hardly more of a copy than "
        "noise.",
    )


@drawn(6)
def too_few_statistics(rng: Random) -> tuple:
    sound = rng.choice(["applause", "a fire", "hail", "a stream"])
    return (
        f"A texture of {sound} is made from the mean spectrum alone, and nothing else. What is "
        "heard?",
        [
            "A steady hiss in the right colour",
            f"The recorded {sound}, event by event",
            f"{sound.capitalize()} at half the speed",
            "Silence: a spectrum has no events",
        ],
        "What the statistics leave open stays as random as the noise at the start.",
    )


@drawn(6)
def shuffled_pieces(rng: Random) -> tuple:
    seconds = rng.choice(["half a second", "a second", "0.8 seconds"])
    return (
        f"A recording is cut into pieces of {seconds}, which are shuffled. Which scores come out?",
        [
            "A small distance, and a copy score near 1",
            "A small distance, and a copy score near that of noise",
            "A large distance, and a copy score near 1",
            "A large distance, and a copy score near that of noise",
        ],
        "Averages hardly notice the order, and each half second is found in the recording.",
    )


@drawn(6)
def where_it_began(rng: Random) -> tuple:
    one, two = rng.choice([("piano", "rain"), ("speech", "fire"), ("tabla", "hail")])
    return (
        f"At style weight 1 a transfer of {one} to {two} still has the {one}'s rhythm. What "
        "explains it?",
        [
            f"The search began at the {one}",
            f"The Gram matrix holds the rhythm of the {one}",
            "A little content loss is left at weight 1",
            f"The {two} had that rhythm",
        ],
        "The loss says nothing about the content there; the start is a content term nobody "
        "wrote down.",
    )


@drawn(12)
def not_shown(rng: Random) -> tuple:
    right, n = rng.choice([(14, 24), (11, 20), (17, 30), (20, 36)])
    return (
        f"A class is right in {right} of {n} blind trials; the 95 % interval of its share "
        "holds one half. What may be written?",
        [
            "That they hear a difference was not shown",
            "They hear no difference",
            f"They hear a difference in {right / n:.0%} of cases",
            "Texture and recording are the same with a chance of 95 %",
        ],
        "Guessing explains it, and so does hearing a little. Only more answers part the two.",
    )


@drawn(12)
def when_to_set_the_limit(rng: Random) -> tuple:
    who = rng.choice(["a class", "a studio", "a team"])
    return (
        f"When must {who} decide which listeners to leave out of a blind test?",
        [
            "Before anybody listens, by a rule",
            "After the answers came, when one sees who guessed",
            "Once half of the answers are in",
            "Never: all answers count, whatever they are",
        ],
        "Whoever sees the answers first can choose those that please.",
    )

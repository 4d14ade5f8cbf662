"""Tell a pattern that can't be used: one that is no regular expression, or that some value would keep busy for ever.

A pattern such as `(a+)+` takes twice as long with every further letter of a value that nearly fits. Whoever configures
one should hear of it then, and not when a request with such a value stops a server.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from time import perf_counter

LONGEST_VALUE = 255
# Every step at first, since what doubles with a step must be stopped before it takes for ever.
LENGTHS = (*range(1, 33), 40, 50, 64, 80, 96, 112, 128, 160, 192, 224, LONGEST_VALUE)
PATIENCE_SECONDS = 0.05
COMMON = "0a.:@-"
# What no pattern for a resource ends with, so that a value of which all else fits is tried in every way.
MISFIT = "\x01"
# Repetitions of repetitions of repetitions: too slow even to be tried.
NESTED = re.compile(r"(?:\)[*+{][^()]*){3}")


def pattern_fault(pattern: str) -> str | None:
    """Return what is wrong with a pattern, None when nothing is."""
    try:
        compiled = re.compile(pattern, re.ASCII)
    except (re.error, OverflowError, RecursionError) as error:
        return f"Not a regular expression: {error}."
    if NESTED.search(pattern):
        return "Nests repetitions three deep."
    for seed in _seeds(pattern):
        for length in LENGTHS:
            value = (seed * length)[: length - 1] + MISFIT
            # Twice, since a machine may be busy with something else.
            if _slow(compiled, value) and _slow(compiled, value):
                return f"Takes too long to refuse values such as {seed * 3}…; avoid nested repetition."
    return None


def _seeds(pattern: str) -> Iterator[str]:
    """Yield what values are made of: the pattern's own characters, each alone and with its neighbour."""
    own = [character for character in dict.fromkeys(COMMON + pattern) if character.isprintable()]
    yield from own
    yield from dict.fromkeys(first + second for first, second in pairwise(pattern))


def _slow(compiled: re.Pattern[str], value: str) -> bool:
    began = perf_counter()
    compiled.fullmatch(value)
    return perf_counter() - began > PATIENCE_SECONDS

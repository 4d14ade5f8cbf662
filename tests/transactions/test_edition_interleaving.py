"""A value read at one edition is never found under another one, wherever a second thread comes in between.

The second thread's step is done after each single bytecode of the first one's in turn, so that no interleaving is left
to luck.
"""

import sys
from collections.abc import Callable, Iterator
from functools import partial
from types import FrameType
from typing import Any

import pytest

from ocsportal.transactions import edition
from tests.asleep import forget

pytestmark = pytest.mark.once

FIRST, SECOND = "edition-1", "edition-2"
KEY, OLD, NEW = ("client", "hash", "crm"), "read at edition 1", "read at edition 2"


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    """Leave nothing of these editions behind."""
    yield
    forget()


def interrupted(work: Callable[[], Any], step: int, between: Callable[[], None]) -> tuple[Any, bool]:
    """Do a piece of work, and something else after so many of its bytecodes; return its result and whether it got there."""
    done, mine = 0, edition.__file__

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal done
        if frame.f_code.co_filename != mine:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            done += 1
            if done == step:
                sys.settrace(None)
                between()
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        result = work()
    finally:
        sys.settrace(before)
    return result, done >= step


def at_every_step(before: Callable[[], None], work: Callable[[], Any], between: Callable[[], None]) -> Iterator[Any]:
    """Yield the result of the work for each bytecode after which something else came in between."""
    for step in range(1, 1000):
        forget()
        before()
        result, arrived = interrupted(work, step, between)
        if not arrived:
            assert step > 10, "the work was not looked into"
            return
        yield result


def held(at: str) -> None:
    """Let an edition's memory stand, with something in it."""
    edition.remember(at, "something else", "x")


STANDING = {"nothing": forget, "first": partial(held, FIRST), "second": partial(held, SECOND)}


@pytest.mark.parametrize("standing", STANDING)
def test_what_was_read_before_a_revocation_is_not_filed_after_it(standing: str) -> None:
    remember_old = partial(edition.remember, FIRST, KEY, OLD)
    for _ in at_every_step(STANDING[standing], remember_old, partial(held, SECOND)):
        assert edition.recall(SECOND, KEY) is None
        assert edition.recall_last(KEY) in [(FIRST, OLD), (SECOND, None)]


def test_nor_is_what_was_read_after_it_filed_before_it() -> None:
    remember_old, remember_new = partial(edition.remember, FIRST, KEY, OLD), partial(edition.remember, SECOND, KEY, NEW)
    for _ in at_every_step(partial(held, FIRST), remember_new, remember_old):
        assert edition.recall(FIRST, KEY) in (None, OLD)
        assert edition.recall(SECOND, KEY) in (None, NEW)


def test_a_value_is_told_with_its_own_edition() -> None:
    remember_old, remember_new = partial(edition.remember, FIRST, KEY, OLD), partial(edition.remember, SECOND, KEY, NEW)
    for found in at_every_step(remember_old, partial(edition.recall_last, KEY), remember_new):
        assert found in [(FIRST, OLD), (SECOND, NEW)]
    for found in at_every_step(remember_old, partial(edition.recall, FIRST, KEY), remember_new):
        assert found in (None, OLD)

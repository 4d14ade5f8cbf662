"""What no password may be beside what Django refuses: a run along the alphabet, the digits or a keyboard, or a pattern repeated."""

import itertools
import re

from django.core.exceptions import ValidationError

# Where neighbours are typed one after the other; each is looked at in both directions.
ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "qwertzuiop", "asdfghjkl", "zxcvbnm", "yxcvbnm")
NEIGHBOURS = {pair for row in ROWS for way in (row, row[::-1]) for pair in itertools.pairwise(way)}
# A password of 12 characters has 11 steps from one to the next; so many of them must be no mere step along a row.
FEWEST_STEPS = 5
FEWEST_DIFFERENT = 5
REPEATED = re.compile(r"^(.{1,6}?)\1+.{0,5}$", re.DOTALL)
WORDS = "The password must not be a run such as 123456789012 or a pattern repeated such as abcabcabcabc."


class NoRunValidator:
    """Refuse passwords that are a run or a repetition, however long."""

    def validate(self, password: str, user: object = None) -> None:
        """Raise ValidationError for what anybody would try first."""
        word = password.lower()
        surprising = sum(a != b and (a, b) not in NEIGHBOURS for a, b in itertools.pairwise(word))
        few = len(set(word)) < FEWEST_DIFFERENT
        if few or surprising < FEWEST_STEPS or REPEATED.match(word):
            raise ValidationError(WORDS, code="password_run")

    def get_help_text(self) -> str:
        """Say what is refused."""
        return WORDS

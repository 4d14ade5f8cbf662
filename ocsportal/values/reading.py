"""What every kind of value shares: how a text is read, what comes of it, and what a refusal is."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """How a text is read: exactly as REST takes it, or as a person means it who types in the portal."""

    lenient: bool = False
    # ISO 3166-1 alpha-2, such as DE: whose national phone numbers and languages are understood when lenient.
    home_country: str = ""


STRICT = Reading()


@dataclass(frozen=True, slots=True)
class Understood:
    """A value that was understood: as it is kept and compared, as people read it, and what to say beside it."""

    canonical: str
    shown: str
    # What it is, such as "Germany, mobile"; empty when there is nothing to say.
    hint: str = ""
    # What somebody should look at: that a check digit doesn't fit, or what was left out of the text.
    notice: str = ""

    @property
    def sentence(self) -> str:
        """What the portal says beside the field."""
        found = f"understood as {self.shown}" + (f", {self.hint}" if self.hint else "")
        return f"{found}. {self.notice}" if self.notice else found


class Refusal(ValueError):
    """A text that is not understood; its message is a sentence for whoever wrote it."""

    @property
    def message(self) -> str:
        """What is wrong, in words."""
        return str(self)


def _as_it_is(canonical: str) -> str:
    return canonical


def _nothing(canonical: str) -> str:
    return ""


def _no_notice(text: str, canonical: str) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value: the functions that understand, show and describe it."""

    name: str
    # With its article, as it stands in "Not a phone number".
    noun: str
    # Takes a text and a reading; returns the canonical form or raises Refusal. Of its own result it changes nothing.
    canonical: Callable[[str, Reading], str]
    # Takes a canonical form; what it returns is understood as the same canonical form again.
    shown: Callable[[str], str] = _as_it_is
    described: Callable[[str], str] = _nothing
    # Takes the text as it came and its canonical form.
    notice: Callable[[str, str], str] = _no_notice

    def understand(self, text: str, reading: Reading = STRICT) -> Understood:
        """Return all there is to say of a text; raise Refusal when it isn't understood."""
        canonical = self.canonical(text, reading)
        return Understood(canonical, self.shown(canonical), self.described(canonical), self.notice(text, canonical))

    def shown_or_same(self, value: str) -> str:
        """Return a kept value as people read it; one from before it had this kind, as it stands."""
        if self.canonical_or_none(value) != value:
            return value
        return self.shown(value)

    def canonical_or_none(self, text: str, reading: Reading = STRICT) -> str | None:
        """Return the canonical form of a text, None when it isn't understood: then nothing can have this value."""
        try:
            return self.canonical(text, reading)
        except Refusal:
            return None

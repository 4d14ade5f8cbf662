"""Billing periods as a small drawing: bars on one scale, before and after a change, and a table of the exact dates.

The drawing is SVG whose places are attributes in percent, so that it fits any width and needs no style of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.utils import timezone

from accounts.billing import zone
from accounts.models import BillCycle
from accounts.periods import EARLIEST, LATEST, Segment, Span, periods, upcoming

MOST_BARS = 24
IN_THE_TABLE = 5
# How near two dates may come, in percent, before one of them is left out.
NEAREST = 14.0
# From what width on a bar has room for words, and for the number of its days.
ROOM_FOR_WORDS, ROOM_FOR_DAYS = 27.0, 15.0
GAP = 0.4
BEYOND = 4.0


@dataclass(frozen=True)
class Bar:
    """One period: its place in percent, how it looks, and what it says."""

    x: str
    width: str
    middle: str
    look: str
    words: str
    # The same on a narrow screen.
    brief: str
    title: str


@dataclass(frozen=True)
class Mark:
    """A date under the bars."""

    x: str
    words: str
    anchor: str
    look: str


@dataclass(frozen=True)
class Lane:
    """A row of bars with its name."""

    name: str
    bars: list[Bar]
    marks: list[Mark]
    words: str


@dataclass(frozen=True)
class Scale:
    """The stretch of time that is drawn."""

    start: datetime
    end: datetime

    def place(self, moment: datetime) -> float:
        """Return where an instant lies, in percent."""
        return 100 * ((moment - self.start) / (self.end - self.start))


def comparison(
    before: Sequence[Segment],
    after: Sequence[Segment],
    at: datetime,
    names: tuple[str, str] = ("Before the change", "After the change"),
) -> dict[str, object]:
    """Return the drawing of a change at an instant: the periods as they would have been, as they will be, and in words."""
    spans = _around(after, at)
    scale = _scale(before, spans, at)
    words = cycle_names([*before, *after])
    return {
        "template": "accounts/periods.html",
        "lanes": [
            _lane(names[0], before, scale, words, at),
            _lane(names[1], after, scale, words, at),
        ],
        "at": f"{scale.place(at):.2f}%",
        "sentence": _sentence(before, spans, at),
        "rows": [_row(span, words) for span in spans],
    }


def outlook(segments: Sequence[Segment], at: datetime) -> dict[str, object]:
    """Return the drawing of the period in which an instant lies and those that follow."""
    spans = upcoming(segments, max(at, segments[0].valid_from), IN_THE_TABLE, zone())
    scale = Scale(spans[0].start, spans[-1].end)
    words = cycle_names(segments)
    inside = scale.start <= at < scale.end
    return {
        "template": "accounts/periods.html",
        "lanes": [_lane("", segments, scale, words, at, "today" if inside else "")],
        "at": f"{scale.place(at):.2f}%" if inside else "",
        "rows": [_row(span, words) for span in spans],
    }


def cycle_names(segments: Sequence[Segment]) -> dict[str, str]:
    """Return the names of the bill cycles, by code."""
    codes = {segment.code for segment in segments}
    return dict(BillCycle.objects.filter(code__in=codes).values_list("code", "name"))


def length(span: Span, *, exact: bool = False) -> str:
    """Return how long a period is by the wall clock: in days, with hours too when it is to be exact or is under a day."""
    start, end = (timezone.localtime(moment).replace(tzinfo=None) for moment in (span.start, span.end))
    days, hours = (end - start).days, (end - start).seconds // 3600
    words = ["1 day" if days == 1 else f"{days} days"] if days or not hours else []
    return " ".join([*words, f"{hours} h"] if hours and (exact or not days) else words)


def _around(segments: Sequence[Segment], at: datetime) -> list[Span]:
    just_before = max(at - timedelta(milliseconds=1), segments[0].valid_from, EARLIEST)
    return upcoming(segments, just_before, IN_THE_TABLE, zone())


def _scale(before: Sequence[Segment], spans: list[Span], at: datetime) -> Scale:
    """Return a scale on which the change and the periods beside it can be told apart, however long the cycles are."""
    following = upcoming(before, max(at, before[0].valid_from), MOST_BARS, zone())
    wanted = max(spans[min(2, len(spans) - 1)].end, following[min(1, len(following) - 1)].end)
    end = min(wanted, following[-1].end, at + timedelta(days=1200))
    start = max(spans[0].start, at - 2 * (end - at))
    return Scale(start, end)


def _lane(
    name: str, segments: Sequence[Segment], scale: Scale, words: dict[str, str], at: datetime, marked: str = ""
) -> Lane:
    end = min(scale.end, LATEST)
    found = list(islice(periods(segments, max(scale.start, segments[0].valid_from), end, zone()), MOST_BARS * 2))
    first = segments[0].code
    bars = [_bar(span, scale, words, new=span.segment.code != first, odd=place % 2) for place, span in enumerate(found)]
    listed = list(dict.fromkeys(words.get(span.segment.code, span.segment.code) for span in found))
    return Lane(name, bars, _marks(found, scale, at, marked), " → ".join(listed))


def _bar(span: Span, scale: Scale, words: dict[str, str], *, new: bool, odd: int) -> Bar:
    # What goes on beyond the drawing runs out of it, so that it shows no end there.
    left, right = max(scale.place(span.start), -BEYOND), min(scale.place(span.end), 100.0 + BEYOND)
    width = max(right - left - GAP, 0.3)
    count = length(span)
    said = f"{count}, shortened" if span.shortened else count
    cut = span.start < scale.start or span.end > scale.end
    looks = ["bar", *(["new"] if new else []), *(["odd"] if odd else []), *(["short"] if span.shortened else [])]
    brief = count if width >= ROOM_FOR_DAYS and not cut else ""
    title = f"{words.get(span.segment.code, span.segment.code)}: {_date(span.start)} to {_date(span.end)}, {said}"
    return Bar(
        f"{left:.2f}%",
        f"{width:.2f}%",
        f"{left + width / 2:.2f}%",
        " ".join(looks),
        said if brief and width >= ROOM_FOR_WORDS else brief,
        brief,
        title,
    )


def _marks(spans: list[Span], scale: Scale, at: datetime, marked: str) -> list[Mark]:
    """Return the dates at which periods begin, as far as they have room; that of the change comes first."""
    moments = [span.start for span in spans if span.start >= scale.start]
    if marked and at not in moments:
        moments.append(at)
    taken: list[float] = []
    marks = []
    for moment in sorted(moments, key=lambda moment: (abs(moment - at), moment)):
        place = scale.place(moment)
        if place > 100 - NEAREST / 2 or any(abs(place - other) < NEAREST for other in taken):
            continue
        taken.append(place)
        anchor = "start" if place < NEAREST / 2 else "middle"
        marks.append(
            Mark(
                f"{place:.2f}%",
                marked if marked and moment == at else _day(moment),
                anchor,
                "now" if moment == at else "",
            )
        )
    return sorted(marks, key=lambda mark: float(mark.x[:-1]))


def _row(span: Span, words: dict[str, str]) -> dict[str, object]:
    return {
        "start": _date(span.start),
        "end": _date(span.end),
        "length": length(span, exact=True),
        "cycle": words.get(span.segment.code, span.segment.code),
        "shortened": span.shortened,
    }


def _sentence(before: Sequence[Segment], spans: list[Span], at: datetime) -> str:
    """Return what an agent can tell the customer."""
    ended, following = spans[0], spans[1] if len(spans) > 1 else None
    told = []
    if ended.end == at:
        whole = next(iter(upcoming(before, max(ended.start, before[0].valid_from), 1, zone())), None)
        instead = f" instead of {_date(whole.end)}" if whole and whole.end != at else ""
        told.append(f"The period from {_date(ended.start)} ends {_date(at)}{instead}: {length(ended, exact=True)}.")
    if following is not None and ended.end == at:
        short = ", shortened" if following.shortened else ""
        told.append(
            f"The first one after it runs to {_date(following.end)}: {length(following, exact=True)}{short}; from then on as usual."
        )
    return " ".join(told)


def _day(moment: datetime) -> str:
    local = timezone.localtime(moment)
    return f"{local.day} {local:%b}" if local.year == timezone.localdate().year else f"{local.day} {local:%b %y}"


def _date(moment: datetime) -> str:
    local = timezone.localtime(moment)
    words = f"{local.day} {local:%b %Y}"
    return words if (local.hour, local.minute) == (0, 0) else f"{words} {local:%H:%M}"

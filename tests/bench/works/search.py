"""The portal's search over twenty thousand customers, asked as the box asks it while somebody types."""

from tests.bench.shapes import SEARCHED, SEARCHES
from tests.bench.works.base import TimedWork

SIZES = (len(SEARCHES), 20 * len(SEARCHES))
WORK = TimedWork(
    "Search",
    f"Search {SEARCHED:,} customers {SIZES[1]} times for {SIZES[0]} terms in turn: names in any order, parts, numbers, one letter, "
    "what nobody has. The portal also looks at all other levels, ranks, counts and says what it found by; the floor is one "
    "statement by letter triples, the draft `icontains` over six columns",
    {
        "portal": "tests.bench.portal.searching:search",
        "floor": "tests.bench.rivals.floor.searching:search",
        "draft": "tests.bench.rivals.draft.searching:search",
    },
    SIZES,
    prepare=(
        ("portal", "tests.bench.portal.searching:prepare"),
        ("draft", "tests.bench.rivals.draft.searching:prepare"),
    ),
)

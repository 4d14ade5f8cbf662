"""What modules declare for others."""

import pytest

from ocsportal.registries import Entries, Named

pytestmark = pytest.mark.once


def test_entries_keep_their_order_and_come_once() -> None:
    entries: Entries[str] = Entries()

    assert [entries.enter(name) for name in ("b", "a", "b")] == ["b", "a", "b"]
    assert entries == ["b", "a"]


def test_a_function_is_entered_as_it_is() -> None:
    entries: Entries[object] = Entries()

    @entries.enter
    def work() -> int:
        return 3

    assert entries == [work]
    assert work() == 3


def test_a_name_means_one_thing() -> None:
    names: Named[str, list[int]] = Named()

    assert names.enter("one", [1]) == [1]
    assert names.enter("one", [1]) == [1]
    with pytest.raises(ValueError, match=r"^one is declared twice\.$"):
        names.enter("one", [2])
    assert names == {"one": [1]}

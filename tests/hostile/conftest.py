"""What hostile tests share: a client that lets no exception out, and a report that names every case that failed."""

from collections.abc import Iterator

import pytest


class Verdict:
    """Collects what is wrong, so that one run of a loop names all of it."""

    def __init__(self) -> None:
        self.tried = 0
        self.wrong: list[str] = []

    def add(self, case: str, complaint: str) -> None:
        """Note a case that was tried, and what is wrong with it if anything is."""
        self.tried += 1
        if complaint:
            self.wrong.append(f"{case}: {complaint}")


@pytest.fixture
def verdict() -> Iterator[Verdict]:
    """Fail at the end with every case that went wrong; fail when nothing was tried."""
    found = Verdict()
    yield found
    assert found.tried, "no case was tried"
    assert not found.wrong, f"{len(found.wrong)} of {found.tried} cases:\n" + "\n".join(found.wrong[:60])

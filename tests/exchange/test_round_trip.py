"""What is exported and imported into an empty portal stands there as it stood."""

from pathlib import Path

import pytest

from ocsportal.care import demo
from tests import ground
from tests.exchange.files import counts, proven, run, state_of_all

pytestmark = pytest.mark.django_db(transaction=True)


def test_demo(tmp_path: Path, run_command: object) -> None:
    people = demo.load_people()
    demo.load_customers(people, 40, 7, lambda made: None)
    demo.load_subscriptions(people, 7, lambda made: None)
    before, stood = state_of_all(), counts()
    assert stood[0] == 40
    run_command("export_customers", str(tmp_path / "all.csv"))  # type: ignore[operator]
    ground.put_back()
    assert counts() == [0] * 6
    outcome = run(tmp_path / "all.csv")
    assert (outcome.code, outcome.error) == (0, ""), outcome.printed
    assert counts() == stood
    after = state_of_all()
    for name, rows in before.items():
        assert after[name] == rows
    proven()

"""Blocks of the journal are sealed into a chain, its heads are told, and what was proven before is not proven again."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.test import override_settings

from ocsportal.events import heads
from ocsportal.events.messages import Message
from ocsportal.transactions import chain, cursors, journal, macs, seals, verification
from ocsportal.transactions.change import present
from ocsportal.transactions.models import Proof, Seal
from tests.transactions.rows import insert, inside, sql
from tests.transactions.test_verification import behind_the_back

pytestmark = pytest.mark.django_db
NOW = present()
ALTERED = "history row that was altered: its digest does not fit"


def written(name: str) -> None:
    inside(lambda: insert("customers.Customer", name))
    journal.give_all()


def sealed() -> list[Seal]:
    return seals.seal_due(present(), all_of_it=True)


def faults(**options: Any) -> set[str]:
    return {finding.fault for finding in verification.findings(**options)}


def altered(name: str) -> None:
    with behind_the_back("customers.Customer"):
        sql("UPDATE customers_historicalcustomer SET custom_name = 'forged' WHERE external_id = %s", name)
        sql("UPDATE customers_customer SET custom_name = 'forged' WHERE external_id = %s", name)


def test_the_worker_seals_and_audit_head_tells_it(run_command: Any, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Nothing is sealed yet: a running worker does it"):
        run_command("audit_head")
    file = tmp_path / "heads"
    for name in ("one", "two"):
        inside(lambda name=name: insert("customers.Customer", name))
        run_command("worker", "--once")
        line = run_command("audit_head")
        assert line.count("\n") == 1
        file.write_text(file.read_text() + line if file.exists() else line)
    first, second = (json.loads(line) for line in file.read_text().splitlines())
    assert set(first) == {"number", "first", "last", "root", "previous", "at", "keyNumber", "head", "signature"}
    assert (first["number"], first["first"], second["number"], second["last"]) == (1, 1, 2, journal.latest())
    assert (first["previous"], second["previous"], second["first"]) == ("", first["head"], first["last"] + 1)
    assert "2 heads agree." in run_command("verify_audit", heads=str(file))


def test_a_block_is_sealed_when_it_is_full_or_has_waited(monkeypatch: pytest.MonkeyPatch) -> None:
    written("one")
    assert len(seals.seal_due(NOW)) == 1
    assert seals.seal_due(NOW + timedelta(hours=1)) == []
    written("two")
    assert seals.seal_due(NOW + timedelta(seconds=59)) == []
    assert len(seals.seal_due(NOW + timedelta(seconds=60))) == 1
    monkeypatch.setattr(seals, "MOST", 2)
    for name in ("three", "four", "five"):
        written(name)
    (full,) = seals.seal_due(NOW + timedelta(seconds=61))
    assert (full.last - full.first, journal.latest() - full.last) == (1, 1)
    assert cursors.cursor_of(cursors.SEALS).position == full.last
    assert faults() == set()


def test_seals_refuse_to_be_changed() -> None:
    written("one")
    sealed()
    for statement in ("UPDATE transactions_seal SET root = 'x'", "DELETE FROM transactions_seal"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            sql(statement)
    with pytest.raises(CommandError, match="never sealed again"):
        call_command("relay", "--from", "1", "--cursor", "seals")


def test_heads_are_told_once_and_in_order_and_hold_nothing_up() -> None:
    told: list[Message] = []

    def nowhere(message: Message) -> bool:
        told.append(message)
        return False

    for name in ("one", "two"):
        written(name)
        sealed()
    assert (heads.tell(nowhere), heads.tell(nowhere)) == (2, 0)
    assert [(message.routing_key, message.id) for message in told] == [
        ("AuditSeal.AuditSealed", "seal-1"), ("AuditSeal.AuditSealed", "seal-2"),
    ]  # fmt: skip
    # An event is a head, as a line of audit_head is.
    kept = chain.read_heads("\n".join(message.body.decode() for message in told))
    assert [head.head for head in kept] == list(Seal.objects.values_list("head", flat=True))
    assert faults(heads=kept) == set()


def test_what_was_proven_is_left_out_until_all_is_asked_for(run_command: Any) -> None:
    written("one")
    sealed()
    assert "every version checked" in run_command("verify_audit")
    written("two")
    written("three")
    altered("one")
    assert f"what came after position {Seal.objects.get().last}" in run_command("verify_audit")
    with pytest.raises(CommandError, match="1 findings"):
        call_command("verify_audit", "--all")
    altered("three")
    with pytest.raises(CommandError, match="1 findings"):
        call_command("verify_audit")


def test_what_was_proven_is_not_believed_of_somebody_without_the_key(run_command: Any) -> None:
    written("one")
    sealed()
    seal = Seal.objects.get()
    altered("one")
    sql(
        "INSERT INTO transactions_proof (number, head, at, key_number, signature) VALUES (%s, %s, %s, %s, %s)",
        seal.number, seal.head, NOW.isoformat(), 1, "0" * 64,
    )  # fmt: skip
    assert chain.proven_up_to() == 0
    with pytest.raises(CommandError, match="1 findings"):
        call_command("verify_audit")
    assert Proof.objects.count() == 1


def test_current_rows_are_always_compared(run_command: Any) -> None:
    written("one")
    sealed()
    run_command("verify_audit")
    with behind_the_back("customers.Customer"):
        sql("UPDATE customers_customer SET custom_name = 'forged' WHERE external_id = 'one'")
    assert faults(after=chain.proven_up_to()) == {"current row differs from its newest history row"}


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    written("one")
    sealed()
    call_command("verify_audit", "--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["holds"], told["findings"], told["after"], told["sealed"]) == (True, [], 0, journal.latest())
    altered("one")
    with pytest.raises(CommandError):
        call_command("verify_audit", "--json", "--all")
    told = json.loads(capsys.readouterr().out)
    assert told["holds"] is False
    (finding,) = told["findings"]
    assert (finding["table"], finding["fault"], finding["count"]) == ("customers_historicalcustomer", ALTERED, 1)
    assert finding["remedy"]


@pytest.mark.parametrize(("content", "words"), [
    ("", "has no heads in it."),
    ('{"number": 1}', "Line 1 is no head as audit_head prints it."),
    ("\nnonsense", "Line 2 is no head as audit_head prints it."),
])  # fmt: skip
def test_a_file_without_heads_is_told(content: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "heads").write_text(content)
    with pytest.raises(CommandError, match=words):
        call_command("verify_audit", heads=str(tmp_path / "heads"))
    with pytest.raises(CommandError, match="can't be read as text"):
        call_command("verify_audit", heads=str(tmp_path / "nowhere"))


def test_a_changed_key_seals_on_and_a_missing_one_is_named() -> None:
    written("one")
    sealed()
    number = macs.current_number()
    former = dict(macs.settings.AUDIT_KEYS)
    with override_settings(AUDIT_KEYS={**former, number + 1: b"b" * 40}):
        written("two")
        (seal,) = sealed()
        assert seal.key_number == number + 1
        assert faults() == set()
    assert f"seal by key {number + 1}, which AUDIT_KEY has not" in faults()

"""Read an entity's history: its versions with what changed, its states in order, and how it stood at an instant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Model, OuterRef, QuerySet, Subquery

from ocsportal.entities.models import Entity
from ocsportal.entities.representation import item_json
from ocsportal.entities.states import State
from ocsportal.entities.store.remembering import with_configuration, with_references
from ocsportal.entities.store.sets import among
from ocsportal.entities.store.whole import entities_of
from ocsportal.transactions.history import HistoryRow, Tracked, Versions, history_of, versions_of, with_transaction
from ocsportal.transactions.models import BusinessTransaction
from ocsportal.transactions.representation import instant, represent_as

Changes = list[tuple[str, object, object]]
# What changes with every version, or never, says nothing of what was done.
UNSEEN = ("refId", "createdAt", "changedAt", "version")


@dataclass(frozen=True)
class VersionEntry:
    """One version: when, by which operation, through which channel, who, for whom, why, and each changed field with old and new."""

    version: int
    at: datetime
    operation: str
    channel: str
    actor: str
    on_behalf_of: str
    reason: str
    request_id: str
    transaction_id: str
    changes: Changes
    # Whether what was personal of it, and its reason, were erased since.
    erased: bool = False

    @classmethod
    def of(cls, entry: BusinessTransaction, changes: Changes, *, version: int, at: datetime) -> "VersionEntry":
        """Return a version that a Business Transaction made."""
        return cls(
            version=version,
            at=at,
            operation=entry.operation,
            channel=entry.channel,
            actor=entry.actor_name,
            on_behalf_of=entry.on_behalf_of,
            reason=entry.reason,
            request_id=entry.request_id,
            transaction_id=entry.transaction_id,
            changes=changes,
            erased=entry.erased_by is not None,
        )

    @classmethod
    def of_row(cls, row: HistoryRow, changes: Changes, *, outside: str = "") -> "VersionEntry":
        """Return the version that a row of a history is; `outside` is what to call one that no transaction made."""
        if row.transaction:
            return cls.of(row.transaction, changes, version=row.version, at=row.history_date)
        who = f"outside the portal, as {row.database_user}"
        return cls(row.version, row.history_date, outside, "", who, "", "", "", "", changes)


def versions(entity: Entity) -> Versions:
    """Return the rows of an entity's history, newest first, with everything their representation needs."""
    model = type(entity)
    rows = with_transaction(versions_of(entity), *entities_of(model))
    return with_configuration(rows.order_by("-history_id"))


def version_entries(
    entity: Entity, limit: int, before: int | None = None, *, told_by: str = "code"
) -> list[VersionEntry]:
    """Return up to `limit` versions, newest first, those older than version `before` when it is given.

    Configuration items are told by their code, as in REST, or by their name, for people.
    """
    rows = versions(entity)
    if before is not None:
        rows = rows.filter(version__lt=before)
    # One more than asked for, since a version's changes are told against the one before it.
    found = list(rows[: limit + 1])
    older: list[object] = [*found[1:], None]
    return [_entry(type(entity), row, former, told_by) for row, former in zip(found, older, strict=True)][:limit]


def _entry(model: type[Entity], row: HistoryRow, former: HistoryRow, told_by: str) -> VersionEntry:
    before = flat(represent_as(model, former), told_by) if former else {}
    return VersionEntry.of_row(row, differences(before, flat(represent_as(model, row), told_by)))


def differences(before: dict[str, object], after: dict[str, object]) -> Changes:
    """Return each field that differs, with its old and new value, in the order of the representation."""
    names = [*after, *(name for name in before if name not in after)]
    return [(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)]


def flat(form: dict[str, object], told_by: str = "code") -> dict[str, object]:
    """Return a representation field by field: the state's parts by their own names, other objects with a dotted path."""
    fields: dict[str, object] = {}
    for name, value in form.items():
        if name in UNSEEN:
            continue
        if name == "state" and isinstance(value, dict):
            fields |= {part: _plain(inner, told_by) for part, inner in value.items()}
        elif isinstance(value, dict) and name != "customAttributes" and not _is_item(value):
            fields |= {f"{name}.{part}": _plain(inner, told_by) for part, inner in value.items()}
        else:
            fields[name] = _plain(value, told_by)
    return {name: None if value in ("", {}) else value for name, value in fields.items()}


def _plain(value: object, told_by: str) -> object:
    return value[told_by] if isinstance(value, dict) and _is_item(value) else value


def _is_item(value: dict[str, object]) -> bool:
    """Whether an object stands for a configuration item; what became of a plan has a code too, but is none."""
    return {"refId", "code"} <= value.keys()


def entity_at(entity: Entity, moment: datetime) -> object:
    """Return the version of an entity that stood at an instant, None when it was not there yet."""
    row = versions(entity).filter(history_date__lte=moment).first()
    return None if row is None or row.history_type == "-" else row


@dataclass(frozen=True)
class Moment:
    """An instant of the past, to look at things as they were known then.

    Corrected, a change that was entered later with an earlier start counts too: as they are known today to have been
    then.
    """

    at: datetime
    corrected: bool = False


def rows_at(model: type[Tracked], rows: QuerySet[Model], moment: Moment) -> list[HistoryRow]:
    """Return rows as they stood at a moment, in the order they were made: those of their versions, without what was not there.

    Two statements, however many rows there are.
    """
    history: Versions = history_of(model)._default_manager.all()
    mine = history.filter(id=OuterRef("pk"))
    wanted = {"known": mine.filter(history_date__lte=moment.at).order_by("-history_id")}
    if moment.corrected:
        wanted["first"] = mine.order_by("history_id")
        wanted |= {start: mine.filter(**{f"{start}__lte": moment.at}).order_by("-history_id") for start in model.dated}
    keys = {f"of_{name}": Subquery(those.values("history_id")[:1]) for name, those in wanted.items()}
    picked = list(rows.order_by("pk").annotate(**keys).values_list(*keys))
    needed = {key for chosen in picked for key in chosen} - {None}
    found = {row.history_id: row for row in whole_versions(model, history.filter(among("history_id", needed)))}
    stood = [
        _stood(model, {name: found.get(key) for name, key in zip(wanted, chosen, strict=True)}) for chosen in picked
    ]
    return [row for row in stood if row is not None]


def _stood(model: type[Tracked], chosen: dict[str, HistoryRow]) -> HistoryRow:
    """Return one row as it stood: the version that was known, with what is dated itself as it is known today."""
    row = chosen["known"]
    if row is None and any(chosen.get(start) for start in model.dated):
        row = chosen["first"]  # It was entered later, and had begun by then.
    for start, columns in model.dated.items() if row is not None else ():
        since = chosen.get(start)
        for column in columns if since is not None else ():
            setattr(row, column, getattr(since, column))
    return row


def whole_versions(model: type[Tracked], rows: Versions) -> Versions:
    """Return rows of a history with their configuration and the references to what they belong to."""
    links = entities_of(model)
    return with_configuration(with_references(rows, *links) if links else rows)


def steps(
    entity: Entity, start: str, fields: Sequence[str], moment: Moment | None = None
) -> list[tuple[HistoryRow, datetime | None]]:
    """Return the versions in which one of the fields changed, oldest first, each with the instant of the next one.

    `start` is the column that says since when a step holds; with a moment, those that had begun then.
    """
    rows = versions(entity).select_related(None).order_by("history_id")
    if moment is not None:
        rows = rows.filter(**{f"{start}__lte" if moment.corrected else "history_date__lte": moment.at})
    found: list[tuple[tuple[object, ...], HistoryRow]] = []
    for row in rows:
        key = tuple(getattr(row, name) for name in (start, *fields))
        if not found or found[-1][0] != key:
            found.append((key, row))
    changing = [row for _, row in found]
    return list(zip(changing, [*(getattr(row, start) for row in changing[1:]), None], strict=True))


def state_history(entity: Entity, moment: Moment | None = None) -> list[dict[str, object]]:
    """Return the states an entity went through, oldest first, each with when it ended; those until a moment."""
    found = steps(entity, "state_valid_from", ("state", "state_reason_id"), moment)
    return [
        {
            "state": State(row.state).value,
            "stateReason": item_json(row.state_reason),
            "stateValidFrom": instant(row.state_valid_from),
            "stateValidTo": instant(end),
        }
        for row, end in found
    ]

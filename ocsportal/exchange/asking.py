"""What only the database knows, asked for a batch at once: external IDs and resources that are taken, values that rest."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from ocsportal.entities.models import Entity
from ocsportal.entities.store.gathering import Gathered
from ocsportal.entities.store.writing import taken
from ocsportal.exchange.given import Given, Part, Refused
from ocsportal.exchange.making import MODELS
from ocsportal.exchange.spool import Seen
from subscribers.models import Subscriber, SubscriberResource
from subscribers.operations.quarantine import refusal, resting
from subscribers.operations.resources import TAKEN


@dataclass
class Candidate:
    """A customer that its rows made in memory, with the part of the file that gave each entity."""

    given: Given
    gathered: Gathered
    parts: dict[Entity, Part]


class Claim(NamedTuple):
    """What only one may have, who claims it, and the part of the file that gives it."""

    key: str
    part: Part
    owner: Entity | SubscriberResource

    def refused(self, row: int | None) -> Refused:
        """Return the refusal; `row` is who claimed it before, None for what stands in the database."""
        column, code, words = f"{self.part.level}.externalId", "", ""
        if isinstance(self.owner, SubscriberResource):
            kind = self.owner.resource_type
            column, code = f"subscriber.resource.{kind.code}", TAKEN
            words = f"Another subscriber has the {kind.name} {self.owner.shown}."
        else:
            fault = taken(type(self.owner), self.owner.external_id).faults[0]
            code, words = fault.code, fault.message
        return self.part.fault(column, code, f"Row {row} has it already." if row else words)


def claims(candidate: Candidate) -> Iterator[Claim]:
    """Yield what a customer claims for itself alone."""
    for entity, part in candidate.parts.items():
        if entity.external_id is not None:
            yield Claim(f"{part.level} {entity.external_id}", part, entity)
    for resource in candidate.gathered.of(SubscriberResource):
        # One whose subscriber was refused after all claims nothing.
        if resource.valid_to is None and resource.subscriber in candidate.parts:
            key = f"={resource.resource_type.code} {resource.value}"
            yield Claim(key, candidate.parts[resource.subscriber], resource)


def refuse_taken(candidates: list[Candidate], seen: Seen | None, at: datetime) -> None:
    """Note on the customers whatever they claim that is taken: in the database, by an earlier row, or by one that was tried."""
    standing = {*_standing_ids(candidates), *_standing_values(candidates)}
    _refuse_resting(candidates, at)
    mine: dict[str, int] = {}
    for candidate in candidates:
        found = list(claims(candidate))
        for claim in found:
            row = mine.get(claim.key) or (seen.row_of(claim.key) if seen else None)
            if claim.key in standing or row:
                candidate.given.refused.append(claim.refused(row))
            elif not candidate.given.refused:
                mine[claim.key] = claim.part.row
        if candidate.given.refused:
            # What it claimed is free for those that follow.
            for claim in found:
                if mine.get(claim.key) == claim.part.row:
                    del mine[claim.key]
    if seen is not None:
        seen.add(mine.items())


def _standing_ids(candidates: Iterable[Candidate]) -> Iterator[str]:
    wanted: dict[str, set[str]] = {level: set() for level in MODELS}
    for candidate in candidates:
        for entity, part in candidate.parts.items():
            if entity.external_id is not None:
                wanted[part.level].add(entity.external_id)
    for level, names in wanted.items():
        if names:
            rows = MODELS[level]._default_manager.filter(external_id__in=names).order_by()
            yield from (f"{level} {name}" for name in rows.values_list("external_id", flat=True))


def _live(candidates: Iterable[Candidate]) -> list[tuple[Candidate, SubscriberResource]]:
    return [
        (candidate, row)
        for candidate in candidates
        for row in candidate.gathered.of(SubscriberResource)
        if row.valid_to is None and row.subscriber in candidate.parts
    ]


def _standing_values(candidates: list[Candidate]) -> Iterator[str]:
    values = {row.value for _, row in _live(candidates)}
    if values:
        rows = SubscriberResource.objects.filter(value__in=values, valid_to=None).order_by()
        yield from (f"={code} {value}" for code, value in rows.values_list("resource_type__code", "value"))


def _refuse_resting(candidates: list[Candidate], at: datetime) -> None:
    live = _live(candidates)
    until = resting([row for _, row in live], at)
    for candidate, row in live if until else ():
        if row in until:
            subscriber: Subscriber = row.subscriber
            parameter = f"subscriber.resource.{row.resource_type.code}"
            fault = refusal(row, until[row], parameter).faults[0]
            candidate.given.refused.append(candidate.parts[subscriber].fault(parameter, fault.code, fault.message))

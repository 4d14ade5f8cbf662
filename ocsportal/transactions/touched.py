"""What an operation hands back to the door."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Touched:
    """What an operation made or changed: the entity it names first, events, and a notice when there was nothing to do."""

    entities: list[Any]
    notice: str = ""
    extra_items: list[dict[str, Any]] = field(default_factory=list)
    # What the first item says beside its entity, such as the periods that a new bill cycle makes.
    details: dict[str, Any] = field(default_factory=dict)
    # What the request was about, where that is not the first entity: its version is the answer's ETag.
    target: Any = None

"""The forms of what is told, as JSON Schema: said beside the function that tells it, for events and whoever reads them."""

from collections.abc import Iterable
from typing import Any

Shape = dict[str, Any]

TEXT: Shape = {"type": "string"}
WHOLE: Shape = {"type": "integer"}
FLAG: Shape = {"type": "boolean"}
MOMENT: Shape = {"type": "string", "format": "date-time"}
# Exact, which no number of JSON is for whoever reads it as a float.
DECIMAL: Shape = {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}
ANYTHING: Shape = {}


def maybe(shape: Shape) -> Shape:
    """Return the shape of what may be null."""
    if isinstance(shape.get("type"), str) and "enum" not in shape:
        return {**shape, "type": [shape["type"], "null"]}
    return {"anyOf": [shape, {"type": "null"}]}


def listed(shape: Shape) -> Shape:
    """Return the shape of a list."""
    return {"type": "array", "items": shape}


def one_of(words: Iterable[str]) -> Shape:
    """Return the shape of a word."""
    return {"type": "string", "enum": list(words)}


def mapped(shape: Shape) -> Shape:
    """Return the shape of an object whose keys are anything."""
    return {"type": "object", "additionalProperties": shape}


def record(**fields: Shape) -> Shape:
    """Return the shape of an object that has all of these fields."""
    return {"type": "object", "required": list(fields), "properties": fields}


def entity(**fields: Shape) -> Shape:
    """Return the shape of an entity: what was told before a field was there has no such field, but always the refId."""
    return {"type": "object", "required": ["refId"], "properties": fields}

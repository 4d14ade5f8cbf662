"""The rows of a tree as the page shows them: name, state and why, what is left or planned, verbs."""

from collections.abc import Iterable, Iterator
from urllib.parse import urlencode

from django.contrib import admin
from django.http import HttpRequest

from accounts.models import Account
from ocsportal.backoffice.entity import EntityAdmin
from ocsportal.backoffice.links import address_of
from ocsportal.backoffice.templatetags.portal import badge, day
from ocsportal.backoffice.words import cause, plan_words
from ocsportal.care.tree.growing import PAGE, Tree
from ocsportal.care.tree.nodes import Heading, Node, Rest, Row, key_of
from ocsportal.entities.models import Entity
from ocsportal.entities.states import State
from offers.models import Subscription
from subscribers.models import Subscriber

# How many verbs stand in a row; the others are one step further.
MOST_VERBS = 2
Shown = dict[str, object]


def shown(request: HttpRequest, tree: Tree, rows: Iterable[Row]) -> Iterator[Shown]:
    """Yield the rows as their template takes them."""
    for row in rows:
        if isinstance(row, Heading):
            yield {"heading": row.words, "number": row.number}
        elif isinstance(row, Rest):
            query = urlencode({"after": row.after, "depth": row.depth})
            following = min(PAGE, row.more or PAGE)
            yield {"rest": row, "query": query, "next": following, "level": row.depth + 1, "deep": row.depth}
        else:
            yield _of_node(request, tree, row)


def _of_node(request: HttpRequest, tree: Tree, node: Node) -> Shown:
    entity, key = node.entity, key_of(node.entity)
    title, also = names(entity)
    return {
        "key": str(key),
        # What is open when this one is opened or folded, for who has no script.
        "toggled": ",".join(sorted(str(one) for one in tree.opened ^ {key})) if node.has_below else "",
        "kind": entity._meta.model_name,
        "level": node.depth + 1,
        "deep": node.depth,
        "has_below": node.has_below,
        "is_open": node.is_open,
        "url": address_of(entity),
        "title": title,
        "also": also,
        "note": node.note,
        "badge": badge(entity.state),
        "why": why(entity),
        "since": day(entity.state_valid_from),
        "plans": list(plans(entity)),
        "beside": tree.beside.get(entity.pk, []) if isinstance(entity, Subscription) else [],
        "billed": billed(entity),
        "verbs": verbs(request, entity),
    }


def names(entity: Entity) -> tuple[str, list[str]]:
    """Return what an entity is called in the tree, and what else tells it from others."""
    if isinstance(entity, Subscriber):
        title = entity.number or str(entity)
        return title, [entity.custom_name] if entity.custom_name not in ("", title) else []
    if isinstance(entity, Subscription):
        return str(entity), [entity.offer.code]
    own = [entity.external_id] if entity.external_id and entity.external_id != str(entity) else []
    if isinstance(entity, Account) and entity.account_type.payment_responsible:
        own.append("pays")
    return str(entity), own


def why(entity: Entity) -> str:
    """Return why an entity is in its state: through what is above, or its own reason where that is to be told apart."""
    words = cause(entity)
    return f"{words} · own" if words and not entity.state_imposed_by and entity.state == State.SUSPENDED else words


def plans(entity: Entity) -> Iterator[str]:
    """Yield what is planned, as briefly as can be: `Suspension 1 Dec`, `Cycle monthly15 1 Dec`."""
    if entity.has_plan:
        yield f"{plan_words(entity.plan_state)} {day(entity.plan_valid_from)}"
    if isinstance(entity, Account) and entity.has_cycle_plan:
        yield f"{entity.planned_cycle} {day(entity.planned_cycle_from)}"


def billed(entity: Entity) -> str:
    """Return how an account is billed; empty for what is not billed itself."""
    return f"{entity.bill_cycle}, {entity.currency.code}" if isinstance(entity, Account) else ""


def verbs(request: HttpRequest, entity: Entity) -> list[tuple[str, str, bool]]:
    """Return the likeliest verbs that the user may do with an entity: words, address, whether it is dangerous."""
    level = level_of(entity)
    offered = [
        verb
        for verb in level.verbs
        if (verb.likely or verb.slug in level.verbs_in_rows) and verb.offered(request.user, entity)
    ]
    return [(verb.label, level.verb_address(entity, verb), verb.dangerous) for verb in offered[:MOST_VERBS]]


def all_verbs(request: HttpRequest, entity: Entity) -> list[tuple[str, str, bool]]:
    """Return all verbs that the user may do with an entity."""
    level = level_of(entity)
    offered = [verb for verb in level.verbs if verb.offered(request.user, entity)]
    return [(verb.label, level.verb_address(entity, verb), verb.dangerous) for verb in offered]


def level_of(entity: Entity) -> EntityAdmin:
    """Return the pages of an entity's level."""
    found = admin.site._registry[type(entity)]
    assert isinstance(found, EntityAdmin)
    return found

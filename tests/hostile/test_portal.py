"""Hostile input in the browser: searches, filters, addresses, forms and hidden fields; and harmless text shown escaped."""

import time
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from balances.models import AdjustmentLimit, Balance
from ocsportal.backoffice.entity import EntityAdmin
from ocsportal.entities.life.due import entity_models
from ocsportal.entities.models import Entity
from ocsportal.people import groups
from ocsportal.people.models import User
from ocsportal.transactions.models import BusinessTransaction
from tests.client import RestClient
from tests.conftest import make_user
from tests.hostile.bodies import HARMLESS, KEPT
from tests.hostile.conftest import Verdict
from tests.hostile.targets import build, counts, undone
from tests.world import maker, world

pytestmark = pytest.mark.django_db

SITE = admin.site._registry
LISTS = [page for page in SITE.values() if not type(page).__module__.startswith(("axes.", "django_otp."))]
LEVELS: list[EntityAdmin] = [page for page in SITE.values() if isinstance(page, EntityAdmin)]
# Those whose verbs are the shared ones; a balance has a page, but neither a name nor attributes.
NAMED = [page for page in LEVELS if issubclass(page.model, Entity)]
named_ids = pytest.mark.parametrize("page", NAMED, ids=lambda page: page.opts.model_name)
ids = pytest.mark.parametrize("page", LEVELS, ids=lambda page: page.opts.model_name)
every_list = pytest.mark.parametrize("page", LISTS, ids=lambda page: page.opts.label)

TEXTS = {
    "NUL": "a%00b", "surrogate": "%ed%a0%80", "overlong": "x" * 3000, "quote": "%27%22--", "markup": "%3Cscript%3E",
    "pattern": "%25_%5C", "broken escape": "%zz%", "digits": "9" * 40, "phone": "%2b" + "9" * 40, "mail": "%00@%00",
}  # fmt: skip
LIST_QUERIES = [
    *(f"q={text}" for text in TEXTS.values()),
    "after=%00", "after=-1", "after=" + "9" * 18, "before=" + "9" * 40, "before=٣", "p=abc", "p=-1", "all=1", "o=1.%00",
    "e=1", "nothing=1", "password__startswith=a", "_popup=1", "_to_field=password", "id__in=1,%00", "pk=%00", "_facets=1",
    "_changelist_filters=%00",
]  # fmt: skip
FILTER_VALUES = ["%00", "x", "-1", "9" * 40, "%27", "%ff", "", "1&{}=2", "1%2c2"]
OBJECT_IDS = [
    "0",
    "-1",
    "9" * 18,
    "9" * 40,
    "nobody",
    "%00",
    "%ff",
    "_5F00",
    "99999%0a",
    "99999 ",
    "٩٩٩٩٩",
    "../99999",
    "1;2",
    "None",
]
# One verb that every level has, filled in.
TAMPERED = ("custom-name", {"custom_name": "Other"})
HOSTILE_FORM = ["x" * 10_000, "", "\u202e\ufeff", "<script>", "%s{0}{{ x }}"]


def collection(page: EntityAdmin) -> str:
    """Return where REST keeps what a page shows."""
    return f"{page.opts.model_name}s"


def browser(user: User, **options: Any) -> Client:
    client = Client(raise_request_exception=False, **options)
    client.force_login(user, backend="ocsportal.people.permissions.OneQueryBackend")
    return client


@pytest.fixture
def anyone(db: None) -> User:
    """A user of every group, so that nothing is refused for want of a permission."""
    return make_user("anyone", *groups.GROUPS)


@pytest.fixture
def entities(api: RestClient) -> dict[str, Any]:
    """One entity of each level, by its model's name."""
    build(api)
    AdjustmentLimit.objects.create(group=Group.objects.get(name=groups.CARE), unit="EUR")
    models = [*entity_models(), Balance]
    return {str(model._meta.model_name): model._default_manager.first() for model in models}


def address(page: Any, name: str, *arguments: Any) -> str:
    return reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_{name}", args=arguments)


def bad(answer: Any, *allowed: int) -> str:
    return "" if answer.status_code in allowed else f"answered {answer.status_code}"


@every_list
def test_lists(page: Any, anyone: User, entities: dict[str, Any], verdict: Verdict) -> None:
    client = browser(anyone)
    path = address(page, "changelist")
    before = counts()
    assert client.get(path).status_code == 200
    queries = list(LIST_QUERIES)
    names = [getattr(one, "parameter_name", one) for one in page.list_filter]
    for name in names:
        for lookup in (name, f"{name}__exact", f"{name}__id__exact", f"{name}__isnull", f"{name}__code__regex"):
            queries += [f"{lookup}={value.replace('{}', lookup)}" for value in FILTER_VALUES]
    for query in queries:
        answer = client.get(f"{path}?{query}")
        verdict.add(query[:80], bad(answer, 200, 302, 400))
        assert b"<script>" not in answer.content, query
    assert counts() == before


def test_home_and_queues(anyone: User, entities: dict[str, Any], verdict: Verdict) -> None:
    client = browser(anyone)
    for name, text in TEXTS.items():
        for query in (f"q={text}", f"q={text}&part=hits"):
            answer = client.get(f"/?{query}")
            verdict.add(f"home, {name}", bad(answer, 200))
            assert b"<script>" not in answer.content
    for place in ("nothing", "%00", "pending%00", "..%2f", "x" * 3000):
        verdict.add(f"queue {place[:20]}", bad(client.get(f"/queues/{place}/"), 404))


@every_list
def test_objects_that_are_not_there(page: Any, anyone: User, entities: dict[str, Any], verdict: Verdict) -> None:
    client = browser(anyone)
    base = address(page, "changelist")
    verbs = [verb.slug for verb in page.verbs] if isinstance(page, EntityAdmin) else []
    before = counts()
    for key in OBJECT_IDS:
        for word in ("change", "history", "delete", "password", "nothing", *verbs):
            for method in ("GET", "POST"):
                answer = client.generic(method, f"{base}{key}/{word}/")
                verdict.add(f"{method} {key}/{word}", bad(answer, 302, 403, 404, 405))
    assert counts() == before


@ids
def test_what_only_shows_takes_no_post(
    page: EntityAdmin, anyone: User, entities: dict[str, Any], verdict: Verdict
) -> None:
    client = browser(anyone)
    entity = entities[page.opts.model_name]
    before = counts()
    for name in ("change", "history"):
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            answer = client.generic(method, address(page, name, entity.pk), "custom_name=Other&reason=x")
            verdict.add(f"{method} {name}", bad(answer, 405))
    verdict.add("delete", bad(client.post(address(page, "delete", entity.pk), {"post": "yes"}), 403))
    action = {"action": "delete_selected", "_selected_action": entity.pk, "post": "yes"}
    client.post(address(page, "changelist"), action)
    assert counts() == before


@every_list
def test_history_pages_take_no_post(page: Any, anyone: User, entities: dict[str, Any], verdict: Verdict) -> None:
    row = page.model._default_manager.first()
    before = counts()
    answer = browser(anyone).post(address(page, "history", row.pk), {"name": "x", "custom_name": "x"})
    verdict.add("POST", bad(answer, 405))
    assert counts() == before


@ids
def test_verbs_by_get_and_without_a_token(
    page: EntityAdmin, anyone: User, entities: dict[str, Any], verdict: Verdict
) -> None:
    entity = entities[page.opts.model_name]
    strict = browser(anyone, enforce_csrf_checks=True)
    before = counts()
    form = {"reason": "x", "request_id": "r", "version": entity.etag, **TAMPERED[1]}
    for verb in page.verbs:
        path = page.verb_address(entity, verb)
        verdict.add(f"GET {verb.slug}", bad(strict.get(path, form), 200))
        verdict.add(f"POST {verb.slug} without a token", bad(strict.post(path, form), 403))
        verdict.add(f"POST {verb.slug} with a made-up token",
                    bad(strict.post(path, form | {"csrfmiddlewaretoken": "x" * 64}), 403))  # fmt: skip
        verdict.add(f"PUT {verb.slug}", bad(browser(anyone).put(path, form), 405))
    verdict.add("POST add without a token", bad(strict.post(address(page, "add"), form), 403))
    assert counts() == before


@ids
def test_every_field_of_every_verb(page: EntityAdmin, anyone: User, entities: dict[str, Any], verdict: Verdict) -> None:
    """Hostile text in one field at a time; whatever comes of it, it is no 500, and NUL never gets in."""
    entity = entities[page.opts.model_name]
    client = browser(anyone)
    verbs = [(verb, page.verb_address(entity, verb)) for verb in page.verbs]
    verbs += [(page.create, address(page, "add"))] if page.create else []
    seen: set[str] = set()
    for number, (verb, path) in enumerate(verbs):
        context = client.get(path).context
        if "form" not in context:
            continue  # asks for something else first, such as which offer
        form = context["form"]
        sent = {name: form[name].value() or "" for name in form.fields} | {"reason": "why"}
        before = counts()
        # What every verb has, and the texts, are shared out over the verbs: pages are dear.
        for name in [name for name in form.fields if name not in seen]:
            seen.add(name)
            answer = client.post(path, sent | {name: "a\x00b"})
            verdict.add(f"{verb.slug}, NUL in {name}", bad(answer, 200) or "got in" * (counts() != before))
        for text in HOSTILE_FORM[number % len(HOSTILE_FORM) :][:1]:
            with undone():
                kept = {name: sent[name] for name in ("request_id", "version")}
                answer = client.post(path, dict.fromkeys(form.fields, text) | kept)
                verdict.add(f"{verb.slug}, {text[:5]!r} everywhere", bad(answer, 200, 302))
            with undone():
                answer = client.post(path, sent | {"request_id": text or "r", "version": text})
                verdict.add(f"{verb.slug}, {text[:5]!r} in what is hidden", bad(answer, 200, 302))


@named_ids
def test_tampered_hidden_fields(page: EntityAdmin, anyone: User, entities: dict[str, Any], verdict: Verdict) -> None:
    entity = entities[page.opts.model_name]
    slug, filled = TAMPERED
    path = page.verb_address(entity, next(verb for verb in page.verbs if verb.slug == slug))
    client = browser(anyone)
    form = {"reason": "x", "request_id": "r-1", "version": entity.etag, **filled}
    before = counts()
    for name, wrong in {
        "version of another": {"version": "AAAAAAAAAAAAAA-1"},
        "version too high": {"version": f"{entity.ref_id}-99"},
        "version with NUL": {"version": "\x00"},
        "version too long": {"version": "x" * 61},
        "version as a list of tags": {"version": f'"{entity.etag}"'},
        "no request ID": {"request_id": ""},
        "request ID too long": {"request_id": "x" * 256},
        "request ID with NUL": {"request_id": "a\x00"},
        "reason of blanks": {"reason": "   "},
        "reason too long": {"reason": "x" * 1001},
    }.items():
        verdict.add(name, bad(client.post(path, form | wrong), 200))
        assert counts() == before, name
    assert client.post(path, form).status_code == 302
    after = counts()
    # The same request ID for something else is no way to have that done, or to have the first one forgotten.
    again = client.post(path, form | {"custom_name": "Yet another"})
    assert again.status_code == 200
    assert again.context["form"].errors
    assert counts() == after


def test_too_many_fields_and_too_large_a_form(anyone: User, entities: dict[str, Any]) -> None:
    """A plain page for whoever sends them, signed in or not, at little cost; nothing of what was sent or of the inside."""
    page = LEVELS[0]
    verb = address(page, "verb", entities[page.opts.model_name].pk, "custom-name")
    forms = {
        "1,001 fields": {f"f{number}": "" for number in range(1001)},
        "10,000 fields": {f"hostile{number}": "x" for number in range(10_000)},
        "one field 10,000 times": {"custom_name": ["x"] * 10_000},
        "a value of 1.1 MB": {"custom_name": "hostile" * 157_000},
        "a name of 1.1 MB": {"hostile" * 157_000: "x"},
    }
    before = counts()
    pages = [(browser(anyone), address(page, "add")), (browser(anyone), verb), (Client(), reverse("admin:login"))]
    for name, form in forms.items():
        coded = urlencode(form, doseq=True)
        for client, path in pages:
            for options in ({"data": form}, {"data": coded, "content_type": "application/x-www-form-urlencoded"}):
                began = time.process_time()
                answer = client.post(path, **options)
                took = time.process_time() - began
                assert answer.status_code == 400, (name, path, answer.status_code)
                shown = answer.content.decode()
                assert "<h1>Bad request</h1>" in shown, shown
                assert not [word for word in ("hostile", "Traceback", "DATA_UPLOAD", "Exception") if word in shown]
                assert took <= 1, (name, path, took)
    assert counts() == before


def test_the_largest_form_that_is_read(anyone: User, entities: dict[str, Any]) -> None:
    """Just under every bound: a thousand fields, and a value of a megabyte, which the field itself refuses."""
    page = LEVELS[0]
    verb = address(page, "verb", entities[page.opts.model_name].pk, "custom-name")
    before = counts()
    for form in ({f"f{number}": "" for number in range(990)}, {"custom_name": "x" * 1_000_000, "reason": "y"}):
        began = time.process_time()
        answer = browser(anyone).post(verb, form)
        assert answer.status_code == 200
        assert answer.context["form"].errors
        assert time.process_time() - began <= 1
    assert counts() == before


@named_ids
def test_harmless_text_is_shown_escaped(page: EntityAdmin, api: RestClient, anyone: User, verdict: Verdict) -> None:
    """An entity whose every text is hostile, on every page that shows it: nothing of it is markup."""
    own = maker(collection(page))
    for path, body in world()[: world().index(own)]:
        api.done(path, **body)
    script = HARMLESS["script"]
    texts = {"customName": script, "externalId": HARMLESS["image with handler"]}
    attributes = {f"{name}: {text}"[:60].strip(): text for name, text in KEPT.items()}
    headers = {"X-Ocs-Io-Reason": script.encode().decode("latin-1"), "X-Ocs-Io-On-Behalf-Of": HARMLESS["entity"]}
    answer = api.post(own[0], headers, **own[1] | texts | {"customAttributes": attributes, "requestId": script})
    assert answer.status_code == 200, answer.content
    entity: Any = page.model._default_manager.get(custom_name=script)
    entry = BusinessTransaction.objects.latest("pk")
    client = browser(anyone)
    pages = {
        "page": page.address(entity),
        "list": address(page, "changelist"),
        "found": address(page, "changelist") + "?q=alert(",
        "history": address(page, "history", entity.pk),
        # What is subscribed is found through who has it, not by name.
        **({} if page.opts.model_name == "subscription" else {"home": "/?q=alert(", "hits": "/?q=alert(&part=hits"}),
        "transaction": reverse("admin:transactions_businesstransaction_change", args=[entry.pk]),
        "transactions": reverse("admin:transactions_businesstransaction_changelist"),
        **{verb.slug: page.verb_address(entity, verb) for verb in page.verbs},
    }
    for name, path in pages.items():
        answer = client.get(path)  # type: ignore[assignment]
        shown = answer.content.decode()
        verdict.add(name, bad(answer, 200))
        raw = [text for text in HARMLESS.values() if "<" in text and text in shown]
        verdict.add(f"{name}, raw", f"shows {raw}" if raw else "")
        if name not in ("transaction", "transactions"):
            verdict.add(f"{name}, escaped", "" if escape(script) in shown else "does not show the name")
        if name == "page":
            missing = [text for text in KEPT.values() if escape(text) not in shown]
            verdict.add("the page shows every attribute", f"lacks {missing}" if missing else "")


@named_ids
def test_attributes_survive_a_form_that_was_not_touched(page: EntityAdmin, api: RestClient, anyone: User) -> None:
    """Whatever REST stored as attributes comes back from the browser's text field as it was; no line makes another key."""
    build(api)
    attributes = {text[:60].strip(): text for text in KEPT.values()}
    attributes |= KEPT | {"emoji": HARMLESS["emoji"], "blanks around": HARMLESS["blanks around"]}
    attributes |= {"a": "1\nb = 2", "empty": "", '"x" = "y"': '"z"'}
    entity: Any = page.model._default_manager.first()
    kind = page.opts.model_name
    api.done(f"/{collection(page)}/update-custom-attributes", customAttributes=attributes,
             **{str(kind): {"refId": entity.ref_id}})  # fmt: skip
    verb = next(verb for verb in page.verbs if verb.slug == "attributes")
    client = browser(anyone)
    form = client.get(page.verb_address(entity, verb)).context["form"]
    # As a browser sends what stands in a text field.
    sent = {name: str(form[name].value() or "").replace("\n", "\r\n") for name in form.fields} | {"reason": "why"}
    assert client.post(page.verb_address(entity, verb), sent).status_code == 302
    entity.refresh_from_db()
    assert entity.custom_attributes == attributes

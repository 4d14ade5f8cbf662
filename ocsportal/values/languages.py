"""Languages: tags of BCP 47, such as de or de-AT; in the portal also by name."""

import re

from ocsportal.values.characters import bare, named, without_invisible
from ocsportal.values.country_names import (
    country_codes,
    country_name,
    language_names,
    languages_by_name,
    script_names,
    short_language,
)
from ocsportal.values.folding import folded
from ocsportal.values.reading import STRICT, Kind, Reading, Refusal

NOUN = "a language tag"
LONGEST = 35
TAG = re.compile(
    r"(?P<language>[a-z]{2,3})(?P<extended>(?:-[a-z]{3}){0,3})(?:-(?P<script>[a-z]{4}))?"
    r"(?:-(?P<region>[a-z]{2}|[0-9]{3}))?"
    r"(?P<rest>(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(?:-[a-wy-z0-9](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?)"
)


def canonical(text: str, reading: Reading = STRICT) -> str:
    """Return a language tag as BCP 47 writes it; raise Refusal for what is none."""
    text = bare(text, NOUN, reading)
    if reading.lenient:
        text = without_invisible(text)
        if found := _by_name(text, reading.home_country):
            return found
        text = text.replace("_", "-")
    for index, character in enumerate(text):
        if not (character == "-" or (character.isascii() and character.isalnum())):
            raise Refusal(f"Not {NOUN}: {named(text, index)} doesn't belong in one; write it as de or de-AT.")
    if len(text) > LONGEST:
        raise Refusal(f"Not {NOUN}: has {len(text)} characters; at most {LONGEST} are allowed.")
    parts = TAG.fullmatch(text.lower())
    if parts is None:
        raise Refusal(f"Not {NOUN}: write it as de or de-AT.")
    return _written(parts)


def _written(parts: re.Match[str]) -> str:
    """Return the parts of a tag together, each as it is written; refuse what names no language, script or country."""
    language = short_language(parts["language"])
    if len(language) == 2 and language not in language_names():
        raise Refusal(f"Not {NOUN}: there is no language “{language}”.")
    script = (parts["script"] or "").title()
    if script and script not in script_names():
        raise Refusal(f"Not {NOUN}: there is no script “{script}”.")
    region = (parts["region"] or "").upper()
    if len(region) == 2 and region not in country_codes():
        raise Refusal(f"Not {NOUN}: there is no country “{region}”.")
    return "-".join(filter(None, [language + parts["extended"], script, region])) + parts["rest"]


def _by_name(text: str, home_country: str) -> str | None:
    """Return the tag of a language that was named; two or three letters are a tag and no name."""
    if len(text) <= 3 or len(text) > 100:
        return None
    return languages_by_name(home_country).get(folded(text))


def described(tag: str) -> str:
    """Return a canonical tag in words: "German, Austria"."""
    parts = TAG.fullmatch(tag.lower())
    if parts is None:
        return ""
    script, region = (parts["script"] or "").title(), (parts["region"] or "").upper()
    named_parts = [language_names().get(parts["language"]), script_names().get(script), region and country_name(region)]
    return ", ".join(filter(None, named_parts))


LANGUAGE = Kind("LANGUAGE", NOUN, canonical, described=described)

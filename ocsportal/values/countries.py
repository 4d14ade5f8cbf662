"""Countries: alpha-2 of ISO 3166-1; in the portal also by name."""

from ocsportal.values.characters import bare, named, without_invisible
from ocsportal.values.country_names import by_alpha_3, countries_by_name, country_codes, country_name
from ocsportal.values.folding import folded
from ocsportal.values.reading import STRICT, Kind, Reading, Refusal

NOUN = "a country"
LONGEST_NAME = 100
# Codes that are no country's, though many write them so.
MEANT = {"UK": "GB", "EL": "GR"}


def canonical(text: str, reading: Reading = STRICT) -> str:
    """Return the alpha-2 code of a country; raise Refusal for what names none. Nothing is ever cut."""
    text = bare(text, NOUN, reading)
    if reading.lenient:
        text = without_invisible(text)
    # Only a person's text is folded, so that wide letters are understood.
    code = folded(text).upper() if reading.lenient else text.upper() if text.isascii() else ""
    if code in country_codes():
        return code
    if code in by_alpha_3():
        return by_alpha_3()[code]
    if reading.lenient:
        return _by_name(text, reading.home_country)
    if code in MEANT:
        raise Refusal(f"Not {NOUN}: {code} is not an ISO 3166-1 code; write {MEANT[code]}.")
    for index, character in enumerate(text):
        if not (character.isascii() and character.isalpha()):
            raise Refusal(f"Not {NOUN}: {named(text, index)} doesn't belong in a code; write two letters, such as DE.")
    raise Refusal(f"Not {NOUN}: write the two letters of ISO 3166-1, such as DE.")


def suggestions(typed: str, home_country: str = "", most: int = 10) -> list[tuple[str, str]]:
    """Return the countries that somebody may mean who began to type so, each as code and English name, best first."""
    asked = folded(typed)[:LONGEST_NAME]
    code = typed.strip().upper()
    ranked: dict[str, int] = {}
    for name, country in countries_by_name(home_country).items():
        rank = 0 if code == country else 1 if name.startswith(asked) else 2 if f" {asked}" in f" {name}" else None
        if asked and rank is not None:
            ranked[country] = min(rank, ranked.get(country, rank))
    named_ones = sorted((rank, country_name(country), country) for country, rank in ranked.items())
    return [(country, name) for _, name, country in named_ones[:most]]


def _by_name(text: str, home_country: str) -> str:
    asked = folded(text) if len(text) <= LONGEST_NAME else ""
    if found := countries_by_name(home_country).get(asked):
        return found
    meant = suggestions(text, home_country, 3) if asked else []
    names = " or ".join(f"{name} ({code})" for code, name in meant)
    raise Refusal(f"Not {NOUN}: did you mean {names}?" if names else f"Not {NOUN}: write its name or its two letters.")


def described(code: str) -> str:
    """Return nothing where the code is shown as a name already."""
    return code


COUNTRY = Kind("COUNTRY", NOUN, canonical, country_name, described)

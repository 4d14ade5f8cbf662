"""Countries and languages by their codes and names, as Unicode's CLDR has them."""

import re
from collections.abc import Mapping
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.languages import get_official_languages

from ocsportal.values.folding import folded

ENGLISH = "en"
# Two capitals that are a name in CLDR and no country of ISO 3166-1; Kosovo's XK is taken, as everybody does.
NO_COUNTRIES = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"})
# Codes of three letters of countries that are no more.
FORMER = frozenset({"ANT", "BUR", "DDR", "FXX", "NTZ", "SCG", "SUN", "TMP", "YMD", "YUG", "ZAR", "XKK"})
KOSOVO = {"XKX": "XK"}
ALPHA_2, ALPHA_3 = re.compile("[A-Z]{2}"), re.compile("[A-Z]{3}")
# English names beside the one that CLDR prefers.
OTHER_NAMES = {
    "US": ("USA", "US", "America", "United States of America"),
    "GB": ("UK", "Great Britain", "United Kingdom of Great Britain and Northern Ireland"),
    "NL": ("Holland", "The Netherlands"),
    "CZ": ("Czech Republic",),
    "CI": ("Ivory Coast",),
    "TR": ("Turkey",),
    "HK": ("Hong Kong",),
    "MO": ("Macao", "Macau"),
    "SZ": ("Swaziland",),
    "CV": ("Cabo Verde",),
    "MK": ("Macedonia",),
    "MM": ("Myanmar", "Burma"),
    "RU": ("Russian Federation",),
    "VA": ("Vatican", "Holy See"),
    "PS": ("Palestine", "State of Palestine"),
    "TL": ("East Timor",),
    "AE": ("UAE",),
    "VN": ("Viet Nam",),
    "KR": ("Republic of Korea", "Korea"),
    "CD": ("Democratic Republic of the Congo", "DR Congo"),
    "CG": ("Republic of the Congo",),
    "IR": ("Islamic Republic of Iran",),
    "SY": ("Syrian Arab Republic",),
    "IE": ("Republic of Ireland",),
    "CN": ("People’s Republic of China",),
}


# Without this each country that is checked would walk all territories that babel knows. They come with the package and
# never change while a process lives.
@lru_cache(maxsize=1)
def country_codes() -> frozenset[str]:
    """Return the alpha-2 codes of all countries."""
    return frozenset(code for code in _territories(ENGLISH) if ALPHA_2.fullmatch(code) and code not in NO_COUNTRIES)


# As above: without this each code of three letters would walk all aliases of territories.
@lru_cache(maxsize=1)
def by_alpha_3() -> Mapping[str, str]:
    """Return the alpha-2 codes of all countries by their alpha-3 codes."""
    aliases: Mapping[str, list[str]] = get_global("territory_aliases")
    found = {
        long: short[0] for long, short in aliases.items() if ALPHA_3.fullmatch(long) and short[0] in country_codes()
    }
    return {long: short for long, short in found.items() if long not in FORMER} | KOSOVO


def country_name(code: str) -> str:
    """Return the English name of a country, the code itself where there is none."""
    return _territories(ENGLISH).get(code, code)


# Without this each country that is typed would fold some hundred names in several languages. By the country at home,
# of which an installation has one.
@lru_cache(maxsize=16)
def countries_by_name(home_country: str) -> Mapping[str, str]:
    """Return the countries by their folded names, in English and in the languages of the country at home."""
    found: dict[str, str] = {}
    for language in [*official_languages(home_country), ENGLISH]:
        found |= {folded(name): code for code, name in _territories(language).items() if code in country_codes()}
    found |= {folded(country_name(code).replace("&", "and")): code for code in country_codes()}
    return found | {folded(name): code for code, names in OTHER_NAMES.items() for name in names}


# Without this each language that is typed would fold some hundred names in several languages.
@lru_cache(maxsize=16)
def languages_by_name(home_country: str) -> Mapping[str, str]:
    """Return the languages by their folded names, in English and in the languages of the country at home."""
    found: dict[str, str] = {}
    for language in [*official_languages(home_country), ENGLISH]:
        names = _locale(language).languages.items()
        found |= {folded(name): code.replace("_", "-") for code, name in names}
    return found


def official_languages(country: str) -> list[str]:
    """Return the languages of a country that CLDR has names in."""
    if not country:
        return []
    found = []
    for language in get_official_languages(country, de_facto=True):
        try:
            found.append(str(_locale(language)))
        except UnknownLocaleError:
            continue
    return found


def language_names() -> Mapping[str, str]:
    """Return the English names of languages by their codes."""
    return _locale(ENGLISH).languages


def script_names() -> Mapping[str, str]:
    """Return the English names of scripts by their codes."""
    return _locale(ENGLISH).scripts


def short_language(code: str) -> str:
    """Return the two letters that BCP 47 wants for a language that was given by three, where there are two."""
    aliases: Mapping[str, str] = get_global("language_aliases")
    alias = aliases.get(code, code)
    return alias if re.fullmatch("[a-z]{2}", alias) and len(code) == 3 else code


def _locale(language: str) -> Locale:
    return Locale.parse(language)


def _territories(language: str) -> Mapping[str, str]:
    found: Mapping[str, str] = _locale(language).territories
    return found

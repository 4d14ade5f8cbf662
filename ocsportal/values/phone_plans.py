"""What the numbering plans say: trunk prefixes, lengths, zeros that belong to the number, and names of places."""

from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumber

from ocsportal.values.country_names import country_name

NOWHERE = "001"
MOST_DIGITS = 15
NORTH_AMERICA = 1
EVERY_CODE = 1000
DESCRIPTIONS = ("fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip", "uan")


def _metadata(code: int) -> PhoneMetadata | None:
    region = phonenumbers.region_code_for_country_code(code)
    found: PhoneMetadata | None = PhoneMetadata.metadata_for_region_or_calling_code(code, region)
    return found


def code_of(number: PhoneNumber) -> int:
    """Return the country code of a number."""
    return number.country_code or 0


def national_prefix(code: int) -> str:
    """Return what people dial before a number within the country, such as 0; empty where there is nothing."""
    metadata = _metadata(code)
    return (metadata.national_prefix or "") if metadata else ""


# Without this each number would load the plans of all regions of its country code. They come with the package and
# never change while a process lives.
@lru_cache(maxsize=EVERY_CODE)
def keeps_zero(code: int) -> bool:
    """Whether numbers of a country code may begin with a zero of their own, as in Italy."""
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(code, ())
    plans = [PhoneMetadata.metadata_for_region_or_calling_code(code, region) for region in regions]
    parts = [getattr(plan, name) for plan in plans if plan for name in DESCRIPTIONS]
    return any(part is not None and (part.example_number or "").startswith("0") for part in parts)


# As above: without this each number that is too short or too long would load the plan once more, only to say so.
@lru_cache(maxsize=EVERY_CODE)
def lengths(code: int) -> str:
    """Return how many digits follow a country code, in words: "10", "8 or 9", "4 to 15"."""
    metadata = _metadata(code)
    longest = MOST_DIGITS - len(str(code))
    general = metadata.general_desc if metadata else None
    possible = [length for length in general.possible_length if length <= longest] if general else []
    if not possible:
        return "another number of"
    if len(possible) == 1:
        return str(possible[0])
    if possible == list(range(possible[0], possible[-1] + 1)) and len(possible) > 2:
        return f"{possible[0]} to {possible[-1]}"
    return f"{', '.join(map(str, possible[:-1]))} or {possible[-1]}"


def place_of(number: PhoneNumber) -> str:
    """Return the country of a number, in English; of a number whose range is unassigned, that of the plan."""
    region = phonenumbers.region_code_for_number(number)
    return plan_name(code_of(number)) if region is None else _region_name(region)


def plan_name(code: int) -> str:
    """Return whose numbering plan a country code is."""
    if code == NORTH_AMERICA:
        return "North America"
    return _region_name(phonenumbers.region_code_for_country_code(code))


def _region_name(region: str) -> str:
    return "international" if region == NOWHERE else country_name(region)

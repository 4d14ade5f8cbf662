"""Phone numbers: E.164 with a plus sign in a contact, its digits alone as an MSISDN."""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType

from ocsportal.values.characters import is_invisible, named
from ocsportal.values.phone_plans import MOST_DIGITS, code_of, keeps_zero, lengths, national_prefix, place_of
from ocsportal.values.reading import STRICT, Kind, Reading, Refusal

NOUN = "a phone number"
TOO_MUCH = 60
PLUS = frozenset("+＋﹢")
# What groups digits beside blanks, dashes and brackets: dots, slashes, and what looks like a hyphen.
GROUPING = frozenset(".·•․‧。．/⁄／−⁃˗⧿～〜﹣－ｰー\t")
NUMBER_TYPES = {
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE: "fixed line",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "fixed line or mobile",
    PhoneNumberType.TOLL_FREE: "toll-free",
    PhoneNumberType.PREMIUM_RATE: "premium rate",
    PhoneNumberType.SHARED_COST: "shared cost",
    PhoneNumberType.VOIP: "internet telephony",
    PhoneNumberType.PERSONAL_NUMBER: "personal number",
    PhoneNumberType.PAGER: "pager",
    PhoneNumberType.UAN: "company number",
    PhoneNumberType.VOICEMAIL: "voicemail",
}


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed: the digits, whether a plus sign stands before them, and where brackets stand round some."""

    digits: str
    plus: bool
    brackets: tuple[int, int] = (0, 0)

    def without_front(self, count: int) -> "Typed":
        """Return it with a plus sign instead of so many digits in front."""
        start, end = self.brackets
        return Typed(self.digits[count:], True, (start - count, end - count))


# Without this a number would be looked up in its plan twice in each request, which costs more than all other fields do.
# What it returns follows from the text and the reading alone; what is refused is not kept.
@lru_cache(maxsize=1024)
def canonical(text: str, reading: Reading = STRICT) -> str:
    """Return a phone number as E.164, with a plus sign; raise Refusal for what is none.

    The last ones are remembered: what a request gives is understood where it is read, and again by the operation.
    """
    typed = _typed(text)
    if typed.plus:
        return _international(typed)
    if typed.digits.startswith("00"):
        return _international(typed.without_front(2))
    if reading.lenient and reading.home_country:
        return _by_home(typed, reading.home_country)
    if typed.digits.startswith("0"):
        raise Refusal(f"Not {NOUN}: no country code begins with 0; write + or 00 and the country code first.")
    return _international(typed.without_front(0))


def msisdn(text: str, reading: Reading = STRICT) -> str:
    """Return a phone number as the network knows it: the digits of E.164; raise Refusal for what is none."""
    return canonical(text, reading).removeprefix("+")


def shown(number: str) -> str:
    """Return a canonical number as its own plan groups it: `+1 202-555-0168`, `+49 170 3182255`."""
    return phonenumbers.format_number(_parsed(number), PhoneNumberFormat.INTERNATIONAL)


def described(number: str) -> str:
    """Return where a canonical number belongs and what it is: "Germany, mobile"."""
    parsed = _parsed(number)
    kind = NUMBER_TYPES.get(phonenumbers.number_type(parsed), "")
    return ", ".join(filter(None, [place_of(parsed), kind]))


def notice(text: str, number: str) -> str:
    """Return that a number's range is assigned to nobody, as those of test networks are; empty when it is."""
    parsed = _parsed(number)
    if phonenumbers.is_valid_number(parsed):
        return ""
    return f"No such range of +{parsed.country_code} is assigned."


def digits_of(typed: str) -> str:
    """Return the digits of what looks like a grouped number; empty for anything else."""
    try:
        return _typed(typed).digits
    except Refusal:
        return ""


def beginnings(typed: str, reading: Reading = STRICT) -> tuple[str, ...]:
    """Return with which digits canonical numbers begin that somebody began to type so; empty for what is no number."""
    try:
        found = _typed(typed)
    except Refusal:
        return ()
    digits = found.digits
    if found.plus or digits.startswith("00"):
        found = found if found.plus else found.without_front(2)
        return (_without_trunk(found),) if found.digits else ()
    national = _national_beginning(digits, reading.home_country) if reading.lenient else ""
    return tuple(dict.fromkeys(filter(None, ["" if digits.startswith("0") else digits, national])))


def _national_beginning(digits: str, home: str) -> str:
    code = phonenumbers.country_code_for_region(home)
    if not code:
        return ""
    prefix = national_prefix(code)
    return f"{code}{digits if keeps_zero(code) else digits.removeprefix(prefix)}"


def _without_trunk(typed: Typed) -> str:
    """Return the digits of a number in the making, without a trunk prefix that stands in brackets."""
    start, end = typed.brackets
    if end <= start or typed.digits[start:end] != "0":
        return typed.digits
    code = int(typed.digits[:start] or 0)
    return typed.digits if keeps_zero(code) else typed.digits[:start] + typed.digits[end:]


def _typed(text: str) -> Typed:
    """Return what was typed, without what groups it; refuse other characters by name and place."""
    if not text or text.isspace():
        raise Refusal("Must not be empty.")
    start = len(text) - len(text.lstrip())
    stripped = text.rstrip()
    if stripped[start : start + 4].lower() == "tel:":
        start += 4
    digits: list[str] = []
    plus, opened, brackets = False, -1, (0, 0)
    for index in range(start, len(stripped)):
        character = stripped[index]
        if (digit := unicodedata.decimal(character, None)) is not None:
            digits.append(str(digit))
        elif character in PLUS and not digits and not plus:
            plus = True
        elif (category := unicodedata.category(character)) == "Ps":
            opened = len(digits)
        elif category == "Pe":
            brackets = brackets if brackets[1] else (opened, len(digits))
        elif category not in {"Zs", "Pd"} and character not in GROUPING and not is_invisible(character):
            raise Refusal(f"Not {NOUN}: {named(text, index)} doesn't belong in one.")
    if not digits:
        raise Refusal(f"Not {NOUN}: it contains no digits.")
    if len(digits) > TOO_MUCH:
        raise Refusal(f"Not {NOUN}: has {len(digits)} digits; at most {MOST_DIGITS} are possible.")
    # Brackets matter only where they may be round a trunk prefix: behind a country code, with a number behind them.
    return Typed("".join(digits), plus, brackets if 0 < brackets[0] < brackets[1] < len(digits) else (0, 0))


def _parsed(number: str) -> PhoneNumber:
    return phonenumbers.parse("+" + number.removeprefix("+"))


def _international(typed: Typed) -> str:
    """Return E.164 for a number that begins with its country code."""
    digits = typed.digits
    if digits.startswith("0"):
        raise Refusal(f"Not {NOUN}: no country code begins with 0.")
    try:
        parsed = phonenumbers.parse("+" + digits)
    except NumberParseException as error:
        raise _unparsed(digits, error) from error
    code = code_of(parsed)
    rest = digits[len(str(code)) :]
    start, end = typed.brackets
    if start == len(str(code)) and digits[start:end] in {"0", national_prefix(code)}:
        return _either(parsed, digits[end:])
    _check_trunk(parsed, rest)
    return _checked(parsed)


def _unparsed(digits: str, error: NumberParseException) -> Refusal:
    if error.error_type == NumberParseException.INVALID_COUNTRY_CODE:
        return Refusal(f"Not {NOUN}: no country code begins with {digits[:3]}.")
    if error.error_type == NumberParseException.TOO_LONG:
        return Refusal(f"Not {NOUN}: has {len(digits)} digits; at most {MOST_DIGITS} are possible.")
    return Refusal(f"Not {NOUN}: too short.")


def _either(parsed: PhoneNumber, rest: str) -> str:
    """Return E.164 for a number with a trunk prefix in brackets: with what is in them where the plan has it."""
    without = PhoneNumber(country_code=parsed.country_code, national_number=int(rest))
    if rest.startswith("0"):
        without.italian_leading_zero, without.number_of_leading_zeros = True, len(rest) - len(rest.lstrip("0"))
    best = next((number for number in (parsed, without) if phonenumbers.is_valid_number(number)), None)
    if best is None:
        best = parsed if keeps_zero(code_of(parsed)) else without
    _check_trunk(best, phonenumbers.national_significant_number(best))
    return _checked(best)


def _check_trunk(parsed: PhoneNumber, rest: str) -> None:
    """Refuse a number that was written with the prefix that people dial before it only within the country."""
    code = code_of(parsed)
    own = phonenumbers.national_significant_number(parsed)
    if rest.startswith("0") and not keeps_zero(code):
        raise _trunk_refusal("0", code, rest.lstrip("0") if own == rest else own)
    if rest != own:
        raise _trunk_refusal(rest.removesuffix(own) if rest.endswith(own) else "", code, own)


def _trunk_refusal(prefix: str, code: int, own: str) -> Refusal:
    keeps = f"don't keep the {prefix} after the country code" if prefix else "are written differently from abroad"
    try:
        return Refusal(
            f"Not {NOUN}: +{code} numbers {keeps}; write {shown(_international(Typed(f'{code}{own}', True)))}."
        )
    except Refusal:
        return Refusal(f"Not {NOUN}: +{code} numbers {keeps}.")


def _checked(parsed: PhoneNumber) -> str:
    """Return E.164 for a number of a possible length; whether its range is assigned is no matter."""
    own = phonenumbers.national_significant_number(parsed)
    code = str(parsed.country_code)
    if phonenumbers.is_possible_number_with_reason(parsed) != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise Refusal(
            f"Not {NOUN}: +{code} numbers have {lengths(code_of(parsed))} digits after the country code; "
            f"this one has {len(own)}."
        )
    if len(code + own) > MOST_DIGITS:
        raise Refusal(f"Not {NOUN}: has {len(code + own)} digits; at most {MOST_DIGITS} are possible.")
    return f"+{code}{own}"


def _by_home(typed: Typed, home: str) -> str:
    """Return E.164 for a number without plus sign or zeros: a national one, or one that begins with a country code."""
    national = _national(typed.digits, home)
    if national is not None and _is_written_so(national, typed.digits):
        return _checked(national)
    if typed.digits.startswith("0"):
        if national is None:
            raise Refusal(f"Not {NOUN}: too short.")
        return _checked(national)
    try:
        return _international(typed.without_front(0))
    except Refusal as error:
        if typed.digits.startswith(str(phonenumbers.country_code_for_region(home))):
            raise
        if national is not None and phonenumbers.is_valid_number(national):
            return _checked(national)
        raise Refusal(f"Not {NOUN}: not a national one, and any other needs + or 00 and a country code.") from error


def _national(digits: str, home: str) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(digits, home)
    except NumberParseException:
        return None


def _is_written_so(number: PhoneNumber, digits: str) -> bool:
    """Whether people of the number's country write it with just these digits."""
    if not phonenumbers.is_valid_number(number):
        return False
    written = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    return "".join(filter(str.isdigit, written)) == digits


PHONE = Kind("PHONE", NOUN, canonical, shown, described, notice)
MSISDN = Kind("PHONE", NOUN, msisdn, shown, described, notice)

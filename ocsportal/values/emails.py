"""E-mail addresses: the domain as IDNA writes it, all in small letters, since nobody tells mailboxes apart by case."""

import re
import unicodedata
from functools import lru_cache

import email_validator
import idna
from email_validator import EmailNotValidError, validate_email

from ocsportal.values.characters import bare, is_control, is_invisible, named
from ocsportal.values.reading import STRICT, Kind, Reading, Refusal

NOUN = "an e-mail address"
LONGEST_MAILBOX, LONGEST = 64, 254
# Networks have domains of their own, such as .local and .test; nothing is delivered from here.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()
# What nearly every address is: for these the library would say yes, after thirty times as long. A label with hyphens in
# its third and fourth place is in IDNA already and has to be looked into; the last label ends with a letter.
ORDINARY = re.compile(
    r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9]{0,61}[a-z])?"
)
OURS = (("email address", "e-mail address"), ("A e-mail", "An e-mail"), ("An email", "An e-mail"))


# Without this an address would be taken apart twice in each request, domain and all. What it returns follows from the
# text and the reading alone; what is refused is not kept, so a flood of bad ones pushes nothing out.
@lru_cache(maxsize=1024)
def canonical(text: str, reading: Reading = STRICT) -> str:
    """Return an e-mail address in small letters, its domain in IDNA; raise Refusal for what is none.

    The last ones are remembered: what a request gives is understood where it is read, and again by the operation.
    """
    if len(text) <= LONGEST and ORDINARY.fullmatch(text) and text.index("@") <= LONGEST_MAILBOX:
        return text
    return _looked_into(text, reading)


def _looked_into(text: str, reading: Reading) -> str:
    text = bare(text, NOUN, reading)
    _check_characters(text)
    mailbox, at, domain = text.rpartition("@")
    if not at:
        raise Refusal(f"Not {NOUN}: it contains no @.")
    mailbox = unicodedata.normalize("NFC", unicodedata.normalize("NFC", mailbox).lower())
    _check_length("the part before the @", mailbox, LONGEST_MAILBOX)
    _check_length("it", text, LONGEST)
    try:
        found = validate_email(f"{mailbox}@{domain.lower()}", check_deliverability=False, allow_display_name=False)
    except EmailNotValidError as error:
        raise Refusal(f"Not {NOUN}: {_in_our_words(error)}") from error
    value = f"{found.local_part}@{found.ascii_domain}"
    _check_length("it", value, LONGEST)
    return value


def shown(address: str) -> str:
    """Return a canonical address with its domain as people read it."""
    mailbox, _, domain = address.rpartition("@")
    if "xn--" not in domain:
        return address
    try:
        return f"{mailbox}@{idna.decode(domain)}"
    except idna.IDNAError:
        return address


def _check_characters(text: str) -> None:
    for index, character in enumerate(text):
        if character.isspace() or is_invisible(character) or is_control(character):
            raise Refusal(f"Not {NOUN}: {named(text, index)} doesn't belong in one.")


def _check_length(what: str, text: str, longest: int) -> None:
    if len(text) > longest:
        raise Refusal(f"Not {NOUN}: {what} has {len(text)} characters, {len(text) - longest} too many.")


def _in_our_words(error: EmailNotValidError) -> str:
    words = str(error)
    for theirs, ours in OURS:
        words = words.replace(theirs, ours)
    return words[0].lower() + words[1:] if words.startswith(("The ", "An ", "After ", "There ")) else words


EMAIL = Kind("EMAIL", NOUN, canonical, shown)

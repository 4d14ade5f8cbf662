"""How versions of offers are written."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from offers.models import OfferVersion
from offers.words import standing_words, validity_words

register = template.Library()


@register.filter
def version_badge(version: OfferVersion) -> SafeString:
    """Return whether a version can be subscribed now, as a badge."""
    look, words = standing_words(version)
    return format_html('<span class="badge {}">{}</span>', look, words)


@register.filter
def validity(version: OfferVersion) -> str:
    """Return from when to when a version can be subscribed."""
    return validity_words(version)

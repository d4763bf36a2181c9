"""Numbers as the reporting pages print them."""

from django import template

register = template.Library()


@register.filter
def thousands(number: int) -> str:
    """`{{ 15900|thousands }}`: 15,900; grouped by three in every language, with a real minus."""
    return f"{number:,}".replace("-", "−")


@register.filter
def signed(number: int) -> str:
    """`{{ change|signed }}`: +12, −5, 0."""
    return f"+{number:,}" if number > 0 else thousands(number)

"""Sentences of other packages that have no Simplified Chinese of their own and that people can meet.

Listed so that they are collected into our catalogue, which Django asks first.
"""

from django.utils.translation import gettext_noop as _

SENTENCES = (
    # django-axes
    _("Account locked: too many login attempts. Contact an admin to unlock your account."),
    _("Account locked: too many login attempts. Please try again later."),
    # django-filter (its Chinese is filed under a name that Django does not look at)
    _("%s (descending)"),
    _("Field filters"),
    _("Multiple values may be separated by commas."),
    _("Range query expects two values."),
    _("Select a lookup."),
    _("Submit"),
    _("Yesterday"),
    _("contains"),
    _("is greater than or equal to"),
    _("is in"),
    _("is in range"),
    _("is less than or equal to"),
    # djangorestframework
    _("A valid biginteger is required."),
    _("Integer value too large to convert to float"),
    # drf-spectacular
    _("No response body"),
    _('Token-based authentication with required prefix "%s"'),
    _("Unspecified response body"),
)

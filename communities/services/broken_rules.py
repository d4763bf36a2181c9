"""Saves a row, and says a broken constraint as a sentence at the field it is about."""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from communities.guards import CommunityRefused


def save_or_refuse(row: models.Model, *, at: Mapping[str, str]) -> None:
    """Save the row; refuse with the sentence of the first constraint it breaks. `at`: constraint -> field.

    Somebody who wrote the same at the same moment is refused too. One query a unique constraint, and the save.
    """
    check_rules(row, at=at)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise CommunityRefused(_("Somebody has just written this. Load the page again.")) from error


def check_rules(row: models.Model, *, at: Mapping[str, str]) -> None:
    """Refuse a row that breaks one of its table's constraints, with that constraint's sentence."""
    for model, constraints in row.get_constraints():
        for constraint in constraints:
            try:
                constraint.validate(model, row)
            except ValidationError as error:
                raise CommunityRefused(error.messages[0], code=at.get(constraint.name, "refused")) from error

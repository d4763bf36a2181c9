"""What lies in the scope of a right: the one choke point of who sees what among the records of communities."""

from django.db.models import Q

from kunming_portal.accounts.models import Scope
from kunming_portal.divisions.querysets import starts_with_any


def within(scope: Scope, *, community: str = "community", units: tuple[str, ...] = ()) -> Q:
    """Return the condition that a record lies in this scope.

    `community` is the path from the row to its community: territory is a prefix of that code. `units` are paths to
    units whose own record it is (the branch that leads it, the unit that owes it): a right with the reach UNIT sees
    exactly those. Without either nothing is seen.
    """
    where = starts_with_any(scope.prefixes, field=f"{community}__code")
    if scope.unit_ids:
        for path in units:
            where |= Q(**{f"{path}__in": list(scope.unit_ids)})
    return where

"""Every page of the admin site. They live here, above the packages whose tables they show, because each
change writes the trail, and the trail lies above those packages (docs/adr/0011)."""

from kunming_portal.administration.admin import (
    burden,
    communities,
    days,
    kinds,
    people,
    places,
    policies,
    records,
    workers,
)

__all__ = ["burden", "communities", "days", "kinds", "people", "places", "policies", "records", "workers"]

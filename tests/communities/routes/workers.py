"""Who may ask which address of workers, by hand (see tests/route_tables.py)."""

from tests.communities.routes.tables import SEES_COMMUNITIES, Elsewhere

KEEPS_WORKERS = {"street_secretary", "street_staff", "county_secretary", "county_staff", "city_official"}
SEES_PAY = {"street_secretary", "county_secretary"}
PLAIN: dict[str, frozenset[str] | set[str]] = {
    "workers": SEES_COMMUNITIES,
    "worker-new": KEEPS_WORKERS,
    "workers-grading": KEEPS_WORKERS,
    "workers-pay-export": SEES_PAY,
    # a branch has no territory
    "workers-staffing": SEES_COMMUNITIES - {"compound_secretary"},
    "workers-scheme": SEES_COMMUNITIES - {"compound_secretary"},
}
# for who may not see pay there is no such address
REFUSED: dict[str, int] = {"workers-pay-export": 404}
ABOUT_ONE = (
    "worker",
    "worker-pay",
    "worker-correct",
    "worker-post",
    "worker-move",
    "worker-leave",
    "worker-award",
    "worker-award-remove",
    "worker-appraisal",
)
ABOUT_PLACE = ("workers-population", "workers-scheme-change", "workers-pay-change")
ELSEWHERE: dict[str, Elsewhere] = {
    **{name: Elsewhere({"pk": 0}, {}) for name in ABOUT_ONE},
    **{name: Elsewhere({"code": "999999"}, {}) for name in ABOUT_PLACE},
}
# What a plain address needs to be written
KWARGS: dict[str, dict[str, str]] = {}

"""Who may ask which address, by hand: the tables of the route matrix."""

from tests.communities.routes import FAMILIES
from tests.communities.routes.tables import EVERYBODY, Elsewhere
from tests.whistle.people import SEES_THE_COMMUNITYS_CASE

# Who of the small world sees the case of 篆塘社区 (handled by the street), and the foreign draft of 尚义社区.
SEES_OWN = SEES_THE_COMMUNITYS_CASE
SEES_FOREIGN = {"stranger", "other_dispatcher", "city_dispatcher", "city_official", "inspector", "integrator"}
FIGURES = {
    "street_dispatcher",
    "other_dispatcher",
    "county_dispatcher",
    "city_dispatcher",
    "street_secretary",
    "county_secretary",
    "city_official",
    "street_staff",
    "county_staff",
    "inspector",
}
EXPORT = {
    "community_worker",
    "community_secretary",
    "stranger",
    "street_dispatcher",
    "other_dispatcher",
    "county_dispatcher",
    "city_dispatcher",
    "street_secretary",
    "county_secretary",
    "city_official",
    "street_staff",
    "county_staff",
    "enforcement_liaison",
    "enforcement_leader",
    "market_liaison",
    "construction_liaison",
    "water_liaison",
    "city_water_liaison",
}
# Who may export any list; what lies in it is another question
EXPORT_LISTS = EXPORT | {"compound_secretary"}
DISPATCHERS = {"street_dispatcher", "other_dispatcher", "county_dispatcher", "city_dispatcher", "integrator"}
CALLED = {
    "enforcement_liaison",
    "enforcement_leader",
    "market_liaison",
    "construction_liaison",
    "water_liaison",
    "city_water_liaison",
}
# Who dispatches or configures reads the dispatch catalogue.
READS_CATALOGUE = DISPATCHERS | {"system_admin"}
# Who may blow: everybody on a caller's side, but nobody at the city, above which there is no tier.
CALLERS = {
    "community_worker",
    "community_secretary",
    "stranger",
    "street_dispatcher",
    "other_dispatcher",
    "county_dispatcher",
    "street_secretary",
    "county_secretary",
}

# Who issues notices, by hand: the centres, the secretaries and the office above
SUPERVISORS = {
    "street_dispatcher",
    "other_dispatcher",
    "county_dispatcher",
    "city_dispatcher",
    "street_secretary",
    "county_secretary",
    "city_official",
    "street_staff",
    "county_staff",
}


SEE_CASES = (
    CALLERS | CALLED | DISPATCHERS | {"city_official", "street_staff", "county_staff", "inspector"}
)  # all but the administrators
ARRANGE = {
    "community_secretary",
    "street_dispatcher",
    "other_dispatcher",
    "county_dispatcher",
    "city_dispatcher",
    "street_secretary",
    "county_secretary",
    "city_official",
    "street_staff",
    "county_staff",
    "enforcement_leader",
}

NO_SIGN_IN = {"sign-in", "ui:language", "ui:theme", "ui:text", "livez", "readyz", "healthz"}
# Addresses without an object: who may read them. Everybody else is refused (403 unless it says otherwise).
PLAIN: dict[str, frozenset[str] | set[str]] = {
    "sign-out": EVERYBODY,
    "password-change": EVERYBODY,
    "switch-role": EVERYBODY,
    "notices": EVERYBODY,
    "notices-read": EVERYBODY,
    "notice-channels": EVERYBODY,
    "absences": EVERYBODY,
    "roster": SEE_CASES,
    "roster-new": ARRANGE,
    "roster-copy": ARRANGE,
    "home": EVERYBODY,
    "cases": EVERYBODY,
    "holds": EVERYBODY,
    "queue": DISPATCHERS,
    "bulk": EVERYBODY,
    "saved-filters": EVERYBODY,
    "duties": CALLED,
    "cases-export": EXPORT_LISTS,
    "holds-export": EXPORT_LISTS,
    "case-new": CALLERS,
    "case-similar": EVERYBODY,  # whoever writes for no unit is shown nothing
    "exclusions": EVERYBODY,
    "exclusions-export": EXPORT_LISTS,
    "catalogue": READS_CATALOGUE,
    "catalogue-export": READS_CATALOGUE,
    "catalogue-new": {"county_dispatcher", "city_dispatcher", "system_admin"},
    "catalogue-accuracy": READS_CATALOGUE,
    "catalogue-accuracy-export": READS_CATALOGUE,
    "operations": {"system_admin"},
    "given-up": {"system_admin"},
    "given-up-send": {"system_admin"},
    "recalculations": {"system_admin"},
    "calendar": {"system_admin"},
    "rechecks": {"system_admin"},
    "rechecks-begin": {"system_admin"},
    "calendar-local": {"system_admin"},
    "recalculation-new": {"system_admin"},
    "files": EVERYBODY,  # takes files only, and keeps them for who sent them
    "supervision": EXPORT,
    "supervision-export": EXPORT,
    "supervision-choose": SUPERVISORS,
    "supervision-new": SUPERVISORS,
    "tokens": {"integrator"},
    "token-revoke": {"integrator"},
    "city": FIGURES,
    "city-units": FIGURES,
    "city-units-export": FIGURES & EXPORT,
    "city-rows": FIGURES,
    "api-kinds": EVERYBODY,
    "api-cases": EVERYBODY,
    "api-divisions": EVERYBODY,
    "api-division": EVERYBODY,
    "api-units": EVERYBODY,
    "api-me": EVERYBODY,
    "schema": EVERYBODY,
    "api-docs": EVERYBODY,
}
# A list says why it cannot be exported; tokens are not there for those who cannot hold any.
REFUSED = {
    "cases-export": 302,
    "exclusions-export": 302,
    "holds-export": 302,
    "tokens": 404,
    "token-revoke": 404,
}
# Addresses about a case, one of its duties or deadlines: not yours is not there.
ABOUT_CASE = {
    "case",
    "case-evidence",
    "case-exclusion",
    "case-note",
    "case-reporter",
    "case-rewrite",
    "case-move",
    "case-press",
    "case-supervise",
    "case-instruct",
    "case-paper",
    "case-number",
} | {
    f"api-case{rest}"
    for rest in (
        "",
        "-deadlines",
        "-timeline",
        "-blow",
        "-approve",
        "-send-back",
        "-accept",
        "-dispatch",
        "-verify",
        "-rework",
        "-close",
        "-upgrade",
        "-note",
    )
}
ABOUT_DUTY = {"assignment-move"} | {
    f"api-assignment-{verb}" for verb in ("sign", "report-in", "feed-back", "evaluate")
}
ABOUT_EVIDENCE = {"evidence-remove", "attachment", "attachment-small"}
ABOUT_DEADLINE = {"deadline", "api-deadline"}
ABOUT_TASK = {"supervision-task", "supervision-move", "supervision-paper"}
ABOUT_OBJECT = ABOUT_CASE | ABOUT_DUTY | ABOUT_EVIDENCE | ABOUT_DEADLINE | ABOUT_TASK
# A shift of the street's centre and an absence of its dispatcher: who finds them
ABOUT_SHIFT: dict[str, set[str]] = {
    "shift-end": {
        "street_dispatcher",
        "street_secretary",
        "county_dispatcher",
        "county_secretary",
        "city_dispatcher",
        "city_official",
        "street_staff",
        "county_staff",
        "inspector",
        "integrator",
    },
    "shift-hand-over": {"street_dispatcher"},
}
ABOUT_SHIFT["shift-take-over"] = ABOUT_SHIFT["shift-end"]
ABOUT_ABSENCE = {"absence-end": {"street_dispatcher", "street_secretary"}}
OWN_NOTICE = {"notice"}
# Addresses with an object of their own kind that is not there: what this person gets, everybody else gets `others`.
# A deadline change is nobody's case: who configures works on it, others are refused before it is looked for.
ELSEWHERE: dict[str, Elsewhere] = {
    f"recalculation{rest}": Elsewhere({"pk": 1}, {"system_admin": 404}, others=403)
    for rest in ("", "-confirm", "-cancel", "-again", "-export")
} | {
    f"catalogue-{rest}": Elsewhere({"pk": 1}, dict.fromkeys(READS_CATALOGUE, 404), others=403)
    for rest in ("entry", "change", "withdraw", "confirm", "dismiss")
}
ELSEWHERE |= {
    name: Elsewhere({"year": 1999}, {"system_admin": 404}, others=403)
    for name in ("calendar-year", "calendar-notice")
}
ELSEWHERE["calendar-local-remove"] = Elsewhere({"pk": 1}, {"system_admin": 404}, others=403)
# A request to leave something out is there for whoever sees its case (tests/whistle/test_exclusions.py)
ELSEWHERE["exclusion"] = Elsewhere({"pk": 1}, {}, others=404)
NEVER_THERE = {"api-nothing"}
# The pages of communities bring tables of their own
for family in FAMILIES:
    PLAIN |= family.PLAIN
    REFUSED |= family.REFUSED
    ELSEWHERE |= family.ELSEWHERE

"""Answers about places that need more than one row."""

from collections.abc import Iterable

from kunming_portal.divisions.models import Division, codes_above


def get_ancestors(code: str) -> list[Division]:
    """Return the divisions from the city down to `code`, in one query; unknown code: what is above it."""
    return list(Division.objects.filter(code__in=codes_above(code)).order_by("code"))


def get_full_paths(codes: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return for each code the full names from the city down to itself, in one query for all of them.

    The caller joins them (`"".join(path)` is the address as written). A code the table does not know
    has the path of what is known above it.
    """
    wanted = set(codes)
    needed = {above for code in wanted for above in codes_above(code)}
    names = dict(Division.objects.filter(code__in=needed).values_list("code", "name"))
    return {code: tuple(names[above] for above in codes_above(code) if above in names) for code in wanted}

"""Filling in a page of the admin the way a browser does: start from what the form shows."""

from typing import Any

from django.test import Client


def shown(client: Client, url: str) -> dict[str, Any]:
    """Return what the page's form would send unchanged."""
    form = client.get(url).context["adminform"].form
    data: dict[str, Any] = {}
    for field in form:
        value = field.value()
        if value is None or value is False:
            continue
        data[field.html_name] = "on" if value is True else value
    return data


def errors_of(response: Any) -> dict[str, Any]:
    """Return the form's errors after a refusal; empty when it was saved."""
    return dict(response.context["adminform"].form.errors) if response.context else {}

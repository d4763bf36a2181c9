"""Whose address counts behind a proxy."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from kunming_portal.ui.middleware import ProxyMiddleware


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("203.0.113.9, 198.51.100.7", "198.51.100.7"),  # a client wrote the first one
        ("2001:db8::1", "2001:db8::1"),
        ("unknown", "10.0.0.1"),
        ("", "10.0.0.1"),
    ],
)
def test_the_address_is_the_one_the_proxy_wrote(forwarded: str, expected: str) -> None:
    def answer(request: HttpRequest) -> HttpResponse:
        return HttpResponse(request.META["REMOTE_ADDR"])

    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": forwarded})
    assert ProxyMiddleware(answer)(request).content.decode() == expected

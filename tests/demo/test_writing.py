"""The writer of the demonstration: rows go by COPY in a second thread, on the caller's connection."""

import threading

import pytest
from django.db import connection

from kunming_portal.demo import writing
from kunming_portal.demo.rows import Rows


@pytest.mark.django_db
def test_a_query_waits_for_the_copy_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sent in between it would end the COPY, and with it the transaction."""
    begun, order = threading.Event(), []

    def slow(_cursor: object, _copies: object) -> None:
        begun.set()
        threading.Event().wait(0.05)
        order.append("copied")

    monkeypatch.setattr(writing, "_run", slow)
    with writing.Writer() as writer:
        writer.write(Rows())
        assert begun.wait(5)
        with connection.cursor() as cursor:
            cursor.execute("select 1")
        order.append("asked")
    assert order == ["copied", "asked"]

"""Two files for one register are saved by two workers at the same moment: one after the other, none of them half."""

import threading
import uuid

import pytest
from django.db import connection

from communities.models import Compound
from kunming_portal.accounts.models import User
from kunming_portal.spreadsheets import services
from kunming_portal.spreadsheets.models import Import
from tests.spreadsheets.sample import book, many
from tests.spreadsheets.test_importing import NOW, previewed
from tests.whistle.people import World


def confirmed(by: User) -> Import:
    """Walk to a confirmed file of rows that are new for everybody."""
    job = previewed(by, book(*many(300)))
    return services.confirm(job=job, by=by, now=NOW)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_workers_save_two_files_of_the_same_new_rows(world: World) -> None:
    jobs = [confirmed(world.community_worker), confirmed(world.community_secretary)]
    ready, failures = threading.Barrier(2), list[BaseException]()

    def save(job: Import) -> None:
        try:
            worker = uuid.uuid4()
            mine = services.claim(worker=worker, now=NOW, job=job)
            assert mine is not None
            ready.wait()
            services.advance(job=mine, worker=worker, now=NOW)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=[job]) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert Compound.objects.count() == 300
    # whoever came second found the rows there, and is shown a preview that says so
    states = sorted(Import.objects.values_list("state", "failure"))
    assert [state for state, _failure in states] == ["done", "reading"]
    assert "预览之后" in states[1][1]

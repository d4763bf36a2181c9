"""Files over HTTP: sent with forms and ahead of them, shown on the case, handed out through scope only."""

import re
import uuid
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kunming_portal.attachments.models import Attachment
from tests.attachments.files import HTML, PDF, picture, png_that_declares, sent
from tests.whistle.people import NOW, World, dispatched, opened
from tests.whistle.test_evidence import added, kept
from tests.whistle.test_pages_blow import form
from whistle import services
from whistle.models import Assignment, Case, CaseLocation, Evidence


@pytest.fixture(autouse=True)
def _clock() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def blow(client: Client, *files: SimpleUploadedFile, **more: object) -> Any:
    return client.post(reverse("case-new"), form(**more) | {"photos": list(files)})


def shown_keys(html: str) -> list[str]:
    """Return the keys of the kept files a form shows, and its own key."""
    return re.findall(r'name="leave_out" value="([0-9a-f-]{36})" hx-post', html)


def answered(response: Any) -> int:
    """Return the status of an answer that was read to its end."""
    b"".join(getattr(response, "streaming_content", ()))
    status: int = response.status_code
    return status


def at_work(world: World) -> Assignment:
    duty = dispatched(world, assists=0)[0]
    by = world.enforcement_liaison
    services.sign(assignment=duty, by=by, now=NOW)
    return services.report_in(assignment=duty, person="王磊", phone="0871-6000-0000", by=by, now=NOW)


# -- forms -------------------------------------------------------------------------------------------
def test_photos_go_with_the_whistle(world: World, client: Client) -> None:
    client.force_login(world.community_worker)
    response = blow(client, sent("1.jpg"), sent("2.png", picture("PNG", shade=10)), sent("通知.jpg", PDF))
    assert response.status_code == 302
    rows = Evidence.objects.filter(moment="before").select_related("attachment")
    assert {row.attachment.name for row in rows} == {"1.jpg", "2.jpg", "通知.pdf"}


def test_a_refused_form_keeps_its_good_files_and_says_why_the_bad_ones_are_not_taken(
    world: World, client: Client
) -> None:
    client.force_login(world.community_worker)
    key = str(uuid.uuid4())
    bad = [sent("假.jpg", HTML), sent("空.jpg", b""), sent("弹.png", png_that_declares(60_000, 60_000))]
    response = blow(client, sent("好.jpg"), *bad, uploads=key)
    html = response.content.decode()
    assert response.status_code == 422
    for name, why in (
        ("假.jpg", "从内容看既不是照片也不是文件"),
        ("空.jpg", "是空文件"),
        ("弹.png", "5000万像素"),
    ):
        assert name in html
        assert why in html
    assert "可以上传：照片（JPEG、PNG、WebP、HEIC）" in html
    assert "西坝路140号门口人行道井盖" in html
    (shown,) = shown_keys(html)
    assert Attachment.objects.get(pk=shown).name == "好.jpg"
    assert blow(client, uploads=key).status_code == 302
    assert str(Evidence.objects.get().attachment_id) == shown


def test_a_form_that_is_wrong_elsewhere_keeps_its_files(world: World, client: Client) -> None:
    client.force_login(world.community_worker)
    key = str(uuid.uuid4())
    response = blow(client, sent(), uploads=key, place="")
    assert response.status_code == 422
    assert len(shown_keys(response.content.decode())) == 1
    assert f'name="uploads" value="{key}"' in response.content.decode()


def test_a_broken_key_of_a_form_gets_a_new_one(world: World, client: Client) -> None:
    client.force_login(world.community_worker)
    response = blow(client, sent(), uploads="x", place="")
    html = response.content.decode()
    (key,) = re.findall(r'name="uploads" value="([0-9a-f-]{36})"', html)
    assert str(Attachment.objects.get().form) == key


def test_too_many_files_are_told_and_the_first_nine_stay(world: World, client: Client) -> None:
    client.force_login(world.community_worker)
    many = [sent(f"{n}.jpg", picture(shade=n * 20)) for n in range(11)]
    response = blow(client, *many)
    assert response.status_code == 422
    assert "一次最多提交9个文件，有2个未收下" in response.content.decode()
    assert Attachment.objects.count() == 9


def test_the_same_form_twice_writes_one_case_with_one_photo(world: World, client: Client) -> None:
    client.force_login(world.community_worker)
    keys = {"uploads": str(uuid.uuid4()), "submission": str(uuid.uuid4())}
    for _ in range(2):
        assert blow(client, sent(), **keys).status_code == 302
    assert Case.objects.count() == Evidence.objects.count() == 1


def test_a_second_copy_of_the_form_adds_the_photo_the_first_had_not(world: World, client: Client) -> None:
    client.force_login(world.community_worker)
    keys = {"uploads": str(uuid.uuid4()), "submission": str(uuid.uuid4())}
    assert blow(client, **keys).status_code == 302
    assert blow(client, sent(), **keys).status_code == 302
    assert Case.objects.count() == Evidence.objects.count() == 1


@pytest.mark.parametrize("agrees", [True, False])
def test_the_place_is_read_only_for_who_agrees(world: World, client: Client, agrees: bool) -> None:
    client.force_login(world.community_worker)
    assert "with_place" in (page := client.get(reverse("case-new")).content.decode())
    assert not re.search(r'name="with_place"[^>]*checked', page)
    ticked = {"with_place": "on"} if agrees else {}
    blow(client, sent(content=picture(gps=(25.0413, 102.7019))), **ticked)
    html = client.get(Case.objects.get().get_absolute_url()).content.decode()
    assert CaseLocation.objects.exists() is agrees
    assert ("25.04130°N 102.70190°E" in html) is agrees


def test_files_sent_ahead_show_in_the_answer_and_can_be_taken_out(world: World, client: Client) -> None:
    client.force_login(world.community_worker)
    key = str(uuid.uuid4())
    answer = client.post(reverse("files"), {"uploads": key, "photos": [sent(), sent("x.jpg", HTML)]})
    html = answer.content.decode()
    (shown,) = shown_keys(html)
    assert "从内容看既不是照片" in html
    assert "<html" not in html
    answer = client.post(reverse("files"), {"uploads": key, "leave_out": shown})
    assert not shown_keys(answer.content.decode())
    assert not Attachment.objects.exists()


def test_who_writes_nothing_sends_no_files(world: World, client: Client) -> None:
    for name, status in (("inspector", 403), ("system_admin", 403), ("enforcement_liaison", 200)):
        client.force_login(world.people[name])
        assert client.post(reverse("files"), {"photos": [sent()]}).status_code == status


def test_feedback_sets_its_photo_beside_the_earlier_one(world: World, client: Client) -> None:
    duty = at_work(world)
    before = added(world, duty.whistle.case)
    client.force_login(world.enforcement_liaison)
    url = reverse("assignment-move", args=[duty.pk, "feed_back"])
    page = client.get(url).content.decode()
    assert f'<option value="{before.pk}" selected>' in page
    assert 'enctype="multipart/form-data"' in page
    response = client.post(url, {"measures": "已换。", "pair": before.pk, "photos": [sent("后.jpg")]})
    assert response.status_code == 302
    after = Evidence.objects.get(moment="after")
    assert (after.pair, after.assignment_id) == (before, duty.pk)
    html = client.get(duty.whistle.case.get_absolute_url()).content.decode()
    album = html[html.index('id="album"') : html.index("</section>", html.index('id="album"'))]
    assert album.count("kp-pair-of-shots") == 1
    assert album.index(str(before.attachment_id)) < album.index(str(after.attachment_id))
    assert "处置后的照片1张" in html


def test_an_outdated_page_keeps_the_photos_of_the_feedback(world: World, client: Client) -> None:
    duty = at_work(world)
    client.force_login(world.enforcement_liaison)
    url = reverse("assignment-move", args=[duty.pk, "feed_back"])
    key = str(uuid.uuid4())
    response = client.post(url, {"measures": "已换。", "expected": "1", "uploads": key, "photos": [sent()]})
    html = response.content.decode()
    assert response.status_code == 409
    assert len(shown_keys(html)) == 1
    version = Case.objects.get().version
    response = client.post(url, {"measures": "已换。", "expected": version, "uploads": key})
    assert response.status_code == 302
    assert Evidence.objects.count() == 1


def test_adding_to_a_case_wants_a_file_and_says_so(world: World, client: Client) -> None:
    case = opened(world)
    client.force_login(world.community_worker)
    url = reverse("case-evidence", args=[case.pk])
    page = client.get(url)
    assert page.status_code == 200
    assert "kp-errors" not in page.content.decode()
    response = client.post(url, {"moment": "during", "caption": "围挡已装好"})
    assert response.status_code == 422
    assert "至少选一张照片或一份文件" in response.content.decode()
    assert "围挡已装好" in response.content.decode()
    assert client.post(url, {"moment": "during", "caption": "围挡", "photos": [sent()]}).status_code == 302
    assert Evidence.objects.get().caption == "围挡"


def test_a_note_brings_a_photo(world: World, client: Client) -> None:
    case = opened(world)
    client.force_login(world.community_worker)
    url = reverse("case-note", args=[case.pk])
    assert client.post(url, {"text": "", "photos": [sent()]}).status_code == 422
    assert client.post(url, {"text": "又塌了一块", "photos": [sent()]}).status_code == 302
    assert Evidence.objects.get().moment == "during"


# -- the files themselves -----------------------------------------------------------------------------
def test_a_photo_is_shown_and_a_document_only_saved(world: World, client: Client) -> None:
    case = opened(world)
    photo = added(world, case)
    kept_paper = kept(world.community_worker, content=PDF)
    piece = services.Piece(kept_paper.pk)
    services.add_evidence(case=case, pieces=[piece], by=world.community_worker, now=NOW)
    client.force_login(world.street_secretary)
    for key, media_type, disposition in (
        (photo.attachment_id, "image/jpeg", 'inline; filename="a.jpg"'),
        (kept_paper.pk, "application/pdf", 'attachment; filename="a.pdf"'),
    ):
        answer = client.get(reverse("attachment", args=[key]))
        assert (answer["Content-Type"], answer["Content-Disposition"]) == (media_type, disposition)
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer["Cache-Control"].startswith("private")
        assert b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert answered(client.get(reverse("attachment-small", args=[photo.attachment_id]))) == 200
    assert client.get(reverse("attachment-small", args=[kept_paper.pk])).status_code == 404


def test_a_stranger_gets_nothing_and_a_visitor_the_door(world: World, client: Client) -> None:
    photo = added(world, opened(world))
    url = reverse("attachment", args=[photo.attachment_id])
    assert client.get(url)["Location"].startswith(reverse("sign-in"))
    client.force_login(world.stranger)
    assert client.get(url).status_code == 404
    assert client.get(reverse("evidence-remove", args=[photo.pk])).status_code == 404
    assert client.get(f"/media/attachments/{photo.attachment_id}").status_code == 404


def test_a_kept_file_is_seen_by_its_sender_only(world: World, client: Client) -> None:
    url = reverse("attachment-small", args=[kept(world.community_worker).pk])
    for name, status in (("community_worker", 200), ("community_secretary", 404), ("city_official", 404)):
        client.force_login(world.people[name])
        assert answered(client.get(url)) == status


def test_withdrawing_over_http(world: World, client: Client) -> None:
    case = opened(world)
    photo = added(world, case)
    client.force_login(world.community_worker)
    url = reverse("evidence-remove", args=[photo.pk])
    assert url in client.get(case.get_absolute_url()).content.decode()
    assert reverse("attachment-small", args=[photo.attachment_id]) in client.get(url).content.decode()
    assert client.post(url, {"reason": ""}).status_code == 422
    assert client.post(url, {"reason": "有人脸"}, follow=True).status_code == 200
    page = client.get(case.get_absolute_url()).content.decode()
    assert "有1个文件已撤回" in page
    assert "撤回了照片或材料" in page
    assert "有人脸" in page
    assert client.get(reverse("attachment", args=[photo.attachment_id])).status_code == 404
    assert "已经撤回" in client.get(url, follow=True).content.decode()


def test_the_case_page_asks_the_same_however_many_pictures(world: World, client: Client) -> None:
    counts = []
    for pictures in (1, 6):
        case = opened(world)
        for _ in range(pictures):
            before = added(world, case)
            added(world, case, moment="after", pair=before.pk)
        client.force_login(world.community_worker)
        client.get(case.get_absolute_url())
        with CaptureQueriesContext(connection) as asked:
            client.get(case.get_absolute_url())
        counts.append(len(asked))
    assert counts[0] == counts[1]

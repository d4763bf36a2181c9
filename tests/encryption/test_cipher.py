"""What is sealed opens only where it belongs, with a key that is configured."""

import base64

import pytest
from django.test import override_settings

from kunming_portal.encryption import cipher, masking

NEW = {
    "new": base64.b64encode(b"n" * 32).decode(),
    "old": base64.b64encode(b"o" * 32).decode(),
}


def test_a_sealed_text_opens_again_and_never_looks_the_same() -> None:
    one, two = (cipher.encrypt("张三丰", context="t.name") for _ in range(2))
    assert one != two
    assert "张三丰" not in one
    assert cipher.decrypt(one, context="t.name") == cipher.decrypt(two, context="t.name") == "张三丰"


def test_it_does_not_open_elsewhere_altered_or_without_its_key() -> None:
    sealed = cipher.encrypt("13812345678", context="t.phone")
    flipped = sealed[:-6] + ("A" if sealed[-6] != "A" else "B") + sealed[-5:]
    for text, context in (
        (sealed, "t.name"),
        (flipped, "t.phone"),
        ("gone." + sealed.split(".")[1], "t.phone"),
    ):
        with pytest.raises(cipher.Undecipherable):
            cipher.decrypt(text, context=context)


def test_a_new_key_in_front_encrypts_and_old_texts_still_open() -> None:
    with override_settings(FIELD_ENCRYPTION_KEYS={"old": NEW["old"]}):
        old = cipher.encrypt("李四", context="c")
        hashed = cipher.keyed_hash("13800000000", context="c")
    with override_settings(FIELD_ENCRYPTION_KEYS=NEW):
        assert cipher.decrypt(old, context="c") == "李四"
        assert cipher.encrypt("李四", context="c").startswith("new.")
        assert cipher.keyed_hash("13800000000", context="c") == hashed


def test_nothing_stays_nothing() -> None:
    assert cipher.encrypt("", context="c") == cipher.decrypt("", context="c") == ""


@pytest.mark.parametrize(
    ("name", "shown"), [("张三丰", "张**"), ("李四", "李*"), ("王", "王*"), ("", ""), ("欧阳娜娜", "欧***")]
)
def test_a_name_shows_its_first_character_only(name: str, shown: str) -> None:
    assert masking.mask_name(name) == shown


@pytest.mark.parametrize(("phone", "shown"), [("13812345678", "138****5678"), ("12345", "***45"), ("", "")])
def test_a_phone_shows_three_and_four(phone: str, shown: str) -> None:
    assert masking.mask_phone(phone) == shown

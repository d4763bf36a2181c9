"""Personal numbers are found in free text, and only those."""

import pytest

from kunming_portal.encryption.personal import Personal, find_personal, is_citizen_number, tidy_phone


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("井盖塌了半边", None),
        ("身份证11010519491231002X，请联系", Personal.CITIZEN_NUMBER),
        ("身份证 110105 19491231 002x", Personal.CITIZEN_NUMBER),
        ("１１０１０５１９４９１２３１００２Ｘ", Personal.CITIZEN_NUMBER),
        ("110105194912310021", None),  # the check digit is wrong
        ("9110105194912310020", None),
        ("电话13812345678", Personal.MOBILE),
        ("电话138 1234 5678。", Personal.MOBILE),
        ("电话138-1234-5678", Personal.MOBILE),
        ("+8613812345678", Personal.MOBILE),
        ("１３８１２３４５６７８", Personal.MOBILE),
        ("14楼 13812345678", Personal.MOBILE),
        ("工单号12812345678", None),  # no such prefix
        ("工单138123456789", None),  # twelve digits
        ("工单0138123456780", None),
        ("1381234567", None),
        ("网格530102003004012", None),
        ("值班0871-63100000", None),
    ],
)
def test_what_is_found(text: str, found: Personal | None) -> None:
    assert find_personal(text) == found


def test_check_digit() -> None:
    assert is_citizen_number("11010519491231002X")
    assert not is_citizen_number("110105194912310020")
    assert not is_citizen_number("1101051949123100")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("138 1234 5678", "13812345678"),
        ("+86 13812345678", "13812345678"),
        ("138-1234-5678", "13812345678"),
        ("0871-63100000", "0871-63100000"),
        ("0871-6310-0000", "0871-6310-0000"),
        ("0871-0000 0042", "0871-00000042"),
        ("0871-63100000-801", "0871-63100000-801"),
        ("63100000", "63100000"),
        ("12345", "12345"),
        ("一三八", None),
        ("1381234", "1381234"),
        ("138123456", None),
    ],
)
def test_tidy_phone(typed: str, kept: str | None) -> None:
    assert tidy_phone(typed) == kept

"""The catalogue is asked before Django's own: a word of the admin's buttons must not take another meaning there."""

import pytest
from django.utils.translation import gettext, override


@pytest.mark.parametrize(
    ("word", "chinese"), [("Add", "增加"), ("Change", "修改"), ("Close", "关闭"), ("View", "查看")]
)
def test_the_admins_buttons_keep_their_words(word: str, chinese: str) -> None:
    with override("zh-hans"):
        assert gettext(word) == chinese

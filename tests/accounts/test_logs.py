"""Log lines: JSON in production, readable Chinese, libraries' lines in the same form."""

import json
import logging

from kunming_portal import logs


def line_of(*, as_json: bool, text: str) -> str:
    formatter = logs.configured(as_json=as_json, level="INFO")["formatters"]["lines"]
    made = formatter.pop("()")(**formatter)
    record = logging.LogRecord("some.library", logging.WARNING, __file__, 1, text, None, None)
    formatted: str = made.format(record)
    return formatted


def test_a_line_is_json_in_production_and_chinese_stays_readable() -> None:
    line = line_of(as_json=True, text="发送失败")
    assert "发送失败" in line
    found = json.loads(line)
    assert (found["event"], found["level"], found["logger"]) == ("发送失败", "warning", "some.library")
    assert found["timestamp"]


def test_a_line_is_plain_elsewhere() -> None:
    assert "发送失败" in line_of(as_json=False, text="发送失败")

"""Reading a list: every bad line is named, and nothing is taken from a list with one."""

import pytest
from django.utils import translation

from kunming_portal.divisions import loading

CITY = "5301,昆明市\n"
COUNTY = "530102,五华区\n"


@pytest.fixture(autouse=True)
def in_english() -> object:
    with translation.override("en"):
        yield


def refused(*contents: bytes, known: tuple[str, ...] = ("5301", "530102", "530102001")) -> list[str]:
    files = [(f"list{number}.csv", content) for number, content in enumerate(contents, start=1)]
    with pytest.raises(loading.RowsRefused) as refusal:
        loading.read_rows(files, known)
    return [str(row) for row in refusal.value.rows]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (b"53010A002,\xe5\x8d\x8e\xe5\xb1\xb1", "The code “53010A002” must consist of digits only."),
        (
            "５３０１０２００２,华山街道".encode(),
            "The code “５３０１０２００２” must consist of digits only.",
        ),
        ("5301020,华山街道".encode(), "The code “5301020” has 7 digits; a code has 4, 6, 9 or 12."),
        (",华山街道".encode(), "The code “” must consist of digits only."),
        ("530102000003,某某社区".encode(), "The code “530102000003” has an empty segment in the middle."),
        (b"530102002,", "The name is empty."),
        (b"530102002,   ", "The name is empty."),
        (b"530102002," + "长".encode() * 61, "The name has 61 characters; 60 at most."),
        ("530102002,华山\x07街道".encode(), "The name holds characters that cannot be shown."),
        (b"530102002", "There are 1 columns; there must be code and name"),
        ("530102002,华山街道,,".encode(), "There are 4 columns; there must be code and name"),
        ("530102002,华山街道".encode("gbk"), "The line is not in UTF-8."),
        ('530102002,"华山街道'.encode(), "The quotation marks do not match."),
        ("530103002,拓东街道".encode(), "The division 530103 above 530103002 is missing."),
        ("530102002,华山街道,demonstration".encode(), "Only divisions of county level have a zone class."),
        ("530103,盘龙区,best".encode(), "“best” is no zone class; known are demonstration"),
    ],
)
def test_a_bad_line_is_named_with_its_number(line: bytes, sentence: str) -> None:
    good = "530102001001,翠湖西路社区居民委员会\n".encode()
    (message,) = refused(good + line + b"\n")
    assert message.startswith(f"list1.csv, line 2: {sentence}")


def test_every_bad_line_of_every_file_is_reported() -> None:
    first = ("530102002,\n" + "530102003,大观街道\n" + "x,y\n").encode()
    second = "530102004,龙翔街道,,\n\n530102003,大观街道\n".encode()
    messages = refused(first, second)
    assert [message.split(":")[0] for message in messages] == [
        "list1.csv, line 1",
        "list1.csv, line 3",
        "list2.csv, line 1",
        "list2.csv, line 3",
    ]
    assert messages[-1].endswith("The code 530102003 stands already in list1.csv, line 2.")


def test_the_same_code_in_two_spellings_is_a_duplicate() -> None:
    (message,) = refused("530102002,华山街道\n530102002000,华山街道\n".encode())
    assert message == "list1.csv, line 2: The code 530102002 stands already in list1.csv, line 1."


def test_an_empty_list_is_refused() -> None:
    assert refused(b"\n") == ["list1.csv, line 1: There is no row to load."]


def test_parents_come_first_whatever_the_order() -> None:
    content = ("530102001001,翠湖西路社区居民委员会\n530102001,华山街道\n" + COUNTY + CITY).encode()
    rows = loading.read_rows([("list.csv", content)])
    assert [row.code for row in rows] == ["5301", "530102", "530102001", "530102001001"]
    assert [row.parent for row in rows] == [None, "5301", "530102", "530102001"]


def test_a_windows_file_reads_like_any_other() -> None:
    content = b"\xef\xbb\xbf" + '5301, 昆明市 \r\n530102,"五华区",demonstration\r\n'.encode()
    rows = loading.read_rows([("list.csv", content)])
    assert [(row.code, row.name, row.zone_class) for row in rows] == [
        ("5301", "昆明市", None),
        ("530102", "五华区", "demonstration"),
    ]


@pytest.mark.parametrize(
    ("padded", "short"),
    [
        ("530100000000", "5301"),
        ("530100", "5301"),
        ("530102000000", "530102"),
        ("530102001000", "530102001"),
        ("530113100000", "530113100"),  # the town 100 is a segment of its own
        ("530102001001", "530102001001"),
        ("530113100", "530113100"),
    ],
)
def test_padded_codes_are_read_by_segments(padded: str, short: str) -> None:
    assert loading.shorten(padded) == short


@pytest.mark.parametrize(
    ("code", "name", "kind"),
    [
        ("5301", "昆明市", "city"),
        ("530102", "五华区", "district"),
        ("530124", "富民县", "county"),
        ("530126", "石林彝族自治县", "autonomous_county"),
        ("530181", "安宁市", "county_city"),
        ("530102003", "大观街道", "street"),
        ("530113100", "汤丹镇", "town"),
        ("530115200", "双河彝族乡", "township"),
        ("530102401", "昆明国家高新技术产业开发区", "pseudo"),
        ("530102601", "新镇", "town"),
        ("530102001001", "翠湖西路社区居民委员会", "residents"),
        ("530102001200", "沙朗村委会", "villagers"),
        ("530125404498", "阳宗海风景名胜区虚拟社区", "virtual"),
        ("530127403598", "云南省花卉示范园区虚拟生活区", "virtual"),
        ("530102001499", "某某社区居委会", "residents"),
        ("530102001500", "某某村委会", "villagers"),
        ("530102001701", "某某村委会", "villagers"),
        ("530102001702", "某某社区居委会", "residents"),
    ],
)
def test_kinds_follow_the_number_ranges(code: str, name: str, kind: str) -> None:
    assert loading.get_kind(code, name) == kind

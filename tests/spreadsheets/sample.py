"""A register of the tests over real compounds, and workbooks to send to it."""

import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import python_calamine
import xlsxwriter
from django.db.models import QuerySet
from django.http import QueryDict

from communities.models import Compound
from kunming_portal import setwise
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.audit import trail
from kunming_portal.errors import Refused
from kunming_portal.spreadsheets.columns import Column, Kind
from kunming_portal.spreadsheets.registers import Fault, Key, Register, Row, Values
from tests.whistle.people import COMMUNITY, OTHER_COMMUNITY

FIELDS = ("address", "kind", "households", "property_firm", "property_contract_until", "property_mode")
HEADS = ["社区代码*", "小区名称*", "地址*", "类型*", "户数", "物业企业", "合同到期", "物业方式"]
GOOD = [
    COMMUNITY,
    "金碧小区",
    "金碧路1号",
    "商品房",
    120,
    "滇泉",
    datetime.fromisoformat("2027-03-05T00:00"),
    "民营物业",
]
MODES = (("none", "无物业"), ("private", "民营物业"), ("state_owned", "国有物业"))


class Compounds(Register):
    """Compounds by community and name."""

    key = "compounds-of-tests"
    title = "小区台账"
    unit_name = "小区"
    right = Permission.COMMUNITY_KEEP
    columns = (
        Column("community", "社区代码", Kind.CODE, key=True, max_length=12),
        Column("name", "小区名称", Kind.TEXT, key=True, max_length=20),
        Column("address", "地址", Kind.TEXT, required=True, max_length=40, note="门牌号"),
        Column(
            "kind",
            "类型",
            Kind.CHOICE,
            required=True,
            choices=(("commercial", "商品房"), ("old", "老旧小区")),
        ),
        Column("households", "户数", Kind.INTEGER, minimum=0, maximum=50_000),
        Column("property_firm", "物业企业", Kind.TEXT, max_length=20),
        Column("property_contract_until", "合同到期", Kind.DATE),
        Column("property_mode", "物业方式", Kind.CHOICE, choices=lambda: MODES),
    )
    # what the service of an app would find wrong when it writes
    refuses: str = ""

    def queryset(self, user: User, query: QueryDict) -> QuerySet[Compound]:
        """The compounds the person sees, by name."""
        found = Compound.objects.visible_to(user, Permission.COMMUNITY_VIEW).order_by("pk")
        return found.filter(name__contains=query.get("q", ""))

    def rows(self, queryset: QuerySet[Any]) -> Iterator[Values]:
        """One query."""
        for one in queryset.values("community_id", "name", *FIELDS).iterator():
            yield {"community": one.pop("community_id"), **one}

    def existing(self, rows: Sequence[Row], *, by: User) -> Mapping[Key, Values]:
        """Two queries: the territory and the compounds."""
        seen = Compound.objects.visible_to(by, Permission.COMMUNITY_KEEP)
        found = seen.filter(name__in={row.values["name"] for row in rows})
        return {(one["community"], one["name"]): one for one in self.rows(found)}

    def check(self, rows: Sequence[Row], *, by: User, now: datetime) -> Iterator[Fault]:
        """A community outside the territory, more households than a compound has."""
        prefixes = by.scope(Permission.COMMUNITY_KEEP).prefixes
        for row in rows:
            if not row.values["community"].startswith(prefixes):
                yield Fault(row.number, "community", "不在您的辖区。")

    def save(self, new: Sequence[Row], changed: Sequence[Row], *, by: User, now: datetime) -> None:
        """Set operations, one entry on the trail."""
        Compound.objects.bulk_create([self._made(row) for row in new])
        keys = [(row.values["community"], row.values["name"]) for row in changed]
        found = Compound.objects.filter(name__in={name for _community, name in keys})
        there = {(one.community_id, one.name): one for one in found}
        for key, row in zip(keys, changed, strict=True):
            for name in FIELDS:
                setattr(there[key], name, self._made(row).__dict__[name])
        setwise.update(
            Compound,
            [there[key].pk for key in keys],
            {name: [there[key].__dict__[name] for key in keys] for name in FIELDS},
        )
        if any(row.values["name"] == self.refuses for row in (*new, *changed)):
            raise Refused("最后一行不能保存。")
        entry = trail.Entry(
            "compounds", "compounds.imported", by, "小区台账", now, by, data={"new": len(new)}
        )
        trail.record(entry)

    def _made(self, row: Row) -> Compound:
        values = dict(row.values)
        values["households"] = values["households"] or 0
        values["property_mode"] = values["property_mode"] or "none"
        return Compound(community_id=values.pop("community"), **values)


REGISTER = Compounds()
REGISTERS = (REGISTER,)
TWICE = (REGISTER, Compounds())
SETTING = ["tests.spreadsheets.sample.REGISTERS"]


def book(
    *rows: Sequence[Any], sheet: str = "小区台账", heads: Sequence[str] = tuple(HEADS), merge: str = ""
) -> bytes:
    """Return a workbook with these rows; a text that starts with "=" is a formula."""
    file = io.BytesIO()
    made: Any = xlsxwriter.Workbook(file, {"strings_to_urls": False})
    page = made.add_worksheet(sheet)
    day = made.add_format({"num_format": "yyyy-mm-dd"})
    page.write_row(0, 0, heads)
    for number, row in enumerate(rows, 1):
        for place, cell in enumerate(row):
            if isinstance(cell, datetime):
                page.write_datetime(number, place, cell, day)
            elif cell is not None:
                page.write(number, place, cell)
    if merge:
        page.merge_range(merge, "合并")
    made.close()
    return file.getvalue()


def changed(**cells: Any) -> list[Any]:
    """Return a good row with some cells of other heads: `changed(户数=5)`."""
    plain = [head.rstrip("*") for head in HEADS]
    row = list(GOOD)
    for head, cell in cells.items():
        row[plain.index(head)] = cell
    return row


def many(number: int, *, community: str = COMMUNITY) -> list[list[Any]]:
    """Return so many different good rows."""
    return [
        [community, f"测试小区{n}", f"测试路{n}号", "老旧小区", n % 900, "", None, "无物业"]
        for n in range(number)
    ]


def cells_of(content: bytes, sheet: int = 0) -> list[list[Any]]:
    """Return what a spreadsheet would show of a sheet."""
    with python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)) as read:
        return read.get_sheet_by_index(sheet).to_python(skip_empty_area=False)


FOREIGN = OTHER_COMMUNITY

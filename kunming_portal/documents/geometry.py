"""The numbers of GB/T 9704-2012: page, type area, lines, sizes (standards.md §7.4). Pure; millimetres and points."""

POINTS_A_MM = 72 / 25.4

PAGE_WIDTH, PAGE_HEIGHT = 210, 297
TOP, LEFT = 37, 28
AREA_WIDTH, AREA_HEIGHT = 156, 225
RIGHT = PAGE_WIDTH - LEFT - AREA_WIDTH
BOTTOM = PAGE_HEIGHT - TOP - AREA_HEIGHT

LINES, CHARACTERS = 22, 28
LINE_PITCH = AREA_HEIGHT * POINTS_A_MM / LINES  # 28.99 pt
CHARACTER_PITCH = AREA_WIDTH * POINTS_A_MM / CHARACTERS  # 15.79 pt

BODY = 16.0  # 3号
TITLE = 22.0  # 2号
SMALL = 14.0  # 4号: page number, imprint
CELL = 10.5  # 5号: tables
RULE_BELOW_NUMBER = 4  # the red rule
MARK_BELOW_TOP = 35  # the issuer's mark below the upper edge of the type area
MARK_LARGEST = 34.0
PAGE_NUMBER_BELOW = 7
RED = "C00000"


def mark_size(issuer: str) -> float:
    """Return the size at which the issuer's mark fits on one line of the type area, at most the largest."""
    room = AREA_WIDTH * POINTS_A_MM
    return round(min(MARK_LARGEST, room / max(len(issuer), 1)), 1)

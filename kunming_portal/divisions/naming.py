"""Names derived from names: what fits on a button, what the search looks into. Pure."""

from pypinyin import Style, lazy_pinyin

# Official endings of a community's name, longest first, and the word people say instead
COMMUNITY_ENDINGS = (
    ("社区居民委员会", "社区"),
    ("社区居委会", "社区"),
    ("居民委员会", "社区"),
    ("居委会", "社区"),
    ("村民委员会", "村"),
    ("村委会", "村"),
)
AUTONOMOUS_COUNTY = "自治县"
# 石林彝族自治县 is called 石林县: the peoples in its name, as far as Yunnan's county names go
PEOPLES = ("彝族", "苗族", "回族", "白族", "傣族", "哈尼族", "纳西族", "傈僳族", "拉祜族", "佤族")


def get_short_name(name: str, kind: str) -> str:
    """Return the name as people say it: 大观街道 -> 大观, 篆塘社区居民委员会 -> 篆塘社区.

    Districts, towns, townships and statistical units keep their name: their ending tells them apart.
    `kind` is a `Division.Kind` value.
    """
    if kind == "street":
        return name.removesuffix("街道办事处").removesuffix("街道") or name
    if kind == "autonomous_county":
        return _without_peoples(name)
    if kind in ("residents", "villagers"):
        return _without_committee(name)
    return name


def get_search_text(name: str, short_name: str, aliases: str = "") -> str:
    """Return what the search looks into: names, aliases, full pinyin and initials, in lower case.

    Readings of some place names are guessed wrong; the right one belongs into `aliases`.
    """
    words = [name, short_name, *aliases.split()]
    for text in dict.fromkeys((name, short_name)):
        words.append("".join(lazy_pinyin(text)))
        words.append("".join(lazy_pinyin(text, style=Style.FIRST_LETTER)))
    return " ".join(dict.fromkeys(word.lower() for word in words))


def _without_peoples(name: str) -> str:
    stem = name.removesuffix(AUTONOMOUS_COUNTY)
    shortened = True
    while shortened:
        shortened = False
        for people in PEOPLES:
            if stem.endswith(people):
                stem, shortened = stem.removesuffix(people), True
    return f"{stem}县" if stem else name


def _without_committee(name: str) -> str:
    for ending, said in COMMUNITY_ENDINGS:
        stem = name.removesuffix(ending)
        if stem and stem != name:
            return stem if stem.endswith(said) else stem + said
    return name

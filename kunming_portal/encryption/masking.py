"""How personal data look when they are shown masked (standards.md §2.2). Pure."""


def mask_name(name: str) -> str:
    """`张三丰` -> `张**`: the surname only."""
    return name[:1] + "*" * max(len(name) - 1, 1) if name else ""


def mask_phone(phone: str) -> str:
    """`13812345678` -> `138****5678`; anything short shows its last two digits only."""
    if len(phone) < 8:
        return "*" * max(len(phone) - 2, 0) + phone[-2:]
    return f"{phone[:3]}****{phone[-4:]}"

"""The default kinds and deadline policies (domain.md §1.2 and §10). Proposals, editable; not official limits.

Amounts are (dispatch, sign, report in, close); N natural minutes, H working hours, D working days.
"""

import datetime

from django.db import migrations

MIN, NH, H, D = "natural_minute", "natural_hour", "working_hour", "working_day"
EPOCH = datetime.datetime(2019, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=8)))

EMERGENCY = {"dispatch": (15, MIN), "sign": (15, MIN), "report_in": (2, NH), "close": (24, NH)}
ENFORCEMENT = {"dispatch": (1, H), "sign": (2, H), "report_in": (1, D), "close": (10, D)}
GENERAL = {"dispatch": (4, H), "sign": (2, H), "report_in": (3, D), "close": (5, D)}
SERVICE = {"dispatch": (4, H), "sign": (4, H), "report_in": (3, D), "close": (10, D)}
COORDINATION = {"dispatch": (4, H), "sign": (4, H), "report_in": (3, D), "close": (10, D)}
KEY = {"dispatch": (1, D), "sign": (4, H), "report_in": (5, D), "close": (15, D)}

# code, name, English, tiers, tiers that need sign-off, emergency, policy, what it is for
KINDS = [
    ("emergency", "应急哨", "Emergency", [1, 2, 3], [], True, EMERGENCY, "危及人身、财产或公共安全，需立即到场的事项"),
    ("general", "问题哨", "General", [1, 2], [1, 2], False, GENERAL, "本级解决不了、需要上级部门到场处理的一般问题"),
    ("sanitation", "卫生哨", "Sanitation", [1], [], False, GENERAL, "环境卫生、垃圾清运、管网外溢等"),
    ("enforcement", "执法哨", "Enforcement", [1], [1], False, ENFORCEMENT, "占道经营、违法建设等需要执法力量的事项"),
    ("public_order", "治安哨", "Public order", [1], [1], False, GENERAL, "治安隐患、纠纷扰民等"),
    ("supervision", "监督哨", "Supervision", [1], [1], False, COORDINATION, "对已办事项效果不满意，请求监督整改"),
    ("service", "服务哨", "Service", [1, 2], [2], False, SERVICE, "居民和驻区单位的服务需求"),
    ("fallback", "兜底哨", "Fallback", [2], [2], False, COORDINATION, "职责不清、无人认领的事项"),
    ("hard", "攻坚哨", "Hard matter", [2], [2], False, KEY, "涉及多部门的疑难事项"),
    ("key", "重点哨", "Key matter", [3], [3], False, KEY, "需要市级部门统筹的重点事项"),
    ("coordination", "协调哨", "Coordination", [3], [3], False, COORDINATION, "需要市级部门协调的事项"),
]
APPROVE, VERIFY = (4, H), (2, D)


def rows(kind, tier, emergency, limits):
    """Yield step, amount, unit, zone class and the ladder's distances of every policy of a kind at a tier."""
    upgrade_after = None if tier == 3 else (1 if emergency else 8)
    if tier in kind.approval_tiers:
        yield ("approve", *APPROVE, "", None, None, None)
    yield ("dispatch", *limits["dispatch"], "", None, None, None)
    yield ("sign", *limits["sign"], "", None, None, None)
    yield ("report_in", *limits["report_in"], "", None, None, None)
    if emergency:  # half an hour in the core zone (S48, S51)
        yield ("report_in", 30, MIN, "demonstration", None, None, None)
    yield ("feed_back", *limits["close"], "", 3, None, None)
    yield ("close", *limits["close"], "", 3, 5, upgrade_after)
    yield ("verify", *VERIFY, "", None, None, None)


def seed(apps, schema_editor):
    kinds, policies = apps.get_model("whistle", "Kind"), apps.get_model("whistle", "DeadlinePolicy")
    for position, (code, name, name_en, tiers, approval, emergency, limits, scope) in enumerate(KINDS):
        kind = kinds.objects.create(
            code=code,
            name=name,
            name_en=name_en,
            tiers=tiers,
            approval_tiers=approval,
            is_emergency=emergency,
            position=position,
            scope=scope,
        )
        policies.objects.bulk_create(
            policies(
                kind=kind,
                tier=tier,
                step=step,
                amount=amount,
                unit=unit,
                zone_class=zone,
                supervision_after=supervision,
                leaders_after=leaders,
                upgrade_after=upgrade,
                valid_from=EPOCH,
            )
            for tier in tiers
            for step, amount, unit, zone, supervision, leaders, upgrade in rows(kind, tier, emergency, limits)
        )


class Migration(migrations.Migration):
    dependencies = [("whistle", "0002_guard_the_statuses")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]

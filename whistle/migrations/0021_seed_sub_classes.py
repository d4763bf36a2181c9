"""Default standards of the kinds and default sub-classes (domain.md §1.2: Guandu has 46 at the street).

Proposals, editable and marked as defaults; not an official list. The first wording of every kind and sub-class is
kept as its version 1.
"""

import datetime

from django.db import migrations

EPOCH = datetime.datetime(2019, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=8)))
KIND_SAYS = ("name", "name_en", "scope", "standard", "tiers", "approval_tiers", "is_emergency")
SUB_CLASS_SAYS = ("name", "scope", "standard", "tiers", "keywords")

STANDARDS = {
    "emergency": "30分钟内有人到场，24小时内控制险情，险情解除并留下现场记录后销号。",
    "general": "问题现场消除，吹哨方到场核实，诉求人知晓结果。",
    "sanitation": "现场清理干净、恢复原状，三天内不反弹。",
    "enforcement": "依法立案或当场纠正，现场恢复原状，处理结果书面反馈。",
    "public_order": "隐患消除或矛盾化解，当事人签字确认，一周内回访。",
    "supervision": "逐条整改到位，提出监督的一方认可。",
    "service": "诉求得到办理或有书面答复，服务对象知晓。",
    "fallback": "会商明确牵头单位并办到底，形成今后的职责约定。",
    "hard": "按方案和节点推进，逐项销号，牵头领导验收。",
    "key": "市级部门到场、方案落实，区级核实后销号。",
    "coordination": "各方意见一致并形成纪要，约定事项按期落实。",
}

# code, tiers, name, scope, standard, words that suggest it
EMERGENCY = [
    ("em_gas", [1, 2], "燃气泄漏", "管道、瓶装燃气泄漏和异味", "疏散、关阀、检测合格后恢复", "燃气 煤气 漏气 液化气 气瓶"),
    ("em_fire", [1, 2], "火情隐患", "堵塞消防通道、电动车飞线充电引发的即时险情", "险情排除，消防部门确认", "起火 冒烟 着火 火灾 烧焦"),
    ("em_flood", [1, 2], "积水内涝", "暴雨积水、倒灌、井盖冲开", "积水排除、井盖复位、设警示", "积水 内涝 倒灌 淹水 井盖"),
    ("em_collapse", [1, 2], "房屋路面塌陷", "危房、挡墙、路面塌陷和坠物", "封闭现场、人员撤离、专业鉴定", "塌陷 坍塌 坠落 坠物 开裂 下陷"),
    ("em_power", [1, 2], "停水停电", "大面积突发停水停电、线路垂落", "恢复供应或接通应急保障", "停水 停电 断电 电线 线路垂落"),
    ("em_person", [1, 2], "人身急难", "走失、轻生、突发疾病等急难求助", "人员安全，移交家属或救助机构", "走失 轻生 跳楼 晕倒 急救"),
]
GENERAL = [
    ("road", [1, 2], "道路破损", "路面坑洼、沉陷、人行道砖松动", "路面修复，恢复通行", "路面 坑洼 破损 道路 人行道 地砖"),
    ("drainage", [1, 2], "排水堵塞", "雨污管网堵塞、外溢、错接", "管网疏通，不再外溢", "污水 下水道 堵塞 排水 管网 外溢 渗水"),
    ("manhole", [1, 2], "井盖缺损", "井盖缺失、松动、异响", "井盖归位，产权单位确认", "井盖 缺失 松动 异响"),
    ("lighting", [1, 2], "路灯不亮", "背街小巷和小区公共照明故障", "照明恢复", "路灯 不亮 照明 灯杆 黑灯"),
    ("greenery", [1, 2], "绿化养护", "树枝遮挡、枯死、倒伏、病虫害", "修剪清运，消除遮挡和危险", "树枝 树木 绿化 绿地 行道树 倒伏"),
    ("illegal_building", [1, 2], "违法建设", "私搭乱建、加盖、占用公共空间", "停工、立案或拆除", "违建 搭建 加盖 违法建设 私搭"),
    ("street_vendor", [1, 2], "占道经营", "流动摊贩、店外经营、夜市占道", "清理归位，疏导到点", "占道 摊贩 摆摊 店外经营 夜市"),
    ("parking", [1, 2], "乱停车", "机动车、共享单车乱停占道", "车辆清走，通道恢复", "停车 乱停 车辆 共享单车 僵尸车"),
    ("noise", [1, 2], "噪声扰民", "施工、商业、广场舞噪声", "降到标准以内，约定时段", "噪声 噪音 扰民 施工声 音响"),
    ("oil_smoke", [1, 2], "油烟扰民", "餐饮油烟直排、异味", "净化设备到位，排放达标", "油烟 异味 直排 烧烤 餐饮"),
    ("dust", [1, 2], "扬尘渣土", "工地扬尘、渣土车抛洒", "覆盖冲洗，路面清净", "扬尘 渣土 工地 抛洒 裸土"),
    ("river", [1, 2], "河道沟渠", "入滇河道沟渠脏污、排口异常", "清淤清漂，排口溯源", "河道 沟渠 排口 水体 盘龙江 淤积"),
    ("market", [1, 2], "市场秩序", "农贸市场、商铺无照和短斤少两", "纠正或立案，公示结果", "无照 短斤 假货 商铺 农贸市场 价格"),
    ("food", [1, 2], "食品安全", "餐饮店、食堂、小作坊卫生", "检查抽样，整改复查", "食品 过期 食堂 卫生差 小作坊 餐馆"),
    ("elevator", [1, 2], "电梯故障", "困人、频繁停运、超期未检", "检验合格后恢复运行", "电梯 困人 停运 维保"),
    ("charging", [1, 2], "飞线充电", "电动车进楼、飞线充电、充电桩不足", "线路拆除，充电点落实", "充电 飞线 电动车 电瓶车 充电桩"),
    ("fire_lane", [1, 2], "消防通道", "占用堵塞消防通道、设施缺损", "通道打通，设施补齐", "消防 通道 堵塞 灭火器 消火栓"),
    ("property", [1, 2], "物业管理", "物业服务不到位、公共收益、维修资金", "约谈并限期整改，业主知晓", "物业 维修资金 公共收益 保安 业主"),
]
SERVICE = [
    ("elderly", [1, 2], "养老助餐", "独居老人、助餐、日间照料", "需求对接到点，服务落实", "老人 养老 助餐 独居 照料"),
    ("disabled", [1, 2], "助残服务", "残疾人辅具、无障碍改造", "申请受理或设施改好", "残疾 无障碍 轮椅 辅具"),
    ("hardship", [1, 2], "困难救助", "低保、临时救助、大病困难", "按政策受理并答复", "低保 救助 困难 大病"),
    ("employment", [1, 2], "就业创业", "招聘、培训、劳动报酬咨询", "对接岗位或窗口答复", "就业 招聘 欠薪 工资 培训"),
    ("schooling", [1, 2], "入学托育", "入学咨询、托育、放学看护", "学校或部门书面答复", "入学 学校 托育 上学 幼儿园"),
    ("medical", [1, 2], "就医防疫", "家庭医生、疫苗、病媒消杀", "服务安排到户", "疫苗 医生 消杀 老鼠 蚊虫"),
    ("housing_repair", [1, 2], "房屋维修", "漏水、外墙、公共部位维修", "维修完成，住户验收", "漏水 外墙 屋顶 维修 渗漏"),
    ("renewal", [1, 2], "老旧小区改造", "加装电梯、管线、停车改造诉求", "纳入计划或书面说明", "改造 加装电梯 老旧小区 管线"),
    ("enterprise", [1, 2], "企业服务", "驻区企业、商户办事和周边环境", "一次答复，专人跟进", "企业 商户 营商 园区 楼宇"),
    ("culture", [1, 2], "文体场地", "健身器材、活动场地开放", "器材修好，场地开放", "健身 器材 活动室 球场 场地"),
]
HARD = [
    ("hard_illegal", [2], "历史违建", "多年未拆、涉及多户的违法建设", "按方案分批拆除，不反弹", "历史违建 多年 拆除"),
    ("hard_property", [2], "物业矛盾", "弃管、换届、停电停梯等物业群体矛盾", "应急托管，依法选聘", "弃管 换届 业委会 群体"),
    ("hard_title", [2], "办证遗留", "房产证、车位产权等历史遗留", "明确路径和时限，逐户办理", "房产证 办证 不动产 遗留"),
    ("hard_stalled", [2], "停工项目", "烂尾、停工、围挡长期占道", "复工或恢复路面", "烂尾 停工 围挡"),
    ("hard_pipe", [2], "管网改造", "跨权属管网改造", "产权移交，改造完工", "管网改造 权属 二次供水"),
    ("hard_village", [2], "城中村治理", "城中村消防、出租房、电线整治", "隐患清零，建台账", "城中村 出租房 群租"),
    ("hard_petition", [2], "信访积案", "多次重复、涉及多部门的信访事项", "一案一策，化解或终结", "信访 上访 积案 重复"),
    ("hard_market", [2], "市场搬迁", "马路市场、批发市场搬迁取缔", "疏堵结合，全部入室", "马路市场 搬迁 取缔"),
]
FALLBACK = [
    ("fb_unclear", [2], "职责不清", "两个以上部门都认为不归本单位", "会商定牵头，办到底", "不归 推诿 职责 无人管"),
    ("fb_ownerless", [2], "无主设施", "无主管线、杆件、井盖、围墙", "先处置后溯源，落实养护", "无主 废弃 杆件 产权不明"),
    ("fb_border", [2], "交界地段", "街道、区县交界处的环境秩序", "划清责任段，共管", "交界 两不管 边界"),
    ("fb_other", [2], "其他兜底", "清单以外、群众确有困难的事项", "指定单位办理并答复", "其他"),
]
SANITATION = [
    ("garbage", [1], "垃圾堆积", "生活垃圾、建筑垃圾、大件垃圾堆放", "清运干净，三天内不反弹", "垃圾 堆积 清运 大件 建筑垃圾"),
    ("toilet", [1], "公厕卫生", "公厕脏臭、设施损坏", "保洁到位，设施修好", "公厕 厕所 脏臭"),
    ("small_ads", [1], "小广告", "楼道、杆件乱贴乱画", "清除，号码移交", "小广告 乱贴 涂写 牛皮癣"),
    ("pets", [1], "犬只宠物", "犬只粪便、流浪犬", "清理收容，劝导登记", "犬 狗 粪便 流浪 遛狗"),
    ("corridor", [1], "楼道堆物", "楼道、架空层堆放杂物", "清空，居民签字承诺", "楼道 杂物 堆放 架空层"),
]
ENFORCEMENT = [
    ("en_vendor", [1], "流动摊贩", "社区门口、学校周边流动摊贩", "劝离疏导，重复的立案", "摊贩 占道 流动 学校门口"),
    ("en_building", [1], "新增违建", "正在搭建的违法建设", "当日停工，限期自拆", "搭建 违建 加盖 施工"),
    ("en_decoration", [1], "违规装修", "拆承重墙、住改商", "停工鉴定，恢复原状", "装修 承重墙 住改商"),
    ("en_discharge", [1], "违规排放", "餐饮、洗车污水直排", "封堵改接，依法处罚", "排放 直排 洗车 污水"),
    ("en_rental", [1], "群租整治", "隔断群租、日租房", "拆除隔断，登记备案", "群租 隔断 日租 出租"),
]
PUBLIC_ORDER = [
    ("po_dispute", [1], "邻里纠纷", "噪声、漏水、停车引起的邻里矛盾", "调解协议，一周回访", "纠纷 邻里 吵架 矛盾"),
    ("po_theft", [1], "治安隐患", "盗窃、技防缺失", "加巡，补装技防", "盗窃 偷 监控 治安"),
    ("po_fraud", [1], "反诈宣防", "可疑推销、诈骗线索", "核查劝阻，入户宣传", "诈骗 推销 传销"),
    ("po_gathering", [1], "聚集扰序", "聚众滋事、夜间扰序", "到场劝散，依法处理", "聚集 滋事 闹事"),
]
SUPERVISION = [
    ("su_rebound", [1], "整治反弹", "办结事项反弹", "再整治，落实长效", "反弹 又出现 复发"),
    ("su_quality", [1], "质量不佳", "修了又坏、处理不彻底", "返工到位", "不彻底 又坏 质量"),
    ("su_attitude", [1], "作风效能", "拖延、推诿、态度生硬", "核实答复，整改通报", "拖延 推诿 态度"),
]
KEY = [
    ("key_lake", [3], "滇池入湖水质", "入滇河道断面、湖滨截污", "断面达标，方案落实", "滇池 入湖 断面 截污"),
    ("key_rail", [3], "轨道交通施工", "地铁施工围挡、沉降、疏导", "恢复交通，沉降监测", "地铁 轨道 沉降 疏导"),
    ("key_hospital", [3], "医院学校周边", "重点医院、学校周边交通秩序", "多部门共管，高峰畅通", "医院 学校 周边 高峰"),
    ("key_site", [3], "重大项目", "市级重大项目征迁和配套", "按节点推进", "征迁 项目 配套 拆迁"),
    ("key_supply", [3], "供水供气干线", "市属企业干线改造和抢修", "抢修完成，供应恢复", "干线 供水 供气 爆管"),
]
COORDINATION = [
    ("co_border", [3], "跨区事项", "两个以上区共同的事项", "签责任书，共管", "跨区 两区 交界"),
    ("co_enterprise", [3], "市属企业", "市属企业设施占压、移交", "移交清楚，落实管养", "市属 企业 移交 占压"),
    ("co_rule", [3], "标准口径", "政策口径不一", "部门书面统一口径", "口径 标准 政策"),
    ("co_fund", [3], "经费安排", "整治经费分担", "经费落实到账", "经费 资金 分担"),
]
SUB_CLASSES = {
    "emergency": EMERGENCY,
    "general": GENERAL,
    "service": SERVICE,
    "hard": HARD,
    "fallback": FALLBACK,
    "sanitation": SANITATION,
    "enforcement": ENFORCEMENT,
    "public_order": PUBLIC_ORDER,
    "supervision": SUPERVISION,
    "key": KEY,
    "coordination": COORDINATION,
}


def set_the_emergency_ladder_right(apps, schema_editor):
    """Give the emergency's limit for closing a second version: its first had the upgrade before the supervision.

    The ladder climbs in order, so that an emergency was upgraded after five working days instead of one.
    """
    policies = apps.get_model("whistle", "DeadlinePolicy")
    wrong = policies.objects.filter(
        kind__code="emergency", step="close", version=1, supervision_after=3, leaders_after=5, upgrade_after=1
    )
    for policy in wrong.exclude(tier=3):
        policy.pk, policy.version = None, 2
        policy.supervision_after = policy.leaders_after = 1
        policy.save(force_insert=True)


def seed(apps, schema_editor):
    kinds, wordings = apps.get_model("whistle", "Kind"), apps.get_model("whistle", "Wording")
    sub_classes = apps.get_model("whistle", "SubClass")
    for kind in kinds.objects.order_by("position"):
        if not kind.standard:
            kind.standard = STANDARDS.get(kind.code, "")
            kind.save(update_fields=["standard"])
        said = {name: getattr(kind, name) for name in KIND_SAYS}
        wordings.objects.create(kind=kind, version=1, said=said, valid_from=EPOCH)
        for position, (code, tiers, name, scope, standard, keywords) in enumerate(SUB_CLASSES.get(kind.code, ())):
            kept = [tier for tier in tiers if tier in kind.tiers]
            if not kept:
                continue
            row = sub_classes.objects.create(
                code=code,
                name=name,
                kind=kind,
                tiers=kept,
                scope=scope,
                standard=standard,
                keywords=keywords,
                is_default=True,
                position=position,
            )
            said = {name: getattr(row, name) for name in SUB_CLASS_SAYS}
            wordings.objects.create(sub_class=row, version=1, said=said, valid_from=EPOCH)


class Migration(migrations.Migration):
    dependencies = [("whistle", "0020_sub_classes_and_catalogue")]

    operations = [
        migrations.RunPython(seed, migrations.RunPython.noop),
        migrations.RunPython(set_the_emergency_ladder_right, migrations.RunPython.noop),
    ]

"""What is reported: believable matters, who is called for them at each tier, what is done. Data only.

`street`, `county` and `city` name trades (`units.py`), the lead first. `where` says whether a matter belongs to
towns ("u"), villages ("v") or both ("uv").
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Theme:
    """One kind of matter: its words and the units that deal with it."""

    kind: str
    where: str
    weight: int
    title: str
    text: str
    street: tuple[str, ...]
    county: tuple[str, ...]
    done: str
    affected: str = ""
    tried: str = ""


T = Theme
THEMES: tuple[Theme, ...] = (
    T("general", "u", 9, "井盖破损下陷", "井盖塌了半边，下面是空的，早高峰有人绊了一下，没有受伤。", ("construction", "management"), ("housing", "water"), "已更换井盖，周边回填压实，恢复通行。", "过往行人", "摆了警示锥桶"),
    T("general", "u", 8, "路面渗水下陷", "路面渗水两天，已下陷约十厘米，非机动车道湿滑。", ("construction", "water_company"), ("water", "traffic", "water_company"), "供水接口已修复，下陷处回填夯实并恢复路面。", "约320户居民", "围挡、警示，找过物业"),
    T("general", "uv", 9, "路灯夜间不亮", "连续三盏路灯不亮，晚上走路看不清，老人不敢出门。", ("construction",), ("housing", "power_company"), "更换灯具和控制器，当晚已全部亮起。", "约150户居民", "报过物业"),
    T("general", "u", 8, "化粪池外溢", "化粪池满溢，污水流到路面，气味很大。", ("management", "property"), ("housing", "water"), "已抽运清掏并疏通出口，路面冲洗消毒。", "两个单元住户", "物业抽过一次，第二天又溢"),
    T("general", "u", 7, "飞线充电", "多处从窗口拉线给电动车充电，线就搭在晾衣绳上。", ("emergency", "police"), ("fire", "emergency"), "已清理飞线，张贴告知书，协调增设充电桩。", "整栋住户", "劝说过，没有效果"),
    T("general", "u", 6, "楼道堆物堵塞通道", "楼道里堆着旧家具和纸箱，消防通道只剩半米宽。", ("emergency", "property"), ("fire", "housing"), "杂物已清运，和住户签了承诺书。", "一个单元12户", "上门劝说两次"),
    T("general", "u", 6, "外墙瓷砖脱落", "外墙瓷砖松动掉落，下面是人行道，已经砸坏一辆电动车。", ("construction", "property"), ("housing", "urban"), "空鼓部位已铲除并张网防护，修缮方案已公示。", "过往行人和商户", "拉了警戒线"),
    T("general", "u", 6, "单元门禁失灵", "门禁坏了两周，陌生人随意进出，居民担心安全。", ("construction", "property"), ("housing",), "已更换门禁主机，住户卡重新登记。", "整栋住户", "催过物业三次"),
    T("general", "u", 5, "弱电井盖缺失", "弱电井盖缺失多处，孩子放学从这里经过。", ("construction",), ("housing", "urban"), "缺失井盖已补齐，产权单位登记在册。", "附近学生", "用木板盖着"),
    T("general", "uv", 6, "雨后积水", "一下雨就积水，最深处没过脚踝，车辆绕行。", ("construction", "management"), ("water", "housing"), "清掏雨水口六座，疏通管道约80米，积水已消除。", "过往居民", "组织人舀过水"),
    T("general", "uv", 5, "水压低、时常停水", "高峰时段没有水，高层和村尾几户完全用不上。", ("management", "water_company"), ("water", "water_company"), "更换加压泵并调整供水时段，水压恢复正常。", "约90户", "联系过供水单位"),
    T("general", "uv", 5, "通信线缆低垂", "线缆垂到一人高，货车经过会挂住。", ("construction",), ("urban", "power_company"), "线缆已收紧入槽，废弃线缆剪除。", "过往车辆", "用竹竿撑着"),
    T("general", "v", 8, "村道路基塌方", "雨后路基塌了一段，只剩半幅路面，校车不敢过。", ("construction", "emergency"), ("transport", "emergency"), "塌方段已清理加固，增设波形护栏。", "三个小组村民", "设了绕行提示"),
    T("general", "v", 6, "沟渠堵塞漫水", "灌溉沟渠被淤泥堵住，水漫到地里和路上。", ("construction", "social"), ("water", "agriculture"), "已清淤约300米，沟渠恢复通水。", "约60亩地", "组织村民清过一段"),
    T("general", "v", 5, "山体落石", "坡上不时有石块滚下，路边住着七户人家。", ("emergency", "construction"), ("emergency", "transport"), "清除危石，设被动防护网，落实专人巡查。", "7户28人", "劝导夜间不走这条路"),
    T("general", "v", 4, "集市占道堵车", "赶集日摊位摆到路中间，救护车都过不去。", ("management", "police"), ("traffic", "urban"), "划定摊位线，赶集日安排人员值守疏导。", "赶集群众", "喊过话"),
    T("general", "u", 5, "共享单车堵塞通道", "共享单车堆满消防通道和盲道，每天早晚最严重。", ("enforcement",), ("urban", "traffic"), "已清运车辆并约谈企业，划定停放区。", "过往居民", "志愿者搬过"),
    T("general", "u", 4, "树木倾斜压线", "行道树倾斜，树枝压着电线，风大时冒火花。", ("management", "emergency"), ("greenery", "power_company"), "已修枝扶正，线路检测正常。", "过往行人", "拉了警戒带"),
    T("general", "u", 4, "地下车库渗漏", "车库顶板渗漏，几个车位没法停，墙面发霉。", ("construction", "property"), ("housing",), "渗漏点注浆封堵，观察一周无渗水。", "约40个车位", "报过维修基金"),
    T("general", "u", 3, "电梯频繁故障", "电梯一个月困人两次，老人上下楼困难。", ("market", "property"), ("market", "housing"), "更换主板和抱闸，检验合格后恢复使用。", "一栋60户", "物业维修过三次"),
    T("sanitation", "u", 9, "垃圾房异味", "垃圾房清运不及时，污水横流，异味扰民。", ("management", "property"), ("urban",), "增加清运班次，地面冲洗并加装除味设备。", "周边三栋住户", "联系过保洁"),
    T("sanitation", "uv", 8, "建筑垃圾乱倒", "半夜有人倒建筑垃圾，已经堆成小山。", ("management", "enforcement"), ("urban", "traffic"), "已清运约12吨，安装监控并立案一起。", "附近居民", "清过一次又有人倒"),
    T("sanitation", "uv", 6, "河道漂浮垃圾", "河面漂着塑料瓶和水葫芦，下风口有臭味。", ("management",), ("water", "environment"), "打捞清理约400米河段，落实日常保洁。", "沿河居民", "志愿者捞过一段"),
    T("sanitation", "v", 7, "垃圾池长期未清", "垃圾池满了没人拉，狗把垃圾叼得到处都是。", ("management",), ("urban",), "垃圾已清运，改为每周三次收运。", "全组村民", "烧过，怕污染没再烧"),
    T("sanitation", "u", 5, "污水管网堵塞外溢", "污水从检查井冒出来，流到人行道上。", ("management", "construction"), ("water", "housing"), "疏通管道约60米，清掏检查井4座。", "商户和行人", "物业通过一次"),
    T("sanitation", "u", 4, "公厕损坏停用", "公厕停用半个月，附近居民和环卫工没地方上厕所。", ("management",), ("urban",), "管道和洁具已维修，恢复开放。", "附近居民", "问过环卫站"),
    T("enforcement", "u", 10, "占道堆放建材", "建材堆在巷口，车辆进不来，堆了一个星期。", ("enforcement",), ("urban",), "建材已全部清走，对当事人教育警示。", "巷内约50户", "和施工方说过"),
    T("enforcement", "u", 9, "夜市油烟扰民", "烧烤摊油烟直排，晚上不敢开窗。", ("enforcement", "market"), ("environment", "urban"), "责令安装净化设施，调整经营时段。", "楼上住户", "劝过摊主"),
    T("enforcement", "u", 7, "占用盲道经营", "摊位占着盲道，视障居民没法走。", ("market", "enforcement"), ("urban", "market"), "摊位已退回线内，盲道恢复畅通。", "视障居民和行人", "提醒过"),
    T("enforcement", "u", 7, "楼顶违法搭建", "楼顶搭了彩钢房，正在封顶。", ("enforcement", "construction"), ("urban", "housing"), "已停工并下达限期拆除通知，当事人自行拆除。", "顶楼住户", "上门劝阻"),
    T("enforcement", "uv", 6, "施工扬尘", "工地没有覆盖，渣土车进出带泥上路。", ("enforcement", "construction"), ("housing", "environment"), "工地已覆盖裸土并启用冲洗设备。", "周边居民", "联系过项目部"),
    T("enforcement", "u", 5, "夜间施工噪声", "晚上十一点还在切割钢筋，附近有考生。", ("enforcement", "police"), ("environment", "urban"), "已责令停止夜间施工，抄告主管部门。", "三个小区", "打过电话"),
    T("enforcement", "u", 4, "户外广告牌锈蚀松动", "临街广告牌锈蚀，风一吹就晃。", ("enforcement", "emergency"), ("urban", "emergency"), "危险广告牌已拆除。", "过往行人", "通知过商户"),
    T("enforcement", "v", 5, "耕地上违规建房", "耕地里打了地基，砖已经拉来。", ("construction", "enforcement"), ("agriculture", "housing"), "已制止施工，基础拆除并恢复耕种条件。", "集体耕地", "村组劝阻过"),
    T("public_order", "uv", 7, "噪声扰民引发纠纷", "棋牌室通宵营业，邻里吵了几次，快要打起来。", ("police", "peace"), ("market", "environment"), "经调解双方签订协议，夜间十点后停止营业。", "同楼住户", "网格员调解过"),
    T("public_order", "u", 6, "出租房人员混杂", "群租房进出人员复杂，夜里吵闹，电线乱拉。", ("police", "emergency"), ("fire", "housing"), "登记人员26名，拆除隔断，整改用电。", "整栋住户", "上门登记被拒"),
    T("public_order", "uv", 5, "电动车连续被盗", "一周内三辆电动车被盗，居民意见大。", ("police", "property"), ("traffic",), "破案一起，增设监控四处，夜间加强巡逻。", "小区居民", "提醒居民上锁"),
    T("public_order", "uv", 5, "流浪犬伤人", "几条流浪犬在附近活动，已咬伤一人。", ("police", "management"), ("urban", "health"), "收容流浪犬五只，设提示牌，伤者已接种疫苗。", "学生和老人", "驱赶过"),
    T("service", "u", 6, "申请加装扶手和坡道", "楼里老人多，单元门口五级台阶没有扶手。", ("social", "construction"), ("civil", "housing"), "扶手和坡道已安装，现场验收合格。", "18位老人", "量过尺寸"),
    T("service", "uv", 6, "独居老人屋顶漏水", "老人独居，屋顶漏水，产权单位已注销，没人修。", ("social", "construction"), ("civil", "housing"), "屋顶已翻修，社区落实结对探访。", "1户独居老人", "志愿者临时盖了油布"),
    T("service", "u", 5, "申请燃气安全入户检查", "老旧小区燃气软管多年未换，居民希望统一检查。", ("emergency", "social"), ("emergency", "gas_company"), "入户检查212户，更换软管46根。", "约260户", "摸底登记完成"),
    T("service", "u", 4, "更换健身器材", "健身器材锈断，有人被划伤。", ("social",), ("civil",), "拆除旧器材，安装新器材八件。", "周边居民", "先围起来了"),
    T("service", "v", 5, "水源点管护求助", "水源点围栏破损，牲畜进入，村民担心水质。", ("social", "management"), ("water", "health"), "围栏已修复，水质检测合格并公示。", "全村约180户", "临时用树枝挡着"),
    T("supervision", "u", 4, "路灯修好后又灭", "第三次报修，每次修好几天又灭。", ("construction",), ("housing", "power_company"), "查明电缆老化，已整段更换，观察十天正常。", "约150户居民", "前两次都办结了"),
    T("supervision", "uv", 3, "清运后又有人倾倒", "上次清完不到一周又倒了一堆，要求长效管理。", ("enforcement", "management"), ("urban",), "落实值守和监控，连续两周无新增。", "附近居民", "上一件满意度评为不满意"),
    T("emergency", "u", 5, "楼道配电箱冒烟", "楼道配电箱冒烟，有焦糊味，已断电。", ("emergency", "police"), ("emergency", "power_company"), "更换烧毁的断路器和线缆，检测合格后恢复供电。", "整栋48户", "已断电并疏散"),
    T("emergency", "u", 4, "燃气异味", "楼道里有明显燃气味，住户已打开窗户。", ("emergency", "property"), ("emergency", "gas_company"), "关阀查漏，更换老化接头，检测无泄漏。", "一个单元", "已提醒不开电器"),
    T("emergency", "uv", 3, "围墙倾斜将倒", "围墙倾斜，裂缝能伸进手，墙外是放学路。", ("emergency", "construction"), ("housing", "emergency"), "危墙已拆除，临时围挡并组织重建。", "学生和行人", "拉警戒线，专人看守"),
    T("emergency", "v", 3, "暴雨后房屋进水", "暴雨后沟水倒灌，几户人家进水，老人已转移。", ("emergency", "police"), ("emergency", "water"), "排水抢险完成，转移群众已返家，沟口加固。", "6户19人", "转移了老人"),
    T("emergency", "u", 3, "高空坠物隐患", "顶层窗框松脱，随时会掉到楼下通道。", ("emergency", "property"), ("emergency", "housing"), "松脱窗框已拆除，通道恢复。", "楼下行人", "封了通道"),
)  # fmt: skip

UPGRADE_REASONS = (
    "涉及多个区级部门，超出街道权限。",
    "产权和养护单位在区一级，街道协调不动。",
    "需要专业队伍和设备，街道力量不够。",
    "两次协调没有结果，请上一级牵头。",
    "整改经费超出本级权限，请上一级研究。",
)
CITY_REASONS = ("跨区管网，需要市级部门统筹。", "产权单位为市属企业，区级无权处置。", "涉及多个区，请市级协调。")
REWORK_REASONS = ("现场复看还有残留，请再处理。", "只处理了一半，居民反映问题还在。", "处理后第二天又出现，请查明原因。")
SEND_BACK_REASONS = ("请说清是哪几处，补充位置和照片。", "先联系物业，办不了再吹。", "影响人数没有写，请补充。")
INSTRUCTIONS = ("请牵头单位今天先到现场。", "请协办单位配合，办完一并反馈。", "居民反映强烈，请优先处理。", "")
VERIFY_COMMENTS = ("现场看过，居民认可。", "回访了三户，都说解决了。", "基本解决，还需要日常维护。", "")
RATING_COMMENTS = ("来得快，讲解清楚。", "配合好。", "处理及时，效果不错。", "", "", "")
NOTES = (
    "已联系当事人，约定明天上午现场碰头。",
    "材料已到场，等天气好转施工。",
    "现场看过，需要产权单位配合，已发函。",
    "居民代表已沟通，同意方案。",
    "已做临时防护，夜间安排人员巡查。",
)
SOURCES = (("patrol", 46), ("visit", 20), ("hotline", 18), ("branch", 9), ("inspection", 5), ("media", 2))

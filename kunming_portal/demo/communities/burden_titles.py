"""Titles of community work as lists of that kind word them: stems with the departments that ask for them.

No list of the city is reproduced: the counts are the city's (domain.md §3.2), the wording is ours. Laws are named where
the work plainly stands in them; nothing quotes an article.
"""

ORGANIC = "《中华人民共和国城市居民委员会组织法》"
# title, department (trade of a unit of the city), law or document, frequency, hours
Row = tuple[str, str, str, str, str]

BY_LAW: tuple[Row, ...] = (
    ("召集和主持居民会议", "civil", ORGANIC, "yearly", "16"),
    ("组织居民委员会换届选举", "civil", ORGANIC, "as_needed", "60"),
    ("制定和修订居民公约", "civil", ORGANIC, "yearly", "8"),
    ("办理本居住区公共事务和公益事业", "civil", ORGANIC, "weekly", "4"),
    ("调解民间纠纷", "civil", "《中华人民共和国人民调解法》", "weekly", "3"),
    ("向居民公开居务、财务", "civil", ORGANIC, "quarterly", "4"),
    ("组织居民议事协商", "civil", ORGANIC, "monthly", "4"),
    ("管理居民委员会财产", "civil", ORGANIC, "quarterly", "3"),
    ("组织居民开展互助服务", "civil", ORGANIC, "monthly", "6"),
    ("反映居民意见、要求和建议", "civil", ORGANIC, "weekly", "2"),
    ("支持业主委员会依法履职", "housing", "《中华人民共和国民法典》", "monthly", "3"),
    ("组织居民参加社区志愿服务", "civil", "《志愿服务条例》", "monthly", "6"),
    ("开展居民科普和文体活动", "civil", ORGANIC, "monthly", "8"),
    ("动员居民参与突发事件应对", "emergency", "《中华人民共和国突发事件应对法》", "as_needed", "8"),
    ("未成年人保护的社区工作", "civil", "《中华人民共和国未成年人保护法》", "monthly", "3"),
)
ASSISTANCE: tuple[Row, ...] = (
    ("协助最低生活保障对象入户核查", "civil", "《社会救助暂行办法》", "monthly", "6"),
    ("协助特困人员供养服务", "civil", "《社会救助暂行办法》", "monthly", "3"),
    ("协助临时救助申请受理", "civil", "《社会救助暂行办法》", "as_needed", "2"),
    ("协助高龄津贴年审", "civil", "《中华人民共和国老年人权益保障法》", "yearly", "20"),
    ("协助残疾人需求调查", "civil", "《中华人民共和国残疾人保障法》", "yearly", "16"),
    ("协助退役军人信息采集", "civil", "《中华人民共和国退役军人保障法》", "yearly", "8"),
    ("协助社区矫正对象帮扶", "civil", "《中华人民共和国社区矫正法》", "monthly", "4"),
    ("协助预防接种摸底", "health", "《中华人民共和国疫苗管理法》", "quarterly", "6"),
    ("协助传染病防治宣传", "health", "《中华人民共和国传染病防治法》", "monthly", "3"),
    ("协助爱国卫生清洁日活动", "health", "", "weekly", "3"),
    ("协助生育登记服务", "health", "", "as_needed", "0.5"),
    ("协助消防安全宣传和楼道巡查", "fire", "《中华人民共和国消防法》", "weekly", "3"),
    ("协助电动自行车充电隐患排查", "fire", "《中华人民共和国消防法》", "monthly", "4"),
    ("协助防汛预警转移", "emergency", "《中华人民共和国防汛条例》", "as_needed", "8"),
    ("协助安全生产宣传", "emergency", "《中华人民共和国安全生产法》", "quarterly", "3"),
    ("协助物业服务活动监督", "housing", "《物业管理条例》", "monthly", "3"),
    ("协助老旧小区改造意见征集", "housing", "", "as_needed", "10"),
    ("协助房屋安全隐患摸排", "housing", "", "quarterly", "6"),
    ("协助生活垃圾分类宣传", "urban", "", "weekly", "2"),
    ("协助门前三包责任落实", "urban", "", "monthly", "2"),
    ("协助餐饮油烟扰民劝导", "environment", "《中华人民共和国大气污染防治法》", "as_needed", "2"),
    ("协助河湖巡查和滇池保护宣传", "water", "《云南省滇池保护条例》", "monthly", "3"),
    ("协助节约用水宣传", "water", "", "quarterly", "2"),
    ("协助养犬登记宣传", "urban", "", "quarterly", "2"),
    ("协助食品安全协管宣传", "market", "《中华人民共和国食品安全法》", "quarterly", "3"),
    ("协助人口普查和抽样调查", "civil", "《全国人口普查条例》", "as_needed", "40"),
)
# What the earlier steps still held: a subject and what was wanted of it, by department
OLD_SUBJECTS: tuple[tuple[str, str], ...] = (
    ("辖区企业安全生产", "emergency"),
    ("沿街商铺经营", "market"),
    ("出租房屋", "housing"),
    ("流动人口", "civil"),
    ("辖区绿化管护", "greenery"),
    ("道路停车", "traffic"),
    ("农贸市场", "market"),
    ("燃气使用", "housing"),
    ("建筑工地扬尘", "environment"),
    ("计划用水", "water"),
    ("餐饮单位", "health"),
    ("公共场所控烟", "health"),
    ("共享单车停放", "transport"),
    ("渣土运输", "urban"),
    ("户外广告", "urban"),
    ("再生资源回收站点", "urban"),
    ("农产品质量", "agriculture"),
    ("辖区人防设施", "emergency"),
    ("从业人员培训", "civil"),
    ("文明创建点位", "urban"),
)
OLD_WANTED: tuple[tuple[str, str, str], ...] = (
    ("台账报送", "monthly", "4"),
    ("统计报表", "monthly", "3"),
    ("排查登记", "quarterly", "8"),
    ("检查考核迎检", "quarterly", "12"),
    ("数据系统录入", "weekly", "3"),
    ("责任书签订", "yearly", "6"),
    ("创建达标申报", "yearly", "20"),
    ("信息员值守", "weekly", "2"),
)
# The two that are left; 经济困难证明 is the one certificate committees issue (domain.md §3.2)
STAMPS_LEFT = ("经济困难证明", "居民委员会换届选举有关证明")
STAMP_SUBJECTS = (
    "居住",
    "婚姻状况",
    "亲属关系",
    "无犯罪记录",
    "房屋产权",
    "家庭人口",
    "收入状况",
    "就业失业状况",
    "死亡",
    "出生",
    "学生社会实践",
    "车辆停放",
    "养犬",
    "经营场所",
    "健康状况",
    "户籍变更",
    "低收入家庭",
    "子女入学",
    "遗失物品",
    "同一人身份",
)
STAMP_USES = ("证明", "情况盖章", "申请表盖章", "审核意见盖章", "登记表盖章")

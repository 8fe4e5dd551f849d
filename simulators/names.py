"""Words a county's restaurants, streets and permits are made of. Pure data."""

from typing import NamedTuple


class TownSeed(NamedTuple):
    """A town: code, names, centre (WGS84, degrees) and share of the county's restaurants."""

    code: str
    name: str
    name_en: str
    lon_deg: float
    lat_deg: float
    share: float


#: Jiashan's nine towns and subdistricts; centres to about a kilometre.
TOWNS = (
    TownSeed("weitang", "魏塘街道", "Weitang Subdistrict", 120.921, 30.841, 0.24),
    TownSeed("luoxing", "罗星街道", "Luoxing Subdistrict", 120.905, 30.826, 0.20),
    TownSeed("huimin", "惠民街道", "Huimin Subdistrict", 120.972, 30.836, 0.11),
    TownSeed("xitang", "西塘镇", "Xitang Town", 120.889, 30.943, 0.16),
    TownSeed("yaozhuang", "姚庄镇", "Yaozhuang Town", 120.951, 30.915, 0.08),
    TownSeed("taozhuang", "陶庄镇", "Taozhuang Town", 120.801, 30.958, 0.05),
    TownSeed("ganyao", "干窑镇", "Ganyao Town", 120.886, 30.885, 0.06),
    TownSeed("tianning", "天凝镇", "Tianning Town", 120.823, 30.893, 0.05),
    TownSeed("dayun", "大云镇", "Dayun Town", 120.944, 30.777, 0.05),
)

STREETS = (
    "人民大道", "解放东路", "体育南路", "亭桥路", "谈公路", "车站路", "施家路", "中山路",
    "嘉善大道", "晋阳路", "南星路", "环北路", "朝南埭", "西街", "烧香港路", "卖鱼桥路",
    "锦绣大道", "花海路", "长秀路", "平黎公路", "创业路", "振兴路", "文化路", "新开路",
)  # fmt: skip

OWNERS = (
    "王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡",
    "郭", "何", "高", "林", "罗", "沈", "陆", "钱", "顾", "俞", "姚", "蒋", "金", "许", "袁",
)  # fmt: skip

STYLES = (
    "老", "阿", "小", "大", "新", "福", "顺", "和", "鑫", "聚", "江南", "水乡", "古镇", "善",
)  # fmt: skip

KINDS = {
    "large": ("大酒店", "饭店", "酒楼", "海鲜馆", "宴会中心", "农家乐"),
    "small": ("面馆", "小吃店", "馄饨店", "快餐店", "家常菜馆", "羊肉馆", "粥铺", "点心店"),
    "canteen": ("中学食堂", "小学食堂", "幼儿园食堂", "电子厂食堂", "家具厂食堂", "医院食堂"),
    "night_market": ("烧烤店", "龙虾馆", "大排档", "夜宵店", "砂锅店"),
}

OPENING = {
    "large": [{"days": "mo-su", "from": "10:00", "to": "21:30"}],
    "small": [{"days": "mo-su", "from": "06:00", "to": "20:30"}],
    "canteen": [{"days": "mo-fr", "from": "06:00", "to": "18:30"}],
    "night_market": [{"days": "mo-su", "from": "16:00", "to": "01:00"}],
}

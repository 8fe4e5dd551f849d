"""The words that people read in a chat: literal tables by language. Pure.

An alert is a lead (线索, 疑似), never a verdict: ``lead`` ends every message about one.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Vocabulary(NamedTuple):
    """All words of one language; ``suffix`` picks the texts that a message carries in both."""

    suffix: str
    severities: Mapping[str, str]
    events: Mapping[str, str]
    problems: Mapping[str, str]
    labels: Mapping[str, str]
    states: Mapping[str, str]
    lead: str
    view: str
    more: str
    quote: str  # how a severity is set off: has one {}
    colon: str


_ZH = Vocabulary(
    suffix="",
    severities={"blue": "蓝色", "yellow": "黄色", "orange": "橙色", "red": "红色"},
    events={
        "alert.fired": "新预警",
        "alert.severity_raised": "预警升级",
        "alert.reopened": "再次出现",
        "alert.flapping": "反复波动",
        "alert.escalated": "升级上报",
        "alert.resolved": "预警解除",
        "alert.repeated": "重复提醒",
        "alert.closed": "终止监测",
        "ticket.created": "新整改工单",
        "ticket.updated": "工单更新",
        "ticket.dispatched": "工单派遣",
        "ticket.returned": "工单退回",
        "ticket.reported": "整改完成待核查",
        "ticket.reworked": "工单返工",
        "ticket.closed": "工单结案",
        "ticket.reopened": "工单重开",
        "ticket.suspended": "工单挂起",
        "ticket.sla_warning": "工单临期",
        "ticket.sla_breached": "工单超期",
        "alert.grouped": "多条预警",
        "ticket.grouped": "多张工单",
        "message.merged": "消息汇总",
        "complaint.received": "新投诉",
        "evidence.checkpoint": "存证检查点",
        "webhook.endpoint_disabled": "推送地址停用",
        "webhook.test": "测试消息",
    },
    problems={
        "blockage": "疑似堵塞",
        "bypass": "疑似旁通排放",
        "clean_out": "待清掏",
        "cover": "井盖异常",
        "illegal_discharge": "疑似偷倒",
        "leak": "疑似渗漏",
        "overflow": "疑似满溢",
        "sewer_backup": "疑似管网顶托",
        "tampering": "疑似干扰监测",
        "unregistered_pump_out": "疑似未登记清掏",
    },
    labels={
        "place": "单位",
        "address": "地址",
        "town": "镇街",
        "trap": "隔油池",
        "device": "设备",
        "gateway": "网关",
        "value": "数值",
        "threshold": "阈值",
        "since": "开始",
        "until": "结束",
        "escalated_to": "上报至",
        "delayed": "说明",
        "ticket": "工单",
        "state": "状态",
        "owner": "责任单位",
        "count": "数量",
        "at": "时间",
        "requested_by": "发送人",
        "endpoint": "推送地址",
        "description": "备注",
        "reason": "原因",
    },
    states={
        "team_lead": "中队长",
        "county_centre": "县指挥中心",
        "is_delayed": "静默或补传后补发",
        "new": "待受理",
        "accepted": "已受理",
        "filed": "已立案",
        "dispatched": "已派遣",
        "in_progress": "处置中",
        "reported": "待核查",
        "closed": "已结案",
        "rejected": "不予受理",
        "suspended": "已挂起",
        "cancelled": "已作废",
        "merged": "已并案",
        "failing": "多日推送失败",
        "gone": "接收方已注销（HTTP 410）",
    },
    lead="疑似线索，以现场核查为准。",
    view="查看详情",
    more="另有 {} 条",
    quote="【{}】",
    colon="：",
)

_EN = Vocabulary(
    suffix="_en",
    severities={"blue": "blue", "yellow": "yellow", "orange": "orange", "red": "red"},
    events={
        "alert.fired": "new alert",
        "alert.severity_raised": "alert got worse",
        "alert.reopened": "alert is back",
        "alert.flapping": "alert comes and goes",
        "alert.escalated": "escalated",
        "alert.resolved": "resolved",
        "alert.repeated": "reminder",
        "alert.closed": "no longer watched",
        "ticket.created": "new ticket",
        "ticket.updated": "ticket changed",
        "ticket.dispatched": "ticket dispatched",
        "ticket.returned": "ticket returned",
        "ticket.reported": "reported as done, to be verified",
        "ticket.reworked": "ticket to be reworked",
        "ticket.closed": "ticket closed",
        "ticket.reopened": "ticket reopened",
        "ticket.suspended": "ticket suspended",
        "ticket.sla_warning": "ticket soon due",
        "ticket.sla_breached": "ticket overdue",
        "alert.grouped": "several alerts",
        "ticket.grouped": "several tickets",
        "message.merged": "summary",
        "complaint.received": "complaint received",
        "evidence.checkpoint": "evidence checkpoint",
        "webhook.endpoint_disabled": "webhook endpoint disabled",
        "webhook.test": "test message",
    },
    problems={
        "blockage": "suspected blockage",
        "bypass": "suspected bypass",
        "clean_out": "to be pumped out",
        "cover": "cover out of order",
        "illegal_discharge": "suspected dumping",
        "leak": "suspected leak",
        "overflow": "suspected overflow",
        "sewer_backup": "suspected backing-up of the sewer",
        "tampering": "suspected tampering",
        "unregistered_pump_out": "suspected unregistered pump-out",
    },
    labels={
        "place": "Restaurant",
        "address": "Address",
        "town": "Town",
        "trap": "Trap",
        "device": "Device",
        "gateway": "Gateway",
        "value": "Value",
        "threshold": "Threshold",
        "since": "Since",
        "until": "Until",
        "escalated_to": "Escalated to",
        "delayed": "Note",
        "ticket": "Ticket",
        "state": "State",
        "owner": "Unit",
        "count": "Count",
        "at": "At",
        "requested_by": "Sent by",
        "endpoint": "Endpoint",
        "description": "Remark",
        "reason": "Reason",
    },
    states={
        "team_lead": "team lead",
        "county_centre": "county centre",
        "is_delayed": "told late: silenced before, or late data",
        "in_progress": "in progress",
        "failing": "failed for days",
        "gone": "its receiver is gone (HTTP 410)",
    },
    lead="A suspected lead, to be checked on site.",
    view="Details",
    more="{} more",
    quote="[{}] ",
    colon=": ",
)

#: By the language of an endpoint (BCP 47).
VOCABULARIES: Mapping[str, Vocabulary] = {"zh-CN": _ZH, "en": _EN}

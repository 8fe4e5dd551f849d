"""The words of a claim: fixed by its figures, never chosen. Pure."""

from alerts.claims.model import (
    Bounds,
    Figures,
    GroupFigures,
    Inputs,
    IntakeChange,
    Question,
    Remark,
    Verdict,
    Words,
)
from alerts.claims.question import splits_spring_festival
from alerts.statistics.change import BASE_COUNT_MIN
from alerts.statistics.month import Month

VERDICT_WORDS: dict[Verdict, Words] = {
    "decreased": Words(zh="下降", en="decreased"),
    "increased": Words(zh="上升", en="increased"),
    "no_clear_change": Words(zh="无明显变化", en="no clear change"),
}


def withheld_of(
    question: Question, figures: Figures, marks: tuple[IntakeChange, ...]
) -> tuple[Remark, ...]:
    """Return why the percentage of the treated group may not be printed; empty: it may."""
    own = figures.deduplicated.treated
    found = []
    if own.verdict == "no_clear_change":
        found.append(
            _remark(
                "no_clear_change",
                "95 % 区间包含“无变化”",
                "the 95 % interval includes no change",
            )
        )
    if own.base.count < BASE_COUNT_MIN:
        found.append(
            _remark(
                "base_below_20",
                f"基数不足 {BASE_COUNT_MIN} 件，只列件数",
                f"the base is under {BASE_COUNT_MIN}: counts only",
            )
        )
    if figures.deduplicated.comparison is None:
        found.append(
            _remark(
                "no_comparison",
                "没有对照组，无法排除普遍趋势",
                "no comparison group: a general trend would look the same",
            )
        )
        if intake_within(question, marks):
            found.append(
                _remark(
                    "intake_change_uncompensated",
                    "期间受理口径有变化，且没有对照组",
                    "how complaints come in changed meanwhile, and no comparison group shows it",
                )
            )
    if splits_spring_festival([Month.parse(text) for text in own.period.months]):
        found.append(
            _remark(
                "spring_festival",
                "1 月、2 月须合并比较：春节在两月间移动",
                "January and February count together only: Spring Festival moves between them",
            )
        )
    return tuple(found)


def sentence_of(figures: Figures, withheld: tuple[Remark, ...]) -> Words:
    """Return the sentence that may be printed."""
    own = figures.deduplicated.treated
    counts = Words(
        zh=f"去重后 {own.base.count} 件（{_span(own.base.months)}）"
        f"→ {own.period.count} 件（{_span(own.period.months)}）",
        en=f"{own.base.count} ({_span(own.base.months)}) → "
        f"{own.period.count} ({_span(own.period.months)}), without repeated ones",
    )
    if withheld:
        return Words(
            zh=f"投诉：{VERDICT_WORDS[own.verdict].zh}。{counts.zh}。"
            f"不列百分比：{'；'.join(remark.text.zh for remark in withheld)}。",
            en=f"Complaints: {VERDICT_WORDS[own.verdict].en}. {counts.en}. "
            f"No percentage: {'; '.join(remark.text.en for remark in withheld)}.",
        )
    change = _change(own.rate_ratio, interval_used(own), own.verdict)
    against = _against(figures)
    return Words(
        zh=f"每百户投诉{change.zh}。{counts.zh}。{against.zh}",
        en=f"Complaints per 100 restaurants {change.en}. {counts.en}. {against.en}",
    )


def caveats_of(
    question: Question,
    inputs: Inputs,
    figures: Figures,
    change_point: IntakeChange | None,
    baseline_signals: int,
) -> tuple[Remark, ...]:
    """Return what a reader has to know beside the sentence, in a fixed order."""
    found = [
        *_caveats_of_sites(question, inputs),
        *_caveats_of_time(question, inputs.intake_changes, change_point),
    ]
    both = figures.all.treated, figures.deduplicated.treated
    if both[0].verdict != both[1].verdict:
        words = [VERDICT_WORDS[side.verdict] for side in both]
        found.append(
            _remark(
                "duplicates_decide",
                f"去重前后结论不同：{words[0].zh} / {words[1].zh}",
                f"with repeated complaints: {words[0].en}; without: {words[1].en}",
            )
        )
    if baseline_signals:
        found.append(
            _remark(
                "baseline_unstable",
                f"基线期内已有 {baseline_signals} 个异常点",
                f"the baseline itself shows {baseline_signals} signals",
            )
        )
    if any(not side.base.count or not side.period.count for side in both):
        found.append(
            _remark(
                "zero_count",
                "零件数按 0.5 件计入对数区间",
                "a count of 0 stands as 0.5 in intervals of logarithms",
            )
        )
    return tuple(found)


def intake_within(question: Question, marks: tuple[IntakeChange, ...]) -> list[IntakeChange]:
    """Return the changes of intake between the baseline's begin and the period's end."""
    first, last = Month.parse(question.baseline.first), Month.parse(question.period.last)
    return [mark for mark in marks if mark.kind == "intake" and first <= Month.of(mark.at) <= last]


def interval_used(group: GroupFigures) -> Bounds:
    """Return the interval that fixed a group's verdict."""
    if group.used == "exact" or group.overdispersed is None:
        return group.exact
    return group.overdispersed


def _caveats_of_sites(question: Question, inputs: Inputs) -> list[Remark]:
    found = []
    if question.treated == "monitored":
        found.append(
            _remark(
                "selection",
                "安装点位若因投诉多而选，数字本会回落（均值回归）",
                "sites that were chosen for being worst would have fallen anyway "
                "(regression to the mean)",
            )
        )
    unassigned = sum(month.unassigned_count for month in inputs.months)
    if unassigned:
        found.append(
            _remark(
                "unassigned",
                f"{unassigned} 件投诉不属于任何一组",
                f"{unassigned} complaints belong to neither group",
            )
        )
    if inputs.joining_site_count:
        found.append(
            _remark(
                "joining_sites",
                f"{inputs.joining_site_count} 户在期间内开通或此前退出，不计入任何一组",
                f"{inputs.joining_site_count} restaurants came into service within the period "
                "or left it before, and are in neither group",
            )
        )
    if inputs.exposure_basis == "constant_before_register":
        found.append(
            _remark(
                "exposure_assumed",
                "登记台账晚于基线期，此前按户数不变计",
                "the register is younger than the baseline: its restaurants count as there before",
            )
        )
    return found


def _caveats_of_time(
    question: Question, marks: tuple[IntakeChange, ...], change_point: IntakeChange | None
) -> list[Remark]:
    found = []
    for mark in intake_within(question, marks):
        month = Month.of(mark.at)
        found.append(
            _remark(
                "intake_change",
                f"{month} 受理口径变化：{mark.what}",
                f"how complaints come in changed in {month}: {mark.what}",
            )
        )
    if change_point is None:
        found.append(
            _remark(
                "dated_after_looking",
                "变化时点未在数据出现前登记",
                "no intervention was put on record before the period began: "
                "it may have been chosen after looking",
            )
        )
    return found


def _change(ratio: float | None, bounds: Bounds, verdict: Verdict) -> Words:
    """Say how a ratio changed; without a number where there is none."""
    words = VERDICT_WORDS[verdict]
    if verdict == "no_clear_change":
        return Words(zh=words.zh, en=f"showed {words.en}")
    if ratio is None or bounds.high is None:
        return words
    if verdict == "decreased":
        parts = [_percent(100 * (1 - one)) for one in (ratio, bounds.high, bounds.low)]
        return _worded("下降", "fell", *parts)
    parts = [_percent(100 * (one - 1)) for one in (ratio, bounds.low, bounds.high)]
    return _worded("上升", "rose", *parts)


def _worded(zh: str, en: str, change: str, low: str, high: str) -> Words:
    return Words(
        zh=f"{zh} {change} %（95 % 区间 {low}～{high} %）",
        en=f"{en} by {change} % (95 % interval {low} to {high})",
    )


def _against(figures: Figures) -> Words:
    comparison = figures.deduplicated.comparison
    assert comparison is not None, "a percentage is printed with a comparison group only"
    change = _change(comparison.ratio_of_ratios, comparison.interval, comparison.verdict)
    return Words(
        zh=f"与对照组相比{change.zh}。", en=f"Against the comparison group they {change.en}."
    )


def _percent(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 1 else f"{value:.1g}"


def _span(months: tuple[str, ...]) -> str:
    return months[0] if len(months) == 1 else f"{months[0]}..{months[-1]}"


def _remark(code: str, zh: str, en: str) -> Remark:
    return Remark(code=code, text=Words(zh=zh, en=en))

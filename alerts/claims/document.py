"""Puts a claim together and gives its bytes: a function of question and inputs. Pure."""

import hashlib
from datetime import datetime
from typing import Any

import rfc8785
from pydantic import BaseModel

from alerts.claims.figures import chart_of, figures_of, is_rare, pauses_of
from alerts.claims.model import FORMAT, KIND, Claim, Inputs, IntakeChange, Question
from alerts.claims.question import comparison_categories
from alerts.claims.words import VERDICT_WORDS, caveats_of, sentence_of, withheld_of
from alerts.statistics.month import Month

#: What was done, in the words of docs/claims.md, which explains each.
METHOD = (
    "months: Asia/Shanghai, by received_at",
    "base: the same calendar months of the baseline, each equally often",
    "rate: complaints per site-day in business; all sites of the group kept, closed ones too",
    "exact: conditional binomial (Clopper-Pearson) interval of the rate ratio",
    "phi: Pearson chi-squared of the baseline's months over its degrees of freedom",
    "overdispersed: log-normal, variance times phi, Student t; used where phi > 1",
    "ratio of ratios: log-normal, both groups' variances, Satterthwaite degrees of freedom",
    "chart: XmR, limits 2.66 average moving ranges from the baseline's mean",
    "verdict: decreased or increased only where the 95 % interval used excludes 1",
)


def make_claim(question: Question, inputs: Inputs, *, as_of: datetime, code_version: str) -> Claim:
    """Return the claim; ``as_of`` is when the inputs were read.

    Raises: InvalidRequestError: a group has no site in business in one of the months.
    """
    figures = figures_of(question, inputs)
    chart = chart_of(question, inputs)
    withheld = withheld_of(question, figures, inputs.intake_changes)
    change_point = _change_point(question, inputs)
    signals = sum(point.phase == "baseline" and bool(point.signals) for point in chart.points)
    verdict = figures.deduplicated.treated.verdict
    unsigned = Claim(
        kind=KIND,
        format=FORMAT,
        code_version=code_version,
        as_of=as_of,
        question=question,
        comparison_categories=comparison_categories(question),
        inputs=inputs,
        data_sha256=data_sha256(question, inputs),
        figures=figures,
        chart=chart,
        pauses=pauses_of(question, inputs.complaint_days)
        if is_rare(question, inputs.months)
        else None,
        change_point=change_point,
        verdict=verdict,
        verdict_words=VERDICT_WORDS[verdict],
        may_print_percent=not withheld,
        withheld=withheld,
        sentence=sentence_of(figures, withheld),
        caveats=caveats_of(question, inputs, figures, change_point, signals),
        method=METHOD,
        document_sha256="",
    )
    return unsigned.model_copy(update={"document_sha256": document_sha256(unsigned)})


def canonical_claim(claim: Claim) -> bytes:
    """Return the bytes of a claim's file: RFC 8785 (JCS)."""
    return rfc8785.dumps(_plain(claim))


def data_sha256(question: Question, inputs: Inputs) -> str:
    """Return the hash of what was asked and of the data."""
    document = {"question": _plain(question), "inputs": _plain(inputs)}
    return hashlib.sha256(rfc8785.dumps(document)).hexdigest()


def document_sha256(claim: Claim) -> str:
    """Return the hash of all members but the hash itself."""
    members = {name: value for name, value in _plain(claim).items() if name != "document_sha256"}
    return hashlib.sha256(rfc8785.dumps(members)).hexdigest()


def _change_point(question: Question, inputs: Inputs) -> IntakeChange | None:
    """Return the last intervention between baseline and period that was on record before it."""
    begin, end = Month.parse(question.baseline.last), Month.parse(question.period.first)
    found = [
        mark
        for mark in inputs.intake_changes
        if mark.kind == "intervention"
        and begin <= Month.of(mark.at) <= end
        and Month.of(mark.recorded_at) < end
    ]
    return max(found, key=lambda mark: mark.at, default=None)


def _plain(part: BaseModel) -> dict[str, Any]:
    return part.model_dump(mode="json")

"""Claims as they are made, frozen and revised."""

from datetime import datetime
from importlib.metadata import version

from alerts.claims import store
from alerts.claims.document import canonical_claim, data_sha256, make_claim
from alerts.claims.inputs import read_inputs
from alerts.claims.model import Claim, Question, Span
from alerts.claims.store import NewClaim, Revision
from alerts.evidence import audit
from core.db import Connection
from core.errors import ConflictError, NotFoundError


def claim_now(connection: Connection, question: Question, now: datetime) -> Claim:
    """Return the claim that the database makes now; nothing is stored.

    Raises: InvalidRequestError: the question has no honest answer.
    """
    inputs = read_inputs(connection, question)
    return make_claim(question, inputs, as_of=now, code_version=version("trapwatch"))


def save_claim(connection: Connection, question: Question, actor: str, now: datetime) -> int:
    """Make a claim, freeze its bytes, return its number.

    Raises: InvalidRequestError: the question has no honest answer.
    """
    return _save(connection, claim_now(connection, question, now), actor, now)


def revise_claim(connection: Connection, claim_id: int, actor: str, now: datetime) -> int:
    """Make the same claim of the data as it is now, as the next revision; return its number.

    Raises: NotFoundError. ConflictError: its data has not changed.
    """
    latest = store.lock_latest_revision(connection, claim_id)
    if latest is None:
        raise NotFoundError(f"there is no claim {claim_id}")
    stated = Claim.model_validate_json(latest.document)
    inputs = read_inputs(connection, stated.question)
    if data_sha256(stated.question, inputs) == stated.data_sha256:
        raise ConflictError(f"the data of claim {latest.claim_id} has not changed")
    claim = make_claim(stated.question, inputs, as_of=now, code_version=version("trapwatch"))
    return _save(connection, claim, actor, now, revises=latest)


def span_text(span: Span) -> str:
    """Return a span as questions write it."""
    return f"{span.first}..{span.last}"


def _save(
    connection: Connection,
    claim: Claim,
    actor: str,
    now: datetime,
    *,
    revises: Revision | None = None,
) -> int:
    frozen = NewClaim(
        first_claim_id=revises.first_claim_id if revises else None,
        revision=revises.revision + 1 if revises else 1,
        town=claim.question.town,
        baseline=span_text(claim.question.baseline),
        period=span_text(claim.question.period),
        verdict=claim.verdict,
        data_sha256=claim.data_sha256,
        document_sha256=claim.document_sha256,
        document=canonical_claim(claim),
    )
    number = store.insert_claim(connection, frozen, actor, now)
    audit.record(
        connection,
        at=now,
        actor=actor,
        action="claim.revised" if revises else "claim.saved",
        subject_kind="claim",
        subject_id=str(number),
        detail={
            "question": claim.question.model_dump(mode="json"),
            "revision": frozen.revision,
            "first_claim_id": frozen.first_claim_id or number,
            "verdict": claim.verdict,
            "data_sha256": claim.data_sha256,
            "document_sha256": claim.document_sha256,
        },
    )
    return number

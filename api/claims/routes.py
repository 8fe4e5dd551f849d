"""Claims over HTTP: what may be said about complaints, and what was said."""

from typing import Annotated

from fastapi import Query, Response

from alerts.claims import actions
from alerts.claims.document import canonical_claim
from alerts.claims.model import Claim, ComparisonKind, Treated, Verdict
from alerts.claims.question import make_question
from alerts.statistics.month import Month
from api.claims import store
from api.claims.schemas import ClaimOrder, SavedClaim
from api.dependencies import ActorDep, NowDep, TransactionDep
from api.paging import ID_MAX, Page, PagingDep
from api.routing import strict_router
from api.schemas import Code, Id
from core.db import Connection
from core.errors import NotFoundError

router = strict_router("complaints")

TownFilter = Annotated[Code | None, Query(description="town code")]
Span = Annotated[Code, Query(description="months such as 2025-01..2025-12")]


@router.get("/complaints/claim", response_model=Claim)
def get_claim(
    *,
    connection: TransactionDep,
    now: NowDep,
    baseline: Span,
    period: Span,
    town: TownFilter = None,
    category: Annotated[
        Code | None, Query(description="one or several by comma; default: everything but fume")
    ] = None,
    treated: Treated = "monitored",
    comparison: ComparisonKind = "unmonitored",
    seasonal: Annotated[
        bool, Query(description="calendar months have rates of their own: needs 24 months")
    ] = False,
) -> Response:
    """What may be said about how complaints changed, with everything needed to recompute it."""
    question = make_question(
        baseline=baseline,
        period=period,
        current=Month.of(now),
        town=town,
        category=category,
        treated=treated,
        comparison=comparison,
        seasonal=seasonal,
    )
    return _document(canonical_claim(actions.claim_now(connection, question, now)))


@router.get("/complaints/claims")
def list_claims(
    *,
    connection: TransactionDep,
    paging: PagingDep,
    town: TownFilter = None,
    verdict: Verdict | None = None,
    all_revisions: Annotated[
        bool, Query(description="false: only the last revision of each")
    ] = False,
) -> Page[SavedClaim]:
    """The register of claims that were made, newest first."""
    (before_id,) = paging.key((ID_MAX,))
    rows = store.select_claims(
        connection,
        town=town,
        verdict=verdict,
        all_revisions=all_revisions,
        before_id=before_id,
        count_max=paging.fetch_count,
    )
    return paging.page(rows, lambda row: (row.claim_id,))


@router.post("/complaints/claims", status_code=201)
def create_claim(
    *,
    connection: TransactionDep,
    response: Response,
    order: ClaimOrder,
    actor: ActorDep,
    now: NowDep,
) -> SavedClaim:
    """Make a claim and freeze it."""
    question = make_question(**order.model_dump(), current=Month.of(now))
    return _created(connection, response, actions.save_claim(connection, question, actor, now))


@router.post("/complaints/claims/{claim_id}/revisions", status_code=201)
def revise_claim(
    *,
    connection: TransactionDep,
    response: Response,
    claim_id: Id,
    actor: ActorDep,
    now: NowDep,
) -> SavedClaim:
    """Make the same claim of the data as it is now; 409 if the data has not changed."""
    return _created(connection, response, actions.revise_claim(connection, claim_id, actor, now))


@router.get("/complaints/claims/{claim_id}")
def get_saved_claim(connection: TransactionDep, claim_id: Id) -> SavedClaim:
    """One claim's entry."""
    return _found(connection, claim_id)


@router.get("/complaints/claims/{claim_id}/document", response_model=Claim)
def get_claim_document(connection: TransactionDep, claim_id: Id) -> Response:
    """The frozen bytes of a claim, for `trapwatch claim verify`."""
    document = store.select_document(connection, claim_id)
    if document is None:
        raise NotFoundError(f"there is no claim {claim_id}")
    return _document(document)


def _document(content: bytes) -> Response:
    return Response(content, media_type="application/json")


def _created(connection: Connection, response: Response, claim_id: int) -> SavedClaim:
    response.headers["Location"] = f"/api/v1/complaints/claims/{claim_id}"
    return _found(connection, claim_id)


def _found(connection: Connection, claim_id: int) -> SavedClaim:
    found = store.select_claims(connection, claim_id=claim_id)
    if not found:
        raise NotFoundError(f"there is no claim {claim_id}")
    return found[0]

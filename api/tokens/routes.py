"""Machine tokens over HTTP; what may be done with them stands in api.access.tokens."""

from pydantic import Field

from api.access import store, tokens
from api.access.records import Token, TokenFields
from api.access.token_format import RANDOM_BYTES
from api.dependencies import ActorDep, NowDep, ServicesDep, TransactionDep
from api.paging import Page, PagingDep
from api.routing import strict_router
from api.schemas import Answer, Id

router = strict_router("access")


class CreatedToken(Answer):
    """A new token with its text, this once."""

    token: Token
    secret: str = Field(description="to be sent as `Authorization: Bearer …`; never shown again")


@router.get("/tokens")
def list_tokens(connection: TransactionDep, paging: PagingDep) -> Page[Token]:
    """Tokens by number, those that are revoked or expired included."""
    (after_id,) = paging.key((0,))
    rows = store.select_tokens(connection, after_id=after_id, count_max=paging.fetch_count)
    return paging.page(rows, lambda row: (row.token_id,))


@router.post("/tokens", status_code=201)
def create_token(
    *,
    connection: TransactionDep,
    services: ServicesDep,
    order: TokenFields,
    actor: ActorDep,
    now: NowDep,
) -> CreatedToken:
    """Make a token; its text is in this answer and never again."""
    token, secret = tokens.create_token(
        connection, order, random_bytes=services.random_bytes(RANDOM_BYTES), actor=actor, now=now
    )
    return CreatedToken(token=token, secret=secret)


@router.delete("/tokens/{token_id}")
def revoke_token(connection: TransactionDep, token_id: Id, actor: ActorDep, now: NowDep) -> Token:
    """End a token for good; it stays in the list, because its name stands in the audit trail."""
    return tokens.revoke_token(connection, token_id, actor=actor, now=now)

"""Accounts over HTTP; what may be done with them stands in api.access.accounts."""

from fastapi import Request, Response

from api.access import accounts, store
from api.access.cookies import csrf_token_of
from api.access.passwords import is_password
from api.access.records import Account, AccountFields
from api.accounts.schemas import Me, NewAccountOrder, OwnPasswordOrder, PasswordOrder
from api.dependencies import (
    ActorDep,
    NowDep,
    OptionalVersionDep,
    OwnTransactionDep,
    ServicesDep,
    TransactionDep,
    WhoDep,
    set_version,
)
from api.login.store import select_login
from api.paging import Page, PagingDep
from api.routing import strict_router
from api.schemas import Id
from core.errors import ForbiddenError

router = strict_router("access")


@router.get("/me")
def get_me(
    *, request: Request, connection: OwnTransactionDep, services: ServicesDep, who: WhoDep
) -> Me:
    """Who you are, and what you may do."""
    return Me(
        name=who.name,
        roles=sorted(who.roles),
        scopes=sorted(who.scopes),
        towns=store.select_town_codes(connection, who.town_ids),
        units=None if who.units is None else sorted(who.units),
        csrf_token=csrf_token_of(request, services.settings) if who.session_hash else None,
    )


@router.put("/me/password", status_code=204)
def change_own_password(
    *, connection: OwnTransactionDep, order: OwnPasswordOrder, who: WhoDep, now: NowDep
) -> None:
    """Give yourself another password; your other sessions end."""
    assert who.account_id is not None, "only people have roles, and only roles may do this"
    login = select_login(connection, who.name)
    stored = None if login is None else login.password_hash
    if not is_password(stored, order.old.get_secret_value()):
        raise ForbiddenError("old: this is not your password")
    accounts.set_password(
        connection,
        who.account_id,
        order.new.get_secret_value(),
        kept_session=who.session_hash,
        actor=who.name,
        now=now,
    )


@router.get("/accounts")
def list_accounts(connection: TransactionDep, paging: PagingDep) -> Page[Account]:
    """Accounts by number."""
    (after_id,) = paging.key((0,))
    rows = store.select_accounts(connection, after_id=after_id, count_max=paging.fetch_count)
    return paging.page(rows, lambda row: (row.account_id,))


@router.post("/accounts", status_code=201)
def create_account(
    *,
    connection: TransactionDep,
    response: Response,
    order: NewAccountOrder,
    actor: ActorDep,
    now: NowDep,
) -> Account:
    """Make an account."""
    fields = AccountFields(**order.model_dump(exclude={"name", "password"}))
    password = None if order.password is None else order.password.get_secret_value()
    account = accounts.add_account(
        connection, order.name, fields, password=password, actor=actor, now=now
    )
    response.headers["Location"] = f"/api/v1/accounts/{account.account_id}"
    set_version(response, account.version)
    return account


@router.get("/accounts/{account_id}")
def get_account(connection: TransactionDep, response: Response, account_id: Id) -> Account:
    """One account."""
    account = accounts.get_account(connection, account_id)
    set_version(response, account.version)
    return account


@router.put("/accounts/{account_id}")
def update_account(
    *,
    connection: TransactionDep,
    response: Response,
    account_id: Id,
    order: AccountFields,
    version: OptionalVersionDep,
    actor: ActorDep,
    now: NowDep,
) -> Account:
    """Replace what is chosen about an account; its sessions end."""
    account = accounts.change_account(
        connection, account_id, order, version=version, actor=actor, now=now
    )
    set_version(response, account.version)
    return account


@router.put("/accounts/{account_id}/password", status_code=204)
def set_account_password(
    *,
    connection: TransactionDep,
    account_id: Id,
    order: PasswordOrder,
    actor: ActorDep,
    now: NowDep,
) -> None:
    """Give somebody another password; their sessions end."""
    password = order.password.get_secret_value()
    accounts.set_password(connection, account_id, password, actor=actor, now=now)

"""One thing of a register as a page: what is known, what may be changed, what belongs to it."""

from collections.abc import Iterable, Sequence
from typing import Any

from fastapi import Request, Response

from api.pages.registers import columns, store
from api.pages.registers.parts import Column, Form, Section
from api.pages.templates import page, signed_in
from core.db import Connection


def show_detail(
    request: Request,
    code: str,
    title: str | None,
    shown: tuple[Column, ...],
    row: Any,
    *,
    forms: Iterable[Form] = (),
    sections: Sequence[Section] = (),
    template: str = "registers/detail.html",
    **more: Any,
) -> Response:
    """Return the page of ``row``; of ``forms`` those that the reader may send."""
    who = signed_in(request)
    offered = [form for form in forms if who is not None and who.may(form.operation)]
    return page(
        request,
        template,
        mode="lookup",
        code=code,
        heading=title,
        columns=shown,
        row=row,
        forms=offered,
        sections=sections,
        **more,
    )


def history(
    request: Request, connection: Connection, kind: str, subject_id: object
) -> list[Section]:
    """Return who did what to something; the audit trail is closed to who is limited to towns."""
    who = signed_in(request)
    if who is None or not who.is_county:
        return []
    rows = store.select_history(connection, kind, str(subject_id))
    return [Section("history", columns.HISTORY, rows)]

"""`/roles`: which role may do what, for everybody who is signed in."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from stack.accounts.principal import Permission, Principal
from stack.accounts.queries import list_roles
from stack.web.access import needs
from stack.web.answers import Sheet, answer_csv, answer_json, render_page
from stack.web.roles_shown import describe_permission, describe_role

_COLUMNS = ("role", "rank", *(each.value for each in Permission))


@needs(Permission.READ)
def show_roles(request: HttpRequest, principal: Principal, form: str = "html") -> HttpResponseBase:
    roles = list_roles()
    if form != "html":
        rows = [
            (row.role.value, row.rank, *(each in row.permissions for each in Permission)) for row in roles
        ]
        sheet = Sheet(_COLUMNS, rows, {"own": principal.role.value})
        return answer_json(sheet) if form == "json" else answer_csv(sheet, "stack-roles.csv")
    context = {
        "permissions": [describe_permission(each) for each in Permission],
        "roles": [
            {
                "words": describe_role(row.role),
                "is_own": row.role is principal.role,
                "cells": [(describe_permission(each), each in row.permissions) for each in Permission],
            }
            for row in roles
        ],
    }
    return render_page(request, "pages/roles.html", "pages/roles.html", context)

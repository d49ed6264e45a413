"""Reads of accounts: who is this, and who belongs where."""

from stack.accounts.queries.groups import GroupRow, list_groups
from stack.accounts.queries.invitations import InvitationRow, find_invitation, list_invitations
from stack.accounts.queries.keys import KeyRow, list_keys
from stack.accounts.queries.markings import RestrictedMarkingRow, list_restricted_markings
from stack.accounts.queries.members import (
    MemberRow,
    OwnMembership,
    get_member,
    list_members,
    list_own_memberships,
)
from stack.accounts.queries.organisations import (
    OrganisationRow,
    list_organisations,
    name_own_organisation,
)
from stack.accounts.queries.recognition import (
    ValidKey,
    digest_of,
    find_key,
    is_within,
    local_principal,
    principal_of_membership,
    principal_of_user,
)
from stack.accounts.queries.roles import RoleRow, list_roles
from stack.accounts.queries.standing import principal_of_organisation

__all__ = [
    "GroupRow",
    "InvitationRow",
    "KeyRow",
    "MemberRow",
    "OrganisationRow",
    "OwnMembership",
    "RestrictedMarkingRow",
    "RoleRow",
    "ValidKey",
    "digest_of",
    "find_invitation",
    "find_key",
    "get_member",
    "is_within",
    "list_groups",
    "list_invitations",
    "list_keys",
    "list_members",
    "list_organisations",
    "list_own_memberships",
    "list_restricted_markings",
    "list_roles",
    "local_principal",
    "name_own_organisation",
    "principal_of_membership",
    "principal_of_organisation",
    "principal_of_user",
]

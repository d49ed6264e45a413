"""Writes of accounts: each checks who asks, and records what was done in the same transaction."""

from stack.accounts.operations.first import ensure_first_organisation
from stack.accounts.operations.groups import create_group, delete_group, rename_group, set_group_members
from stack.accounts.operations.invitations import (
    NewInvitation,
    accept_invitation,
    invite,
    revoke_invitation,
)
from stack.accounts.operations.key_use import record_key_use
from stack.accounts.operations.keys import NewKey, create_key, revoke_key
from stack.accounts.operations.markings import restrict_marking, unrestrict_marking
from stack.accounts.operations.members import change_member, create_member, remove_member
from stack.accounts.operations.organisations import (
    create_organisation,
    rename_organisation,
    set_mfa_requirement,
)
from stack.accounts.operations.second_factors import reset_second_factors, reset_second_factors_here
from stack.accounts.operations.sign_in_links import (
    NewSignInLink,
    create_member_link,
    create_member_link_here,
    create_sign_in_link,
    redeem_sign_in,
)
from stack.accounts.operations.users import set_active, switch_organisation

__all__ = [
    "NewInvitation",
    "NewKey",
    "NewSignInLink",
    "accept_invitation",
    "change_member",
    "create_group",
    "create_key",
    "create_member",
    "create_member_link",
    "create_member_link_here",
    "create_organisation",
    "create_sign_in_link",
    "delete_group",
    "ensure_first_organisation",
    "invite",
    "record_key_use",
    "redeem_sign_in",
    "remove_member",
    "rename_group",
    "rename_organisation",
    "reset_second_factors",
    "reset_second_factors_here",
    "restrict_marking",
    "revoke_invitation",
    "revoke_key",
    "set_active",
    "set_group_members",
    "set_mfa_requirement",
    "switch_organisation",
    "unrestrict_marking",
]

"""Who is a member of an organisation, as what."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db.models import Prefetch, QuerySet

from stack.accounts.models import Membership, Organisation, RestrictedMarking, User
from stack.accounts.principal import Permission, Principal, Role
from stack.core.errors import NotFound


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A membership. `id` is its own, `user_id` the user's, who may be a member of several organisations.

    `granted_markings` are ids of restricted marking definitions, those that the reader knows of.
    Times are microseconds UTC.
    """

    id: int
    user_id: int
    username: str
    email: str
    organisation_id: int
    role: Role
    tlp_ceiling: int
    granted_markings: tuple[str, ...]
    is_active: bool
    has_mfa: bool
    last_login: int | None
    created_at: int


@dataclass(frozen=True, slots=True)
class OwnMembership:
    """One of a user's own memberships, for choosing between them."""

    organisation_id: int
    organisation: str
    role: Role
    tlp_ceiling: int
    is_current: bool


def list_members(principal: Principal, *, organisation_id: int | None = None) -> list[MemberRow]:
    """The members of an organisation (None: the principal's own), by name. Needs MANAGE_MEMBERS.

    NotFound for another organisation, unless the principal may administer.
    """
    wanted = choose_organisation(principal, organisation_id)
    return _describe(principal, _select().filter(organisation_id=wanted).order_by("user__username"))


def get_member(principal: Principal, member_id: int) -> MemberRow:
    """NotFound for a member of another organisation as for one that never was."""
    return _describe(principal, [find_membership(principal, member_id)])[0]


def list_own_memberships(user: User) -> list[OwnMembership]:
    """The organisations that the user may act for, by name."""
    rows = Membership.objects.filter(user=user).select_related("organisation").order_by("organisation__name")
    return [
        OwnMembership(
            organisation_id=row.organisation_id,
            organisation=row.organisation.name,
            role=Role(row.role),
            tlp_ceiling=row.tlp_ceiling,
            is_current=row.organisation_id == user.organisation_id,
        )
        for row in rows
    ]


def choose_organisation(principal: Principal, organisation_id: int | None) -> int:
    """The organisation whose members the principal may manage: its own, or any for who may administer."""
    principal.require(Permission.MANAGE_MEMBERS)
    if organisation_id is None or organisation_id == principal.organisation_id:
        return principal.organisation_id
    may_reach = Permission.ADMINISTER in principal.permissions
    if may_reach and Organisation.objects.filter(pk=organisation_id).exists():
        return organisation_id
    raise NotFound(
        f"There is no organisation {organisation_id} that you manage",
        remedy="List the organisations to see their ids.",
    )


def find_membership(principal: Principal, member_id: int) -> Membership:
    """The membership that the principal may manage, with its user. NotFound for every other id."""
    principal.require(Permission.MANAGE_MEMBERS)
    known = _select().filter(pk=member_id)
    if Permission.ADMINISTER not in principal.permissions:
        known = known.filter(organisation_id=principal.organisation_id)
    membership = known.first()
    if membership is None:
        raise NotFound(f"There is no member {member_id}", remedy="List the members to see their ids.")
    return membership


def list_grantable_markings(principal: Principal) -> dict[str, int]:
    """Row ids by marking id of the restricted markings that the principal knows of, and may grant."""
    rows = RestrictedMarking.objects.values_list("marking_id", "id")
    is_shown = Permission.ADMINISTER in principal.permissions
    return {name: pk for name, pk in rows if is_shown or name not in principal.hidden_markings}


def _select() -> QuerySet[Membership]:
    granted = Prefetch("granted_markings", queryset=RestrictedMarking.objects.order_by("marking_id"))
    return Membership.objects.select_related("user").prefetch_related(granted)


def _describe(principal: Principal, memberships: Iterable[Membership]) -> list[MemberRow]:
    rows = list(memberships)
    with_mfa = _find_with_mfa([row.user_id for row in rows])
    known = list_grantable_markings(principal)
    return [
        MemberRow(
            id=row.pk,
            user_id=row.user_id,
            username=row.user.get_username(),
            email=row.user.email,
            organisation_id=row.organisation_id,
            role=Role(row.role),
            tlp_ceiling=row.tlp_ceiling,
            granted_markings=tuple(
                marking.marking_id for marking in row.granted_markings.all() if marking.marking_id in known
            ),
            is_active=row.user.is_active,
            has_mfa=row.user_id in with_mfa,
            last_login=_microseconds(row.user.last_login),
            created_at=row.created_at,
        )
        for row in rows
    ]


def _find_with_mfa(user_ids: list[int]) -> set[int]:
    """The users who enrolled a second factor; recovery codes alone are none."""
    enrolled = Authenticator.objects.filter(user_id__in=user_ids)
    return set(enrolled.exclude(type=Authenticator.Type.RECOVERY_CODES).values_list("user_id", flat=True))


def _microseconds(moment: datetime | None) -> int | None:
    return None if moment is None else round(moment.timestamp() * 1_000_000)

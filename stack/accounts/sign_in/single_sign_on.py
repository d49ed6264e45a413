"""Single sign-on: whose account an answer of a provider opens, and whom it lets become a member.

A subject is known once it is linked: by its owner, while signed in; by a mail address that the provider says
it verified, which a member of the provider's organisation has; or by an invitation to that address. Only
where the operator says so (`PROVISION`) does anybody else become a member, and never an administrator.
"""

from dataclasses import dataclass
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from allauth.socialaccount.providers.base.constants import AuthProcess
from django.http import HttpRequest, HttpResponseRedirect

from stack.accounts.models import Invitation, Membership, Organisation, User
from stack.accounts.names import fold_name, read_user_name
from stack.accounts.queries.invitations import is_backed
from stack.accounts.roles import Role
from stack.accounts.sign_in.acts import record_user_act
from stack.accounts.sign_in.attempts import note_failure
from stack.accounts.sign_in.providers import list_providers
from stack.accounts.transactions import writing
from stack.core.clock import now_us
from stack.core.errors import BadInput, Conflict, NotFound

_PROVISIONED_CEILING = 2
_MAY_PROVISION = frozenset({Role.READER, Role.ANALYST, Role.CURATOR})


class SingleSignOnAdapter(DefaultSocialAccountAdapter):
    """Decides before django-allauth would: what is not settled here is refused."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        if sociallogin.is_existing or sociallogin.state.get("process") == AuthProcess.CONNECT:
            return
        user = _find_or_make_user(sociallogin)
        if user is None:
            note_failure(str(sociallogin.account.uid), None, reason="unknown to single sign-on")
            raise ImmediateHttpResponse(HttpResponseRedirect("/sign-in?refused=unknown"))
        sociallogin.user = user
        sociallogin.connect(request, user)
        record_user_act(user, "sign-on.link", after={"provider": sociallogin.account.provider})

    def get_app(self, request: HttpRequest, provider: str, client_id: str | None = None) -> SocialApp:
        app: SocialApp = super().get_app(request, provider=provider, client_id=client_id)
        if app.provider == "saml":
            from stack.accounts.sign_in.saml import complete_settings

            complete_settings(app)
        return app

    def get_requests_session(self) -> Any:
        from stack.accounts.sign_in.provider_session import ProviderSession

        return ProviderSession()

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def can_authenticate_by_email(self, login: SocialLogin, email: str) -> bool:
        return False

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: SocialAccount) -> str:
        return "/account/security"

    def on_authentication_error(self, request: HttpRequest, provider: Any, *about: Any, **more: Any) -> None:
        """Says no more than that it failed: what went wrong there is for the log."""
        note_failure(str(getattr(provider, "name", "")), None, reason="single sign-on failed")
        raise ImmediateHttpResponse(HttpResponseRedirect("/sign-in?refused=single-sign-on"))


def _find_or_make_user(login: SocialLogin) -> User | None:
    """The user whose account the subject may open from now on; None when there is none."""
    config = login.provider.app.settings
    organisation = Organisation.objects.filter(name=config["organisation"]).first()
    if organisation is None:
        return None
    mails = [address.email for address in login.email_addresses if address.verified and address.email]
    member = _find_member(organisation, mails)
    if member is not None:
        return member
    with writing():
        invitation = _take_invitation(organisation, mails)
        if invitation is not None:
            return _make_member(
                login, organisation, Role(invitation.role), invitation.tlp_ceiling, "invitation"
            )
        role = Role(config["role"])
        if config["provision"] and role in _MAY_PROVISION:
            return _make_member(login, organisation, role, _PROVISIONED_CEILING, "provider")
    return None


def _find_member(organisation: Organisation, mails: list[str]) -> User | None:
    """The one active member of the organisation who has one of the addresses; None when two have."""
    found = {
        user
        for mail in mails
        for user in User.objects.filter(
            email__iexact=mail, is_active=True, memberships__organisation=organisation
        )
    }
    return found.pop() if len(found) == 1 else None


def _take_invitation(organisation: Organisation, mails: list[str]) -> Invitation | None:
    now = now_us()
    for mail in mails:
        open_ones = Invitation.objects.filter(
            organisation=organisation,
            email__iexact=mail,
            accepted_at=None,
            revoked_at=None,
            expires_at__gt=now,
        ).exclude(role__in=[Role.ORGANISATION_ADMIN, Role.PLATFORM_ADMIN])
        first = open_ones.order_by("id").first()
        if first is None or not is_backed(first):
            continue
        # One conditional UPDATE: an invitation makes one account, whoever comes at the same time.
        if open_ones.filter(pk=first.pk).update(accepted_at=now):
            return first
    return None


def _make_member(
    login: SocialLogin, organisation: Organisation, role: Role, ceiling: int, by: str
) -> User | None:
    name = _find_free_name(login)
    if name is None:
        return None
    verified = next((address.email for address in login.email_addresses if address.verified), "")
    user = User(username=name, organisation=organisation, email=verified)
    user.set_unusable_password()
    user.save()
    Membership.objects.create(
        user=user, organisation=organisation, role=role, tlp_ceiling=ceiling, created_at=now_us()
    )
    record_user_act(user, "user.create", after={"username": name, "role": str(role), "by": by})
    return user


def _find_free_name(login: SocialLogin) -> str | None:
    """The name that the provider gives, the mail address or the subject; with a number where it is taken."""
    suggested = login.user.get_username() if login.user is not None else ""
    verified = next((address.email for address in login.email_addresses if address.verified), "")
    for text in (suggested, verified, f"{login.account.provider}-{login.account.uid}"):
        try:
            name = read_user_name(fold_name(text or ""))
        except BadInput:
            continue
        for number in range(1, 100):
            candidate = name if number == 1 else f"{name}-{number}"[:150]
            if not User.objects.filter(username=candidate).exists():
                return candidate
    return None


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A subject of a provider that opens this account; `linked_at` in microseconds UTC.

    `url` signs in there; empty for a provider that is no longer set up.
    """

    id: int
    provider: str
    name: str
    url: str
    linked_at: int


def list_links(user: User) -> list[LinkRow]:
    known = {row.id: row for row in list_providers()}
    return [
        LinkRow(
            id=row.pk,
            provider=row.provider,
            name=known[row.provider].name if row.provider in known else row.provider,
            url=known[row.provider].url if row.provider in known else "",
            linked_at=int(row.date_joined.timestamp() * 1_000_000),
        )
        for row in SocialAccount.objects.filter(user_id=user.pk).order_by("id")
    ]


def remove_link(user: User, link_id: int) -> None:
    """Takes a subject off the user's account. Conflict where nothing else would let them in."""
    with writing():
        links = SocialAccount.objects.select_for_update().filter(user_id=user.pk)
        link = links.filter(pk=link_id).first()
        if link is None:
            raise NotFound("You have no such link", remedy="Reload the page to see those that you have.")
        if not user.has_usable_password() and links.count() == 1:
            raise Conflict("Nothing else would let you in", remedy="Set a password first.")
        link.delete()
        record_user_act(user, "sign-on.unlink", after={"provider": link.provider})

"""Members of organisations: create, invite, list, change, disable and remove them."""

import argparse
from dataclasses import asdict

from stack.accounts.roles import Permission, Role
from stack.cli.arguments import (
    add_actions,
    add_output_options,
    add_tlp_option,
    read_positive,
    read_text,
)
from stack.cli.backend.people import InvitationDraft, LinkView, MemberDraft, MemberView, People
from stack.cli.exit_codes import ExitCode
from stack.cli.output import Cell, Column, Output
from stack.core.errors import BadInput

_ACTIONS = (
    *("create", "list", "change", "disable", "enable", "remove", "link", "reset-factor"),
    *("invite", "invitations", "uninvite"),
)
NEEDS: dict[str, Permission | None] = dict.fromkeys(_ACTIONS, Permission.MANAGE_MEMBERS)
_COLUMNS = [
    Column("id", numeric=True),
    Column("name", flexible=True),
    Column("role"),
    Column("tlp"),
    Column("active"),
    Column("mfa"),
    Column("last_sign_in"),
    Column("email", flexible=True),
]
_INVITATION_COLUMNS = [
    Column("id", numeric=True),
    Column("state"),
    Column("role"),
    Column("tlp"),
    Column("invited_by", flexible=True),
    Column("expires"),
    Column("email", flexible=True),
]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = add_actions(parser)
    creation = actions.add_parser("create", help="a new member, who gets in by a one-time link or a password")
    creation.add_argument("name", type=read_text, metavar="NAME", help="the user name")
    _add_clearance(creation, required=True)
    creation.add_argument(
        "--password", action="store_true", help="ask for a password, or read it from standard input"
    )
    changing = actions.add_parser("change", help="another role, TLP ceiling or set of granted markings")
    changing.add_argument("user", type=read_text, metavar="USER", help="the user name or number")
    _add_role(changing, required=False)
    add_tlp_option(changing, "the highest TLP level that they may read")
    for option, text in (
        ("--grant", "let them see what carries this restricted marking"),
        ("--ungrant", "hide from them what carries this restricted marking"),
    ):
        changing.add_argument(
            option, action="append", default=[], metavar="MARKING", help=f"{text} (repeatable)"
        )
    listing = actions.add_parser("list", help="the members of an organisation")
    named = [creation, changing, listing]
    for name, text in (
        ("disable", "shut an account: its sessions, keys and links end at once"),
        ("enable", "open an account again; what has ended stays ended"),
        ("remove", "end a membership, and the keys that act for it"),
        ("link", "a one-time sign-in link for a member, good for 24 hours"),
        ("reset-factor", "remove a member's app, passkeys and recovery codes, for who lost them"),
    ):
        action = actions.add_parser(name, help=text)
        action.add_argument("user", type=read_text, metavar="USER", help="the user name or number")
        if name in {"remove", "reset-factor"}:
            action.add_argument("--yes", action="store_true", help="do not ask")
        named.append(action)
    for action in named:
        action.add_argument("--org", type=read_text, metavar="ORG", help="the organisation (default: yours)")
    _add_invitations(actions, named)
    for action in named:
        add_output_options(action, lines=action.prog.rpartition(" ")[2] in {"list", "invitations"})


def _add_invitations(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]", named: list[argparse.ArgumentParser]
) -> None:
    inviting = actions.add_parser("invite", help="a link with which one person joins your organisation")
    _add_clearance(inviting, required=True)
    inviting.add_argument("--days", type=read_positive, default=7, help="how long it is open (default: 7)")
    listing = actions.add_parser("invitations", help="the invitations, and what became of them")
    ending = actions.add_parser("uninvite", help="end an invitation that nobody has accepted yet")
    ending.add_argument("invitation", type=read_positive, metavar="ID", help="its number")
    named += [inviting, listing, ending]


def _add_clearance(parser: argparse.ArgumentParser, *, required: bool) -> None:
    _add_role(parser, required=required)
    add_tlp_option(parser, "the highest TLP level that they may read (default: amber)", default="amber")
    parser.add_argument("--email", default="", type=read_text, metavar="ADDRESS", help="their mail address")


def _add_role(parser: argparse.ArgumentParser, *, required: bool) -> None:
    parser.add_argument(
        "--role", choices=[str(role) for role in Role], required=required, help="what they may do"
    )


def run(arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.backend.choice import open_people
    from stack.cli.naming import choose_organisation

    people = open_people()
    match arguments.action:
        case "create":
            return _create(people, arguments, output)
        case "list":
            organisation_id = choose_organisation(people, arguments.org)
            return _write_list(people.list_members(organisation_id), output)
        case "invite" | "invitations" | "uninvite":
            return _handle_invitations(people, arguments, output)
    return _handle_member(people, arguments, output)


def _handle_member(people: People, arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.naming import find_member

    member = find_member(people, arguments.user, arguments.org)
    match arguments.action:
        case "change":
            return _change(people, member, arguments, output)
        case "remove":
            return _remove(people, member, arguments, output)
        case "link":
            return _write_link(people.create_link(member.id), output)
        case "reset-factor":
            return _reset_factor(people, member, arguments, output)
    return _write(people.set_active(member, active=arguments.action == "enable"), output)


def _create(people: People, arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.naming import choose_organisation, read_password

    organisation_id = choose_organisation(people, arguments.org)
    password = read_password() if arguments.password else None
    member = people.create_member(
        MemberDraft(
            username=arguments.name,
            role=arguments.role,
            tlp_ceiling=arguments.tlp,
            email=arguments.email,
            organisation_id=organisation_id,
            password=password,
        )
    )
    is_person = not Role(member.role).is_machine
    link = people.create_link(member.id) if password is None and is_person else None
    if output.is_json:
        shown = {} if link is None else {"sign_in": link.link, "sign_in_expires_at": link.expires_at}
        output.write_json(asdict(member) | shown)
        return ExitCode.OK
    _write(member, output)
    if link is not None:
        _print_link(link, output)
    elif not is_person:
        output.note(f"make a key for it: stack key create NAME --for {member.username}")
    return ExitCode.OK


def _change(people: People, member: MemberView, arguments: argparse.Namespace, output: Output) -> int:
    if not (arguments.role or arguments.tlp or arguments.grant or arguments.ungrant):
        raise BadInput("nothing to change", remedy="Give --role, --tlp, --grant or --ungrant.")
    granted = None
    if arguments.grant or arguments.ungrant:
        granted = sorted({*member.granted_markings, *arguments.grant} - {*arguments.ungrant})
    changed = people.change_member(
        member.id, role=arguments.role, tlp_ceiling=arguments.tlp, granted_markings=granted
    )
    return _write(changed, output)


def _remove(people: People, member: MemberView, arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.naming import confirm

    if not arguments.yes:
        confirm(f"Remove “{member.username}” from the organisation?", refused="removing a member")
    people.remove_member(member.id)
    if output.is_json:
        output.write_json({"id": member.id, "removed": True})
    else:
        output.note(f"“{member.username}” is no member any more")
    return ExitCode.OK


def _reset_factor(people: People, member: MemberView, arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.naming import confirm

    if not arguments.yes:
        question = f"Let “{member.username}” in by the password alone, and end all of their sessions?"
        confirm(question, refused="resetting a second factor")
    return _write(people.reset_factor(member.id), output)


def _handle_invitations(people: People, arguments: argparse.Namespace, output: Output) -> int:
    if arguments.action == "invite":
        draft = InvitationDraft(arguments.role, arguments.tlp, arguments.email, arguments.days)
        return _write_link(people.invite(draft), output)
    if arguments.action == "uninvite":
        people.revoke_invitation(arguments.invitation)
        if output.is_json:
            output.write_json({"id": arguments.invitation, "revoked": True})
        else:
            output.note(f"invitation {arguments.invitation} is ended")
        return ExitCode.OK
    rows = people.list_invitations()
    if output.is_json:
        output.write_records(asdict(row) for row in rows)
    else:
        output.write_table(
            _INVITATION_COLUMNS,
            [
                [row.id, row.state, row.role, row.tlp_ceiling, row.invited_by, row.expires_at[:10], row.email]
                for row in rows
            ],
        )
    return ExitCode.OK if rows else ExitCode.NOTHING_FOUND


def _write_link(link: LinkView, output: Output) -> int:
    if output.is_json:
        output.write_json(asdict(link))
    else:
        _print_link(link, output)
    return ExitCode.OK


def _print_link(link: LinkView, output: Output) -> None:
    output.write_line(link.link)
    if link.link.startswith("/"):
        output.note("no server runs here: put its address before the link")
    until = link.expires_at[:16].replace("T", " ")
    output.note(f"hand it over: it works once, until {until} UTC, and is not shown again")


def _write_list(rows: list[MemberView], output: Output) -> int:
    rows = sorted(rows, key=lambda row: row.username)
    if output.is_json:
        output.write_records(asdict(row) for row in rows)
    else:
        output.write_table(_COLUMNS, [_make_row(row) for row in rows])
    return ExitCode.OK if rows else ExitCode.NOTHING_FOUND


def _write(row: MemberView, output: Output) -> int:
    if output.is_json:
        output.write_json(asdict(row))
    else:
        output.write_pairs(zip((column.title for column in _COLUMNS), _make_row(row), strict=True))
    return ExitCode.OK


def _make_row(row: MemberView) -> list[Cell]:
    signed_in = (row.last_login or "")[:16].replace("T", " ")
    flags = ["yes" if flag else "no" for flag in (row.is_active, row.has_mfa)]
    return [row.id, row.username, row.role, row.tlp_ceiling, *flags, signed_in, row.email]

"""Whether a mail is of whom it says it is: DKIM, SPF, DMARC and ARC, checked here or stated by others."""

from collections.abc import Iterator
from typing import Final

from stack.analysis.answers import MODEST, SLIGHT, STRONG, Evidence, Pivot
from stack.analysis.mail.alignment import (
    Policy,
    is_aligned,
    is_same_organisation,
    organisational_domain,
    read_policy,
)
from stack.analysis.mail.headers import domain_of
from stack.analysis.mail.judging.brands import is_free_mail
from stack.analysis.mail.judging.case import DAY_US, Case, quote, say
from stack.analysis.mail.lookups import ask_for_key, choose_client
from stack.analysis.mail.shapes import KeyCheck, Signature

_GROUP: Final = "authentication"
_WEAK_BITS: Final = 1_024
_SHORT_BITS: Final = 2_048
# Keys are changed; those of old mails are gone without any fault of the mail.
_KEYS_LAST_US: Final = 60 * DAY_US
# SPF rests on a Received field, which a sender may have written where a server hides who handed over.
_SPF_PASS: Final = -SLIGHT / 2
_FAILS: Final = {"dmarc": MODEST, "spf": MODEST, "compauth": MODEST, "dkim": SLIGHT, "arc": SLIGHT}


def judge_authentication(case: Case) -> Iterator[Evidence]:
    signed = list(_judge_signatures(case))
    yield from signed
    yield from _judge_policy(case)
    yield from _judge_chain(case)
    yield from _judge_stated(case)
    yield from _judge_reachable(case)


def _judge_signatures(case: Case) -> Iterator[Evidence]:
    mail = case.mail
    checked = {each.number: each for each in case.checks.signatures} if case.checks else {}
    if not mail.signatures:
        if mail.format == "eml" and mail.hops:
            yield say("unsigned", "The mail carries no DKIM signature.")
        return
    for signature in mail.signatures:
        if signature.fault:
            yield say("bad-signature", f"A DKIM signature cannot be used: {signature.fault}.", weight=0.3)
            continue
        yield from _judge_outcome(case, signature, checked.get(signature.number))
        yield from _judge_strength(case, signature, checked.get(signature.number))


def _judge_outcome(case: Case, signature: Signature, check: KeyCheck | None) -> Iterator[Evidence]:
    author, signer = case.author, signature.domain
    pivots = (Pivot("domain", signer, "signed-by"),)
    if signature.body_matches is False:
        yield say(
            "body-changed",
            f"The body is not the one that {signer} signed: it was changed on the way, by a mailing list, a "
            "gateway or somebody else, or when it was saved.",
            weight=SLIGHT if case.mail.list_id else 0.8,
            group=_GROUP,
        )
    elif check is None or check.is_valid is None:
        why = f": {check.fault}" if check and check.fault else ", as DNS was not asked for its key"
        is_forged = (
            check is not None
            and case.replies is not None
            and is_same_organisation(signer, author)
            and ask_for_key(signature.selector, signer) in case.replies.absent
            and (case.mail.sent_at or 0) > case.now - _KEYS_LAST_US
        )
        yield say(
            "signature-unverified",
            f"The mail says it was signed by {signer}, which could not be verified{why}.",
            weight=MODEST if is_forged else 0.0,
            group=_GROUP,
        )
    elif not check.is_valid:
        yield say(
            "signature-fails",
            f"The signature of {signer} does not hold: {check.fault}.",
            weight=0.8,
            group=_GROUP,
            pivots=pivots,
        )
    elif is_aligned(signer, author, is_strict=False):
        yield say(
            "signed-by-author",
            f"The mail says it is from {author}, and {signer} signed it: its DKIM signature holds.",
            weight=_weigh_pass(case),
            group="authenticated",
            pivots=pivots,
        )
    else:
        yield say(
            "signed-by-other",
            f"The mail says it is from {author or 'nobody'}, but it was signed by {signer}.",
            pivots=pivots,
        )


def _weigh_pass(case: Case) -> float:
    """A pass says who sent it, not that it is well meant: it speaks for a sender that many know."""
    if case.is_own_brand(case.author) or (case.is_popular(case.author) and not is_free_mail(case.author)):
        return -MODEST
    return -SLIGHT / 2


def _judge_strength(case: Case, signature: Signature, check: KeyCheck | None) -> Iterator[Evidence]:
    signer = signature.domain
    if signature.length is not None and signature.body_size > signature.length:
        left = signature.body_size - signature.length
        yield say(
            "unsigned-end",
            f"The signature of {signer} covers {signature.length:,} bytes of the body; the {left:,} after "
            "them may be anybody's.",
            weight=STRONG,
        )
    if signature.signed and "from" not in signature.signed:
        yield say("from-unsigned", f"The signature of {signer} does not cover the From field.", weight=MODEST)
    if signature.signed and "subject" not in signature.signed:
        yield say("subject-unsigned", f"The signature of {signer} does not cover the subject.")
    if signature.algorithm.endswith("-sha1"):
        yield say(
            "old-hash",
            f"The signature of {signer} rests on SHA-1, which is forgeable (RFC 8301).",
            weight=0.3,
        )
    if (
        check
        and check.key_bits
        and not signature.algorithm.startswith("ed25519")
        and check.key_bits < _SHORT_BITS
    ):
        is_weak = check.key_bits < _WEAK_BITS
        yield say(
            "short-key",
            f"The key of {signer} has {check.key_bits:,} bits"
            + (", which anybody can break (RFC 8301 asks for 1,024)." if is_weak else "; 2,048 are usual."),
            weight=MODEST if is_weak else 0.0,
        )
    if check and check.is_testing:
        yield say(
            "key-in-test", f"The signer {signer} says that its key is only tried out, and proves nothing."
        )
    received = next((hop.at for hop in reversed(case.mail.hops) if hop.at is not None), None)
    if signature.expires_at is not None and received is not None and received > signature.expires_at:
        yield say(
            "expired-signature",
            f"The signature of {signer} had run out when the mail came: it may be an old mail sent again.",
            weight=SLIGHT,
        )


def _judge_policy(case: Case) -> Iterator[Evidence]:
    """SPF, and DMARC from all of it. Nothing is concluded from what nobody could answer."""
    checks, replies, mail, author = case.checks, case.replies, case.mail, case.author
    if checks is None or replies is None:
        return
    envelope = domain_of(mail.return_path)
    if checks.spf:
        yield _say_spf(case, envelope)
    if not author or mail.format != "eml":
        return
    if not replies.is_known("TXT", f"_dmarc.{author}"):
        return
    parent = organisational_domain(author)
    policy = read_policy(
        replies.get("TXT", f"_dmarc.{author}"),
        replies.get("TXT", f"_dmarc.{parent}") if parent != author else (),
    )
    if policy is None:
        if replies.is_known("TXT", f"_dmarc.{parent}"):
            yield say(
                "no-policy",
                f"The domain {author} states no DMARC policy: anybody may send in its name.",
                weight=0.2,
            )
        return
    if policy.wish == "none":
        yield say("weak-policy", f"The domain {author} only watches who sends in its name (DMARC p=none).")
    yield from _judge_alignment(case, policy, envelope)


def _say_spf(case: Case, envelope: str) -> Evidence:
    checks, client = case.checks, choose_client(case.mail)
    result = checks.spf if checks else ""
    weights = {"fail": MODEST, "softfail": SLIGHT}
    is_aligned_pass = result == "pass" and is_same_organisation(envelope, case.author)
    means = {
        "pass": "may send for it",
        "fail": "may not send for it, says that domain",
        "softfail": "should not send for it, says that domain",
        "neutral": "is neither allowed nor forbidden",
        "none": "cannot be judged, as that domain names no senders",
        "permerror": "cannot be judged, as its record has faults",
        "temperror": "cannot be judged, as DNS did not answer",
    }
    reason = f" ({checks.spf_reason})" if checks and checks.spf_reason else ""
    return say(
        f"spf-{result}",
        f"SPF of {envelope or 'the greeting'}: {client}, which handed the mail over, "
        f"{means.get(result, result)}{reason}.",
        weight=_SPF_PASS if is_aligned_pass else weights.get(result, 0.0),
        group="authenticated" if is_aligned_pass else _GROUP,
        pivots=(Pivot("domain", envelope, "sent-by"),) if envelope else (),
    )


def _judge_alignment(case: Case, policy: Policy, envelope: str) -> Iterator[Evidence]:
    checks, author, mail = case.checks, case.author, case.mail
    if checks is None:
        return
    valid = {each.number for each in checks.signatures if each.is_valid}
    unsure = any(each.is_valid is None for each in checks.signatures)
    signers = [each.domain for each in mail.signatures if each.number in valid]
    by_key = [each for each in signers if is_aligned(each, author, is_strict=policy.is_strict_dkim)]
    by_sender = checks.spf == "pass" and is_aligned(envelope, author, is_strict=policy.is_strict_spf)
    if by_key or by_sender:
        how = f"the signature of {by_key[0]}" if by_key else f"SPF of {envelope}"
        yield say(
            "dmarc-pass",
            f"DMARC holds: {author} is vouched for by {how}.",
            weight=_weigh_pass(case) if by_key else _SPF_PASS,
            group="authenticated",
        )
        return
    if checks.spf in ("", "temperror") or unsure:
        yield say(
            "dmarc-unknown",
            f"Whether DMARC of {author} holds cannot be told: not all that it rests on could be verified.",
        )
        return
    weight = STRONG if policy.wish in ("reject", "quarantine") else MODEST
    is_relayed, most = _find_excuse(case)
    signed = f", it was signed by {quote(signers[0])}" if signers else ", no signature of it holds"
    yield say(
        "dmarc-fail",
        f"The mail says it is from {author}, but nothing proves it{signed}, and {author} asks to "
        f"{'do nothing about' if policy.wish == 'none' else policy.wish} such mail (DMARC)."
        + (" A mailing list or forwarder may be why." if is_relayed else ""),
        weight=min(weight, most),
        group=_GROUP,
    )


def _find_excuse(case: Case) -> tuple[bool, float]:
    """Whether somebody may have passed the mail on, and the most that a failure then weighs.

    Anybody can seal a chain or call a mail a list's: a chain excuses where many know its last sealer.
    """
    mail, chain = case.mail, case.mail.chain
    if case.checks and case.checks.chain == "pass" and chain:
        sealer = chain[-1].seal_domain
        if case.is_own_brand(sealer) or case.is_popular(sealer):
            return True, SLIGHT
    return (True, MODEST) if mail.list_id else (False, STRONG)


def _judge_chain(case: Case) -> Iterator[Evidence]:
    checks, chain = case.checks, case.mail.chain
    if not chain:
        return
    sealer = chain[-1].seal_domain or "nobody"
    if checks is None or not checks.chain:
        yield say("chain-unverified", f"{len(chain)} machines vouch for each other (ARC), at last {sealer}.")
    elif checks.chain == "pass":
        yield say(
            "chain-holds",
            f"The ARC chain of {len(chain)} holds: {sealer} vouches for what those before it found.",
            pivots=(Pivot("domain", sealer, "signed-by"),) if chain[-1].seal_domain else (),
        )
    else:
        yield say(
            "chain-fails", f"The ARC chain does not hold: {checks.chain_reason}.", weight=0.3, group=_GROUP
        )


def _judge_stated(case: Case) -> Iterator[Evidence]:
    """What the newest such field says. A pass is only told: whoever sent the mail may have written it."""
    stated = [each for each in case.mail.stated if not each.instance]
    newest = stated[0].server if stated else ""
    for method in ("dmarc", "spf", "dkim", "compauth"):
        found = next((each for each in stated if each.method == method and each.server == newest), None)
        if found is None:
            continue
        is_bad = found.result in ("fail", "softfail", "hardfail", "permerror")
        about = f" of {found.about}" if found.about else ""
        yield say(
            f"stated-{method}-{'fail' if is_bad else 'other'}",
            f"The server {newest or 'without a name'} states that {method.upper()}{about} came out as "
            f"{found.result}.",
            weight=_FAILS[method] if is_bad and found.result != "permerror" else 0.0,
            group=_GROUP,
        )


def _judge_reachable(case: Case) -> Iterator[Evidence]:
    """Whether the From domain could get an answer; only where DNS said so, not where it was silent."""
    replies, author = case.replies, case.author
    if replies is None or not author:
        return
    servers = replies.get("MX", author)
    if f"MX {author}" in replies.absent:
        yield say(
            "no-such-domain",
            f"The mail says it is from {author}, a name that DNS does not know.",
            weight=MODEST,
            pivots=(Pivot("domain", author, "sent-by"),),
        )
    elif servers and all(text.rpartition(" ")[2].rstrip(".") == "" for text in servers):
        yield say(
            "null-mx",
            f"The domain {author} takes no mail, as it says (null MX): nobody can answer.",
            weight=SLIGHT,
        )
    elif not servers and replies.is_empty("MX", author) and replies.is_empty("A", author):
        yield say(
            "no-mail-server", f"The domain {author} has neither mail servers nor an address.", weight=SLIGHT
        )

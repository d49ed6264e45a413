import pytest

from stack.analysis.names.brands import gather_brands
from stack.analysis.names.lookalikes import Trick, find_lookalikes, find_owner
from stack.analysis.names.parts import split_name


@pytest.mark.parametrize(
    ("host", "brand", "trick"),
    [
        ("раураӏ.com", "PayPal", Trick.FOREIGN_LETTERS),
        ("fаcebook-login.com", "Facebook", Trick.FOREIGN_LETTERS),
        ("paypa1.net", "PayPal", Trick.SIMILAR_LETTERS),
        ("rnicrosoft.com", "Microsoft", Trick.SIMILAR_LETTERS),
        ("micorsoft.com", "Microsoft", Trick.TYPO),
        ("gogle-drive.micrsoft.org", "Microsoft", Trick.TYPO),
        ("paypal-login.net", "PayPal", Trick.LURE),
        ("secure.account-paypal-verify.top", "PayPal", Trick.LURE),
        ("paypalsupport.info", "PayPal", Trick.LURE),
        ("appleid-verify.com", "Apple", Trick.LURE),
        ("paypal.com.account.example.org", "PayPal", Trick.EMBEDDED),
        ("paypal-signin.example.org", "PayPal", Trick.SUBDOMAIN_LURE),
        ("paypal.example.org", "PayPal", Trick.SUBDOMAIN),
        ("paypal-garden.example", "PayPal", Trick.COMBINATION),
        ("paypal.top", "PayPal", Trick.OTHER_SUFFIX),
        ("getmicrosoftnow.example", "Microsoft", Trick.CONTAINED),
    ],
)
def test_a_brand_is_recognised_in_a_name_that_imitates_it(host: str, brand: str, trick: Trick) -> None:
    first, *_ = find_lookalikes(split_name(host))
    assert (first.brand.title, first.trick) == (brand, trick)
    assert first.detail


@pytest.mark.parametrize(
    "host",
    [
        "paypal.com",
        "www.paypal.com",
        "login.microsoftonline.com",
        "paypal.me",
        "finance.example",
        "cloud.example.org",
        "apple-pie-recipes.example",
        "chase-the-sun.example",
        "bücher.example",
        "upsidedown.example",
        "example.org",
    ],
)
def test_their_own_names_and_ordinary_words_imitate_nobody(host: str) -> None:
    assert find_lookalikes(split_name(host)) == ()


def test_watched_domains_are_brands_of_ones_own() -> None:
    name = split_name("acmecopr.com")
    assert find_lookalikes(name) == ()
    (found,) = find_lookalikes(name, watched=("acmecorp.com", "not a domain", "acmecorp.de"))
    assert (found.brand.title, found.trick, found.brand.is_watched) == ("acmecorp.de", Trick.TYPO, True)
    assert find_lookalikes(split_name("www.acmecorp.com"), watched=("acmecorp.com", "acmecorp.de")) == ()


def test_a_watched_brand_keeps_the_domains_that_are_known_of_it() -> None:
    brands = gather_brands(("paypal.com",))
    owner = find_owner(split_name("www.paypal.me"), brands)
    assert owner is not None
    assert owner.is_watched


def test_no_bundled_brand_imitates_another() -> None:
    for brand in gather_brands():
        assert brand.home in brand.domains
        for domain in brand.domains:
            assert find_lookalikes(split_name(domain if "." in domain else f"www.{domain}")) == ()

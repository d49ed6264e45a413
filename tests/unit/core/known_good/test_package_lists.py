from stack.core.known_good.categories import FALSE_POSITIVES, POPULAR
from stack.core.known_good.lists import find_package_lists, list_files


def test_the_tables_name_lists_that_there_are() -> None:
    names = {path.parent.name for path in list_files(find_package_lists())}
    assert len(names) > 100
    assert (FALSE_POSITIVES | POPULAR) - names == set()


def test_clouds_and_scanners_are_no_false_positives() -> None:
    rented = {
        "amazon-aws",
        "google-gcp",
        "microsoft-azure",
        "vpn-ipv4",
        "dynamic-dns",
        "sinkholes",
        "lots-project",
    }
    assert not rented & FALSE_POSITIVES

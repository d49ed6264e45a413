"""`STACK_TAXII_*`: what stops the start, and what a file of certificates may hold."""

from pathlib import Path

import pytest

from stack.config.environment import SettingError
from stack.config.taxii import configure_taxii

_FINGERPRINT = "9F:86" + ":00" * 30


def write(folder: Path, text: str) -> str:
    path = folder / "certificates"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_certificates_are_off_by_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STACK_TAXII_CERTIFICATES", str(tmp_path / "nowhere"))
    assert configure_taxii().certificate_header == ""
    assert configure_taxii().certificates == {}


def test_a_certificate_stands_for_a_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STACK_TAXII_CERTIFICATE_HEADER", "X-Client-Cert")
    monkeypatch.setenv("STACK_TRUSTED_PROXIES", "10.0.0.1")
    text = f"# ours\n\n{_FINGERPRINT}  stk_0123456789ab  # the poller\n"
    monkeypatch.setenv("STACK_TAXII_CERTIFICATES", write(tmp_path, text))
    assert configure_taxii().certificates == {"9f86" + "00" * 30: "0123456789ab"}


@pytest.mark.parametrize(
    "line",
    ["nonsense", "9f86 stk_0123456789ab", f"{_FINGERPRINT} stk_x", f"{_FINGERPRINT} stk_0123456789ab\n" * 2],
)
def test_a_line_that_cannot_be_read_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: str
) -> None:
    monkeypatch.setenv("STACK_TAXII_CERTIFICATE_HEADER", "X-Client-Cert")
    monkeypatch.setenv("STACK_TRUSTED_PROXIES", "10.0.0.1")
    monkeypatch.setenv("STACK_TAXII_CERTIFICATES", write(tmp_path, line))
    with pytest.raises(SettingError, match=r"line [12] of"):
        configure_taxii()


@pytest.mark.parametrize(
    ("header", "proxies", "path"),
    [
        ("X-Client-Cert", "", "/x"),
        ("Authorization", "10.0.0.1", "/x"),
        ("X Y", "10.0.0.1", "/x"),
        ("X-C", "10.0.0.1", ""),
    ],
)
def test_what_would_not_be_safe_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, header: str, proxies: str, path: str
) -> None:
    monkeypatch.setenv("STACK_TAXII_CERTIFICATE_HEADER", header)
    monkeypatch.setenv("STACK_TRUSTED_PROXIES", proxies)
    monkeypatch.setenv("STACK_TAXII_CERTIFICATES", path)
    with pytest.raises(SettingError):
        configure_taxii()

"""Programs for Windows, Linux and macOS: what is in them and what is odd."""

import datetime
import hashlib
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from stack.analysis.files.inspecting import inspect_part
from stack.analysis.files.programs import signing
from stack.analysis.files.results import PartResult
from tests.byte_samples import make_bytes
from tests.programs import CODE, DATA, WRITABLE_CODE, make_elf, make_fat, make_macho, make_pe

_INJECTION = ("VirtualAllocEx", "WriteProcessMemory", "CreateRemoteThread")
_DENSE = make_bytes("even", 20_000)


def read(content: bytes, name: str = "") -> PartResult:
    return inspect_part(content, name=name)[0]


def weigh(part: PartResult) -> dict[str, float]:
    return {each.code: each.weight for each in part.evidence}


def find_fact(part: PartResult, name: str) -> str:
    return next((fact.value for fact in part.facts if fact.name == name), "")


def test_a_plain_program_for_windows() -> None:
    part = read(make_pe(imports={"KERNEL32.dll": ["CreateFileW", "ReadFile"]}, stamp=1_700_000_000))
    assert not part.evidence
    assert not part.remarks
    assert find_fact(part, "Machine") == "AMD64"
    assert find_fact(part, "KERNEL32.dll") == "CreateFileW, ReadFile"
    assert find_fact(part, "Imphash") == hashlib.md5(b"kernel32.createfilew,kernel32.readfile").hexdigest()
    assert [moment.at for moment in part.moments] == [1_700_000_000_000_000]


def test_calls_count_as_a_set_only() -> None:
    assert "file.pe.injects" in weigh(read(make_pe(imports={"KERNEL32.dll": _INJECTION})))
    for left_out in _INJECTION:
        some = [name for name in _INJECTION if name != left_out]
        assert "file.pe.injects" not in weigh(read(make_pe(imports={"KERNEL32.dll": some})))


def test_packed_code() -> None:
    packed = read(make_pe({"UPX0": (b"", WRITABLE_CODE), "UPX1": (_DENSE, WRITABLE_CODE)}))
    assert {"file.packing.packer", "file.packing.dense-code", "file.pe.writable-code"} <= set(weigh(packed))
    assert "file.packing.protector" in weigh(read(make_pe({".vmp0": (b"\xc3" * 99, CODE)})))
    # Data may be dense: pictures, resources.
    assert not read(make_pe({".text": (b"\xc3" * 99, CODE), ".data": (_DENSE, DATA)})).evidence


def test_odd_headers() -> None:
    future = int(datetime.datetime.now(UTC).timestamp()) + 10 * 86_400
    assert "file.pe.from-the-future" in weigh(read(make_pe(stamp=future)))
    assert "file.pe.entry-outside" in weigh(read(make_pe(entry=0x700000)))


def test_what_is_behind_the_end_is_read() -> None:
    parts = inspect_part(make_pe(behind=make_pe(imports={"KERNEL32.dll": _INJECTION})), name="a.exe")
    assert "file.pe.appended-program" in weigh(parts[0])
    assert parts[1].name == "overlay"
    assert "file.pe.injects" in weigh(parts[1])
    assert find_fact(read(make_pe(behind=b"plain text" * 100)), "Behind its end").startswith("1,000 bytes")


def test_damaged_programs_end_with_a_remark() -> None:
    content = make_pe(imports={"KERNEL32.dll": _INJECTION})
    for size in range(64, len(content), 97):
        assert read(content[:size]).is_read
    for place in range(0, 600, 7):
        assert read(content[:place] + b"\xff\xff\xff\xff" + content[place + 4 :]).is_read


def test_a_program_of_the_system() -> None:
    part = read(Path("/bin/ls").read_bytes(), "ls")
    assert not part.evidence
    assert find_fact(part, "Needs")
    assert find_fact(part, "Build id")
    assert "calloc" in find_fact(part, "Functions")


def test_odd_programs_for_linux() -> None:
    assert weigh(read(make_elf(rights=7))).keys() >= {"file.elf.no-sections", "file.elf.writable-code"}
    assert "file.packing.dense-code" in weigh(read(make_elf(code=_DENSE)))
    assert "file.elf.upx" in weigh(read(make_elf(code=b"UPX!" + bytes(99))))
    for size in (17, 50, 64, 100, 119):
        assert read(make_elf()[:size]).is_read


def test_programs_for_macos_of_one_and_several_processors() -> None:
    part = read(make_macho())
    assert not part.evidence
    assert find_fact(part, "Architectures") == "X86_64"
    both = read(make_fat(make_macho(), make_macho(processor=0x0100000C, rights=7)))
    assert find_fact(both, "Architectures") == "X86_64, ARM64"
    assert "file.macho.writable-code" in weigh(both)
    for size in (5, 30, 33, 100):
        assert read(make_macho()[:size]).is_read


class Authority:
    """Issues certificates; `parent` None: its own."""

    def __init__(
        self, name: str, *, parent: "Authority | None" = None, is_ca: bool = True, signs: bool = False
    ) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        issuer = parent or self
        now = datetime.datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(self.name)
            .issuer_name(issuer.name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now)
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        )
        if signs:
            builder = builder.add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False
            )
        self.certificate = builder.sign(issuer.key, hashes.SHA256())
        self.raw = self.certificate.public_bytes(serialization.Encoding.DER)


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> Authority:
    authority = Authority("Root of trust")
    roots: dict[bytes, list[Any]] = {authority.name.public_bytes(): [authority.certificate]}
    monkeypatch.setattr(signing, "_load_roots", lambda: roots)
    return authority


def test_a_chain_counts_only_as_far_as_each_may_issue(root: Authority) -> None:
    middle = Authority("Middle", parent=root)
    good = Authority("Maker", parent=middle, is_ca=False, signs=True)
    assert signing._find_anchor(good.raw, [good.raw, middle.raw]) == "Root of trust"
    assert signing._find_anchor(good.raw, [good.raw]) == ""
    by_maker = Authority("Thief", parent=good, is_ca=False, signs=True)
    assert signing._find_anchor(by_maker.raw, [by_maker.raw, good.raw, middle.raw]) == ""
    of_the_web = Authority("Web site", parent=middle, is_ca=False)
    assert signing._find_anchor(of_the_web.raw, [of_the_web.raw, middle.raw]) == ""
    same_name = Authority("Root of trust", signs=True)
    assert signing._find_anchor(same_name.raw, [same_name.raw]) == ""
    assert signing._find_anchor(b"no certificate", [b"", middle.raw]) == ""


def test_the_known_authorities_can_be_loaded() -> None:
    signing._load_roots.cache_clear()
    assert len(signing._load_roots()) > 50

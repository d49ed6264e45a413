"""What a user may set or type is documented, or the test fails."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_SETTING = re.compile(r"""["'](STACK_[A-Z_]+)["']""")


def test_every_setting_is_documented() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "stack").rglob("*.py"))
    documented = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    names = set(_SETTING.findall(sources))
    assert len(names) > 8
    assert sorted(name for name in names if f"`{name}`" not in documented) == []


def test_every_command_is_documented() -> None:
    commands = {
        path.stem.replace("_", "-")
        for path in (ROOT / "stack" / "cli" / "commands").glob("*.py")
        if path.stem != "__init__"
    }
    documented = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert sorted(name for name in commands if f"stack {name}" not in documented) == []


def test_every_link_between_documents_leads_somewhere() -> None:
    broken = []
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "stack").rglob("README.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
            if not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert broken == []

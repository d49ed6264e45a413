"""Files that jobs have yet to read go into the archive, sealed, and come out of it for the job to go on."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.cli.conftest import CommandLine
from tests.integration.cli.safekeeping.conftest import read_everything
from tests.integration.cli.safekeeping.samples import write_bundle

# Accepts an upload as the web process does, and nobody takes up its job.
_ACCEPT = """
import sys
from stack.cli.backend.choice import start_local
start_local()
from stack.accounts.queries import local_principal
from stack.ingest.operations import accept_upload
accept_upload(local_principal(), chunks=[open(sys.argv[1], "rb").read()], filename="waiting.json")
"""


def accept(command: CommandLine, path: Path) -> None:
    subprocess.run([sys.executable, "-c", _ACCEPT, str(path)], env=command.environment(), check=True)


def find_sealed(command: CommandLine) -> list[Path]:
    return [path for path in (command.data / "artifacts").rglob("*") if path.is_file()]


def test_a_queued_upload_is_restored_and_taken_in(installed: CommandLine, tmp_path: Path) -> None:
    bundle, archive, keys = tmp_path / "waiting.json", tmp_path / "a.tar.zst", tmp_path / "keys.json"
    write_bundle(bundle, first=500)
    accept(installed, bundle)
    [sealed] = find_sealed(installed)
    made = installed("backup", str(archive), "--keys", str(keys), "--json")
    assert made.code == 0, made.err
    assert json.loads(made.out)["files"] == 2

    other = CommandLine(tmp_path / "other")
    restored = other("restore", str(archive), "--keys", str(keys), "--json")
    assert restored.code == 0, restored.err
    assert json.loads(restored.out)["artifacts"] == 1
    [found] = find_sealed(other)
    assert found.read_bytes() == sealed.read_bytes()
    assert found.stat().st_mode & 0o777 == 0o600
    [waiting] = [job for job in other("job", "list", "--jsonl").lines if job["state"] == "queued"]
    assert other("job", "cancel", str(waiting["id"])).code == 0
    assert other("job", "retry", str(waiting["id"])).code == 0
    assert other("lookup", "host505.example").code == 0


@pytest.mark.parametrize("installed", ["sqlite"], indirect=True)
def test_without_artifacts_the_archive_lacks_them_and_the_restore_says_so(
    installed: CommandLine, tmp_path: Path
) -> None:
    bundle, archive, keys = tmp_path / "waiting.json", tmp_path / "a.tar.zst", tmp_path / "keys.json"
    write_bundle(bundle, first=500)
    accept(installed, bundle)
    assert installed("backup", str(archive), "--keys", str(keys), "--without-artifacts").code == 0
    other = CommandLine(tmp_path / "other")
    restored = other("restore", str(archive), "--keys", str(keys), "--json")
    assert restored.code == 3
    [name] = json.loads(restored.out)["broken"]
    assert f"the stored file {name} does not open" in restored.err


@pytest.mark.parametrize("installed", ["sqlite"], indirect=True)
def test_a_file_that_is_lost_is_said_and_the_rest_is_kept(tmp_path: Path, installed: CommandLine) -> None:
    bundle, archive = tmp_path / "waiting.json", tmp_path / "a.tar.zst"
    write_bundle(bundle, first=500)
    accept(installed, bundle)
    [sealed] = find_sealed(installed)
    sealed.unlink()
    made = installed("backup", str(archive), "--json")
    assert made.code == 3
    [missing] = json.loads(made.out)["missing"]
    assert missing.startswith("artifact ")


def test_an_upload_of_a_stack_before_the_artifacts_comes_along(tmp_path: Path) -> None:
    from tests.integration.cli.safekeeping.samples import begin_filled

    command = begin_filled(tmp_path / "data")
    folder = command.data / "uploads"
    folder.mkdir(exist_ok=True)
    write_bundle(folder / "kept-before", first=700)
    script = (
        "from stack.cli.backend.choice import start_local; start_local()\n"
        "from stack.jobs.models import Job\n"
        "job = Job.objects.filter(kind='ingest').order_by('id').first()\n"
        "given = dict(job.arguments, upload='kept-before', path='', file='before.json')\n"
        "Job.objects.filter(pk=job.pk).update(arguments=given, state='failed')\n"
    )
    subprocess.run([sys.executable, "-c", script], env=command.environment(), check=True)
    archive = tmp_path / "a.tar.zst"
    assert command("backup", str(archive), "--with-keys").code == 0
    other = CommandLine(tmp_path / "other")
    assert other("restore", str(archive)).code == 0
    assert (other.data / "uploads" / "kept-before").read_bytes() == (folder / "kept-before").read_bytes()
    assert other("job", "retry", "1").code == 0
    assert other("lookup", "host705.example").code == 0


@pytest.mark.parametrize("installed", ["sqlite"], indirect=True)
def test_files_in_a_bucket_come_along(installed: CommandLine, tmp_path: Path, s3_url: str) -> None:
    from urllib.parse import urlsplit

    address = urlsplit(s3_url)
    settings = {
        "STACK_S3_ENDPOINT": f"http://{address.hostname}:{address.port}",
        "STACK_S3_ACCESS_KEY": str(address.username),
        "STACK_S3_SECRET_KEY": str(address.password),
    }
    bucket = f"s3:/{address.path}/safekeeping-{os.getpid()}-{tmp_path.name}"
    command = installed.with_variables(**settings, STACK_ARTIFACTS=f"{bucket}/one")
    bundle, archive = tmp_path / "waiting.json", tmp_path / "a.tar.zst"
    write_bundle(bundle, first=500)
    accept(command, bundle)
    made = command("backup", str(archive), "--with-keys", "--json")
    assert json.loads(made.out)["files"] == 2
    other = CommandLine(tmp_path / "other", settings | {"STACK_ARTIFACTS": f"{bucket}/two"})
    restored = other("restore", str(archive), "--json")
    assert restored.code == 0, restored.err
    assert json.loads(restored.out)["broken"] == []
    assert len(read_everything(other)["store_artifact"]) == 1

"""Calls of Windows that programs import, in groups by what they are good for together.

Weights: each call has honest users, and runtimes import many of them, so that one says nothing. What is
weighed is a set that serves one purpose, named by MITRE ATT&CK; debuggers, security tools and games have some
of them too, so a set is modest evidence at most.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from stack.analysis.answers import MODEST, SLIGHT
from stack.analysis.files.base import Report


class CallGroup(msgspec.Struct, frozen=True):
    """Of each of `all_of` one must be met; a call counts with and without A or W at its end."""

    code: str
    text: str
    weight: float
    all_of: tuple[frozenset[str], ...]


def _group(code: str, text: str, weight: float, *steps: str) -> CallGroup:
    return CallGroup(code, text, weight, tuple(frozenset(step.lower().split()) for step in steps))


GROUPS: Final = (
    _group(
        "injects",
        "writes into the memory of another process and runs it there (T1055)",
        MODEST,
        "VirtualAllocEx NtAllocateVirtualMemory NtMapViewOfSection ZwMapViewOfSection",
        "WriteProcessMemory NtWriteVirtualMemory ZwWriteVirtualMemory NtMapViewOfSection ZwMapViewOfSection",
        "CreateRemoteThread CreateRemoteThreadEx NtCreateThreadEx RtlCreateUserThread QueueUserAPC "
        "NtQueueApcThread SetThreadContext NtSetContextThread",
    ),
    _group(
        "hollows",
        "replaces the image of a process that it starts (T1055.012)",
        MODEST,
        "CreateProcess CreateProcessInternal",
        "NtUnmapViewOfSection ZwUnmapViewOfSection",
        "WriteProcessMemory NtWriteVirtualMemory",
    ),
    _group(
        "logs-keys",
        "watches what is typed (T1056.001)",
        SLIGHT,
        "GetAsyncKeyState GetKeyboardState SetWindowsHookEx RegisterRawInputDevices",
        "GetForegroundWindow GetWindowText",
        "GetKeyNameText MapVirtualKey ToUnicode ToAscii GetKeyState",
    ),
    _group(
        "dumps-processes",
        "reads the memory of other processes (T1003)",
        MODEST,
        "MiniDumpWriteDump",
        "OpenProcess NtOpenProcess",
        "CreateToolhelp32Snapshot Process32First EnumProcesses",
    ),
    _group(
        "encrypts-files",
        "walks through folders and encrypts (T1486)",
        SLIGHT,
        "FindFirstFile FindFirstFileEx",
        "CryptEncrypt BCryptEncrypt",
        "CryptGenRandom BCryptGenRandom CryptGenKey CryptImportKey",
        "WriteFile MoveFile MoveFileEx",
    ),
    _group(
        "downloads",
        "downloads to a file and starts programs (T1105)",
        SLIGHT,
        "URLDownloadToFile InternetReadFile WinHttpReadData",
        "WinExec ShellExecute ShellExecuteEx",
    ),
    _group(
        "installs-service",
        "installs services (T1543.003)",
        0.0,
        "CreateService",
        "OpenSCManager",
        "StartService",
    ),
    _group("raises-rights", "takes privileges (T1134)", 0.0, "AdjustTokenPrivileges", "LookupPrivilegeValue"),
    _group(
        "looks-for-debugger",
        "looks for debuggers (T1622)",
        0.0,
        "CheckRemoteDebuggerPresent NtQueryInformationProcess",
    ),
)


def note_calls(names: Iterable[str], report: Report) -> None:
    """Notes each group of which every step is imported."""
    plain = {name.lower(): name for name in names}
    plain |= {name[:-1]: shown for name, shown in list(plain.items()) if name.endswith(("a", "w"))}
    for group in GROUPS:
        met = [next((plain[name] for name in sorted(step) if name in plain), "") for step in group.all_of]
        if all(met):
            report.note(
                f"pe.{group.code}",
                f"It imports what a program needs that {group.text}: {', '.join(dict.fromkeys(met))}.",
                weight=group.weight,
                group="pe.calls",
            )

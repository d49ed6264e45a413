"""Cabinets of Microsoft."""

import struct

from stack.analysis.answers import SLIGHT
from stack.analysis.files import media
from stack.analysis.files.base import FileReader, Part, Report
from stack.analysis.files.formats.cabinet import METHODS, Cabinet, list_cabinet, unpack_folder
from stack.analysis.files.formats.members import MOST_MEMBER, judge_members, judge_names


class Reader(FileReader):
    name = "cab"
    title = "Cabinet"
    types = frozenset({media.CAB})

    @staticmethod
    def read(part: Part, report: Report) -> None:
        try:
            cabinet = list_cabinet(part.data)
        except (struct.error, ValueError):
            report.note("cab.damaged", "The headers of the cabinet are damaged.", weight=SLIGHT)
            return
        judge_members([each.member for each in cabinet.members], report, size=len(part.data))
        for folder in cabinet.folders:
            report.fact("Compression", METHODS.get(folder.method, str(folder.method)), section="Archive")
        if any(folder.method > 1 for folder in cabinet.folders):
            report.remark("Members packed with LZX or Quantum were not read.")
            judge_names([each.member for each in cabinet.members], report)
        for number in range(len(cabinet.folders)):
            if not report.has_time() or not _hand_over(part, cabinet, number, report):
                return


def _hand_over(part: Part, cabinet: Cabinet, number: int, report: Report) -> bool:
    stream = unpack_folder(part.data, cabinet, number)
    for each in cabinet.members:
        if each.folder != number:
            continue
        data = stream[each.start : each.start + min(each.member.size, MOST_MEMBER)]
        if data and not report.child(data, name=each.member.name):
            return False
    return True

"""The media types that the readers know each other by."""

from typing import Final

UNKNOWN: Final = "application/octet-stream"
EMPTY: Final = "application/x-empty"
PLAIN: Final = "text/plain"

PE: Final = "application/vnd.microsoft.portable-executable"
DOS: Final = "application/x-dosexec"
ELF: Final = "application/x-elf"
MACHO: Final = "application/x-mach-binary"
JAVA_CLASS: Final = "application/x-java-applet"
DEX: Final = "application/vnd.android.dex"
WASM: Final = "application/wasm"

ZIP: Final = "application/zip"
JAR: Final = "application/java-archive"
APK: Final = "application/vnd.android.package-archive"
IPA: Final = "application/x-ios-app"
MSIX: Final = "application/msix"
CRX: Final = "application/x-chrome-extension"
XPI: Final = "application/x-xpinstall"
EPUB: Final = "application/epub+zip"
XPS: Final = "application/vnd.ms-xpsdocument"
SEVEN_ZIP: Final = "application/x-7z-compressed"
TAR: Final = "application/x-tar"
GZIP: Final = "application/gzip"
BZIP2: Final = "application/x-bzip2"
XZ: Final = "application/x-xz"
ZSTD: Final = "application/zstd"
RAR: Final = "application/vnd.rar"
CAB: Final = "application/vnd.ms-cab-compressed"
ISO: Final = "application/x-iso9660-image"
UDF: Final = "application/x-udf-image"
VHD: Final = "application/x-vhd"
VHDX: Final = "application/x-vhdx"
DMG: Final = "application/x-apple-diskimage"
WIM: Final = "application/x-ms-wim"
DEB: Final = "application/vnd.debian.binary-package"
RPM: Final = "application/x-rpm"
AR: Final = "application/x-archive"
CHM: Final = "application/vnd.ms-htmlhelp"
SZDD: Final = "application/x-ms-compress-szdd"
ARJ: Final = "application/x-arj"
LZH: Final = "application/x-lzh-compressed"
ACE: Final = "application/x-ace-compressed"

_OOXML: Final = "application/vnd.openxmlformats-officedocument."
DOCX: Final = f"{_OOXML}wordprocessingml.document"
DOTX: Final = f"{_OOXML}wordprocessingml.template"
XLSX: Final = f"{_OOXML}spreadsheetml.sheet"
PPTX: Final = f"{_OOXML}presentationml.presentation"
DOCM: Final = "application/vnd.ms-word.document.macroenabled.12"
XLSM: Final = "application/vnd.ms-excel.sheet.macroenabled.12"
XLSB: Final = "application/vnd.ms-excel.sheet.binary.macroenabled.12"
PPTM: Final = "application/vnd.ms-powerpoint.presentation.macroenabled.12"
VSDX: Final = "application/vnd.ms-visio.drawing.main+xml"
OOXML: Final = "application/x-ooxml"
"""A package of that form that is none of the above."""
ODT: Final = "application/vnd.oasis.opendocument.text"
ODS: Final = "application/vnd.oasis.opendocument.spreadsheet"
ODP: Final = "application/vnd.oasis.opendocument.presentation"

OLE: Final = "application/x-ole-storage"
DOC: Final = "application/msword"
XLS: Final = "application/vnd.ms-excel"
PPT: Final = "application/vnd.ms-powerpoint"
VSD: Final = "application/vnd.visio"
MSI: Final = "application/x-msi"
MSG: Final = "application/vnd.ms-outlook"
ENCRYPTED_OFFICE: Final = "application/x-encrypted-office"
RTF: Final = "application/rtf"
ONENOTE: Final = "application/onenote"
PDF: Final = "application/pdf"

POWERSHELL: Final = "text/x-powershell"
VBSCRIPT: Final = "text/vbscript"
ENCODED_SCRIPT: Final = "text/x-encoded-script"
"""VBScript or JScript that was encoded by Microsoft's Script Encoder."""
JAVASCRIPT: Final = "text/javascript"
BATCH: Final = "text/x-msdos-batch"
PYTHON: Final = "text/x-python"
SHELL: Final = "text/x-shellscript"
PERL: Final = "text/x-perl"
PHP: Final = "text/x-php"
RUBY: Final = "text/x-ruby"
WINDOWS_SCRIPT: Final = "text/x-windows-script"
"""A .wsf or .sct: scripts in XML."""
HTML: Final = "text/html"
HTA: Final = "application/hta"
SVG: Final = "image/svg+xml"
XML: Final = "text/xml"
CSS: Final = "text/css"
JSON: Final = "application/json"
MHTML: Final = "multipart/related"
MESSAGE: Final = "message/rfc822"
CALENDAR: Final = "text/calendar"
REGISTRY: Final = "text/x-ms-regedit"
SETUP_INFORMATION: Final = "application/x-setupscript"

LNK: Final = "application/x-ms-shortcut"
URL_SHORTCUT: Final = "application/x-mswinurl"
DESKTOP: Final = "application/x-desktop"
LIBRARY_MS: Final = "application/windows-library+xml"
SEARCH_MS: Final = "application/windows-search-connector+xml"

JPEG: Final = "image/jpeg"
PNG: Final = "image/png"
GIF: Final = "image/gif"
BMP: Final = "image/bmp"
TIFF: Final = "image/tiff"
WEBP: Final = "image/webp"
ICON: Final = "image/vnd.microsoft.icon"

EXECUTABLES: Final = frozenset({PE, DOS, ELF, MACHO})
SCRIPTS: Final = frozenset(
    {
        POWERSHELL,
        VBSCRIPT,
        ENCODED_SCRIPT,
        JAVASCRIPT,
        BATCH,
        PYTHON,
        SHELL,
        PERL,
        PHP,
        RUBY,
        WINDOWS_SCRIPT,
        HTA,
    }
)
SHORTCUTS: Final = frozenset({LNK, URL_SHORTCUT, DESKTOP, LIBRARY_MS, SEARCH_MS})
DOCUMENTS: Final = frozenset(
    {
        DOC,
        XLS,
        PPT,
        VSD,
        DOCX,
        DOTX,
        XLSX,
        PPTX,
        DOCM,
        XLSM,
        XLSB,
        PPTM,
        VSDX,
        ODT,
        ODS,
        ODP,
        RTF,
        ONENOTE,
        PDF,
    }
)
IMAGES: Final = frozenset({JPEG, PNG, GIF, BMP, TIFF, WEBP, ICON})
ARCHIVES: Final = frozenset(
    {ZIP, SEVEN_ZIP, TAR, GZIP, BZIP2, XZ, ZSTD, RAR, CAB, ISO, UDF, ARJ, LZH, ACE, VHD, VHDX}
)
COMPRESSED: Final = frozenset(
    {*ARCHIVES, *IMAGES, DOCX, DOTX, XLSX, PPTX, DOCM, XLSM, XLSB, PPTM, VSDX, OOXML, ODT, ODS, ODP}
    | {JAR, APK, IPA, MSIX, CRX, XPI, EPUB, XPS, DMG, WIM, DEB, RPM, PDF, ENCRYPTED_OFFICE}
)
"""High entropy says nothing of these."""

"""What the search terms of OpenIOC are in STIX patterns.

Terms: the IOC terms published with OpenIOC 1.0 and 1.1, such as `FileItem/Md5sum`.
"""

from collections.abc import Mapping
from typing import Final

_AGENT: Final = "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'"
_SERVICE: Final = "process:extensions.'windows-service-ext'"

PATHS: Final[Mapping[str, str]] = {
    "FileItem/Md5sum": "file:hashes.MD5",
    "FileItem/Sha1sum": "file:hashes.'SHA-1'",
    "FileItem/Sha256sum": "file:hashes.'SHA-256'",
    "FileItem/FileName": "file:name",
    "FileItem/FilePath": "file:parent_directory_ref.path",
    "FileItem/SizeInBytes": "file:size",
    "FileItem/PEInfo/ImportHash": "file:hashes.IMPHASH",
    "ArpEntryItem/IPv4Address": "ipv4-addr:value",
    "DnsEntryItem/Host": "domain-name:value",
    "DnsEntryItem/RecordName": "domain-name:value",
    "DnsEntryItem/RecordData/Host": "domain-name:value",
    "DnsEntryItem/RecordData/IPv4Address": "ipv4-addr:value",
    "Network/DNS": "domain-name:value",
    "Network/URI": "url:value",
    "Network/UserAgent": _AGENT,
    "UrlHistoryItem/URL": "url:value",
    "UrlHistoryItem/HostName": "domain-name:value",
    "CookieHistoryItem/HostName": "domain-name:value",
    "FileDownloadHistoryItem/SourceURL": "url:value",
    "FileDownloadHistoryItem/TargetDirectory": "directory:path",
    "PortItem/remoteIP": "ipv4-addr:value",
    "PortItem/localIP": "network-traffic:src_ref.value",
    "PortItem/remotePort": "network-traffic:dst_port",
    "PortItem/localPort": "network-traffic:src_port",
    "Email/From": "email-message:from_ref.value",
    "Email/To": "email-message:to_refs[*].value",
    "Email/Subject": "email-message:subject",
    "Email/Body": "email-message:body",
    "Email/Attachment/Name": "email-message:body_multipart[*].body_raw_ref.name",
    "RegistryItem/Path": "windows-registry-key:key",
    "RegistryItem/KeyPath": "windows-registry-key:key",
    "RegistryItem/ValueName": "windows-registry-key:values[*].name",
    "RegistryItem/Text": "windows-registry-key:values[*].data",
    "RegistryItem/Value": "windows-registry-key:values[*].data",
    "ProcessItem/arguments": "process:command_line",
    "ProcessItem/pid": "process:pid",
    "ProcessItem/name": "process:image_ref.name",
    "ProcessItem/path": "process:image_ref.parent_directory_ref.path",
    "ProcessItem/HandleList/Handle/Name": "mutex:name",
    "ServiceItem/name": f"{_SERVICE}.service_name",
    "ServiceItem/descriptiveName": f"{_SERVICE}.display_name",
    "ServiceItem/serviceDLLmd5sum": "file:hashes.MD5",
    "ServiceItem/pathmd5sum": "file:hashes.MD5",
    "DriverItem/Md5sum": "file:hashes.MD5",
    "DriverItem/DriverName": "file:name",
    "UserItem/Username": "user-account:account_login",
}
FULL_PATHS: Final = frozenset(
    {"FileItem/FullPath", "ServiceItem/path", "FileDownloadHistoryItem/TargetDirectory"}
)
EXTENSIONS: Final = frozenset({"FileItem/FileExtension"})
NUMBERS: Final = frozenset(
    {"file:size", "network-traffic:dst_port", "network-traffic:src_port", "process:pid"}
)

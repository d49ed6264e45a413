"""The predefined extensions of observables and the objects within observables (STIX 2.1, section 6)."""

from stack.stix.spec import vocabularies as words
from stack.stix.spec.model import (
    AtLeastOne,
    Dictionary,
    Float,
    Hex,
    ListOf,
    Reference,
    Struct,
    may,
    must,
)
from stack.stix.spec.shared_rows import BOOLEAN, COUNT, HASHES, INTEGER, TEXT, TEXTS, TIME

_HEX = Hex()
_ARTIFACT = Reference(("artifact",))
_FILE = Reference(("file",))
_FILES = ListOf(Reference(("file", "directory")))
_SOME = (AtLeastOne(),)

MIME_PART = Struct(
    "mime-part-type",
    "6.6.2",
    (
        may("body", TEXT),
        may("body_raw_ref", Reference(("artifact", "file"))),
        may("content_type", TEXT),
        may("content_disposition", TEXT),
    ),
    (AtLeastOne(("body", "body_raw_ref")),),
)
ARCHIVE_EXT = Struct("archive-ext", "6.7.2", (must("contains_refs", _FILES), may("comment", TEXT)))
NTFS_EXT = Struct(
    "ntfs-ext",
    "6.7.3",
    (
        may("sid", TEXT),
        may(
            "alternate_data_streams",
            ListOf(
                Struct(
                    "alternate-data-stream-type",
                    "6.7.3",
                    (must("name", TEXT), may("hashes", HASHES), may("size", COUNT)),
                )
            ),
        ),
    ),
    _SOME,
)
PDF_EXT = Struct(
    "pdf-ext",
    "6.7.4",
    (
        may("version", TEXT),
        may("is_optimized", BOOLEAN),
        may("document_info_dict", Dictionary("text")),
        may("pdfid0", TEXT),
        may("pdfid1", TEXT),
    ),
    _SOME,
)
RASTER_IMAGE_EXT = Struct(
    "raster-image-ext",
    "6.7.5",
    (
        may("image_height", INTEGER),
        may("image_width", INTEGER),
        may("bits_per_pixel", INTEGER),
        may("exif_tags", Dictionary("integer or text")),
    ),
    _SOME,
)
_OPTIONAL_HEADER = Struct(
    "windows-pe-optional-header-type",
    "6.7.6",
    (
        may("magic_hex", _HEX),
        may("major_linker_version", INTEGER),
        may("minor_linker_version", INTEGER),
        may("size_of_code", COUNT),
        may("size_of_initialized_data", COUNT),
        may("size_of_uninitialized_data", COUNT),
        may("address_of_entry_point", INTEGER),
        may("base_of_code", INTEGER),
        may("base_of_data", INTEGER),
        may("image_base", INTEGER),
        may("section_alignment", INTEGER),
        may("file_alignment", INTEGER),
        may("major_os_version", INTEGER),
        may("minor_os_version", INTEGER),
        may("major_image_version", INTEGER),
        may("minor_image_version", INTEGER),
        may("major_subsystem_version", INTEGER),
        may("minor_subsystem_version", INTEGER),
        may("win32_version_value_hex", _HEX),
        may("size_of_image", COUNT),
        may("size_of_headers", COUNT),
        may("checksum_hex", _HEX),
        may("subsystem_hex", _HEX),
        may("dll_characteristics_hex", _HEX),
        may("size_of_stack_reserve", COUNT),
        may("size_of_stack_commit", COUNT),
        may("size_of_heap_reserve", COUNT),
        may("size_of_heap_commit", COUNT),
        may("loader_flags_hex", _HEX),
        may("number_of_rva_and_sizes", INTEGER),
        may("hashes", HASHES),
    ),
    _SOME,
)
_SECTION = Struct(
    "windows-pe-section-type",
    "6.7.6",
    (must("name", TEXT), may("size", COUNT), may("entropy", Float()), may("hashes", HASHES)),
)
WINDOWS_PEBINARY_EXT = Struct(
    "windows-pebinary-ext",
    "6.7.6",
    (
        must("pe_type", words.WINDOWS_PEBINARY_TYPE),
        may("imphash", TEXT),
        may("machine_hex", _HEX),
        may("number_of_sections", COUNT),
        may("time_date_stamp", TIME),
        may("pointer_to_symbol_table_hex", _HEX),
        may("number_of_symbols", COUNT),
        may("size_of_optional_header", COUNT),
        may("characteristics_hex", _HEX),
        may("file_header_hashes", HASHES),
        may("optional_header", _OPTIONAL_HEADER),
        may("sections", ListOf(_SECTION)),
    ),
)
HTTP_REQUEST_EXT = Struct(
    "http-request-ext",
    "6.12.2",
    (
        must("request_method", TEXT),
        must("request_value", TEXT),
        may("request_version", TEXT),
        may("request_header", Dictionary("texts")),
        may("message_body_length", INTEGER),
        may("message_body_data_ref", _ARTIFACT),
    ),
)
ICMP_EXT = Struct("icmp-ext", "6.12.3", (must("icmp_type_hex", _HEX), must("icmp_code_hex", _HEX)))
SOCKET_EXT = Struct(
    "socket-ext",
    "6.12.4",
    (
        must("address_family", words.NETWORK_SOCKET_ADDRESS_FAMILY),
        may("is_blocking", BOOLEAN),
        may("is_listening", BOOLEAN),
        may("options", Dictionary("integer")),
        may("socket_type", words.NETWORK_SOCKET_TYPE),
        may("socket_descriptor", COUNT),
        may("socket_handle", INTEGER),
    ),
)
TCP_EXT = Struct("tcp-ext", "6.12.5", (may("src_flags_hex", _HEX), may("dst_flags_hex", _HEX)), _SOME)
WINDOWS_PROCESS_EXT = Struct(
    "windows-process-ext",
    "6.13.2",
    (
        may("aslr_enabled", BOOLEAN),
        may("dep_enabled", BOOLEAN),
        may("priority", TEXT),
        may("owner_sid", TEXT),
        may("window_title", TEXT),
        may("startup_info", Dictionary()),
        may("integrity_level", words.WINDOWS_INTEGRITY_LEVEL),
    ),
    _SOME,
)
WINDOWS_SERVICE_EXT = Struct(
    "windows-service-ext",
    "6.13.3",
    (
        may("service_name", TEXT),
        may("descriptions", TEXTS),
        may("display_name", TEXT),
        may("group_name", TEXT),
        may("start_type", words.WINDOWS_SERVICE_START_TYPE),
        may("service_dll_refs", ListOf(_FILE)),
        may("service_type", words.WINDOWS_SERVICE_TYPE),
        may("service_status", words.WINDOWS_SERVICE_STATUS),
    ),
    _SOME,
)
UNIX_ACCOUNT_EXT = Struct(
    "unix-account-ext",
    "6.16.2",
    (may("gid", INTEGER), may("groups", TEXTS), may("home_dir", TEXT), may("shell", TEXT)),
    _SOME,
)
REGISTRY_VALUE = Struct(
    "windows-registry-value-type",
    "6.17.2",
    (may("name", TEXT), may("data", TEXT), may("data_type", words.WINDOWS_REGISTRY_DATATYPE)),
    _SOME,
)
X509_V3_EXTENSIONS = Struct(
    "x509-v3-extensions-type",
    "6.18.2",
    (
        may("basic_constraints", TEXT),
        may("name_constraints", TEXT),
        may("policy_constraints", TEXT),
        may("key_usage", TEXT),
        may("extended_key_usage", TEXT),
        may("subject_key_identifier", TEXT),
        may("authority_key_identifier", TEXT),
        may("subject_alternative_name", TEXT),
        may("issuer_alternative_name", TEXT),
        may("subject_directory_attributes", TEXT),
        may("crl_distribution_points", TEXT),
        may("inhibit_any_policy", TEXT),
        may("private_key_usage_period_not_before", TIME),
        may("private_key_usage_period_not_after", TIME),
        may("certificate_policies", TEXT),
        may("policy_mappings", TEXT),
    ),
    _SOME,
)

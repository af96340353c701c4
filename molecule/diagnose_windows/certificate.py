# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate as the guest agent has it, as registry text for the store of a simulated host.

Wine reads its stores from the registry, as Windows does. Nobody checks the signature, so there is none, and no key.
"""

from __future__ import annotations

import datetime
import hashlib
import struct

NAME = "Windows Azure CRP Certificate Generator"
KEY = r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\SystemCertificates\MY\Certificates"
# Object identifiers: a DC; RSA, but for its last number.
DOMAIN_COMPONENT, RSA = "06 0a 09 92 26 89 93 f2 2c 64 01 19", "06 09 2a 86 48 86 f7 0d 01 01"
KEY_INFO, FRIENDLY_NAME, CERTIFICATE = 2, 11, 32  # property numbers of wincrypt.h


def der(tag: int, *parts: bytes) -> bytes:
    data = b"".join(parts)
    size = bytes([len(data)]) if len(data) < 128 else b"\x82" + len(data).to_bytes(2, "big")
    return bytes([tag]) + size + data


def certificate(days: int) -> bytes:
    now = datetime.datetime.now(datetime.timezone.utc)
    begin, end = (der(0x17, (now + datetime.timedelta(days=shift)).strftime("%y%m%d%H%M%SZ").encode()) for shift in (days - 365, days))
    name = der(0x30, der(0x31, der(0x30, bytes.fromhex(DOMAIN_COMPONENT), der(0x16, NAME.encode()))))
    sha256_rsa, rsa = (der(0x30, bytes.fromhex(f"{RSA} {last}"), der(0x05)) for last in ("0b", "01"))
    number = hashlib.sha256(str(now).encode()).digest()
    key = der(0x30, rsa, der(0x03, b"\0", der(0x30, der(0x02, b"\1" + number * 8), der(0x02, b"\1\0\1"))))
    body = der(0x30, der(0xA0, der(0x02, b"\2")), der(0x02, b"\1" + number[:8]), sha256_rsa, name, der(0x30, begin, end), name, key)
    return der(0x30, body, sha256_rsa, der(0x03, b"\0" + number * 8))


def key_info() -> bytes:
    """CRYPT_KEY_PROV_INFO as the store keeps it: offsets instead of pointers."""
    container, provider = (f"{text}\0".encode("utf-16-le") for text in ("TenantEncryptionCert", "Microsoft Enhanced RSA and AES Cryptographic Provider"))
    return struct.pack("<7I", 28, 28 + len(container), 24, 32, 0, 0, 1) + container + provider


def certificate_key(days: int) -> str:
    """The registry key of a certificate that is valid until so many days from now."""
    encoded = certificate(days)
    properties = {KEY_INFO: key_info(), FRIENDLY_NAME: "TenantEncryptionCert\0".encode("utf-16-le"), CERTIFICATE: encoded}
    blob = b"".join(struct.pack("<III", number, 1, len(data)) + data for number, data in properties.items())
    return f'[{KEY}\\{hashlib.sha1(encoded).hexdigest().upper()}]\n"Blob"=hex:{blob.hex(",")}'

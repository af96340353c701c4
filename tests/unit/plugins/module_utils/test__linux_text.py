# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import datetime
import json

import pytest
from ansible_collections.azvm.backup.plugins.module_utils import _linux_text as text
from hypothesis import given
from hypothesis import strategies as st

SINCE = datetime.datetime(2026, 11, 20, 8, 0, tzinfo=datetime.timezone.utc)


@pytest.mark.parametrize(
    ("raw", "masked"),
    [
        ("https://a.blob.core.windows.net/c/b?sv=2020&sig=Ab%2FcD%3D&se=2026", "https://a.blob.core.windows.net/c/b?sv=2020&sig=***&se=2026"),
        ('{\\"uri\\": \\"https://a/b?sig=SECRET\\"}', '{\\"uri\\": \\"https://a/b?sig=***\\"}'),
        ("x\\u0026sig=SECRET\\u0026y", "x\\u0026sig=***\\u0026y"),
        ('"protectedSettings": "MIIB0gYJ"', '"protectedSettings": "***"'),
        ('\\"protectedSettings\\": \\"MIIB0gYJ\\"', '\\"protectedSettings\\": \\"***\\"'),
        ('"protectedSettings": {"a": "SECRET"}', '"protectedSettings": ***'),
        ("http://user:SECRET@proxy:3128/", "http://***@proxy:3128/"),
        ("http://user:SEC@RET@proxy:3128", "http://***@proxy:3128"),
        ("HttpProxy.Host = user:SECRET@proxy", "HttpProxy.Host = ***@proxy"),
        ("AccountKey=SECRET==;EndpointSuffix=x", "AccountKey=***;EndpointSuffix=x"),
        ('"password": "SECRET"', '"password": "***"'),
        ("Authorization: Bearer SECRETSECRET", "Authorization: Bearer ***"),
        ("-----BEGIN RSA PRIVATE KEY-----\nSECRET\n-----END RSA PRIVATE KEY-----\nafter", "***\nafter"),
        ("-----BEGIN PRIVATE KEY-----\nSECRET cut", "***"),
        ('"preScriptParams": ["-p", "SECRET"], "x": 1', '"preScriptParams": ["***"], "x": 1'),
    ],
)
def test_secrets_are_masked(raw, masked):
    assert text.mask(raw) == masked
    assert text.mask(masked) == masked


@pytest.mark.parametrize(
    "line",
    [
        "Provisioning.DeleteRootPassword = True",
        "Provisioning.PasswordCryptId = 6",
        "HttpProxy.Host = proxy.example",
        "Microsoft.Azure.RecoveryServices.VMSnapshotLinux-1.0.9190.0]Enable,success,1,x,True",
        '"protectedSettingsCertThumbprint": "AB12"',
        "http://168.63.129.16:80/machine?comp=goalstate",
    ],
)
def test_what_is_no_secret_stays(line):
    assert text.mask(line) == line


@given(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="&\"'\\<>,;"), min_size=1))
def test_no_signature_survives(secret):
    assert text.mask(f"https://a/b?sig={secret}&se=1") == "https://a/b?sig=***&se=1"


@given(st.binary())
def test_any_bytes_become_text_that_json_can_hold(data):
    assert json.loads(json.dumps(text.decode(data))) == text.decode(data)
    text.decode(data).encode("utf-8")


def test_bytes_that_are_not_utf8_are_escaped():
    assert text.decode(b"caf\xe9 \xc3\xa9\xff") == "caf\\xe9 é\\xff"


@given(st.lists(st.text(alphabet="aé\U0001f600 ", max_size=30), min_size=1), st.integers(min_value=1, max_value=200))
def test_cut_keeps_the_newest_within_the_limit(lines, most):
    whole = "".join(line + "\n" for line in lines)
    kept, truncated = text.cut(whole, most)
    assert len(kept.encode()) <= most
    assert whole.endswith(kept)
    assert truncated == (kept != whole)


def test_cut_keeps_whole_lines_and_the_head():
    kept, truncated = text.cut("".join(f"line {number:04d}\n" for number in range(100)), 60, "HEAD\n")
    assert truncated is True
    assert kept == "HEAD\n" + "".join(f"line {number:04d}\n" for number in range(95, 100))


@pytest.mark.parametrize(
    ("line", "old"),
    [
        ("2026-11-20T07:59:59.9Z INFO x", True),
        ("2026-11-20T08:00:00.1Z INFO x", False),
        ("2026-11-20 08:00:00.1 [x]y", False),
        ("2026/11/20 01:00:00.1 ERROR local time of some zone", False),
        ("2026/11/19 01:00:00.1 ERROR", True),
        ("2026-11-20T09:30:00,000000+02:00 kernel", True),
        ("2026-11-20T02:30:00.000000-0700 host kernel", False),
        ("2026-13-20T08:00:00Z no such month", None),
        ("Traceback (most recent call last):", None),
        ("", None),
    ],
)
def test_is_old(line, old):
    assert text.is_old(line, SINCE) is old


def test_lines_without_a_time_belong_to_the_line_before():
    lines = [
        "  of something cut off\n",
        "2026-11-19T08:00:00Z ERROR old\n",
        "  old trace\n",
        "2026-11-21T08:00:00Z ERROR new\n",
        "  trace\n",
        "2026-11-21T09:00:00Z INFO fine\n",
        "  no\n",
    ]
    assert text.keep_lines(lines, lambda line: "ERROR" in line, SINCE) == lines[3:5]


@pytest.mark.parametrize("raw", ["2026-11-20T08:00:00Z", "2026-11-20T08:00:00.1234567Z", "2026-11-20T10:00:00+02:00", "2026-11-20 08:00:00"])
def test_parse_iso(raw):
    assert text.parse_iso(raw).replace(microsecond=0) == SINCE
    assert text.iso(text.parse_iso(raw)) == "2026-11-20T08:00:00Z"


def test_parse_iso_refuses_what_is_no_time():
    with pytest.raises(ValueError, match="yesterday"):
        text.parse_iso("yesterday")

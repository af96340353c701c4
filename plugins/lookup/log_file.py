# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""log_file: the text of files in any encoding."""

from __future__ import annotations

DOCUMENTATION = """
name: log_file
author: azvm.backup contributors (@azvm)
version_added: 1.0.0
short_description: Read a log or the output of a tool in any encoding
description:
  - Reads files of the controller as bytes and returns their text.
  - P(ansible.builtin.file#lookup) only reads UTF-8, but Windows tools write UTF-16 or a code page.
  - Nothing is stripped and no line end is changed.
options:
  _terms:
    description: Paths, absolute or below a folder C(files) as for P(ansible.builtin.file#lookup).
    type: list
    elements: str
    required: true
  encoding:
    description:
      - V(auto) tells UTF-8, UTF-16 and UTF-32 by the byte order mark or the NUL bytes. What is none of them is kept byte by byte, a byte above 127 as C(\\xNN).
        No parser of this collection needs more.
      - Otherwise the name of a codec of Python, for example V(cp850) or V(cp932).
    type: str
    default: auto
  errors:
    description:
      - What becomes of bytes that O(encoding) does not know.
      - V(backslashreplace) shows them as C(\\xNN), V(replace) as a replacement character, V(ignore) drops them and V(strict) is an error.
      - With O(encoding=auto) they are always shown.
    type: str
    choices: [backslashreplace, replace, ignore, strict]
    default: backslashreplace
notes:
  - "Evidence level: E1."
seealso:
  - plugin: ansible.builtin.file
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Writers of a listing that was saved by PowerShell, in UTF-16
  ansible.builtin.debug:
    msg: "{{ lookup('azvm.backup.log_file', 'writers.txt') | azvm.backup.vss_writers }}"

- name: The last runs of several mailed logs
  ansible.builtin.debug:
    msg: "{{ query('azvm.backup.log_file', 'web01.log', 'web02.log') | map('azvm.backup.extension_log') | map(attribute='last_run.outcome') }}"

- name: A log whose code page is known
  ansible.builtin.debug:
    msg: "{{ lookup('azvm.backup.log_file', 'agent.log', encoding='cp850') }}"
"""

RETURN = """
_list:
  description: The text of each file.
  type: list
  elements: str
"""

from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError, AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._decode import to_text


class LookupModule(LookupBase):
    """Bytes of files as text."""

    def run(self, terms: list[Any], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[str]:
        self.set_options(var_options=variables, direct=kwargs)
        encoding, errors = str(self.get_option("encoding")), str(self.get_option("errors"))
        return [self._read(str(term), variables or {}, encoding, errors) for term in terms]

    def _read(self, term: str, variables: dict[str, Any], encoding: str, errors: str) -> str:
        data = self._bytes(term, variables)
        if encoding.lower() == "auto":
            return to_text(data)
        try:
            return str(data.decode(encoding, errors))
        except LookupError as error:
            raise AnsibleLookupError(f"azvm.backup.log_file: {encoding!r} is no text encoding of Python; give `auto` or a name such as cp850") from error
        except UnicodeDecodeError as error:
            raise AnsibleLookupError(
                f"azvm.backup.log_file: {term} is not {encoding}, its byte {error.start} fits nothing; give another `encoding`, or `errors` other than strict"
            ) from error

    def _bytes(self, term: str, variables: dict[str, Any]) -> bytes:
        try:
            path = self.find_file_in_search_path(variables, "files", term, ignore_missing=True)
        except AnsibleError as error:
            raise AnsibleLookupError(f"azvm.backup.log_file: {term} cannot be looked for: {error}") from error
        if not path:
            raise AnsibleLookupError(f"azvm.backup.log_file: there is no file {term}; give an absolute path or one below a folder `files`")
        try:
            return Path(path).read_bytes()
        except OSError as error:
            raise AnsibleLookupError(f"azvm.backup.log_file: {path} cannot be read: {error.strerror}") from error

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operator allows: the azvm_ variables that govern changes. Private to this collection."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable, Iterable
from typing import Any

from .._catalog_loader import load_fixes
from .window import DailyTime, Window, WindowError, parse_daily, parse_window

MAX_RISKS = ("R1", "R2", "R3")
HOST_CLASSES = ("domain_controller", "cluster_node", "availability_group")
_WORDS = {"true": True, "yes": True, "false": False, "no": False}


class PolicyError(ValueError):
    """A variable cannot be used; one sentence that names it, its value, why, and what next."""


@dataclasses.dataclass(frozen=True)
class Policy:
    """The policy of a run, type-checked. Each field is the variable azvm_<field>; without any, nothing is applied."""

    apply: bool = False
    allow: tuple[str, ...] = ()
    max_risk: str = "R1"
    window: tuple[Window, ...] = ()
    vault_unknown_ok: bool = False
    backup_start: DailyTime | None = None
    allow_host_classes: tuple[str, ...] = ()
    named: bool = False


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else f"{value} ({type(value).__name__})"
    return text if len(text) <= 80 else text[:79] + "…"


def _nearest(word: str, known: Iterable[str], otherwise: str) -> str:
    near = difflib.get_close_matches(word, list(known), n=3, cutoff=0.5)
    return f"the nearest are {', '.join(near)}" if near else otherwise


def _bool(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in _WORDS:  # -e name=true gives a string
        return _WORDS[value.strip().lower()]
    raise PolicyError(f"{name} is {_shown(value)}, which is neither true nor false; write true or false")


def _names(name: str, value: Any, known: Iterable[str], what: str) -> tuple[str, ...]:
    """A list of known names, each once, in its order."""
    if isinstance(value, str):
        raise PolicyError(
            f"{name} is the string {_shown(value)}, and a list is due, because -e {name}=[x] is a string; "
            f'use JSON, as in -e \'{{"{name}": ["x"]}}\', or a file, as in -e @policy.yml'
        )
    if not isinstance(value, (list, tuple)):
        raise PolicyError(f"{name} is {_shown(value)}, and a list is due; write a list of {what}, which may be empty: []")
    known = sorted(known)
    for item in value:
        if item == "*":
            raise PolicyError(f"{name} has '*', and there is no word for all, because each one has to be chosen; name every one of the {what} that is wanted")
        if not isinstance(item, str):
            raise PolicyError(f"{name} has {_shown(item)}, which is no name; write the {what} as text, one in each entry")
        if item not in known:
            near = _nearest(item, known, f"known are {', '.join(known)}")
            raise PolicyError(f"{name} has {_shown(item)}, which is not among the {what}; {near}")
    return tuple(dict.fromkeys(value))


def _allow(name: str, value: Any) -> tuple[str, ...]:
    return _names(name, value, load_fixes(), "fix ids")


def _host_classes(name: str, value: Any) -> tuple[str, ...]:
    return _names(name, value, HOST_CLASSES, "host classes")


def _max_risk(name: str, value: Any) -> str:
    risk = value.strip().upper() if isinstance(value, str) else value
    if risk not in MAX_RISKS:
        raise PolicyError(
            f"{name} is {_shown(value)}, and what is applied is {', '.join(MAX_RISKS)}, because R0 changes nothing and R4 is a person's decision; "
            "write one of these"
        )
    return str(risk)


def _window(name: str, value: Any) -> tuple[Window, ...]:
    given = [value] if isinstance(value, str) else value
    if given is None or given in ([], [""]):  # `default('')` and `default(none)` both mean: not given
        return ()
    if not isinstance(given, (list, tuple)) or not all(isinstance(item, str) for item in given):
        raise PolicyError(f"{name} is {_shown(value)}, which is neither a text nor a list of texts; write it in quotes, such as '22:00-04:00 Europe/Madrid'")
    try:
        return tuple(parse_window(item) for item in given)
    except WindowError as error:
        raise PolicyError(f"{name} cannot be used: {error}") from error


def _backup_start(name: str, value: Any) -> DailyTime | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str):  # YAML reads 23:30 without quotes as a number
        raise PolicyError(f"{name} is {_shown(value)}, which is no text; write it in quotes and with its time zone, such as '23:30 Europe/Madrid'")
    try:
        return parse_daily(value)
    except WindowError as error:
        raise PolicyError(f"{name} cannot be used: {error}") from error


_READERS: dict[str, Callable[[str, Any], Any]] = {
    "apply": _bool,
    "allow": _allow,
    "max_risk": _max_risk,
    "window": _window,
    "vault_unknown_ok": _bool,
    "backup_start": _backup_start,
    "allow_host_classes": _host_classes,
    "named": _bool,
}


def read_policy(raw: dict[str, Any]) -> Policy:
    """The policy from the values of the azvm_ variables, each under its name without azvm_; what is not given has its default.

    Raises:
        PolicyError: a value is of the wrong type or not known, or a name is not known.
    """
    if not isinstance(raw, dict):
        raise PolicyError(f"The policy is {_shown(raw)}, and names with values are due; give a dictionary such as {{apply: true}}")
    for key in raw:
        if key not in _READERS:
            near = _nearest(f"azvm_{key}", [f"azvm_{name}" for name in _READERS], "see the list of azvm_ variables in the documentation")
            raise PolicyError(f"azvm_{key} is {_shown(raw[key])}, and the policy has no variable of that name; {near}")
    return Policy(**{key: _READERS[key](f"azvm_{key}", value) for key, value in raw.items()})

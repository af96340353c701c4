# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from ansible_collections.azvm.backup.plugins.plugin_utils._remedy.policy import Policy, PolicyError, read_policy
from ansible_collections.azvm.backup.plugins.plugin_utils._remedy.window import parse_daily, parse_window
from hypothesis import given
from hypothesis import strategies as st

FIELDS = [field.name for field in dataclasses.fields(Policy)]


def refusal(**raw: Any) -> str:
    with pytest.raises(PolicyError) as refused:
        read_policy(raw)
    return str(refused.value)


def test_without_any_variable_nothing_is_allowed() -> None:
    policy = read_policy({})
    assert policy == Policy()
    assert (policy.apply, policy.allow, policy.max_risk, policy.window, policy.vault_unknown_ok) == (False, (), "R1", (), False)
    assert (policy.backup_start, policy.allow_host_classes, policy.named) == (None, (), False)


def test_a_whole_policy() -> None:
    policy = read_policy(
        {
            "apply": "Yes",
            "allow": ["fix_waagent_conf", "fix_strong_crypto", "fix_waagent_conf"],
            "max_risk": "r2",
            "window": ["22:00-04:00 Europe/Madrid", "always"],
            "vault_unknown_ok": "TRUE",
            "backup_start": "23:30 Europe/Madrid",
            "allow_host_classes": ["cluster_node"],
            "named": False,
        }
    )
    assert policy == Policy(
        apply=True,
        allow=("fix_waagent_conf", "fix_strong_crypto"),
        max_risk="R2",
        window=(parse_window("22:00-04:00 Europe/Madrid"), parse_window("always")),
        vault_unknown_ok=True,
        backup_start=parse_daily("23:30 Europe/Madrid"),
        allow_host_classes=("cluster_node",),
    )


@pytest.mark.parametrize("empty", [None, "", [], [""]])
def test_an_empty_window_is_none(empty: Any) -> None:
    assert read_policy({"window": empty}).window == ()


@pytest.mark.parametrize("name", ["apply", "vault_unknown_ok", "named"])
@pytest.mark.parametrize("value", [1, 0, None, "1", "on", "", "truee", [], [True], {"a": 1}, 1.0])
def test_a_switch_is_true_or_false(name: str, value: Any) -> None:
    assert refusal(**{name: value}).startswith(f"azvm_{name} is ")


@pytest.mark.parametrize(("word", "value"), [("true", True), ("False", False), ("YES", True), ("nO", False), (" true ", True)])
def test_extra_variables_are_strings(word: str, value: bool) -> None:
    assert read_policy({"apply": word}).apply is value


@pytest.mark.parametrize("name", ["allow", "allow_host_classes"])
def test_a_string_where_a_list_is_due_is_refused_with_the_way_out(name: str) -> None:
    text = refusal(**{name: "[fix_waagent_conf]"})
    assert f"azvm_{name} is the string '[fix_waagent_conf]'" in text
    assert f"-e azvm_{name}=[x] is a string" in text
    assert "-e @policy.yml" in text


@pytest.mark.parametrize("value", [None, {"fix_waagent_conf": True}, True, 5, [5], [None], [["fix_waagent_conf"]], ["fix_waagent_conf", ""]])
def test_a_list_of_names_is_one(value: Any) -> None:
    assert refusal(allow=value).startswith("azvm_allow ")


def test_an_unknown_fix_is_refused_with_the_nearest() -> None:
    text = refusal(allow=["fix_waagent_conf", "fix_vss_writer_restart"])
    assert "'fix_vss_writer_restart'" in text
    assert "the nearest are fix_vss_writers_restart" in text
    assert "known are " in refusal(allow=["zzz"])
    assert "cluster_node" in refusal(allow_host_classes=["cluster"])


def test_there_is_no_word_for_all() -> None:
    assert "no word for all" in refusal(allow=["*"])
    assert "no word for all" in refusal(allow=["fix_waagent_conf", "*"])


@pytest.mark.parametrize("value", ["R0", "R4", "R5", "", "2", 2, None, ["R1"], True])
def test_a_risk_is_one_of_three(value: Any) -> None:
    assert refusal(max_risk=value).startswith("azvm_max_risk is ")


@pytest.mark.parametrize(("name", "value"), [("window", 1320), ("window", {"a": 1}), ("window", [22]), ("window", True), ("backup_start", 1410)])
def test_a_time_without_quotes_is_a_number_to_yaml(name: str, value: Any) -> None:
    text = refusal(**{name: value})
    assert text.startswith(f"azvm_{name} is ")
    assert "in quotes" in text


def test_a_wrong_window_names_its_variable() -> None:
    assert refusal(window="22:00-04:00").startswith("azvm_window cannot be used: `22:00-04:00` is no window")
    assert refusal(window=["always", "22:00-22:00 UTC"]).startswith("azvm_window cannot be used: `22:00-22:00 UTC` begins and ends")
    assert refusal(backup_start="23:30").startswith("azvm_backup_start cannot be used: `23:30` is no time of day")


def test_an_unknown_name_is_refused() -> None:
    assert "azvm_aply" in refusal(aply=True)
    assert "the nearest are azvm_apply" in refusal(aply=True)
    assert "azvm_azvm_apply" in refusal(azvm_apply=True)
    with pytest.raises(PolicyError):
        read_policy([("apply", True)])  # type: ignore[arg-type]


@given(st.sampled_from(FIELDS), st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9), st.lists, max_leaves=4))
def test_any_value_is_read_or_refused_by_its_name(name: str, value: Any) -> None:
    try:
        policy = read_policy({name: value})
    except PolicyError as error:
        assert str(error).startswith(f"azvm_{name} ")
    else:
        assert dataclasses.replace(policy, **{name: getattr(Policy(), name)}) == Policy()

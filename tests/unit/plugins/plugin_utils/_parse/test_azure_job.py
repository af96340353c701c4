# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._azure_codes import codes_in, messages_in
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._azure_time import azure_duration, azure_time
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._errors import ParseError
from ansible_collections.azvm.backup.plugins.plugin_utils._parse.azure_job import parse_azure_job
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[5]
SAMPLES = ROOT.parent / "shared" / "samples"
CATALOGUE = ROOT / "plugins" / "plugin_utils" / "_catalog"
# A symptom is ours; Azure does not report it.
CARDS = sorted(path for path in CATALOGUE.glob("*.yml") if not path.stem.startswith("Symptom"))
JOB_ID = "7ddead57-bcb9-4269-ac31-6a1b57588700"


def rest(**properties: Any) -> dict[str, Any]:
    """A job as the REST interface returns it."""
    job = {
        "jobType": "AzureIaaSVMJob",
        "entityFriendlyName": "web01",
        "backupManagementType": "AzureIaasVM",
        "containerName": "iaasvmcontainerv2;rg;web01",
        "operation": "Backup",
        "status": "Failed",
        "startTime": "2026-11-22T01:00:00.2801342Z",
        "endTime": "2026-11-22T01:20:23Z",
        "duration": "00:20:23.0896697",
        "actionsInfo": [1],
        "errorDetails": [
            {"errorCode": 380008, "errorTitle": "UserErrorGuestAgentStatusUnavailable", "errorString": "Der Agent antwortet nicht.", "recommendations": ["x"]}
        ],
        "extendedInfo": {
            "tasksList": [{"taskId": "Take Snapshot", "duration": "PT0S", "status": "Failed"}, {"taskId": "Transfer data to vault", "status": "NotStarted"}],
            "propertyBag": {"VM Name": "web01"},
            "dynamicErrorMessage": None,
        },
    }
    return {"id": f"/Subscriptions/S/resourceGroups/RG/x/backupJobs/{JOB_ID}", "name": JOB_ID, "type": "y", "properties": {**job, **properties}}


EXPECTED = {
    "id": JOB_ID,
    "vm_name": "web01",
    "operation": "backup",
    "status": "failed",
    "codes": [380008, "UserErrorGuestAgentStatusUnavailable"],
    "messages": ["Der Agent antwortet nicht."],
    "started_at": "2026-11-22T01:00:00Z",
    "ended_at": "2026-11-22T01:20:23Z",
    "duration_seconds": 1223.09,
    "tasks": [{"name": "Take Snapshot", "status": "failed"}, {"name": "Transfer data to vault", "status": "not_started"}],
}


@pytest.mark.parametrize(
    "source",
    [rest(), json.dumps(rest()), json.dumps(rest()).encode("utf-16"), [rest()], {"value": [rest()]}, json.dumps({"value": [rest()], "nextLink": None})],
)
def test_rest_and_cli(source: Any) -> None:
    assert parse_azure_job(source) == EXPECTED


def test_its_own_result_passes() -> None:
    assert parse_azure_job(parse_azure_job(rest())) == EXPECTED


def test_powershell_seven() -> None:
    job = {
        "DynamicErrorMessage": None,
        "Properties": {"VM Name": "web01"},
        "SubTasks": [{"Name": "Take Snapshot", "Status": "Failed"}, {"Name": "Transfer data to vault", "Status": "NotStarted"}],
        "ErrorDetails": [{"ErrorCode": 380008, "ErrorMessage": "Der Agent antwortet nicht.", "Recommendations": ["x"]}],
        "ActivityId": "a",
        "JobId": JOB_ID,
        "Operation": "Backup",
        "Status": "Failed",
        "WorkloadName": "web01",
        "StartTime": "2026-11-22T01:00:00.2801342Z",
        "EndTime": "2026-11-22T01:20:23Z",
        "Duration": "00:20:23.0896697",
    }
    assert parse_azure_job(job) == {**EXPECTED, "codes": [380008]}


def test_windows_powershell_writes_dates_and_durations_its_own_way() -> None:
    job = {
        "JobId": JOB_ID,
        "Status": "InProgress",
        "WorkloadName": "web01",
        "StartTime": "/Date(1795309200280)/",
        "EndTime": None,
        "Duration": {"Ticks": 1, "TotalSeconds": 61.5},
    }
    found = parse_azure_job(job)
    assert (found["status"], found["started_at"], found["ended_at"], found["duration_seconds"]) == ("in_progress", "2026-11-22T01:00:00Z", None, 61.5)


@pytest.mark.parametrize(
    ("given_status", "expected"),
    [
        ("Completed", "completed"),
        ("CompletedWithWarnings", "completed_with_warnings"),
        ("Failed", "failed"),
        ("InProgress", "in_progress"),
        ("Cancelling", "in_progress"),
        ("Cancelled", "cancelled"),
        ("Invalid", "unknown"),
    ],
)
def test_states(given_status: str, expected: str) -> None:
    found = parse_azure_job(rest(status=given_status, errorDetails=None, extendedInfo=None))
    assert (found["status"], found["codes"], found["messages"], found["tasks"]) == (expected, [], [], [])


def test_of_a_list_the_newest_job_counts() -> None:
    older, newer = rest(startTime="2026-11-20T01:00:00Z", status="Completed"), rest()
    assert parse_azure_job([older, newer, older])["status"] == "failed"


def test_code_and_message_may_be_swapped_in_a_job_too() -> None:
    details = [{"errorCode": "Snapshot operation failed.", "errorString": "ExtensionFailedVssWriterInBadState"}]
    found = parse_azure_job(rest(errorDetails=details))
    assert found["codes"] == ["ExtensionFailedVssWriterInBadState"]
    assert found["messages"] == ["Snapshot operation failed."]


def test_the_name_is_found_elsewhere_when_it_is_missing() -> None:
    assert parse_azure_job(rest(entityFriendlyName=None, extendedInfo=None))["vm_name"] == "web01"
    assert parse_azure_job(rest(entityFriendlyName=None, containerName=None))["vm_name"] == "web01"
    assert parse_azure_job(rest(entityFriendlyName=None, containerName=None, extendedInfo=None))["vm_name"] is None


def test_the_duration_is_computed_where_it_is_missing() -> None:
    assert parse_azure_job(rest(duration=None))["duration_seconds"] == 1223.0
    assert parse_azure_job(rest(duration=None, endTime=None))["duration_seconds"] is None


def test_error_of_an_operation() -> None:
    found = parse_azure_job({"id": "op", "status": "Failed", "error": {"code": "UserErrorVmNotInDesirableState", "message": "The VM is not running."}})
    assert (found["status"], found["codes"], found["messages"]) == ("failed", ["UserErrorVmNotInDesirableState"], ["The VM is not running."])
    assert parse_azure_job({"error": {"code": "ResourceNotFound", "message": "x y"}})["status"] == "failed"


def sample(name: str) -> bytes:
    path = SAMPLES / name
    if not path.exists():
        pytest.skip("the recorded samples are not on this machine")
    return path.read_bytes()


def test_recorded_text_with_code_and_message_swapped() -> None:
    found = parse_azure_job(sample("azportal-05-swapped-code-and-message-ja-support.txt"))
    assert found["codes"] == ["ExtensionFailedVssWriterInBadState"]
    assert found["messages"] == ["Snapshot operation failed due to VSS Writers in bad state."]
    assert found["status"] == "failed"


def test_recorded_text_with_wide_colons_and_two_errors() -> None:
    found = parse_azure_job(sample("azportal-06-fullwidth-colon-ja-support.txt"))
    assert found["codes"] == ["ExtensionFailedVssServiceInBadState", "ExtensionFailedVssWriterInBadState"]
    assert len(found["messages"]) == 2


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Error Code: UserErrorFsFreezeFailed", ["UserErrorFsFreezeFailed"]),
        ("Código de error　：UserErrorFsFreezeFailed", ["UserErrorFsFreezeFailed"]),
        ("UserErrorFsFreezeFailed - Fehler beim Einfrieren", ["UserErrorFsFreezeFailed"]),
        ("Fehlercode\t320001", [320001]),
        ("400094, BCMV2VMNotFound - The virtual machine does not exist", [400094, "BCMV2VMNotFound"]),
        ("(ExtensionSnapshotFailedCOM)", ["ExtensionSnapshotFailedCOM"]),
        ("ExtensionSnapshotFailedCOM/ExtensionInstallationFailedCOM", ["ExtensionSnapshotFailedCOM", "ExtensionInstallationFailedCOM"]),
        ("see https://portal.azure.com/RecoveryServicesThing?x=BackUpOperationFailedV2x and C:\\WindowsAzureLogs\\GuestAgentThing.log", []),
        ("CorrelationId: 1\nErrorCode: AzureVmOffline", ["AzureVmOffline"]),
        ("build 123456, version 10.0.203480, 20261122 123456", []),
    ],
)
def test_codes_are_told_by_their_shape(text: str, codes: list[str | int]) -> None:
    assert codes_in(text) == codes


@pytest.mark.parametrize("path", CARDS, ids=lambda path: path.stem)
def test_every_code_of_the_catalogue_has_the_shape(path: Path) -> None:
    card = yaml.safe_load(path.read_text("utf-8"))
    assert codes_in(f"Error Code : {card['code']}") == [card["code"]]
    for alias in card["aliases"]:
        if isinstance(alias, int):
            assert codes_in(f"Error Code: {alias}") == [alias]


def test_messages_lose_their_labels_and_codes() -> None:
    assert messages_in("Code: UserErrorFsFreezeFailed\nNachricht : Das Einfrieren schlug fehl: siehe Protokoll.\n\n320001\n") == [
        "Das Einfrieren schlug fehl: siehe Protokoll."
    ]


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("", "neither JSON nor a text with an error code"),
        ("the backup failed", "neither JSON nor a text with an error code"),
        ('{"a": ', "not JSON (line 1, column"),
        ("{}", "neither a status nor error details"),
        ('{"properties": {"friendlyName": "x"}}', "neither a status nor error details"),
        ("[]", "the list is empty"),
        (5, "int is neither an object"),
        (None, "NoneType is neither an object"),
    ],
)
def test_what_is_no_job_is_refused_with_a_reason(source: Any, says: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_azure_job(source)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("PT2.0333386S", 2.033),
        ("P1DT2H3M4S", 93784.0),
        ("00:20:23.0896697", 1223.09),
        ("1.02:03:04", 93784.0),
        ("PT", None),
        ("-00:00:01", None),
        ("soon", None),
        (None, None),
        (5, None),
    ],
)
def test_durations(value: Any, seconds: float | None) -> None:
    assert azure_duration(value) == seconds


@pytest.mark.parametrize("value", ["0001-01-01T00:00:00Z", "/Date(-99999999999999999)/", "yesterday", None, 5, {}])
def test_what_is_no_time_is_none(value: Any) -> None:
    assert azure_time(value) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["properties", "status", "errorDetails", "errorCode", "extendedInfo", "tasksList", "error", "code", "duration", "startTime", "name", "value"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_json_is_a_job_or_one_sentence(value: Any) -> None:
    for source in (value, json.dumps(value)):
        try:
            parse_azure_job(source)
        except ParseError as error:
            assert "\n" not in str(error)

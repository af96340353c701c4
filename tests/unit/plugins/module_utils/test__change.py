# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The road that every change of a Linux host takes, its journal and its undo, over real files."""

from __future__ import annotations

import json
import random
import signal
from pathlib import Path

import pytest
from ansible_collections.azvm.backup.plugins.module_utils._journal import Journal, LeaseHeldError
from ansible_collections.azvm.backup.tests.unit.plugins.module_utils.changing import FileSetter, change, die_changing, tree_hash, undo_all


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "etc").mkdir()
    path = tmp_path / "etc" / "a.conf"
    path.write_bytes(b"old\n")
    path.chmod(0o640)
    return path


def test_a_change_is_journaled_done_and_told(journal: Path, file: Path) -> None:
    ended = change(journal, FileSetter(file, b"new\n"), run="r1", fix="fix_x", code="C", reason="because", actor="me")
    assert not ended.failed and ended.result["changed"]
    assert file.read_bytes() == b"new\n" and file.stat().st_mode & 0o777 == 0o640
    [entry] = Journal(str(journal)).entries()
    assert (entry["id"], entry["status"], entry["run"], entry["fix"]) == (ended.result["undo_id"], "done", "r1", "fix_x")
    assert entry["before"] == ended.result["before"] and entry["after"] == ended.result["after"]
    assert journal.stat().st_mode & 0o777 == 0o700 and (journal / "undo").stat().st_mode & 0o777 == 0o700


def test_a_second_time_changes_nothing_and_writes_nothing(journal: Path, file: Path) -> None:
    change(journal, FileSetter(file, b"new\n"), run="r1")
    before = tree_hash(journal.parent)
    assert change(journal, FileSetter(file, b"new\n"), run="r1").result["changed"] is False
    assert tree_hash(journal.parent) == before


def test_check_mode_predicts_the_change_and_leaves_nothing(journal: Path, file: Path) -> None:
    before = tree_hash(journal.parent)
    predicted = change(journal, FileSetter(file, b"new\n"), check_mode=True, run="r1").result
    assert tree_hash(journal.parent) == before
    done = change(journal, FileSetter(file, b"new\n"), run="r1").result
    assert {key: predicted[key] for key in ("changed", "before", "after", "diff")} == {key: done[key] for key in ("changed", "before", "after", "diff")}


def test_a_before_that_no_longer_holds_is_refused_with_both_values(journal: Path, file: Path) -> None:
    ended = change(journal, FileSetter(file, b"new\n"), run="r1", expected_before={"content": "b3RoZXIK"})
    assert ended.failed and ended.result["gate"] == "before"
    assert "b3RoZXIK" in ended.result["msg"] and "b2xkCg==" in ended.result["msg"]
    assert file.read_bytes() == b"old\n" and not journal.exists()


def test_a_change_that_fails_is_put_back_and_remembered(journal: Path, file: Path) -> None:
    ended = change(journal, FileSetter(file, b"new\n", fail=True), run="r1", fix="fix_x")
    assert ended.failed and "the disk is gone" in ended.result["msg"]
    assert file.read_bytes() == b"old\n"
    [entry] = Journal(str(journal)).entries()
    assert entry["status"] == "failed" and entry["error"] == "the disk is gone"
    attempts = Journal(str(journal)).guard()["attempts"]
    assert [(item["fix"], item["target"], item["status"]) for item in attempts] == [("fix_x", str(file), "failed")]


def test_undo_puts_back_byte_for_byte_and_only_once(journal: Path, file: Path) -> None:
    before = tree_hash(file.parent)
    change(journal, FileSetter(file, b"new\n"), run="r1")
    change(journal, FileSetter(file, b"newer\n"), run="r1")
    change(journal, FileSetter(file.with_name("b"), b"made\n"), run="r1")
    assert [item["status"] for item in undo_all(journal)] == ["undone"] * 3
    assert tree_hash(file.parent) == before
    assert undo_all(journal, "r1") == []
    assert undo_all(journal) == []


def test_undo_refuses_what_another_changed_since(journal: Path, file: Path) -> None:
    change(journal, FileSetter(file, b"new\n"), run="r1")
    file.write_bytes(b"edited\n")
    [outcome] = undo_all(journal)
    assert outcome["status"] == "refused" and str(file) in outcome["reason"]
    assert file.read_bytes() == b"edited\n"
    file.write_bytes(b"new\n")
    assert undo_all(journal)[0]["status"] == "undone"
    assert file.read_bytes() == b"old\n"


def test_undo_of_an_unknown_run_says_so(journal: Path, file: Path) -> None:
    change(journal, FileSetter(file, b"new\n"), run="r1")
    with pytest.raises(ValueError, match="knows no run and no change r2"):
        undo_all(journal, "r2")


def test_an_entry_that_cannot_be_read_hides_nothing(journal: Path, file: Path) -> None:
    change(journal, FileSetter(file, b"new\n"), run="r1")
    (journal / "undo" / "20990101T000000000000Z-0.json").write_text("{")
    with pytest.raises(ValueError, match="20990101T000000000000Z-0"):
        undo_all(journal)
    assert undo_all(journal, "r1")[0]["status"] == "undone"


def test_another_run_is_kept_out_while_the_lease_holds(journal: Path, file: Path) -> None:
    change(journal, FileSetter(file, b"new\n"), run="r1")
    ended = change(journal, FileSetter(file, b"newer\n"), run="r2")
    assert ended.failed and ended.result["gate"] == "lease" and "r1" in ended.result["msg"]
    assert file.read_bytes() == b"new\n"
    assert Journal(str(journal)).release("r2") is False
    assert Journal(str(journal)).release("r1") is True
    assert change(journal, FileSetter(file, b"newer\n"), run="r2").failed is False


@pytest.mark.parametrize("lease", [{"expires_at": "2020-01-01T00:00:00Z"}, {"boot_id": "another boot"}])
def test_a_dead_lease_is_taken_over(journal: Path, file: Path, lease: dict[str, str]) -> None:
    change(journal, FileSetter(file, b"new\n"), run="r1")
    path = journal / "lease.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **lease}))
    assert change(journal, FileSetter(file, b"newer\n"), run="r2").failed is False
    assert json.loads(path.read_text())["run"] == "r2"


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"run": "r1", "expires_at": "tomorrow", "boot_id": null}'])
def test_a_lease_that_cannot_be_understood_keeps_everybody_out(journal: Path, file: Path, text: str) -> None:
    change(journal, FileSetter(file, b"new\n"), run="r1")
    (journal / "lease.json").write_text(text)
    ended = change(journal, FileSetter(file, b"newer\n"), run="r1")
    assert ended.failed and "cannot be understood" in ended.result["msg"]


def test_two_changes_at_the_same_moment_are_kept_apart(journal: Path) -> None:
    held = Journal(str(journal))
    with held.leased("r1", 5), pytest.raises(LeaseHeldError, match="at this moment"), Journal(str(journal)).leased("r1", 5):
        pass


def test_a_run_of_its_own_gives_the_lease_back(journal: Path, file: Path) -> None:
    change(journal, FileSetter(file, b"new\n"))
    assert Journal(str(journal)).lease() is None


def test_old_entries_go_and_open_ones_stay(journal: Path, file: Path) -> None:
    change(journal, FileSetter(file, b"new\n"), run="r1")
    change(journal, FileSetter(file, b"newer\n"), run="r1")
    first, second = sorted((journal / "undo").iterdir())
    for path, status in ((first, "done"), (second, "open")):
        path.write_text(json.dumps({**json.loads(path.read_text()), "closed_at": "2020-01-01T00:00:00Z", "status": status}))
    assert Journal(str(journal)).purge(90) == [first.stem]
    assert [entry["status"] for entry in Journal(str(journal)).entries()] == ["open"]


def test_killed_at_any_point_it_can_be_undone(tmp_path: Path) -> None:
    """kill -9 before every call that reaches the disk: afterwards undo gives the bytes of before, always."""
    number, survived = 0, False
    while not survived:
        number += 1
        folder = tmp_path / str(number)
        folder.mkdir()
        file = folder / "a.conf"
        file.write_bytes(b"old\n")
        ended = die_changing(folder / "journal", file, number)
        assert ended in (0, -signal.SIGKILL)
        survived = ended == 0
        entries = Journal(str(folder / "journal")).entries()
        assert file.read_bytes() == b"old\n" or entries, "changed, and nothing tells what was before"
        assert {entry["status"] for entry in entries} <= {"open", "done"}
        if entries:
            assert undo_all(folder / "journal", "r1")[0]["status"] in ("undone", "already")
        assert file.read_bytes() == b"old\n"
        assert Journal(str(folder / "journal")).entries() == [] or undo_all(folder / "journal", "r1") == []
    assert number > 15, "the process was hardly ever killed"


def test_random_changes_and_undos_end_where_they_began(tmp_path: Path) -> None:
    """1,000 sequences over a small tree, each undone as a whole, by run, or change by change in reverse."""
    dice = random.Random(20261123)
    tree = tmp_path / "tree"
    tree.mkdir()
    names = [tree / name for name in ("a", "b", "c")]
    names[0].write_bytes(b"first")
    names[0].chmod(0o600)
    names[1].write_bytes(b"second")
    start = tree_hash(tree)
    for sequence in range(1000):
        folder = tmp_path / "journal"
        runs: list[str] = []
        for _step in range(dice.randint(1, 5)):
            run = f"{sequence}-{dice.randint(0, 1)}" if not runs else runs[-1]
            path = dice.choice(names)
            content = dice.choice([None, b"", b"x" * dice.randint(1, 9), bytes(dice.randrange(256) for _byte in range(4))])
            ended = change(folder, FileSetter(path, content, fail=dice.random() < 0.1), run=run)
            runs += [run] if ended.result.get("undo_id") else []
        if runs:
            if dice.random() < 0.5:
                undo_all(folder, runs[-1])
            else:
                for entry in reversed(Journal(str(folder)).entries()):
                    if entry["run"] == runs[-1] and entry["status"] != "undone":
                        undo_all(folder, entry["id"])
            Journal(str(folder)).release(runs[-1])
        assert tree_hash(tree) == start, sequence
        for path in (folder / "undo").glob("*.json") if sequence % 50 == 0 else ():
            path.unlink()


def test_a_failed_change_of_its_own_gives_the_lease_back(journal: Path, file: Path) -> None:
    assert change(journal, FileSetter(file, b"new\n", fail=True)).failed
    assert Journal(str(journal)).lease() is None


class StockSetter(FileSetter):
    """As if another module wrote the file."""

    def stock(self) -> dict[str, object]:
        return {"module": "ansible.builtin.copy", "options": {"dest": self.target}}


def test_around_a_stock_module_the_entry_is_opened_and_committed(journal: Path, file: Path) -> None:
    alone = change(journal, StockSetter(file, b"new\n"))
    assert alone.failed and "ansible.builtin.copy" in alone.result["msg"] and not journal.exists()
    opened = change(journal, StockSetter(file, b"new\n"), step="open").result
    assert opened["stock"] == {"module": "ansible.builtin.copy", "options": {"dest": str(file)}}
    assert [entry["status"] for entry in Journal(str(journal)).entries()] == ["open"] and file.read_bytes() == b"old\n"
    file.write_bytes(b"new\n")
    done = change(journal, StockSetter(file, b"new\n"), step="commit", entry=opened["undo_id"]).result
    assert (done["changed"], done["before"], done["after"]) == (True, opened["before"], opened["after"])
    assert [entry["status"] for entry in Journal(str(journal)).entries()] == ["done"] and Journal(str(journal)).lease() is None


@pytest.mark.parametrize(("error", "says"), [("no such package", "no such package"), (None, "reads back as")])
def test_a_stock_module_that_failed_or_did_nothing_is_a_failure(journal: Path, file: Path, error: str | None, says: str) -> None:
    opened = change(journal, StockSetter(file, b"new\n"), step="open").result
    ended = change(journal, StockSetter(file, b"new\n"), step="commit", entry=opened["undo_id"], error=error)
    assert ended.failed and says in ended.result["msg"]
    assert [entry["status"] for entry in Journal(str(journal)).entries()] == ["failed"]
    again = change(journal, StockSetter(file, b"new\n"), step="commit", entry=opened["undo_id"])
    assert again.failed and "no open entry" in again.result["msg"]

"""Predictions that try to do harm: each is a failed prediction, and the next one is scored as ever."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from distil_dagster.tasks.sql import BadReference, execution_match, query_problems
from tests.tasks.sql.pairs import SHOP

REFERENCE = "SELECT name FROM customers WHERE age > 30"
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
MANY = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000000) "
SLOW = "SELECT instr(zeroblob(999999), zeroblob(499999) || x'01')"
"""One call of a C function, which SQLite can't interrupt, of minutes."""

HOSTILE = [
    ("ATTACH DATABASE '{folder}/a.db' AS a", "forbidden"),
    ("DETACH main", "forbidden"),
    ("PRAGMA table_info(customers)", "forbidden"),
    ("SELECT * FROM pragma_table_info('customers')", "forbidden"),
    ("SELECT * FROM json_each('[1]')", "forbidden"),
    ("VACUUM", "forbidden"),
    ("VACUUM INTO '{folder}/v.db'", "forbidden"),
    ("/* x */ VACUUM INTO '{folder}/v.db'", "forbidden"),
    ("BEGIN", "forbidden"),
    ("SELECT load_extension('{folder}/x')", "forbidden"),
    ("SELECT readfile('/etc/hosts')", "forbidden"),
    ("SELECT writefile('{folder}/w', 'x')", "forbidden"),
    ("SELECT fts3_tokenizer('simple')", "forbidden"),
    ("SELECT name FROM customers; SELECT 1", "forbidden"),
    ("SELECT name FROM customers; DROP TABLE customers", "forbidden"),
    ("INSERT INTO customers (id) VALUES (1)", "write_attempt"),
    ("WITH x AS (SELECT 1) DELETE FROM customers", "write_attempt"),
    ("UPDATE customers SET age = 1", "write_attempt"),
    ("DROP TABLE customers", "write_attempt"),
    ("CREATE TEMP TABLE x AS SELECT 1", "write_attempt"),
    ("ALTER TABLE customers ADD COLUMN x", "write_attempt"),
    (ENDLESS + "SELECT COUNT(*) FROM n", "timeout"),
    (ENDLESS + "SELECT MAX(i) FROM n", "timeout"),
    (SLOW, "timeout"),
    (ENDLESS + "SELECT i FROM n", "too_large"),
    (MANY + "SELECT COUNT(DISTINCT randomblob(100000) || i) FROM n", "too_large"),
    (MANY + "SELECT GROUP_CONCAT(i) FROM n", "too_large"),
    (MANY + "SELECT hex(zeroblob(100000)) FROM n", "too_large"),
    ("SELECT randomblob(1000000000)", "too_large"),
    ("SELECT zeroblob(1000000000)", "too_large"),
    ("SELECT replace(hex(zeroblob(400000)), '0', 'twenty characters...')", "too_large"),
    ("SELECT 1" + " UNION SELECT 1" * 600, "too_large"),
    ("SELECT " + "+".join(["1"] * 20_000), "too_large"),
    ("SELECT '" + "x" * 60_000 + "'", "too_large"),
    ("SELECT " + "(" * 20_000 + "1" + ")" * 20_000, "invalid"),
]


def last_process() -> psutil.Process:
    """The process in which this one's queries run."""
    (worker,) = [child for child in psutil.Process().children() if "tasks.sql.worker" in " ".join(child.cmdline())]
    return worker


class TestHostileQueries:
    @pytest.mark.parametrize(("query", "verdict"), HOSTILE, ids=[query[:50] for query, _ in HOSTILE])
    def test_they_fail_and_leave_the_scorer_working(self, query: str, verdict: str, tmp_path: Path) -> None:
        query = query.replace("{folder}", str(tmp_path))
        assert execution_match(SHOP, REFERENCE, query).verdict == verdict
        assert list(tmp_path.iterdir()) == []
        assert execution_match(SHOP, REFERENCE, REFERENCE).matches
        assert not execution_match(SHOP, REFERENCE, "SELECT name FROM customers WHERE age > 31").matches

    def test_a_function_that_can_not_be_interrupted_is_ended_with_its_process(self) -> None:
        execution_match(SHOP, REFERENCE, REFERENCE)
        before = last_process().pid
        assert execution_match(SHOP, "SELECT 0", SLOW).verdict == "timeout"
        assert execution_match(SHOP, REFERENCE, REFERENCE).matches
        assert last_process().pid != before

    def test_an_endless_sort_fails_by_time_or_memory(self) -> None:
        verdict = execution_match(SHOP, REFERENCE, ENDLESS + "SELECT i FROM n ORDER BY i")
        assert verdict.verdict in {"timeout", "too_large"}

    def test_a_huge_join_does_not_hang(self) -> None:
        tables = ", ".join(f"items i{number}" for number in range(9))
        verdict = execution_match(SHOP, "SELECT COUNT(*) FROM items WHERE 0", f"SELECT COUNT(*) * 0 FROM {tables}")
        assert verdict.verdict == "timeout"

    def test_memory_stays_within_bounds(self) -> None:
        for query, _ in HOSTILE[-12:]:
            execution_match(SHOP, REFERENCE, query)
        assert last_process().memory_info().rss < 400e6

    @pytest.mark.parametrize("query", [SLOW, ENDLESS + "SELECT COUNT(*) FROM n", "DROP TABLE customers"])
    def test_a_hostile_reference_is_a_bad_reference(self, query: str) -> None:
        with pytest.raises(BadReference):
            execution_match(SHOP, query, REFERENCE)
        assert query_problems(SHOP, query)

    def test_a_hostile_schema_is_a_bad_reference(self, tmp_path: Path) -> None:
        for schema in (
            f"ATTACH '{tmp_path}/a.db' AS a; CREATE TABLE a.t (x INTEGER)",
            "CREATE TABLE t AS " + ENDLESS + "SELECT i FROM n",
            "CREATE VIRTUAL TABLE t USING fts5(x)",
            SHOP + "CREATE TRIGGER x AFTER INSERT ON orders BEGIN DELETE FROM customers; END",
        ):
            with pytest.raises(BadReference):
                execution_match(schema, "SELECT 1", "SELECT 1")
        assert list(tmp_path.iterdir()) == []


def _scored(results: multiprocessing.Queue[bool]) -> None:
    results.put(execution_match(SHOP, REFERENCE, REFERENCE).matches)


class TestItsProcess:
    def test_it_is_started_again_when_something_ends_it(self) -> None:
        execution_match(SHOP, REFERENCE, REFERENCE)
        last_process().kill()
        assert execution_match(SHOP, REFERENCE, REFERENCE).matches

    @pytest.mark.parametrize("method", ["fork", "spawn"])
    def test_it_works_within_daemons_of_multiprocessing(self, method: str) -> None:
        execution_match(SHOP, REFERENCE, REFERENCE)
        context = multiprocessing.get_context(method)
        results = context.Queue()
        process = context.Process(target=_scored, args=(results,), daemon=True)
        process.start()
        assert results.get(timeout=60)
        process.join()
        assert execution_match(SHOP, REFERENCE, REFERENCE).matches

    def test_threads_share_it(self) -> None:
        wrong: list[int] = []

        def score(number: int) -> None:
            prediction = f"SELECT name FROM customers WHERE age > {30 + number % 2}"
            if execution_match(SHOP, REFERENCE, prediction).matches != (number % 2 == 0):
                wrong.append(number)

        threads = [threading.Thread(target=score, args=(number,)) for number in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []

    @pytest.mark.parametrize("prediction", [REFERENCE, SLOW])
    def test_it_ends_when_its_parent_is_killed(self, prediction: str) -> None:
        code = (
            "import sys, psutil\n"
            "from distil_dagster.tasks.sql import execution_match\n"
            "schema, reference, prediction = sys.argv[1:]\n"
            "execution_match(schema, reference, reference)\n"
            "print(psutil.Process().children()[0].pid, flush=True)\n"
            "while True: execution_match(schema, reference, prediction)\n"
        )
        command = [sys.executable, "-c", code, SHOP, REFERENCE, prediction]
        parent = subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": ":".join(sys.path)})
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        parent.stdout.close()
        end = time.monotonic() + 20
        while psutil.pid_exists(worker) and psutil.Process(worker).status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < end, "the process outlives its parent"
            time.sleep(0.1)

"""Text-to-SQL pairs judged per second, by the test suite and by a scorer that writes database files for each pair.

    .venv/bin/python benchmarks/sql_execution_match.py [--pairs 1000]

Both judge the same pairs of queries, half of which mean the same, over a dozen schemas, and each reference several
times. The peer makes as many databases of as many rows as the test suite does, of random values, in files, afresh for
each pair, and runs both queries there, as a scorer does that is written in an hour. How often each
is right stands beside.
"""

import argparse
import json
import random
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from distil_dagster.tasks.sql import execution_match
from distil_dagster.tasks.sql.profiles import PROFILES

SCHEMAS = (
    ("patients", "visits", "fee", "ward", "admitted"),
    ("students", "enrolments", "points", "course", "enrolled"),
    ("authors", "books", "pages", "genre", "published"),
    ("accounts", "transfers", "amount", "purpose", "booked"),
    ("drivers", "trips", "distance", "region", "started"),
    ("users", "posts", "likes", "topic", "posted"),
    ("farms", "harvests", "tonnes", "crop", "reaped"),
    ("teams", "matches", "goals", "venue", "played"),
    ("suppliers", "parts", "price", "material", "listed"),
    ("hotels", "stays", "nights", "tier", "arrived"),
    ("museums", "exhibits", "visitors", "era", "opened"),
    ("clinics", "tests", "cost", "lab", "taken"),
)
"""Names of a parent and a child table, and of the child's number, text and date."""
REFERENCES_PER_SCHEMA = 21
PEER_STEP = 9
"""The peer judges one pair in so many, as all would take it many minutes on a slow disk."""
TEMPLATES = (
    (
        "SELECT name FROM {p} WHERE size > {n}",
        "SELECT x.name FROM {p} AS x WHERE {n} < x.size",
        "SELECT name FROM {p} WHERE size >= {n}",
    ),
    (
        "SELECT {t}, COUNT(*) FROM {c} WHERE {v} BETWEEN {n} AND {m} GROUP BY {t}",
        "SELECT {t}, COUNT(id) FROM {c} WHERE {v} >= {n} AND {v} <= {m} GROUP BY 1",
        "SELECT {t}, COUNT(*) FROM {c} WHERE {v} >= {n} AND {v} < {m} GROUP BY {t}",
    ),
    (
        "SELECT p.name, SUM(c.{v}) FROM {p} p JOIN {c} c ON c.parent_id = p.id GROUP BY p.id, p.name",
        "SELECT a.name, SUM(b.{v}) AS total FROM {c} b JOIN {p} a ON a.id = b.parent_id GROUP BY a.id",
        "SELECT p.name, SUM(c.{v}) FROM {p} p LEFT JOIN {c} c ON c.parent_id = p.id GROUP BY p.id, p.name",
    ),
    (
        "SELECT name FROM {p} WHERE id IN (SELECT parent_id FROM {c} WHERE {t} = 'north')",
        "SELECT name FROM {p} p WHERE EXISTS (SELECT 1 FROM {c} c WHERE c.parent_id = p.id AND c.{t} = 'north')",
        "SELECT p.name FROM {p} p JOIN {c} c ON c.parent_id = p.id WHERE c.{t} = 'north'",
    ),
    (
        "SELECT {t}, {v} FROM {c} WHERE {d} >= '20{y}-01-01' ORDER BY {v} DESC LIMIT 5",
        "SELECT q.{t}, q.{v} FROM {c} q WHERE q.{d} >= '20{y}-01-01' ORDER BY 2 DESC LIMIT 5",
        "SELECT {t}, {v} FROM {c} WHERE {d} >= '20{y}-01-01' ORDER BY {v} LIMIT 5",
    ),
    (
        "SELECT p.name FROM {p} p JOIN {c} c ON c.parent_id = p.id GROUP BY p.id HAVING COUNT(*) > 3",
        "WITH k AS (SELECT parent_id, COUNT(*) AS n FROM {c} GROUP BY parent_id) "
        "SELECT p.name FROM {p} p JOIN k ON k.parent_id = p.id WHERE k.n >= 4",
        "SELECT p.name FROM {p} p JOIN {c} c ON c.parent_id = p.id GROUP BY p.id HAVING COUNT(*) >= 3",
    ),
    (
        "SELECT COUNT(*) FROM {c} WHERE ({t} = 'north' OR {t} = 'south') AND {v} > {n}",
        "SELECT COUNT(1) FROM {c} WHERE {v} > {n} AND {t} IN ('south', 'north')",
        "SELECT COUNT(*) FROM {c} WHERE {t} = 'north' OR {t} = 'south' AND {v} > {n}",
    ),
)
"""A reference, a query that means the same, and one that doesn't."""


@dataclass(frozen=True)
class Pair:
    """Two queries, and whether they mean the same."""

    schema: str
    reference: str
    prediction: str
    same: bool


def make_pairs(count: int) -> list[Pair]:
    rng = random.Random(7)
    references = []
    for parent, child, number, text, day in SCHEMAS:
        schema = (
            f"CREATE TABLE {parent} (id INTEGER PRIMARY KEY, name TEXT NOT NULL, size INTEGER);\n"
            f"CREATE TABLE {child} (id INTEGER PRIMARY KEY, parent_id INTEGER, {number} REAL, {text} TEXT, {day} DATE, "
            f"FOREIGN KEY (parent_id) REFERENCES {parent}(id));"
        )
        for place in range(REFERENCES_PER_SCHEMA):
            n = rng.randrange(5, 60)
            names = {"p": parent, "c": child, "v": number, "t": text, "d": day}
            filled = [
                template.format(**names, n=n, m=n + 20, y=10 + place) for template in TEMPLATES[place % len(TEMPLATES)]
            ]
            references.append((schema, filled))
    # References come one after another, as the rows of a test set do, each with both predictions.
    pairs = [
        Pair(schema, reference, prediction, same)
        for schema, (reference, right, wrong) in references
        for prediction, same in ((right, True), (wrong, False))
    ]
    return [pairs[place % len(pairs)] for place in range(count)]


def by_test_suite(pair: Pair) -> bool:
    return execution_match(pair.schema, pair.reference, pair.prediction).matches


def by_files(pair: Pair) -> bool:
    rng = random.Random(pair.schema + pair.reference)
    for profile in PROFILES:
        with tempfile.TemporaryDirectory() as folder:
            connection = sqlite3.connect(Path(folder, "pair.db"))
            connection.executescript(pair.schema)
            for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
                for row in range(profile.rows):
                    values = [_random_value(rng, row, name, kind) for _, name, kind, *_ in columns]
                    connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)
            connection.commit()
            answers = [Counter(connection.execute(query).fetchall()) for query in (pair.reference, pair.prediction)]
            connection.close()
        if answers[0] != answers[1]:
            return False
    return True


def _random_value(rng: random.Random, row: int, name: str, kind: str) -> object:
    if name == "id":
        return row
    if kind == "TEXT":
        return rng.choice(["north", "south", "east", "west"])
    if kind == "DATE":
        return f"20{rng.randrange(10, 35)}-0{rng.randrange(1, 10)}-15"
    return rng.randrange(100) if name != "parent_id" else rng.randrange(10)


def pairs_per_second(name: str, judge: Callable[[Pair], bool], pairs: list[Pair]) -> float:
    judge(pairs[0])  # starts what has to be started
    seconds = []
    right = 0
    for pair in pairs:
        start = time.perf_counter()
        right += judge(pair) == pair.same
        seconds.append(time.perf_counter() - start)
    median = sorted(seconds)[len(seconds) // 2]
    print(
        f"{name}: {len(pairs)} pairs in {sum(seconds):.1f} s, median {1000 * median:.1f} ms, "
        f"longest {1000 * max(seconds):.0f} ms, {right / len(pairs):.1%} judged rightly",
        flush=True,
    )
    return len(pairs) / sum(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description="Text-to-SQL pairs judged, beside database files for each pair.")
    parser.add_argument("--pairs", type=int, default=1_000)
    pairs = make_pairs(parser.parse_args().pairs)
    peer = pairs_per_second("database files", by_files, pairs[::PEER_STEP])
    ours = pairs_per_second("test suite", by_test_suite, pairs)
    print(json.dumps({"ours": ours, "peer": peer, "ratio": ours / peer, "unit": "pairs/s"}))


if __name__ == "__main__":
    main()

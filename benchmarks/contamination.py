"""Seconds to compare a corpus with a test set: our exact join, and MinHash LSH as datasketch's documentation has it.

    .venv/bin/python benchmarks/contamination.py [--texts short|long|templates] [--corpus 100000] [--tests 3000]

Texts are drawn by word frequency (Zipf-Mandelbrot) from 30,000 words: 8 to 30 tokens (`short`), 60 to 120 (`long`), or
200 templates with three slots each (`templates`), where very many pairs are near. Into the corpus go copies of test
questions, some with a word replaced. Each side runs in a process of its own, on one thread, and its peak memory
includes the texts. Ours counts all levels of all parts and collects examples; the peer only finds the near rows.
"""

import argparse
import json
import multiprocessing
import resource
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np

from distil_dagster.corpus.contamination import Fingerprint, contamination
from distil_dagster.corpus.similarity import utterance_tokens

WORDS = 30_000
TEMPLATES = 200
SLOTS = 3
SLOT_VALUES = 50
PLANTED = 0.1
THRESHOLD = 0.8


@dataclass(frozen=True)
class Size:
    """What is compared: the kind of texts, and rows of each part."""

    texts: str
    corpus: int
    tests: int


@dataclass(frozen=True)
class Outcome:
    """What one side needed and found."""

    seconds: float
    peak_mib: float
    near: int
    """Corpus rows near to a test row, beside exact matches."""


class Writer:
    """Draws texts without meaning whose words are as frequent as those of a language."""

    def __init__(self, random_seed: int) -> None:
        self._random = np.random.default_rng(random_seed)
        weights = 1 / (np.arange(WORDS) + 2.7)
        self._cumulative = np.cumsum(weights / weights.sum())

    def texts(self, kind: str, count: int, templates: Sequence[list[str]]) -> list[list[str]]:
        if kind == "templates":
            return [
                self._filled(templates[index], index) for index in self._random.integers(len(templates), size=count)
            ]
        return self.sentences(count, *{"short": (8, 30), "long": (60, 120)}[kind])

    def sentences(self, count: int, shortest: int, longest: int) -> list[list[str]]:
        lengths = self._random.integers(shortest, longest + 1, size=count)
        words = np.searchsorted(self._cumulative, self._random.random(lengths.sum()))
        return [[f"w{word}" for word in part] for part in np.split(words, np.cumsum(lengths)[:-1])]

    def with_a_word_replaced(self, text: list[str]) -> list[str]:
        position = self._random.integers(len(text))
        return [*text[:position], "replaced", *text[position + 1 :]]

    def _filled(self, template: list[str], index: int) -> list[str]:
        slots = np.linspace(1, len(template) - 1, SLOTS).astype(int).tolist()
        values = self._random.integers(SLOT_VALUES, size=SLOTS).tolist()
        filled = dict(zip(slots, values, strict=True))
        return [f"v{index % 20}x{filled[at]}" if at in filled else word for at, word in enumerate(template)]


def make_parts(size: Size) -> tuple[list[Fingerprint], list[Fingerprint]]:
    writer = Writer(0)
    templates = writer.sentences(TEMPLATES, 8, 30)
    tests = writer.texts(size.texts, size.tests, templates)
    corpus = writer.texts(size.texts, size.corpus, templates)
    for number in range(int(PLANTED * min(size.tests, size.corpus))):
        corpus[number] = tests[number] if number % 3 == 0 else writer.with_a_word_replaced(tests[number])
    return _fingerprints("c", corpus), _fingerprints("t", tests)


def _fingerprints(part: str, texts: Sequence[list[str]]) -> list[Fingerprint]:
    shown = (" ".join(text).capitalize() + "." for text in texts)
    return [
        Fingerprint(f"{part}{number}", text, tuple(utterance_tokens(text)), structure=f"of {len(text) // 10}")
        for number, text in enumerate(shown)
    ]


def exact_join(corpus: Sequence[Fingerprint], tests: Sequence[Fingerprint]) -> int:
    report = contamination({"seeds": tests[:50], "corpus": corpus, "tests": tests}, threshold=THRESHOLD)
    return report.cell("corpus", "tests", "near").rows


def stock_minhash(corpus: Sequence[Fingerprint], tests: Sequence[Fingerprint]) -> int:
    from datasketch import MinHash, MinHashLSH

    def sketch(row: Fingerprint) -> MinHash:
        minhash = MinHash(num_perm=128)
        for token in set(row.tokens):
            minhash.update(token.encode("utf8"))
        return minhash

    lsh = MinHashLSH(threshold=THRESHOLD, num_perm=128)
    by_id = {row.row_id: row for row in tests}
    sets = {row.row_id: set(row.tokens) for row in tests}
    for row in tests:
        lsh.insert(row.row_id, sketch(row))
    near = 0
    for row in corpus:
        own = set(row.tokens)
        near += any(
            row.tokens != by_id[test].tokens and len(own & sets[test]) >= THRESHOLD * len(own | sets[test])
            for test in lsh.query(sketch(row))
        )
    return near


def measure(find: Callable[[Sequence[Fingerprint], Sequence[Fingerprint]], int], size: Size) -> Outcome:
    corpus, tests = make_parts(size)
    started = time.perf_counter()
    near = find(corpus, tests)
    seconds = time.perf_counter() - started
    return Outcome(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, near)


def in_own_process(
    name: str, find: Callable[[Sequence[Fingerprint], Sequence[Fingerprint]], int], size: Size
) -> Outcome:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        outcome = process.submit(measure, find, size).result()
    print(
        f"{name}: {outcome.seconds:.2f} s, at most {outcome.peak_mib:,.0f} MiB; of {size.corpus:,} corpus rows "
        f"{outcome.near:,} are near to one of {size.tests:,} tests",
        flush=True,
    )
    return outcome


def main() -> None:
    parser = argparse.ArgumentParser(description="Our exact join beside MinHash LSH.")
    parser.add_argument("--texts", choices=("short", "long", "templates"), default="short")
    parser.add_argument("--corpus", type=int, default=100_000, help="rows of the corpus")
    parser.add_argument("--tests", type=int, default=3_000, help="rows of the test set")
    options = parser.parse_args()
    size = Size(options.texts, options.corpus, options.tests)
    peer = in_own_process("datasketch, a MinHash update per token", stock_minhash, size)
    ours = in_own_process("exact join", exact_join, size)
    print(
        json.dumps(
            {"ours": ours.seconds, "peer": peer.seconds, "ratio": peer.seconds / ours.seconds, "unit": "seconds"}
        )
    )


if __name__ == "__main__":
    main()

"""How alike two texts are: token Jaccard, exact against a short list and by MinHash within a long one."""

import re
from collections.abc import Sequence

PERMUTATIONS = 64
RECALL = 0.95
_TOKEN = re.compile(r"[^\W_]+")


def utterance_tokens(text: str) -> list[str]:
    """Words and numbers in lower case; punctuation doesn't count."""
    return _TOKEN.findall(text.casefold())


def most_similar(texts: Sequence[Sequence[str]], others: Sequence[Sequence[str]]) -> list[tuple[float, int]]:
    """For each text the highest Jaccard similarity of its token set to one of `others`, and which one.

    Exact: one sparse matrix product counts all common tokens. Memory is 12 bytes per pair. A text without tokens is
    like no other.
    """
    import numpy as np
    from scipy.sparse import csr_array

    if not texts or not others:
        return [(0.0, -1)] * len(texts)
    vocabulary = {token: column for column, token in enumerate({token for row in [*texts, *others] for token in row})}

    def incidence(rows: Sequence[Sequence[str]]) -> "csr_array[np.float32]":
        columns = [sorted({vocabulary[token] for token in row}) for row in rows]
        pointers = np.cumsum([0, *map(len, columns)])
        indices = np.fromiter((column for row in columns for column in row), dtype=np.int64, count=pointers[-1])
        shape = (len(rows), max(1, len(vocabulary)))
        return csr_array((np.ones(len(indices), np.float32), indices, pointers), shape=shape)

    left, right = incidence(texts), incidence(others)
    common = (left @ right.T).toarray()
    union = left.sum(axis=1)[:, None] + right.sum(axis=1)[None, :] - common
    best = np.divide(common, union, out=np.zeros_like(common), where=union > 0).argmax(axis=1)
    pairs = [(int(common[row, column]), int(union[row, column]), int(column)) for row, column in enumerate(best)]
    # Divided again as Python does: in 32 bits 19/20 is less than 0.95, and a row at a threshold would pass it.
    return [(shared / total if total else 0.0, column) for shared, total, column in pairs]


class NearDuplicates:
    """Finds texts close to one seen before, by MinHash LSH (Broder 1997; Leskovec et al., ch. 3)."""

    def __init__(self, threshold: float) -> None:
        """`threshold`: token Jaccard from which two texts count as near duplicates."""
        from datasketch import MinHashLSH

        self._threshold = threshold
        self._lsh = MinHashLSH(num_perm=PERMUTATIONS, params=_bands(threshold))
        self._tokens: dict[str, frozenset[str]] = {}

    def match_or_add(self, key: str, tokens: Sequence[str]) -> str | None:
        """The key of an earlier text at least as close as the threshold; None if none is found, then it is added.

        LSH only proposes, and may overlook a text that is barely close enough; the Jaccard similarity of a proposed
        pair is computed exactly.
        """
        from datasketch import MinHash

        distinct = frozenset(tokens)
        sketch = MinHash(num_perm=PERMUTATIONS)
        sketch.update_batch([token.encode() for token in sorted(distinct)])
        for candidate in sorted(self._lsh.query(sketch)):
            other = self._tokens[candidate]
            if distinct == other or len(distinct & other) / len(distinct | other) >= self._threshold:
                return str(candidate)
        if key not in self._tokens:
            self._tokens[key] = distinct
            self._lsh.insert(key, sketch)
        return None


def _bands(threshold: float) -> tuple[int, int]:
    """Bands and rows per band, the most selective that propose a pair at the threshold with probability RECALL.

    A pair of similarity t is proposed with probability 1 - (1 - t^rows)^bands. Equal weights for proposals too many
    and too few, as is usual, would overlook seven in ten pairs at a threshold of 0.9; here one too many is cheap.
    """
    for rows in range(PERMUTATIONS // 2, 1, -1):
        bands = PERMUTATIONS // rows
        if 1 - (1 - threshold**rows) ** bands >= RECALL:
            return bands, rows
    return PERMUTATIONS, 1

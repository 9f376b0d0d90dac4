"""How alike two texts are: token Jaccard, exact against a short list and by MinHash within a long one."""

import re
from collections.abc import Sequence

PERMUTATIONS = 64
_TOKEN = re.compile(r"[^\W_]+")


def utterance_tokens(text: str) -> list[str]:
    """Words and numbers in lower case; punctuation doesn't count."""
    return _TOKEN.findall(text.casefold())


def most_similar(texts: Sequence[Sequence[str]], others: Sequence[Sequence[str]]) -> list[tuple[float, int]]:
    """For each text the highest Jaccard similarity of its token set to one of `others`, and which one.

    Exact: one sparse matrix product counts all common tokens. Memory is 4 bytes per pair of distinct texts.
    """
    import numpy as np
    from scipy.sparse import csr_matrix

    if not texts or not others:
        return [(0.0, -1)] * len(texts)
    vocabulary: dict[str, int] = {}

    def incidence(rows: Sequence[Sequence[str]]) -> "csr_matrix[np.float32]":
        columns = [sorted({vocabulary.setdefault(token, len(vocabulary)) for token in row}) for row in rows]
        pointers = np.cumsum([0, *map(len, columns)])
        indices = np.fromiter((column for row in columns for column in row), dtype=np.int64, count=pointers[-1])
        return csr_matrix((np.ones(len(indices), np.float32), indices, pointers))

    left, right = incidence(texts), incidence(others)
    width = len(vocabulary)
    left.resize(left.shape[0], width)
    right.resize(right.shape[0], width)
    common = (left @ right.T).toarray()
    union = left.sum(axis=1).A + right.sum(axis=1).A.T - common
    similarity = np.divide(common, union, out=np.zeros_like(common), where=union > 0)
    best = similarity.argmax(axis=1)
    return [(float(similarity[row, column]), int(column)) for row, column in enumerate(best)]


class NearDuplicates:
    """Finds texts close to one seen before, by MinHash LSH (Broder 1997; Leskovec et al., ch. 3)."""

    def __init__(self, threshold: float) -> None:
        """`threshold`: token Jaccard from which two texts count as near duplicates."""
        from datasketch import MinHashLSH

        self._threshold = threshold
        self._lsh = MinHashLSH(threshold=threshold, num_perm=PERMUTATIONS)
        self._tokens: dict[str, frozenset[str]] = {}

    def match_or_add(self, key: str, tokens: Sequence[str]) -> str | None:
        """The key of an earlier text at least as close as the threshold; None if there is none, then it is added.

        LSH only proposes; the Jaccard similarity of a proposed pair is computed exactly.
        """
        from datasketch import MinHash

        distinct = frozenset(tokens)
        sketch = MinHash(num_perm=PERMUTATIONS)
        sketch.update_batch([token.encode() for token in sorted(distinct)])
        for candidate in sorted(self._lsh.query(sketch)):
            other = self._tokens[candidate]
            if len(distinct & other) >= self._threshold * len(distinct | other):
                return str(candidate)
        if key not in self._tokens:
            self._tokens[key] = distinct
            self._lsh.insert(key, sketch)
        return None

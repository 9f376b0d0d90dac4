from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from students_models import CHATML, THINKS_ONLY_LAST, tiny_tokenizer

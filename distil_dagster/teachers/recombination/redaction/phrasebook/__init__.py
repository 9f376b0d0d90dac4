"""Sentences of healthcare texts, by the kind of text; `parts` says how they are put together.

One template a line. `«a|b»` is a choice, `{pt}` a value to be redacted, `<drug>` words that stay (or further templates,
from `words`), `⏎` a line break. A prefix such as `c:` limits a template to some patients: c children, a adults, f, m, p
who may be pregnant.
"""

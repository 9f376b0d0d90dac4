"""Students: base models, fine-tuning with a shared prompt prefix, merging, and the parity of what is merged.

Assets import `settings` and `training_rows`, which need no torch; the rest runs in worker processes of its own.
"""

"""Serving a student: engines behind one interface, and the load test that measures them. Knows tasks, not training."""

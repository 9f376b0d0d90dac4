"""The one error of load tests."""


class LoadTestError(RuntimeError):
    """A load test that can't say anything; the message says what to change."""

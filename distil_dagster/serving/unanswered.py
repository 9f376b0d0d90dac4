"""Why a question got no answer, as those who asked it need to tell: one request, or all that may follow it."""


class UnansweredError(RuntimeError):
    """A question got no answer; the message says why, and how to go on where there is a way."""


class BudgetExhaustedError(UnansweredError):
    """The next request may cost more than is left of the budget: nothing further is sent."""


class EndpointRefusedError(UnansweredError):
    """The endpoint knows no such model, or not this key, so that it would refuse every other request too."""


class UnrecordedError(UnansweredError):
    """Answers can't be kept: what is paid for would be lost, so that nothing further is sent."""

"""What the workers of this stage raise when a person has to change something."""


class StudentError(RuntimeError):
    """One sentence that says what is wrong, where, and what to do; a worker prints it and ends with exit code 1."""

"""What can be wrong with a machine."""


class MachineError(RuntimeError):
    """A machine has not what a step needs: its device, free, or its files. The message says what to do."""

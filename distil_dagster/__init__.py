"""Turn a narrow task into a small language model its owner can serve alone, and prove what it is worth."""

__version__ = "0.1.0"

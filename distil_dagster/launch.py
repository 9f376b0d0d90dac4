"""Runs a command that the kernel kills when the process that started it dies, even if that one was killed itself.

    python -m distil_dagster.launch PID_OF_STARTER COMMAND ...

The command takes this process over, so it keeps the pid, and is bound before it imports anything of its own. On other
systems than Linux it is run all the same.
"""

import os
import sys

from distil_dagster.processes import die_with_parent

if __name__ == "__main__":
    die_with_parent(int(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])

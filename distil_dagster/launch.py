"""Runs a command that the kernel kills when the process that started it dies, even if that one was killed itself.

    python -m distil_dagster.launch PID_OF_STARTER COMMAND ...

The command takes this process over, so it keeps the pid, and is bound before it imports anything of its own. On other
systems than Linux it is run all the same.
"""

import os
import sys

from distil_dagster.processes import die_with_parent


def launch_command(module: str, *, processes: int = 1) -> list[str]:
    """The command that runs a module, to which its arguments are added.

    Several processes that train together are started by `accelerate launch`, each with a GPU of its own unless the
    arguments say that it is to use the CPU.
    """
    if processes == 1:
        return [sys.executable, "-m", module]
    launcher = [sys.executable, "-m", "accelerate.commands.accelerate_cli", "launch", "--multi_gpu"]
    # What accelerate would else guess, with a warning each; port 0 is any that is free.
    plain = ["--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0"]
    return [*launcher, "--num_processes", str(processes), *plain, "--module", module]


if __name__ == "__main__":
    die_with_parent(int(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])

"""A Python environment with a stand-in for vLLM: the command line of `vllm serve`, in front of the scripted server.

Like vLLM's, its engine is a child process that outlives the server; with the fault "obstinate" it won't end when asked.
"""

from __future__ import annotations

import venv
from pathlib import Path

SERVING_TESTS = Path(__file__).parent
VERSIONS = {"vllm": "0.0.1", "torch": "0.0.2"}
MAIN = """
import argparse, importlib.util, json, os, subprocess, sys
import scripted_server

parser = argparse.ArgumentParser(prog="stand-in vllm")
serve = parser.add_subparsers(dest="subcommand", required=True).add_parser("serve")
serve.add_argument("model")
values = ("--host", "--port", "--served-model-name", "--dtype", "--generation-config", "--default-chat-template-kwargs")
for flag in (*values, "--fault"):
    serve.add_argument(flag)
serve.add_argument("--enforce-eager", action="store_true")
given = parser.parse_args()
print("arguments", json.dumps(sys.argv[1:]))
print("environment", json.dumps(dict(os.environ)))
print("modules", json.dumps([name for name in ("distil_dagster", "pydantic") if importlib.util.find_spec(name)]))
ignored = "signal.signal(2, 1); signal.signal(15, 1);" if given.fault == "obstinate" else ""
engine = f"import signal, time; {ignored} time.sleep(600)"
subprocess.Popen([sys.executable, "-c", engine])
sys.argv = ["scripted_server", given.port, given.fault or ""]
scripted_server.main()
"""


def environment_without_vllm(folder: Path) -> Path:
    """Make an empty environment and name its interpreter."""
    venv.create(folder, with_pip=False, symlinks=True)
    return folder / "bin" / "python"


def environment_with_stand_in(folder: Path) -> Path:
    """Make an environment whose vLLM is the stand-in and name its interpreter."""
    python = environment_without_vllm(folder)
    (packages,) = folder.glob("lib/python*/site-packages")
    for name, version in VERSIONS.items():
        metadata = packages / f"{name}-{version}.dist-info" / "METADATA"
        metadata.parent.mkdir()
        metadata.write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    main = packages / "vllm" / "entrypoints" / "cli" / "main.py"
    main.parent.mkdir(parents=True)
    main.write_text(MAIN)
    (packages / "scripted_server.pth").write_text(str(SERVING_TESTS))
    return python

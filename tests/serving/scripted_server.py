"""An OpenAI-compatible chat server that does what a script says, for faults that a real server shows too rarely.

In a test: `with ScriptedServer([Fault.HTTP_500]) as server`. As a program that an engine can start:

    python tests/serving/scripted_server.py PORT [start-up fault]
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Messages = list[dict[str, str]]
Usage = dict[str, Any] | None


class Fault(Enum):
    """What may be wrong with one answer."""

    NONE = "none"
    HTTP_400 = 400
    HTTP_401 = 401
    HTTP_403 = 403
    HTTP_404 = 404
    HTTP_429 = 429
    HTTP_500 = 500
    HANGS = "hangs"
    TRUNCATED = "truncated"
    HALF_JSON = "half of the JSON"
    CLOSED = "closed"
    NO_COMPLETION = "no completion"
    NO_JSON = "no JSON"
    EMPTY = "empty"


def echo(messages: Messages) -> str:
    """Answer what was said last."""
    return messages[-1]["content"]


def count_words(messages: Messages, text: str) -> Usage:
    """Take every word for a token."""
    prompt = sum(len(message["content"].split()) for message in messages)
    return {"prompt_tokens": prompt, "completion_tokens": len(text.split())}


def count_characters(messages: Messages, text: str) -> Usage:
    """Take four characters for a token, as most tokenizers do."""
    prompt = 4 + sum(len(message["content"]) // 4 for message in messages)
    return {"prompt_tokens": prompt, "completion_tokens": 1 + len(text) // 4}


class ScriptedServer(ThreadingHTTPServer):
    """Answers the n-th request as the n-th fault says, and those after the script rightly."""

    daemon_threads = True
    allow_reuse_address = False
    request_queue_size = 128

    def __init__(
        self,
        script: Sequence[Fault] = (),
        *,
        answer: Callable[[Messages], str] = echo,
        usage: Callable[[Messages, str], Usage] = count_words,
        finish_reason: str = "stop",
        retry_after: str = "0",
        refused_parameter: str | None = None,
        seconds: float = 0.0,
        metrics: str | None = None,
        port: int = 0,
    ) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.script = iter(script)
        self.answer = answer
        self.usage = usage
        self.finish_reason = finish_reason
        self.retry_after = retry_after
        self.refused_parameter = refused_parameter
        self.seconds = seconds
        self.metrics = metrics
        self.requests: list[dict[str, Any]] = []
        self.arrivals: list[float] = []
        self.authorizations: list[str | None] = []
        self.most_at_once = 0
        self.at_once = 0
        self.lock = threading.Lock()
        self.closing = threading.Event()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def __enter__(self) -> ScriptedServer:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: ScriptedServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_: object) -> None:
        """Stay quiet."""

    def do_GET(self) -> None:
        metrics = self.server.metrics if self.path == "/metrics" else None
        self.send(404 if metrics is None else 200, (metrics or "").encode())

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server = self.server
        with server.lock:
            server.requests.append(request)
            server.arrivals.append(time.monotonic())
            server.authorizations.append(self.headers["Authorization"])
            server.at_once += 1
            server.most_at_once = max(server.most_at_once, server.at_once)
            fault = next(server.script, Fault.NONE)
        try:
            if fault is Fault.NONE:  # a refusal comes at once, before the answers that take their time
                time.sleep(server.seconds)
            with suppress(BrokenPipeError, ConnectionResetError):
                self.reply(fault, request)
        finally:
            with server.lock:
                server.at_once -= 1

    def reply(self, fault: Fault, request: dict[str, Any]) -> None:
        refused = self.server.refused_parameter
        if refused is not None and refused in request:
            error = {"message": f"Unsupported parameter: '{refused}' is not supported.", "param": refused}
            self.send(400, json.dumps({"error": error}).encode())
        elif isinstance(fault.value, int):
            headers = {"Retry-After": self.server.retry_after} if fault is Fault.HTTP_429 else {}
            self.send(fault.value, b'{"error": "scripted"}', headers)
        elif fault is Fault.HANGS:
            self.server.closing.wait()
        elif fault is Fault.CLOSED:
            self.connection.shutdown(socket.SHUT_RDWR)
        elif fault is Fault.NO_COMPLETION:
            self.send(200, b'{"choices": []}')
        elif fault is Fault.NO_JSON:
            self.send(200, b"<html>")
        else:
            body = self.completion(request, empty=fault is Fault.EMPTY)
            if fault is Fault.HALF_JSON:
                body = body[: len(body) // 2]
            self.send(
                200, body[: len(body) // 2] if fault is Fault.TRUNCATED else body, {"Content-Length": str(len(body))}
            )
            if fault is Fault.TRUNCATED:
                self.connection.shutdown(socket.SHUT_RDWR)

    def completion(self, request: dict[str, Any], *, empty: bool) -> bytes:
        choices = request.get("structured_outputs", {}).get("choice", [])
        text = "" if empty else choices[0] if choices else self.server.answer(request["messages"])
        message = {"role": "assistant"} if empty else {"role": "assistant", "content": text}
        choice = {"index": 0, "message": message, "finish_reason": self.server.finish_reason}
        body = {"model": f"{request['model']}-2026", "choices": [choice]}
        usage = self.server.usage(request["messages"], text)
        return json.dumps(body if usage is None else body | {"usage": usage}).encode()

    def send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    """Serve on a port until a signal comes, with a fault at the start if one is named."""
    port, fault = int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""
    print(f"scripted server starts as {os.getpid()}", flush=True)
    if fault == "ends":
        sys.exit("no weights in this folder")
    if fault == "says much and ends":
        sys.exit("\n".join(f"line {number}" for number in range(1, 80)))
    if fault == "is killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if fault == "hangs":
        time.sleep(600)
    if fault == "ignores signals":
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if fault == "has a child":
        subprocess.Popen([sys.executable, "-c", "import signal, time; signal.signal(2, 1); time.sleep(600)"])
    script = [Fault.HTTP_500, Fault.CLOSED, Fault.NO_JSON, Fault.EMPTY] if fault == "warms up" else []
    rambles = {"answer": lambda messages: "and so on " * 9} if fault == "rambles" else {}
    with ScriptedServer(script, port=port, **rambles):
        time.sleep(600)


if __name__ == "__main__":
    main()

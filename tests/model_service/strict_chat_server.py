"""A language model's server as a process of its own, which refuses what the OpenAI protocol does not have.

`python -m tests.model_service.strict_chat_server` prints its base URL and serves until it is killed. Its
model reads a request as rules do: it finds "smoothie blenders" and "red".
"""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

MODEL: Final = "reader"
PARAMETERS: Final = {
    *("model", "messages", "temperature", "top_p", "seed", "stream", "n", "stop"),
    *("max_tokens", "max_completion_tokens", "response_format", "frequency_penalty", "presence_penalty"),
}
KNOWN: Final = ("smoothie blenders", "red")


def faults(path: str, content_type: str, body: Any) -> list[str]:
    """Return what a strict server would refuse."""
    if path != "/v1/chat/completions" or content_type.partition(";")[0] != "application/json":
        return [f"{path} with {content_type}"]
    wrong = [f"unknown: {name}" for name in sorted(body.keys() - PARAMETERS)]
    if body.get("model") != MODEL:
        wrong.append(f"no model {body.get('model')}")
    messages = body.get("messages")
    if not messages or any(set(own) != {"role", "content"} for own in messages):
        wrong.append("messages have a role and a content")
    elif messages[-1]["role"] != "user" or any(
        own["role"] not in ("system", "user", "assistant") or not isinstance(own["content"], str)
        for own in messages
    ):
        wrong.append("a chat ends with its user")
    form = body.get("response_format", {})
    if form.get("type") != "json_schema" or not form["json_schema"].keys() >= {"name", "schema"}:
        wrong.append("response_format is a named schema")
    return wrong


def completion(body: Any) -> dict[str, Any]:
    """Return the reply to a chat, with all fields that the protocol requires."""
    queries = json.loads(body["messages"][-1]["content"])["requests"]
    readings = [
        {"conditions": [{"text": text} for text in KNOWN if text in query], "rest": []} for query in queries
    ]
    message = {"role": "assistant", "content": json.dumps({"requests": readings}), "refusal": None}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_772_366_400,
        "model": MODEL,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}],
        "usage": {"prompt_tokens": 400, "completion_tokens": 30, "total_tokens": 430},
    }


class _StrictHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections are kept, and die with the process

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        wrong = faults(self.path, self.headers.get("Content-Type", ""), body)
        answer: dict[str, Any] = {"error": {"message": "; ".join(wrong)}} if wrong else completion(body)
        content = json.dumps(answer).encode()
        self.send_response(400 if wrong else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), _StrictHandler)
    print(f"http://127.0.0.1:{server.server_port}/v1", flush=True)
    server.serve_forever()

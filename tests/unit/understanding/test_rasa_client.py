import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from assistant.contract import EngineError
from assistant.understanding.rasa_client import RasaClient, read_answer
from assistant.understanding.templates import Span

ANSWER = {
    "text": "on a grand piano",
    "intent": {"name": "adjust", "confidence": 0.9},
    "intent_ranking": [{"name": "adjust", "confidence": 0.9}],
    "entities": [{"start": 5, "end": 16, "entity": "instrument", "value": "piano"}],
}


class FakeRasa(ThreadingHTTPServer):
    """A server on loopback that answers as told."""

    daemon_threads = True
    delay_s = 0.0
    status = 200
    calls = 0
    body: Any = ANSWER


class Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FakeRasa

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls += 1
        time.sleep(self.server.delay_s)
        body = json.dumps(self.server.body).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        return


@pytest.fixture
def rasa() -> Iterator[FakeRasa]:
    server = FakeRasa(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def client(rasa: FakeRasa) -> Iterator[RasaClient]:
    made = RasaClient(f"http://127.0.0.1:{rasa.server_port}", "secret", 0.25, retry_s=0.05)
    made.watch()
    assert made.wait(5.0)
    yield made
    made.close()


def test_spans_of_characters_become_spans_of_words() -> None:
    answer = read_answer(ANSWER)
    assert answer.ranking == (("adjust", 0.9),)
    assert answer.spans == (Span(2, 4, "instrument"),)


def test_a_healthy_rasa_is_asked(client: RasaClient) -> None:
    assert client.parse(["on", "a", "grand", "piano"]).ranking[0][0] == "adjust"


def test_a_slow_rasa_costs_its_budget_once(rasa: FakeRasa, client: RasaClient) -> None:
    rasa.delay_s = 3.0
    began_s = time.perf_counter()
    with pytest.raises(EngineError):
        client.parse(["hello"])
    assert time.perf_counter() - began_s < 1.0
    assert not client.healthy
    began_s = time.perf_counter()
    with pytest.raises(EngineError):
        client.parse(["hello"])
    assert time.perf_counter() - began_s < 0.05


def test_rasa_is_asked_again_when_it_is_back(rasa: FakeRasa, client: RasaClient) -> None:
    rasa.status = 500
    with pytest.raises(EngineError):
        client.parse(["hello"])
    rasa.status = 200
    assert client.wait(5.0)
    assert client.parse(["hello"]).ranking[0][0] == "adjust"


def test_an_answer_of_another_shape_is_a_failure(rasa: FakeRasa, client: RasaClient) -> None:
    rasa.body = {"unexpected": True}
    with pytest.raises(EngineError):
        client.parse(["hello"])


def test_nothing_listening_is_never_healthy() -> None:
    client = RasaClient("http://127.0.0.1:9", retry_s=0.01)
    client.watch()
    assert not client.wait(0.2)
    client.close()

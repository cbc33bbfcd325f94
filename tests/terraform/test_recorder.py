"""What stands between Terraform and the embedded AWS answers a request that is asked again as it did before."""

from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

import pytest

from terraform.recorder import Recorder, recording


class _Counting(BaseHTTPRequestHandler):
    """Answers with how often it was asked; refuses what is sent to /conflict."""

    asked = 0

    def do_POST(self) -> None:
        type(self).asked += 1
        answer = str(self.asked).encode()
        self.send_response(409 if self.path == "/conflict" else 200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_words: object) -> None:
        """Print nothing."""


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """A recorder in front of a server that counts."""

    class Handler(_Counting):
        pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    with recording(f"http://127.0.0.1:{server.server_port}") as made:
        yield made
    server.shutdown()
    server.server_close()
    thread.join()


def _ask(recorder: Recorder, path: str, invocation: str) -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", int(urlsplit(recorder.endpoint).port or 0), timeout=10)
    signed = "AWS4-HMAC-SHA256 Credential=key/20261128/eu-west-1/iam/aws4_request, Signature=0"
    connection.request("POST", path, b"", {"Authorization": signed, "amz-sdk-invocation-id": invocation})
    found = connection.getresponse()
    answer = found.status, found.read()
    connection.close()
    return answer


def test_a_second_attempt_gets_the_first_ones_answer(recorder: Recorder) -> None:
    """A client whose answer was lost asks again under the same invocation: AWS isn't asked twice, nor is it noted."""
    assert [_ask(recorder, "/", "a"), _ask(recorder, "/", "a")] == [(200, b"1"), (200, b"1")]
    assert len(recorder.of("key")) == 1


def test_another_request_is_passed_on(recorder: Recorder) -> None:
    """Each invocation is a request of its own."""
    assert [_ask(recorder, "/", "a"), _ask(recorder, "/", "b")] == [(200, b"1"), (200, b"2")]
    assert len(recorder.of("key")) == 2


def test_what_was_refused_is_asked_anew(recorder: Recorder) -> None:
    """A refusal may be for a moment, as one of a rate is."""
    assert [_ask(recorder, "/conflict", "a"), _ask(recorder, "/conflict", "a")] == [(409, b"1"), (409, b"2")]

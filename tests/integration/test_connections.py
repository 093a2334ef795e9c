"""Connections to AWS, against servers on this machine that send back what a test says."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cidb2.aws import connections as module
from cidb2.aws.connections import Connections

pytestmark = pytest.mark.integration

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Server:
    """Answers each request with the next of its answers, on connections that it counts.

    An answer of None closes the connection; one that ends in `close` closes it afterwards.
    """

    def __init__(self, *answers: bytes | None, context: ssl.SSLContext | None = None) -> None:
        self.answers = [*answers]
        self.requests: list[bytes] = []
        self.connections = 0
        self._context = context
        self._socket = socket.create_server(("127.0.0.1", 0))
        scheme = "https" if context else "http"
        self.url = f"{scheme}://127.0.0.1:{self._socket.getsockname()[1]}"
        Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
            with connection:
                while request := _request(connection):
                    self.requests.append(request)
                    answer = self.answers.pop(0) if self.answers else OK
                    if answer is None:
                        return
                    connection.sendall(answer)
                    if b"Connection: close" in answer:
                        return
        except OSError:
            return

    def close(self) -> None:
        self._socket.close()


def _request(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(65536)
        if not part:
            return b""
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(
        (int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length:")), 0
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    with ExitStack() as stack:

        def begin(*answers: bytes | None, **options: Any) -> Server:
            server = Server(*answers, **options)
            stack.callback(server.close)
            return server

        yield begin


@pytest.fixture
def connections() -> Connections:
    return Connections()


def get(connections: Connections, url: str) -> Any:
    return connections.send("GET", url, {"Host": "aws"}, b"")


def test_a_request_goes_out_in_one_piece_with_its_headers_and_body(
    connections: Connections, serve: Callable[..., Server]
) -> None:
    server = serve()
    headers = {"Host": "aws", "X-Name": "ü", "Content-Length": "3"}
    response = connections.send("POST", f"{server.url}/a%20b?c=d%26e", headers, b"abc")
    assert (response.status_code, response.content) == (200, b"ok")
    assert server.requests == [
        "POST /a%20b?c=d%26e HTTP/1.1\r\nAccept-Encoding: identity\r\nHost: aws\r\nX-Name: ü\r\n"
        "Content-Length: 3\r\n\r\nabc".encode()
    ]


@pytest.mark.parametrize("value", ["a\r\nX-Other: b", "a\nb", "a\rb"])
def test_a_header_cannot_begin_another_line(
    connections: Connections, serve: Callable[..., Server], value: str
) -> None:
    server = serve()
    with pytest.raises(ValueError, match="several lines"):
        connections.send("GET", server.url, {"Host": "aws", "X-Name": value}, b"")
    assert server.connections == 0


def test_a_connection_is_used_again_as_long_as_the_server_keeps_it(
    connections: Connections, serve: Callable[..., Server]
) -> None:
    server = serve(OK, OK, OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    for _ in range(5):
        assert get(connections, server.url).content == b"ok"
    assert server.connections == 2


def test_a_connection_that_the_server_closed_meanwhile_is_not_used(
    connections: Connections, serve: Callable[..., Server]
) -> None:
    server = serve(OK, None)
    get(connections, server.url)
    with pytest.raises(ConnectionClosedError):
        get(connections, server.url)
    assert get(connections, server.url).content == b"ok"


def test_a_connection_that_waited_for_long_is_not_trusted(
    connections: Connections, serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, moment = serve(), [1_800_000_000.0]
    monkeypatch.setattr("cidb2.aws.connections.time.time", lambda: moment[0])
    for pause, expected in ((0, 1), (29, 1), (29, 1), (31, 2)):
        moment[0] += pause
        get(connections, server.url)
        assert server.connections == expected


@pytest.mark.parametrize(
    ("answer", "content"),
    [
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
            b"abc",
        ),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nto the end", b"to the end"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, b"ok"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", b""),
    ],
)
def test_answers_of_each_form_are_read_to_their_end(
    connections: Connections, serve: Callable[..., Server], answer: bytes, content: bytes
) -> None:
    server = serve(answer)
    assert get(connections, server.url).content == content
    assert get(connections, server.url).content == b"ok"


def test_a_body_of_many_megabytes_is_read_whole(
    connections: Connections, serve: Callable[..., Server]
) -> None:
    body = bytes(20_000_000)
    server = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 20000000\r\n\r\n" + body)
    assert get(connections, server.url).content == body


def test_headers_are_found_whatever_their_case_and_joined_where_they_come_twice(
    connections: Connections, serve: Callable[..., Server]
) -> None:
    server = serve(OK.replace(b"\r\n\r\n", b"\r\nX-AMZN-RequestId: 1\r\nvia: a\r\nvia: b\r\n\r\n"))
    headers = get(connections, server.url).headers
    assert (headers["x-amzn-requestid"], headers["Via"]) == ("1", "a, b")


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\ncut",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n9\r\ncut",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nno number\r\n",
        b"nothing of HTTP Connection: close\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Many: header\r\n" * 200 + b"Connection: close\r\n\r\n",
        None,
    ],
)
def test_an_answer_that_is_none_or_cut_off_is_a_closed_connection(
    connections: Connections, serve: Callable[..., Server], answer: bytes | None
) -> None:
    server = serve(answer)
    with pytest.raises(ConnectionClosedError):
        get(connections, server.url)
    assert get(connections, server.url).content == b"ok"


def test_a_server_that_does_not_answer_is_waited_for_so_long_and_no_longer(
    connections: Connections, serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "READ_TIMEOUT_SECONDS", 0.05)
    server = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
    with pytest.raises(ReadTimeoutError):
        get(connections, server.url)


def test_nobody_who_listens_is_no_endpoint(connections: Connections) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(EndpointConnectionError):
        get(connections, f"http://127.0.0.1:{port}")


def test_a_connection_that_does_not_open_in_time_says_so(
    connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wait(*_: Any, **__: Any) -> Any:
        raise TimeoutError

    monkeypatch.setattr("urllib3.util.connection.create_connection", wait)
    with pytest.raises(ConnectTimeoutError):
        get(connections, "http://aws")


def test_only_so_many_connections_wait_and_the_oldest_go_first(
    connections: Connections, serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "IDLE_AT_MOST", 2)
    first, *others = servers = [serve() for _ in range(3)]
    get(connections, first.url)
    [[(oldest, _)]] = connections._idle._places.values()
    for server in (*others, *others, first):
        get(connections, server.url)
    assert not oldest.is_connected
    assert [server.connections for server in servers] == [2, 1, 1]


def certificate(name: str, folder: Path) -> Path:
    """Return a file with a key and a certificate of its own for a host."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    secret = key.private_bytes(encoding, form, serialization.NoEncryption())
    path.write_bytes(secret + made.public_bytes(encoding))
    return path


def secure(path: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@pytest.mark.parametrize(
    ("name", "is_known", "is_trusted"),
    [("localhost", True, True), ("localhost", False, False), ("elsewhere", True, False)],
)
def test_a_server_is_trusted_by_its_certificate_and_name(
    serve: Callable[..., Server],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    is_known: bool,
    is_trusted: bool,
) -> None:
    path = certificate(name, tmp_path)
    if is_known:
        monkeypatch.setenv("AWS_CA_BUNDLE", str(path))
    server = serve(OK, context=secure(path))
    url = server.url.replace("127.0.0.1", "localhost")
    if is_trusted:
        assert get(Connections(), url).content == b"ok"
    else:
        with pytest.raises(SSLError):
            get(Connections(), url)


def test_where_the_environment_names_a_proxy_requests_go_through_it(
    serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = serve()
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.setenv("no_proxy", "")
    assert get(Connections(), "http://aws.example/path").content == b"ok"
    assert proxy.requests[0].startswith(b"GET http://aws.example/path HTTP/1.1\r\n")

"""The server: only for this machine's own page, safe headers, quick to stop, clear when the port is taken."""

import asyncio
import gc
import json
import socket
import time

import pytest
from gongzhi.errors import PageError
from gongzhi.page import Hub, PageServer, Stop
from gongzhi.page.guard import Guard, same_origin
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus


async def get(server, path="/", host=None, method="GET", origin=None):
    """(status, headers, body) of a request by hand, so that any Host can be sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host or f'127.0.0.1:{server.port}'}", "Connection: close"]
    if origin:
        lines.append(f"Origin: {origin}")
    writer.write("\r\n".join([*lines, "", ""]).encode())
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    status, *rest = head.decode().split("\r\n")
    return int(status.split()[1]), dict(line.lower().split(": ", 1) for line in rest), body


def with_server(scene, **options):
    got = []

    async def main():
        server = PageServer(Hub(got.append), **options)
        await server.start()
        try:
            async with asyncio.timeout(20):
                await scene(server)
        finally:
            await server.stop()

    asyncio.run(main())
    return got


def ws(server):
    return server.url.replace("http", "ws") + "ws"


def test_the_page_and_its_files_have_their_types_and_safety_headers():
    async def scene(server):
        for path, type_ in {
            "/": "text/html",
            "/static/main.js": "text/javascript",
            "/static/style.css": "text/css",
            "/static/icon.svg": "image/svg+xml",
            "/api/catalogue?lang=zh": "application/json",
        }.items():
            status, headers, body = await get(server, path)
            assert (status, headers["content-type"].split(";")[0]) == (200, type_)
            assert "default-src 'none'" in headers["content-security-policy"]
            assert "unsafe" not in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"
            assert "server" not in headers
            assert body

    with_server(scene)


def test_the_catalogue_is_chinese_and_english_needs_none():
    async def scene(server):
        assert json.loads((await get(server, "/api/catalogue?lang=zh"))[2])["you decide"] == "你说了算"
        assert json.loads((await get(server, "/api/catalogue?lang=en"))[2]) == {}

    with_server(scene)


@pytest.mark.parametrize("path", ["/static/../app.py", "/static/%2e%2e/app.py", "/nothing", "/static/"])
def test_nothing_else_is_given(path):
    async def scene(server):
        assert (await get(server, path))[0] == 404

    with_server(scene)


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "", "a@127.0.0.1", "10.0.0.1"]
)
def test_another_name_for_this_machine_is_refused(host):
    async def scene(server):
        assert (await get(server, host=host or " "))[0] in (400, 403)

    with_server(scene)


@pytest.mark.parametrize("host", ["localhost:99", "127.0.0.1", "[::1]:8000", "LOCALHOST"])
def test_the_own_names_are_served(host):
    async def scene(server):
        assert (await get(server, host=host))[0] == 200

    with_server(scene)


def test_a_page_for_the_whole_room_answers_to_addresses_and_given_names():
    guard = Guard(lambda *_: None, "0.0.0.0", ["Robot.Local"])
    assert guard.knows("192.168.1.7:8000")
    assert guard.knows("[fe80::1]:8000")
    assert guard.knows("robot.local")
    assert not guard.knows("evil.example")
    assert not guard.knows("1.2.3.4:port")
    assert not Guard(lambda *_: None, "192.168.1.7").knows("192.168.1.8")


def test_origins():
    assert same_origin(None, "a:1")
    assert same_origin("http://a:1", "a:1")
    assert not same_origin("http://a:2", "a:1")
    assert not same_origin("null", "a:1")
    assert not same_origin("https://evil.example", "a:1")


def test_another_sites_script_gets_no_websocket():
    async def scene(server):
        with pytest.raises(InvalidStatus, match="403"):
            await connect(ws(server), origin="http://evil.example")
        async with connect(ws(server), origin=server.url.rstrip("/")) as own:
            assert json.loads(await own.recv()) == {"type": "begin"}
        assert (await get(server, origin="http://evil.example"))[0] == 403

    with_server(scene)


def test_what_was_said_just_before_the_window_closed_counts():
    async def scene(server):
        for stop in ('{"type":"stop"}', b'{"type":"stop"}'):
            async with connect(ws(server)) as one:
                await one.send(stop)
        # The server has seen each close, and with it what came before.

    assert with_server(scene) == [Stop(), Stop()]


def test_too_long_or_too_many_messages_end_the_connection():
    async def scene(server):
        async with connect(ws(server)) as one:
            await one.send("x" * 5000)
            with pytest.raises(ConnectionClosed):
                await _drain(one)
            assert one.close_code == 1009
        async with connect(ws(server)) as two:
            for _ in range(500):
                await two.send("nonsense")
            with pytest.raises(ConnectionClosed):
                await _drain(two)
            assert two.close_code == 1008

    assert with_server(scene) == []


async def _drain(connection):
    while True:
        await connection.recv()


def test_there_is_no_compression():
    async def scene(server):
        async with connect(ws(server)) as one:
            assert one.protocol.extensions == []

    with_server(scene)


def test_it_stops_within_half_a_second_even_if_a_browser_hangs():
    async def main():
        server = PageServer(Hub())
        await server.start()
        async with connect(ws(server)) as polite:
            # A browser that never reads and never answers the close.
            reader, hung = await asyncio.open_connection("127.0.0.1", server.port)
            hung.write(
                b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
            )
            assert b"101" in await reader.readline()
            before = time.monotonic()
            await server.stop()
            took = time.monotonic() - before
            with pytest.raises(ConnectionClosed):
                await _drain(polite)
            hung.close()
        left = [task for task in asyncio.all_tasks() if "page" in repr(task.get_coro())]
        return took, left

    took, left = asyncio.run(main())
    assert took < 2  # 0.3 s when the machine is quiet; a hung wait would take 10
    assert left == []


def test_a_port_in_use_is_said_in_both_languages():
    async def main():
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            with pytest.raises(PageError) as caught:
                await PageServer(Hub(), port=port).start()
        return port, caught.value

    port, error = asyncio.run(main())
    assert f"Port {port} on 127.0.0.1 is already in use" in error.text("en")
    assert "已被占用" in error.text("zh")


def test_an_address_that_is_not_ours_is_said():
    with pytest.raises(PageError, match=r"192\.0\.2\.1"):  # RFC 5737: nobody's
        asyncio.run(PageServer(Hub(), host="192.0.2.1").start())


def test_signals_stay_the_runtimes():
    import signal

    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)

    async def scene(server):
        # Inside a running loop asyncio.run itself holds SIGINT; uvicorn must not have taken it.
        assert "uvicorn" not in repr(signal.getsignal(signal.SIGINT))
        assert signal.getsignal(signal.SIGTERM) == before[1]

    with_server(scene)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_it_comes_back_on_the_same_port():
    async def main():
        server = PageServer(Hub())
        await server.start()
        port = server.port
        await server.stop()
        await server.start()
        status, _, _ = await get(server)
        await server.stop()
        return port == server.port, status

    assert asyncio.run(main()) == (True, 200)


def test_the_address_to_open(monkeypatch):
    monkeypatch.setattr("gongzhi.page.app._outside", lambda: "192.168.1.7")
    assert PageServer(Hub(), "0.0.0.0", 8000, key="k").url == "http://192.168.1.7:8000/?key=k"
    assert PageServer(Hub(), "127.0.0.1", 8000).url == "http://127.0.0.1:8000/"
    assert PageServer(Hub(), "::1", 8000).url == "http://[::1]:8000/"


def test_who_comes_while_it_stops_leaves_nothing_open():
    # An open socket that is left behind is a ResourceWarning, and each warning an error.
    ask = b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    ask += b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"

    async def come(port):
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(ask)
                await reader.read(1)
                writer.close()
                await writer.wait_closed()
            except OSError:
                await asyncio.sleep(0.001)

    async def main():
        server = PageServer(Hub())
        await server.start()
        crowd = [asyncio.create_task(come(server.port)) for _ in range(4)]
        async with asyncio.timeout(10):
            while not server._hub.clients:  # noqa: ASYNC110  (it has no event)
                await asyncio.sleep(0.001)
        await server.stop()
        assert not server._hub.clients
        for task in crowd:
            task.cancel()
        await asyncio.gather(*crowd, return_exceptions=True)

    for _ in range(5):
        asyncio.run(main())
    gc.collect()

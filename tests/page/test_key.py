"""A page that the network can reach: without its key nobody sees or answers, with it everything goes as usual."""

import asyncio

import pytest
from gongzhi.page.app import application
from gongzhi.page.hub import Hub
from gongzhi.page.key import COOKIE

KEY = "abc-123_x"


def ask(path="/", query="", cookie="", kind="http"):
    """The first message that the page answers with."""
    app = application(Hub(), "0.0.0.0", key=KEY)
    headers = [(b"host", b"192.168.1.7:8016")] + ([(b"cookie", cookie.encode())] if cookie else [])
    scope = {
        "type": kind, "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": query.encode(), "headers": headers,
        "server": ("x", 80), "client": ("192.168.1.8", 5), "subprotocols": [],
    }  # fmt: skip
    sent = []

    async def receive():
        return {"type": "websocket.connect"} if kind == "websocket" else {"type": "http.request", "body": b""}

    async def send(message):
        sent.append(message)

    asyncio.run(asyncio.wait_for(app(scope, receive, send), 10))
    return sent


@pytest.mark.parametrize("path", ["/", "/static/main.js", "/api/catalogue"])
@pytest.mark.parametrize("cookie", ["", f"{COOKIE}=wrong", f"{COOKIE}=", "nonsense;;=", f'{COOKIE}="{KEY}x"'])
def test_without_the_key_nothing_is_shown(path, cookie):
    start, body = ask(path, cookie=cookie)[:2]
    assert start["status"] == 403
    assert "钥匙".encode() in body["body"]


def test_without_the_key_nobody_answers():
    assert ask("/ws", kind="websocket")[0]["type"] == "websocket.close"
    assert ask("/ws", kind="websocket", cookie=f"{COOKIE}=wrong")[0]["type"] == "websocket.close"


def test_the_shown_address_gives_the_cookie_and_hides_the_key():
    start = ask(query=f"key={KEY}")[0]
    headers = dict(start["headers"])
    assert (start["status"], headers[b"location"]) == (303, b"/")
    assert headers[b"set-cookie"].startswith(f"{COOKIE}={KEY};".encode())
    assert b"httponly" in headers[b"set-cookie"].lower()
    assert b"samesite=strict" in headers[b"set-cookie"].lower()


def test_a_wrong_key_in_the_address_is_refused():
    assert ask(query="key=wrong")[0]["status"] == 403


def test_with_the_cookie_the_page_is_served():
    assert ask(cookie=f"a=b; {COOKIE}={KEY}")[0]["status"] == 200

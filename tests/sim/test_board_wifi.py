"""The Wi-Fi of a virtual board: joining, losing and finding it again, and what that does to connections."""

from __future__ import annotations

import socket
import sys

import pytest

STATION = """
import network, time
w = network.WLAN(network.STA_IF)
print('first', w.active(), w.status() == network.STAT_IDLE)
w.active(True)
w.connect('school', 'key')
before = None
while True:
    now = (w.isconnected(), w.status(), w.ifconfig()[0])
    if now != before:
        before = now
        print('wifi', *now)
        if now[0]:
            print('rssi', w.status('rssi'), w.config('ssid'))
    time.sleep(0.005)
"""

# Asks for a line's echo each time its button is pressed; says what came within a short time.
CLIENT = """
import socket, sys, time
from machine import Pin
s = socket.socket()
s.connect(socket.getaddrinfo('127.0.0.1', PORT)[0][-1])
s.settimeout(0.1)
print('connected')
n = 0
b = Pin(4, Pin.IN, Pin.PULL_UP)
while True:
    while b.value():
        time.sleep(0.002)
    n += 1
    s.send(b'%d\\n' % n)
    print('sent', n)
    while not b.value():
        time.sleep(0.002)
    try:
        print('asked', n, 'heard', s.recv(100))
    except OSError:
        print('asked', n, 'heard nothing')
"""


def test_a_station_joins_loses_and_finds_its_network(board):
    one = board(STATION)
    one.said("first False True")
    one.said("wifi False 1001 0.0.0.0")
    one.said("wifi True 1010 127.0.0.1")
    one.said("rssi -55 school")
    one.wifi("off")
    one.event_of("wifi", 1, state="joining")
    one.until(lambda: one.console.count("wifi False 1001 0.0.0.0") == 2)
    one.wifi("on", rssi=-80)
    one.said("rssi -80 school")
    assert [event.data["state"] for event in one.events if event.kind == "wifi"] == [
        "idle", "joining", "joined", "joining", "joined",
    ]  # fmt: skip
    one.stop()
    assert one.wifi_state == "off"


def test_a_refused_password_never_joins_and_can_be_told(board):
    one = board(STATION.replace("w.connect", "w.config(reconnects=3)\nw.connect"), start=False)
    one.wifi("refused")
    one.start()
    one.said("wifi False 202")
    one.wifi("off")
    one.said("wifi False 201")
    one.wifi("on")
    one.said("wifi True 1010")


@pytest.mark.skipif(sys.platform == "win32", reason="connections hang only where descriptors can be listed")
def test_connections_hang_while_the_wifi_is_gone_and_live_on_after(board):
    with socket.create_server(("127.0.0.1", 0)) as server:
        one = board(CLIENT.replace("PORT", str(server.getsockname()[1])))
        peer, _ = server.accept()
        with peer:
            peer.settimeout(20)
            one.said("connected")

            def ask(number):
                one.press(4)
                one.said(f"sent {number}")

            ask(1)
            assert peer.recv(100) == b"1\n"
            peer.send(b"one")
            one.release(4)
            one.said("asked 1 heard b'one'")

            one.wifi("off")
            ask(2)
            one.release(4)
            one.said("asked 2 heard nothing")
            peer.settimeout(0.05)
            with pytest.raises(TimeoutError):
                peer.recv(100)  # neither the line nor an end: nobody tells the other side
            peer.send(b"unheard")
            ask(3)
            one.release(4)
            one.said("asked 3 heard nothing")

            one.wifi("on")
            peer.settimeout(20)
            ask(4)
            heard = b""
            while not heard.endswith(b"4\n"):
                heard += peer.recv(100)
            assert heard == b"2\n3\n4\n", "what was sent meanwhile arrives late, in its order"
            one.release(4)
            one.said("asked 4 heard b'unheard'")

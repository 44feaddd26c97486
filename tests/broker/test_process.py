"""The broker in a process of its own: it starts, answers, tells what went wrong, and never outlives its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from queue import Queue

import pytest
from gongzhi.broker import BrokerConfig, BrokerProcess, Users
from gongzhi.errors import BrokerError

LOOPBACK = BrokerConfig(port=0)


@pytest.fixture(scope="module")
def process():
    told: Queue[tuple[str, str, str]] = Queue()
    with BrokerProcess.start(LOOPBACK, notice=lambda *what: told.put(what)) as running:
        running.told = told
        yield running


def test_it_serves_and_counts(process, dial):
    raw = dial(process.port, "c")
    raw.publish("t", b"x", 1)
    stats = process.stats()
    assert (stats["received"], stats["clients"]) == (1, 1)
    assert stats["cpu_s"] > 0
    assert process.alive


def test_it_tells_of_two_clients_with_one_id(process, dial):
    dial(process.port, "door")
    dial(process.port, "door")
    assert process.told.get(timeout=30)[:2] == ("takeover", "door")


def test_a_port_that_is_taken_says_which_and_what_to_do(process):
    with pytest.raises(BrokerError) as caught:
        BrokerProcess.start(BrokerConfig(port=process.port))
    assert f"Port {process.port} on 127.0.0.1 is already in use" in caught.value.text("en")
    assert f"--port {process.port + 1}" in caught.value.text("en")
    assert f"端口 {process.port} 已被占用" in caught.value.text("zh")


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent to a group of processes on POSIX only")
def test_ctrl_c_does_not_end_it(process, dial):
    os.kill(process.pid, signal.SIGINT)
    dial(process.port, "after").quiet()
    assert os.getpgid(process.pid) != os.getpgid(0)


def test_it_ends_within_half_a_second_of_its_input(process):
    with BrokerProcess.start(LOOPBACK) as running:
        child = running._child
        begin = time.monotonic()
        child.stdin.close()
        assert child.wait(5) == 0
        assert time.monotonic() - begin < 2.0  # half a second is the promise, the rest is for a busy machine
        assert not running.alive
    with pytest.raises(BrokerError, match="ended"):
        running.stats()
    running.stop()


def test_it_does_not_outlive_a_parent_that_is_killed():
    script = (
        "import sys, time; from gongzhi.broker import *\n"
        "p = BrokerProcess.start(BrokerConfig(port=0)); print(p.pid, p.port, flush=True); time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    _, port = map(int, parent.stdout.readline().split())
    from mqtt_raw import Client

    raw = Client(port)
    assert raw.connect("c") == (False, 0)
    parent.kill()
    parent.wait(10)
    raw.closed()
    parent.stdout.close()


def test_nothing_of_the_configuration_is_in_the_list_of_processes():
    users = Users()
    users.add("gate01", "sesame")
    with BrokerProcess.start(BrokerConfig(port=0, users=users)) as running:
        assert not any("scrypt" in part or "gate01" in part for part in running._child.args)


def test_users_and_rules_reach_the_process(dial):
    users = Users()
    users.add("gate01", "sesame")
    with BrokerProcess.start(BrokerConfig(port=0, users=users, access=(("*", "read", "a"),))) as running:
        assert dial(running.port).connect("c", user="gate01", password="wrong") == (False, 4)
        raw = dial(running.port, "c", user="gate01", password="sesame")
        assert raw.subscribe(("a", 0), ("b", 0)) == [0, 0x80]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7"])
def test_without_users_it_does_not_listen_on_the_network(host):
    with pytest.raises(BrokerError) as caught:
        BrokerProcess.start(BrokerConfig(host=host, port=0))
    assert "without users" in caught.value.text("en")
    assert "没有设置用户" in caught.value.text("zh")


def test_an_address_that_is_not_ours():
    users = Users()
    users.add("a", "b")
    with pytest.raises(BrokerError, match=r"no address 192\.0\.2\.1"):
        BrokerProcess.start(BrokerConfig(host="192.0.2.1", port=0, users=users))


def test_a_process_that_does_not_start_is_a_clear_error(monkeypatch, tmp_path):
    script = tmp_path / ("python.cmd" if os.name == "nt" else "python")
    script.write_text("@exit /b 3\n" if os.name == "nt" else "#!/bin/sh\nexit 3\n")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))
    with pytest.raises(BrokerError, match="did not start"):
        BrokerProcess.start(LOOPBACK)

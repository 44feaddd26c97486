"""The client that the runtime itself uses, Eclipse paho, against our broker: every QoS, a will, a session."""

from __future__ import annotations

from queue import Queue

import paho.mqtt.client as mqtt
import pytest


@pytest.fixture
def paho(ours):
    made = []

    def begin(client: str, clean=True, will=None) -> mqtt.Client:
        made.append(mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client, clean_session=clean))
        begun, got, connected = made[-1], Queue(), Queue()
        begun.got, begun.acknowledged = got, Queue()
        begun.on_message = lambda _c, _u, message: got.put(message)
        begun.on_subscribe = lambda _c, _u, number, codes, _p: begun.acknowledged.put([code.value for code in codes])
        begun.on_connect = lambda _c, _u, flags, code, _p: connected.put((flags.session_present, code.value))
        if will:
            begun.will_set(*will)
        begun.connect("127.0.0.1", ours.port)
        begun.loop_start()
        begun.present, code = connected.get(timeout=30)
        assert code == 0
        return begun

    yield begin
    for client in made:
        client.disconnect()
        client.loop_stop()


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_messages_and_retained_ones(paho, name, qos):
    reader, sender = paho(f"{name}r"), paho(f"{name}s")
    reader.subscribe(f"{name}/#", 2)
    assert reader.acknowledged.get(timeout=30) == [2]
    for index in range(20):
        sender.publish(f"{name}/t", f"{index}", qos, retain=True).wait_for_publish(10)
    assert [reader.got.get(timeout=30).payload for _ in range(20)] == [b"%d" % index for index in range(20)]
    later = paho(f"{name}l")
    later.subscribe(f"{name}/+", 2)
    message = later.got.get(timeout=30)
    assert (message.payload, message.qos, message.retain) == (b"19", qos, True)


def test_a_session_and_a_will(paho, name):
    reader = paho(f"{name}r", clean=False)
    reader.subscribe([(f"{name}/t", 1), (f"{name}/will", 1)])
    assert reader.acknowledged.get(timeout=30) == [1, 1]
    lost = paho(f"{name}lost", will=(f"{name}/will", b"gone", 1))
    lost.loop_stop()
    lost.socket().close()
    assert reader.got.get(timeout=30).payload == b"gone"
    reader.disconnect()
    reader.loop_stop()
    sender = paho(f"{name}s")
    for index in range(30):
        sender.publish(f"{name}/t", f"{index}", 1).wait_for_publish(10)
    again = paho(f"{name}r", clean=False)
    assert again.present
    assert [again.got.get(timeout=30).payload for _ in range(30)] == [b"%d" % index for index in range(30)]

"""Takes the name of a client's module and a broker's port, gives a client that the bench drives in one way: our own
`Client`, or an `MQTTClient` as umqtt (it blocks) or mqtt_as (it is awaited) have it.

Each has `publish(topic, payload)` at QoS 1, as soon as the client takes one more; `heard()`, until the next message to
its own subscription; `settled()`, until all of them are acknowledged.
"""

import asyncio

_WINDOW = 24  # of ours, which has room for 32


async def started(name, port, topic):
    """The client, connected and subscribed to `topic` (bytes)."""
    module = __import__(name, None, None, ("x",))
    if not hasattr(module, "MQTTClient"):
        kind = _Ours
    elif hasattr(module.MQTTClient, "check_msg"):
        kind = _Blocking
    else:
        kind = _Awaited
    made = kind()
    await made.start(module, port, topic)
    return made


class _Ours:
    async def start(self, module, port, topic):
        self._event = asyncio.Event()
        self._client = module.Client("bench-node", "127.0.0.1", port, subs=(topic,))
        self._client.on_message = lambda *_: self._event.set()
        asyncio.create_task(self._client.run())
        while not self._client.up:
            await asyncio.sleep_ms(5)

    async def publish(self, topic, payload):
        while self._client.waiting() >= _WINDOW:
            await asyncio.sleep_ms(0)
        self._client.publish(topic, payload, 1)

    async def heard(self):
        await self._event.wait()
        self._event.clear()

    async def settled(self):
        while self._client.waiting():
            await asyncio.sleep_ms(0)


class _Blocking:
    async def start(self, module, port, topic):
        self._came = False
        self._client = module.MQTTClient("bench-node", "127.0.0.1", port)
        self._client.set_callback(self._message)
        self._client.connect()
        self._client.subscribe(topic, 1)

    def _message(self, *_):
        self._came = True

    async def publish(self, topic, payload):
        self._client.publish(topic, payload, False, 1)

    async def heard(self):
        while not self._came:
            self._client.wait_msg()
        self._came = False

    async def settled(self):
        pass  # `publish` has waited for each


class _Awaited:
    async def start(self, module, port, topic):
        self._event = asyncio.Event()
        config = module.config
        for key, value in (("server", "127.0.0.1"), ("port", port), ("ssid", "school"), ("wifi_pw", "key")):
            config[key] = value
        config["subs_cb"] = lambda *_: self._event.set()
        self._client = module.MQTTClient(config)
        await self._client.connect()
        await self._client.subscribe(topic, 1)

    async def publish(self, topic, payload):
        await self._client.publish(topic, payload, False, 1)

    async def heard(self):
        await self._event.wait()
        self._event.clear()

    async def settled(self):
        pass

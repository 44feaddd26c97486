"""What only the chip does: joining networks, telling who it is, its watchdog."""

import asyncio

import machine
import network
from gongzhi_node import app
from gongzhi_node.ports import esp32
from support import Time, cancelled, settle

NETS = [{"ssid": "class", "key": "secret12"}, {"ssid": "hall", "key": ""}]


class World:
    def __init__(self, nets=NETS, **air):
        network.air.clear()
        network.air.update(air)
        del network.asked[:], network.power[:]
        self.time = Time((esp32,))
        self.wifi = esp32.Wifi(nets)

    async def start(self):
        self.task = asyncio.create_task(self.wifi.keep())
        await settle()
        return self

    async def end(self):
        await cancelled(self.task)


async def test_without_networks_the_network_is_there():
    w = await World([]).start()
    assert w.wifi.up() and w.wifi.rssi() is None and w.task.done() and network.power == []


async def test_joins_the_first_that_is_there_without_power_saving():
    w = await World(**{"class": "secret12", "hall": None}).start()
    assert w.wifi.up() and network.asked == ["class"] and w.wifi.rssi() == -60
    assert network.WLAN.pm == network.WLAN.PM_NONE
    await w.end()
    w = await World(hall=None).start()
    assert not w.wifi.up() and w.wifi.rssi() is None
    await w.time.forward(15200)
    assert w.wifi.up() and network.asked == ["class", "hall"]
    await w.end()


async def test_a_short_gap_is_the_drivers_business_a_long_one_ours():
    w = await World(**{"class": "secret12"}).start()
    network.air.clear()
    await w.time.forward(2000)
    network.air["class"] = "secret12"
    await w.time.forward(5000)
    assert w.wifi.up() and network.asked == ["class"]
    network.air.clear()
    await w.time.forward(3600)
    network.air["class"] = "secret12"
    await w.time.forward(500)
    assert w.wifi.up() and network.asked == ["class", "class"] and network.power == [True]
    await w.end()


async def test_after_five_failures_the_interface_is_switched_off_and_on():
    w = await World(**{"class": "another key"}).start()
    await w.time.forward(89000)
    assert network.power == [True]
    await w.time.forward(3000)
    assert network.power == [True, False, True]
    network.air["class"] = "secret12"
    await w.time.forward(40000)
    assert w.wifi.up()
    await w.end()


async def test_a_driver_that_refuses_is_asked_again():
    w = World(**{"class": "secret12"})
    real = network.WLAN.connect
    network.WLAN.connect = lambda self, ssid, key=None: real(machine, ssid)  # raises: not on
    machine.on = False
    await w.start()
    await w.time.forward(3000)
    assert not w.wifi.up()
    network.WLAN.connect = real
    await w.time.forward(20000)
    assert w.wifi.up()
    await w.end()


def test_who_and_why():
    assert esp32.chip() == "240ac4010203" and esp32.cause() == "power"
    assert list(esp32.flash_pins()) == [6, 7, 8, 9, 10, 11]


def test_watchdog():
    machine.reset_world()
    esp32.watchdog(30000).feed()
    assert machine.dogs[0].timeout == 30000 and machine.dogs[0].fed == 1
    esp32.leave_watchdog()
    assert machine.dogs[1].timeout == 3600000, "as long as the console may need"


def test_a_second_ctrl_c_leaves_nothing_driven():
    class Found:
        asked = 0

        def rest_all(self, t):
            self.asked += 1
            if self.asked == 1:
                raise KeyboardInterrupt

    for stopped in (True, False):
        found = Found()
        machine.reset_world()
        app.end(found, stopped)
        assert found.asked == 2 and [dog.timeout for dog in machine.dogs] == [3600000]

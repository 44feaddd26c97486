"""The embedded broker, MQTT 3.1.1 on asyncio: takes a BrokerConfig, gives a server for boards and programs."""

from gongzhi.broker.access import AccessRule, Users
from gongzhi.broker.config import BrokerConfig, Limits, Tls
from gongzhi.broker.process import BrokerProcess
from gongzhi.broker.server import Broker

__all__ = ["AccessRule", "Broker", "BrokerConfig", "BrokerProcess", "Limits", "Tls", "Users"]

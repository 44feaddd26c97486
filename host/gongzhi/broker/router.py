"""Takes published messages and subscriptions, gives each message to whom it concerns, and keeps the retained ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gongzhi.broker import packets
from gongzhi.broker.config import Limits
from gongzhi.broker.session import Counters, Session
from gongzhi.broker.topics import Message, RetainedStore, SubscriptionTree

_ROUTES: Final = 4096


@dataclass(slots=True)
class _Route:
    topic: str
    targets: list[tuple[Session, int]]


class Router:
    """Subscriptions, retained messages, and the way of a message from one to the other."""

    def __init__(self, limits: Limits, counters: Counters) -> None:
        self.limits, self.counters = limits, counters
        self.retained = RetainedStore(limits.retained, limits.retained_bytes)
        self._tree: SubscriptionTree[Session] = SubscriptionTree()
        # Who gets a topic is found once for many messages; any change of a subscription forgets all of it.
        self._routes: dict[bytes, _Route] = {}

    def without_room(self, topic: bytes) -> Session | None:
        """A connected subscriber of the topic (as on the wire) that can hold no more."""
        for session, granted in (self._routes.get(topic) or self._route(topic)).targets:
            if session.full and granted and session.link is not None:
                return session
        return None

    def publish(self, sender: Session, topic: bytes, payload: bytes, qos: int, retain: bool) -> None:
        """Give a message to all its subscribers; one that the sender may not publish is counted and dropped."""
        route = self._routes.get(topic) or self._route(topic)
        if not self._may_publish(sender, route.topic):
            self.counters.denied_publish += 1
            return
        message = Message(topic, payload, qos)
        if retain and not self.retained.set(route.topic, message):
            self.counters.dropped_retained += 1
        for session, granted in route.targets:
            session.deliver(message, qos if qos < granted else granted)

    def tell(self, topic: str, payload: bytes) -> None:
        """Give a message of the broker's own to all its subscribers, at QoS 0."""
        wire = len(topic).to_bytes(2, "big") + topic.encode()
        for session, _ in (self._routes.get(wire) or self._route(wire)).targets:
            session.deliver(Message(wire, payload, 0), 0)

    def subscribe(self, session: Session, wanted: list[tuple[str, int]]) -> list[int]:
        """Add subscriptions, as far as the session may have them; gives the codes of SUBACK."""
        codes = []
        for pattern, qos in wanted:
            allowed = self._may_subscribe(session, pattern)
            codes.append(qos if allowed else packets.REFUSED)
            if allowed:
                session.subscriptions[pattern] = qos
                self._tree.add(pattern, session, qos)
            else:
                self.counters.denied_subscribe += 1
        self._routes.clear()
        return codes

    def unsubscribe(self, session: Session, patterns: list[str]) -> None:
        """Forget subscriptions; one that is not there is no error."""
        for pattern in patterns:
            if session.subscriptions.pop(pattern, None) is not None:
                self._tree.remove(pattern, session)
        self._routes.clear()

    def send_retained(self, session: Session, pattern: str, qos: int) -> None:
        """Send what is retained for a new subscription."""
        session.offer_retained([topic for topic, _ in self.retained.match(pattern)], qos)

    def _may_publish(self, sender: Session, topic: str) -> bool:
        if topic.startswith("$SYS/") or len(topic) > self.limits.topic or topic.count("/") >= self.limits.levels:
            return False
        return sender.permissions is None or sender.permissions.write(topic)

    def _may_subscribe(self, session: Session, pattern: str) -> bool:
        limits = self.limits
        if len(pattern) > limits.topic or pattern.count("/") >= limits.levels:
            return False
        if pattern not in session.subscriptions and len(session.subscriptions) >= limits.subscriptions:
            return False
        return session.permissions is None or session.permissions.read(pattern)

    def _route(self, topic: bytes) -> _Route:
        text = packets.check_topic(topic[2:])
        route = _Route(text, list(self._tree.match(text).items()))
        if len(text) <= self.limits.topic:
            if len(self._routes) >= _ROUTES:
                self._routes.clear()
            self._routes[topic] = route
        return route

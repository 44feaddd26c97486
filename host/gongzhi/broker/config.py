"""Takes the owner's wishes, gives the broker's frozen configuration: where it listens, who may do what, its limits."""

from __future__ import annotations

from dataclasses import dataclass, field

from gongzhi.broker.access import AccessRule, Users


@dataclass(frozen=True, slots=True)
class Limits:
    """What one client, and all of them, may cost. Every buffer of the broker is bounded by one of these.

    Bytes: `packet` the remaining length of one packet; `queue_bytes` what is held for one client; `retained_bytes` all
    retained messages with their topics and an allowance per topic level.
    Counts: `clients` connected; `sessions` kept for absent clients; `subscriptions` of one client; letters of a
    `topic`, filter or client id, and `levels` of a topic or filter; `queue` messages held for one client; `inflight`
    unacknowledged ones sent to it; `incoming` unfinished QoS 2 ones from it; `retained` messages.
    `rate` messages per second from one client (with a burst of as many as two seconds give); one that is faster is
    read more slowly. Seconds: `connect` until CONNECT must have arrived; `patience` for how long a slow subscriber
    may hold up its publishers before it is disconnected.
    """

    packet: int = 256 * 1024
    topic: int = 1024
    levels: int = 32
    clients: int = 5000
    sessions: int = 5000
    subscriptions: int = 200
    queue: int = 5000
    queue_bytes: int = 2 * 1024 * 1024
    inflight: int = 64
    incoming: int = 1024
    retained: int = 20_000
    retained_bytes: int = 32 * 1024 * 1024
    rate: float = 5000.0
    connect: float = 10.0
    patience: float = 2.0

    def __post_init__(self) -> None:
        wrong = [name for name in self.__slots__ if not getattr(self, name) > 0]
        if wrong:
            raise ValueError(f"these limits must be above 0: {', '.join(wrong)}")


@dataclass(frozen=True, slots=True)
class Tls:
    """Where the broker speaks TLS: address, port (0: any free one), and the paths of certificate and key (PEM)."""

    host: str
    port: int
    certificate: str
    key: str


@dataclass(frozen=True, slots=True)
class BrokerConfig:
    """Where and how the broker runs.

    `port` 0 takes any free one. `users` None lets anybody in, which is only allowed on loopback. `access` empty lets
    every user do everything; as soon as there is one rule, only what a rule permits is permitted. `tls`: where it
    listens besides.
    """

    host: str = "127.0.0.1"
    port: int = 1883
    users: Users | None = None
    access: tuple[AccessRule, ...] = ()
    limits: Limits = field(default_factory=Limits)
    tls: Tls | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise ValueError(f"port {self.port} is outside 0..65535")
        # Plain tuples are welcome where a configuration is written by hand.
        object.__setattr__(self, "access", tuple(AccessRule(*rule) for rule in self.access))

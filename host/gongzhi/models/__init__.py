"""Takes a model's name, gives its verified weights: described in models/<name>/model.toml, kept in a per-user cache."""

from gongzhi.models.description import Card, Member, Source, card, cards
from gongzhi.models.download import Progress
from gongzhi.models.store import Found, cache_dir, ensure, fetch, inventory, load

__all__ = [
    "Card",
    "Found",
    "Member",
    "Progress",
    "Source",
    "cache_dir",
    "card",
    "cards",
    "ensure",
    "fetch",
    "inventory",
    "load",
]

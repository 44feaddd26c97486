"""The record of every decision: written once, chained by hashes, and read by people, programs and teachers."""

from __future__ import annotations

from gongzhi.journal.files import read as read
from gongzhi.journal.files import verify as verify
from gongzhi.journal.journal import FREE as FREE
from gongzhi.journal.journal import FULL as FULL
from gongzhi.journal.journal import TORN as TORN
from gongzhi.journal.journal import Journal as Journal
from gongzhi.journal.journal import Keep as Keep

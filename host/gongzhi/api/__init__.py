"""What a pupil's program uses: it declares when the machine proposes what, and its functions hear what happens."""

from __future__ import annotations

from gongzhi.api.body import Body as Body
from gongzhi.api.condition import Condition as Condition
from gongzhi.api.decided import Decided as Decided
from gongzhi.api.decided import Proposal as Proposal
from gongzhi.api.parts import Button as Button
from gongzhi.api.parts import Output as Output
from gongzhi.api.parts import Part as Part
from gongzhi.api.parts import Sensor as Sensor
from gongzhi.api.parts import Switch as Switch
from gongzhi.api.project import Project as Project
from gongzhi.api.running import ENV_ACTIONS as ENV_ACTIONS
from gongzhi.api.running import ENV_BROKER as ENV_BROKER
from gongzhi.api.running import ENV_TOPIC as ENV_TOPIC
from gongzhi.api.running import show_errors as show_errors
from gongzhi.api.when import When as When

"""What comes from a file or a wire as a name, a hash or a day ends where it ends: a new line after it is refused."""

import msgspec
import pytest
from gongzhi import heard_shapes
from gongzhi.challenge import entries, task
from gongzhi.learn import dataset, pack, recording, sensor_recording
from gongzhi.models import description
from gongzhi.page import studio_messages
from gongzhi.teach import quarantine

KINDS = [
    (recording.Slug, "p01"), (recording.Word, "挥手"), (sensor_recording.Channel, "x"), (pack.Id, "tiger_lift"),
    (dataset.Day, "2026-03-01"), (quarantine.Sample, 16 * "a"),
    (description.Sha256, 64 * "a"), (entries._Hash, 64 * "a"), (entries.Team, "team-1"), (task.Name, "wave"),
    (heard_shapes.Name, "lamp"), (heard_shapes.Reads, "lamp.x"), (studio_messages.Stem, "wave-1"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "good"), KINDS, ids=[good[:12] for _, good in KINDS])
def test_a_name_has_no_line_after_it(kind, good):
    assert msgspec.convert(good, kind) == good
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(good + "\n", kind)

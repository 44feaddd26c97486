"""A small data set of drawn forms with a model beside it, and drawn samples to teach with."""

from __future__ import annotations

import shutil

import pytest
from gongzhi.learn import dataset, golden, pack
from gongzhi.learn.generator import Performer, perform
from gongzhi.learn.workflow import build
from gongzhi.teach.quarantine import Note, sample_of

FORMS = ("tiger_lift", "deer_run", "bird_fly")
RATE = 2.5


def drawn(form, seed, seconds=30.0, label=None):
    """A recording of a drawn performer; `label` where it is called something else."""
    known = pack.load("wuqinxi")
    return perform(known, known.form(form), Performer(seed), seconds, label)


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """The data set, once: three forms by four performers, one of them golden, and a model that never saw them."""
    data = dataset.create(tmp_path_factory.mktemp("school") / "data", dataset.About(name="forms", rate=RATE))
    for seed in range(4):
        for form in FORMS:
            data.add(drawn(form, seed))
    golden.move(data, golden.choose(data))
    build(data, data.folder / "model.tflite")
    return data.folder


@pytest.fixture
def folder(made, tmp_path):
    """A copy of one's own."""
    return shutil.copytree(made, tmp_path / "data")


@pytest.fixture
def teach():
    """Puts a drawn sample into quarantine; gives its name."""

    def put(quarantine, form, seed=20, label=None, seat="human:owner#door"):
        sample = drawn(form, seed, 20.0)
        note = Note(sample=sample_of(sample), label=label or form, seat=seat)
        quarantine.add(sample, note)
        return note.sample

    return put

"""Generated recordings and their windows, made once."""

import pytest
from gongzhi.bench.learn import parts
from gongzhi.learn.training import train

FORMS = ("tiger_lift", "deer_run", "bird_fly")


@pytest.fixture(scope="session")
def few():
    """Windows of train, check and test of eight forms by few performers."""
    return parts({"train": range(4), "check": range(100, 102), "test": range(200, 202)}, 50.0)


@pytest.fixture(scope="session")
def trained(few):
    from gongzhi.bench.learn import FORMS as ALL

    return train((few["train"], few["check"]), ALL, rounds=8)

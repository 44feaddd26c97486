"""The bench of learning gives each figure from bodies that are in one part only; no speed is judged here."""

import pytest
from gongzhi.bench import learn


def test_all_figures_are_there_and_fit(monkeypatch):
    monkeypatch.setattr(learn, "_PEOPLE", {"train": range(3), "check": range(100, 101), "test": range(200, 201)})
    monkeypatch.setattr(learn, "_ROUNDS", 3)
    small = learn.parts
    monkeypatch.setattr(learn, "parts", lambda: small(learn._PEOPLE, 40.0))
    monkeypatch.setattr(learn, "WINDOWS", 200)
    figures = learn.run()
    assert list(figures) == ["windows", "classes", "accuracy", "train_s", "infer_us", "export_max_abs_diff", "kb"]
    assert figures["windows"] == pytest.approx(200, abs=2)
    assert figures["export_max_abs_diff"] <= 1e-5
    assert figures["kb"] <= 100
    assert figures["accuracy"] > 0.5


def test_nobody_is_in_two_parts():
    everybody = [seed for seeds in learn._PEOPLE.values() for seed in seeds]
    assert len(everybody) == len(set(everybody))

"""Takes what is known of a trained model, gives its card in the user's language as Markdown."""

from __future__ import annotations

from typing import Any

from gongzhi.learn.dataset import About
from gongzhi.learn.evaluation import Report
from gongzhi.learn.windows import Kind
from gongzhi.text import tr


def apart(kind: Kind) -> str:
    """By what the test was kept apart, in words."""
    return {"person": tr("by person"), "recording": tr("by recording"), "block": tr("by blocks of time")}[kind]


def _table(rows: list[list[str]]) -> list[str]:
    head, *rest = [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows]
    return [head, "|" + " --- |" * len(rows[0]), *rest, ""]


def _by_label(report: Report, figures: dict[str, Any]) -> list[str]:
    rows = [[tr("Label"), tr("Windows"), tr("Right"), tr("Interval (95 %)")]]
    for label, each in figures["by_label"].items():
        share = each["right"] / each["windows"] if each["windows"] else 0.0
        interval = f"{each['low']:.0%} – {each['high']:.0%}"
        rows.append([label, str(each["windows"]), f"{share:.0%}" if each["windows"] else "–", interval])
    rows.append([tr("All"), str(report.windows), f"{report.accuracy:.1%}", _interval(figures)])
    return _table(rows)


def _interval(figures: dict[str, Any]) -> str:
    return f"{figures['accuracy_low']:.1%} – {figures['accuracy_high']:.1%}"


def _confusion(report: Report) -> list[str]:
    rows = [["", *report.labels]]
    rows += [[label, *map(str, row)] for label, row in zip(report.labels, report.confusion.tolist(), strict=True)]
    return _table(rows)


def _limits() -> list[str]:
    return [
        "- " + tr("It knows only these labels, these persons and this camera. Test it with people it has never seen."),
        "- " + tr("It sees a flat picture: movements towards the camera look alike to it."),
    ]


def _sensor_limits() -> list[str]:
    return [
        "- " + tr("It knows only these labels, these persons and this sensor as they wore it. Test it with people it "
                  "has never seen, and worn in other ways."),
        "- " + tr("Where samples are missing it says nothing."),
    ]  # fmt: skip


# Over 40 lines: it is the card’s text, from top to bottom.
def card(about: About, report: Report, figures: dict[str, Any], picture: str) -> str:
    """The model card (after Mitchell et al., 2019): data, split, how often right, what it confuses, limits; `picture`
    is the file of the reliability diagram beside it."""
    confuses = [
        "- " + tr("“{truth}” was taken for “{said}”: {count} ×", truth=truth, said=said, count=count)
        for truth, said, count in report.confusions()
    ] or ["- " + tr("No mistake in this test. That does not mean that there are none.")]
    curve = [f"- {n}: {accuracy:.1%}" for n, accuracy in figures["learning_curve"]]
    lines = [
        f"# {about.name}", "",
        "## " + tr("Data"),
        "- " + tr("Labels: {labels}.", labels=", ".join(about.labels)),
        "- " + tr("{persons} persons; windows of {seconds:g} s: {train} to learn, {check} to check, {test} to test.",
                  persons=figures["persons"], seconds=30 / about.rate, train=figures["train_windows"],
                  check=figures["check_windows"], test=report.windows),
        "- " + (tr("Sensor: {channels} in {unit}, worn: {camera}.", channels=", ".join(about.channels),
                   unit=about.unit or "1", camera=about.camera or "–") if about.channels
                else tr("Camera: {camera}.", camera=about.camera or "–")),
        *(["- " + tr("It looks at the body and at the fingers of both hands.")] if about.hands else []),
        "- " + tr("Consent noted for {count} persons.", count=len(about.consent)), "",
        "## " + tr("Split"),
        tr("Learning and test data were kept apart {kind}; never at random.", kind=apart(figures["split"])), "",
        "## " + tr("How often it is right"), *_by_label(report, figures),
        tr("Windows of one recording are alike, and the test had only {count} recordings: the true uncertainty is "
           "larger than these intervals.", count=report.groups), "",
        "## " + tr("Confusion matrix"), tr("Rows: what it was. Columns: what the model said."), "",
        *_confusion(report),
        "## " + tr("What it confuses"), *confuses, "",
        "## " + tr("How far to believe it"),
        "- " + tr("The label set held the truth in {covered:.1%} of the windows (95 % was promised).",
                  covered=report.covered),
        "- " + (tr("In no window it gave a single label: it would always ask a person.") if report.deferred == 1 else
                tr("In {deferred:.1%} it gave no single label and would ask a person; else {right:.1%} were right.",
                   deferred=report.deferred, right=report.right_of_given)),
        "- " + tr("{strange:.1%} of the windows of known movements were called unseen (5 % was set).",
                  strange=report.strange), "",
        f"![{tr('how sure it said to be')} / {tr('how often it was right')}]({picture})", "",
        *(["## " + tr("Would more data help?"), tr("Accuracy by the number of windows that were learnt from:"), *curve,
           ""] if curve else []),
        "## " + tr("Limits"),
        *(_sensor_limits() if about.channels else _limits()),
        *(["- " + tr("A hand that the camera does not see (edge-on, too far, hidden) is unknown to it.")]
          if about.hands else []),
        "- " + tr("It judges no health and no person; a person decides."), "",
        "## " + tr("How it was made"),
        "- " + tr("1D convolutional network, {parameters} numbers, {kb} KB, {rounds} rounds, seed {seed}.",
                  parameters=figures["parameters"], kb=figures["kb"], rounds=figures["rounds"], seed=figures["seed"]),
        "- " + tr("The exported file differs from the trained network by at most {diff:.1e}.",
                  diff=figures["export_max_abs_diff"]), "",
    ]  # fmt: skip
    return "\n".join(lines)

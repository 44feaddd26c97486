"""Takes a journal's measures, gives the report in words: a pupil's questions, each with its answer and its share."""

from __future__ import annotations

from dataclasses import dataclass

from gongzhi.journal import explain as words
from gongzhi.journal.book import Book
from gongzhi.measures.intervals import MIN, Quartiles, Rate, Share
from gongzhi.measures.lessons import Taught
from gongzhi.measures.together import Measures
from gongzhi.text import N_, Language, tr


@dataclass(frozen=True, slots=True)
class Line:
    """One question and its `answer` in words; what is drawn beside it: a `share` or `times`, nothing where both are
    None; `faint` where there is too little to say more."""

    question: str
    answer: str
    share: Share | None = None
    times: Quartiles | None = None
    faint: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """Some lines under one heading, with one sentence (`note`) that says what they mean."""

    title: str
    note: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """All that stands in the report, in the language `which`; `facts`, `limits` and `blanks` are sentences."""

    which: Language
    title: str
    facts: tuple[str, ...]
    sections: tuple[Section, ...]
    example: tuple[str, str] | None
    limits: tuple[str, ...]
    blanks: tuple[str, ...]


def write(book: Book, found: Measures, which: Language, lessons: Taught | None = None) -> Report:
    """The report of one journal; the same for the same journal and labels (it holds no time of writing)."""
    return Report(
        which=which,
        title=tr("How we decided together with the machine", which),
        facts=_facts(book, found, which),
        sections=(_deciding(found, which), _asking(found, which), _relying(found, which), _time(found, which),
                  _together(found, which), *((_taught(lessons, which),) if lessons and lessons.any else ())),
        example=_example(book, which),
        limits=_limits(book, which),
        blanks=tuple(tr(text, which) for text in _BLANKS),
    )  # fmt: skip


_BLANKS = (
    N_("Our team and our project:"),
    N_("What surprised us:"),
    N_("What we will change, and why:"),
)


def _facts(book: Book, found: Measures, which: Language) -> tuple[str, ...]:
    walls = [one.wall for one in book.entries if one.wall]
    said = []
    if walls:
        first, last = words.clock(min(walls))[:16], words.clock(max(walls))[:16]
        said.append(tr("From {first} to {last}.", which, first=first, last=last))
    ran = N_("Gongzhi ran for {min} minutes; decisions: {n}, of which we judged {m} afterwards.")
    said.append(tr(ran, which, min=f"{60 * found.hours:.0f}", n=found.decisions, m=found.labelled))
    return tuple(said)


def _line(question: str, share: Share, which: Language, *, judged: bool = False) -> Line:
    """A share in words, with what is likely; no percentage below MIN. `judged`: it needs labels."""
    asked = tr(question, which)
    if not share.n:
        none = N_("nobody has judged that yet (gongzhi journal label)") if judged else N_("no case yet")
        return Line(asked, tr(none, which), faint=True)
    if not share.enough:
        few = tr("{k} of {n} – too few to say more (at least {min})", which, k=share.k, n=share.n, min=MIN)
        return Line(asked, few, faint=True)
    low, high = (_percent(end) for end in share.interval or (0.0, 1.0))
    counted, p = N_("{k} of {n} = {p} %; likely {low} to {high} %"), _percent(share.value or 0.0)
    return Line(asked, tr(counted, which, k=share.k, n=share.n, p=p, low=low, high=high), share)


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"


def _deciding(found: Measures, which: Language) -> Section:
    return Section(
        tr("1. Who decided?", which),
        tr("A machine that asks about everything is tiring; one that never asks may be dangerous.", which),
        (
            _line(N_("How often did the machine ask before it acted?"), found.ask, which),
            _line(N_("How often did nobody answer its question?"), found.expired, which),
            _line(N_("How often could it not ask?"), found.unasked, which),
        ),
    )


def _asking(found: Measures, which: Language) -> Section:
    return Section(
        tr("2. Was it good to ask?", which),
        tr(
            "A question was worth it when the answer changed something. Where it is dangerous, it must always ask.",
            which,
        ),
        (
            _line(N_("How often did our answer change what happened?"), found.ask_changed, which),
            _line(N_("How often was it right to ask, or right not to ask?"), found.ask_right, which, judged=True),
        ),
    )


def _relying(found: Measures, which: Language) -> Section:
    return Section(
        tr("3. Did we trust the machine at the right moments?", which),
        tr("Good trust has two halves: yes when it is right, and no when it is wrong.", which),
        (
            _line(N_("When the machine was right, we said yes:"), found.accept_when_right, which, judged=True),
            _line(N_("When the machine was wrong, we said no:"), found.refuse_when_wrong, which, judged=True),
            _line(N_("What was begun and then taken back by us:"), found.taken_back, which),
        ),
    )


def _time(found: Measures, which: Language) -> Section:
    times = found.waited
    took = Line(tr("How long did our answers take?", which), tr("no case yet", which), faint=True)
    if times.median is not None and not times.enough:
        said = tr("in the middle {s} s, from {n} answers – too few to say more (at least {min})", which,
                  s=f"{times.median:.1f}", n=times.n, min=MIN)  # fmt: skip
        took = Line(took.question, said, faint=True)
    elif times.median is not None:
        said = tr("in the middle {s} s; half of them between {low} and {high} s", which, s=f"{times.median:.1f}",
                  low=f"{times.low:.1f}", high=f"{times.high:.1f}")  # fmt: skip
        took = Line(took.question, said, times=times)
    note = tr("A false alarm is a proposal that was wrong, or that we refused or took back.", which)
    alarms = _rate(N_("How many false alarms were there in an hour?"), found.false_alarms, which)
    hands = _rate(N_("How often did somebody take over by hand, in an hour?"), found.takeovers, which)
    return Section(tr("4. How fast, how often in vain?", which), note, (took, alarms, hands))


def _rate(question: str, rate: Rate, which: Language) -> Line:
    """Events an hour in words, with what is likely; only the count where the time was short."""
    asked = tr(question, which)
    if not rate.enough or rate.interval is None:
        short = N_("{k} in {min} minutes – too short to say more")
        return Line(asked, tr(short, which, k=rate.k, min=f"{60 * rate.hours:.0f}"), faint=True)
    value, low, high = (f"{each:.1f}" for each in (rate.value or 0.0, *rate.interval))
    return Line(asked, tr("{rate} an hour; likely {low} to {high}", which, rate=value, low=low, high=high))


def _together(found: Measures, which: Language) -> Section:
    lines = [
        _line(N_("The machine alone would have been right:"), found.machine, which, judged=True),
        _line(N_("We alone, without seeing its card, were right:"), found.alone, which, judged=True),
        _line(N_("Together we were right:"), found.team, which, judged=True),
    ]
    return Section(tr("5. Are we better together?", which), _gain(found, which), tuple(lines))


def _taught(lessons: Taught, which: Language) -> Section:
    """What teaching has changed: on the golden set, and in use."""
    counted = N_(
        "{samples} samples taught, {rejected} refused; {measured} lessons measured, {promoted} came into force, "
        "{back} were taken back."
    )
    return Section(
        tr("6. What has our teaching changed?", which),
        tr(counted, which, samples=lessons.samples, rejected=lessons.rejected, measured=lessons.measured,
           promoted=lessons.promoted, back=lessons.back),
        (
            _line(N_("On the golden set, right before the last lesson:"), lessons.before, which),
            _line(N_("On the golden set, right after it:"), lessons.after, which),
            _line(N_("In use before it, we had to say no, change or take back:"), lessons.old, which),
            _line(N_("In use since, we had to say no, change or take back:"), lessons.new, which),
        ),
    )  # fmt: skip


def _gain(found: Measures, which: Language) -> str:
    """Team gain in one sentence, with what the interval allows to say."""
    gain = found.gain
    if gain.value is None or gain.interval is None or not gain.enough:
        return tr("To find out, judge at least {min} questions and note what you would have done alone; so far: {n}.",
                  which, min=MIN, n=gain.n)  # fmt: skip
    low, high = (100 * end for end in gain.interval)
    said = tr("Together: {gain} points against the better one alone (likely {low} to {high}).", which,
              gain=f"{100 * gain.value:+.0f}", low=f"{low:+.0f}", high=f"{high:+.0f}")  # fmt: skip
    verdict = N_("That may still be chance.")
    if low > 0:
        verdict = N_("We are better together.")
    elif high < 0:
        verdict = N_("Together we were worse: find out why.")
    return said + ("" if which == "zh" else " ") + tr(verdict, which)


def _example(book: Book, which: Language) -> tuple[str, str] | None:
    """The last decision that a person answered, explained from its record, without a seat."""
    life = next((one for one in reversed(book.lives) if one.answer), None)
    return (life.id, words.sentence(life, which, seats=False)) if life else None


def _limits(book: Book, which: Language) -> tuple[str, ...]:
    said = [
        tr("What the machine missed stands in no journal: these figures are about what it proposed.", which),
        tr("“Likely” means: with 95 % confidence. The more cases, the narrower.", which),
        tr("This page holds no names, no pictures and no seats; it comes from this computer’s journal alone.", which),
    ]  # fmt: skip
    if book.faults:
        said.insert(0, tr("Careful: the journal is damaged, {n} records are lost.", which, n=book.lost))
    return tuple(said)

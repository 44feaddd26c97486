"""Training learns what is there, its gradients are right, its export is exact, and what it says can be measured."""

import dataclasses

import numpy as np
import pytest
from gongzhi.bench.learn import FORMS, RATE
from gongzhi.errors import DataError
from gongzhi.learn import model as models
from gongzhi.learn import pack
from gongzhi.learn.augment import augment
from gongzhi.learn.calibrate import Familiar, conformal_threshold, temperature, wilson
from gongzhi.learn.cnn import Network, softmax
from gongzhi.learn.evaluation import evaluate, learning_curve
from gongzhi.learn.generator import Performer, perform
from gongzhi.learn.model import Model, Verdict
from gongzhi.learn.recogniser import Learnt, Rules, together
from gongzhi.learn.templates import Series, Templates, warped
from gongzhi.learn.training import standardise, train
from gongzhi.learn.unseen import Known, invent
from gongzhi.learn.usual import Usual
from gongzhi.learn.view import POSE
from gongzhi.learn.windows import LENGTH, Windows
from gongzhi.stages.identify import IdentifyState, identify


@pytest.fixture(scope="module")
def exported(trained):
    return Model(models.export(trained, RATE))


def test_gradients_are_those_of_finite_differences():
    rng = np.random.default_rng(1)
    network = Network.fresh(6, 3, rng)
    x, y = rng.standard_normal((4, 30, 6)).astype(np.float32), np.array([0, 1, 2, 1])

    def loss():
        logits = network.forward(x)[0].astype(np.float64)
        return float(-np.log(softmax(logits)[np.arange(4), y]).mean())

    p = softmax(network.forward(x)[0])
    p[np.arange(4), y] -= 1
    gradient = network.backward(p / np.float32(4))
    for name, weight in network.weights.items():
        flat = weight.reshape(-1)
        for at in rng.integers(0, flat.size, 4):
            kept = flat[at]
            flat[at] = kept + 1e-2
            high = loss()
            flat[at] = kept - 1e-2
            low = loss()
            flat[at] = kept
            assert gradient[name].reshape(-1)[at] == pytest.approx((high - low) / 2e-2, abs=4e-3)


def test_bodies_that_were_never_seen_are_recognised_and_the_export_is_exact(few, trained, exported):
    report = evaluate(exported, few["test"])
    assert report.accuracy >= 0.8
    assert report.interval[0] < report.accuracy
    assert models.check(trained, exported, few["test"]) <= models.EXACT
    assert len(models.export(trained, RATE)) < 100 * 1024
    assert exported.labels == FORMS


def test_the_export_is_exact_where_most_joints_rest(few):
    points, rows = few["train"].points.copy(), few["train"].y < 2
    points[:, :, 4:] = points[0, 0, 4:]  # all but the head, the shoulders and an elbow
    still = dataclasses.replace(few["train"], points=points).take(rows)
    result = train((still, still), FORMS[:2], rounds=4)
    assert models.check(result, Model(models.export(result, RATE)), still) <= models.EXACT


def test_an_export_that_differs_is_refused(few, trained, exported):
    other = train((few["train"], few["check"]), FORMS, rounds=1, seed=3)
    with pytest.raises(models.ModelError):
        models.check(other, exported, few["check"])


def test_the_same_seed_gives_the_same_file_and_another_does_not(few):
    one, same, other = (train((few["train"], few["check"]), FORMS, rounds=1, seed=seed) for seed in (5, 5, 6))
    assert models.export(one, RATE) == models.export(same, RATE) != models.export(other, RATE)


def test_progress_is_told_and_can_end_it(few):
    told = []

    def stop(now):
        told.append(now)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train((few["train"], few["check"]), FORMS, progress=stop)
    assert told[0].round == 1
    assert len(told[0].by_label) == len(FORMS)


def test_a_label_without_windows_is_refused_by_name(few):
    with pytest.raises(DataError, match="nothing"):
        train((few["train"], few["check"]), (*FORMS, "nothing"))


def test_without_any_label_it_is_said_that_there_is_too_little(few):
    nothing = few["train"].take(np.array([], np.int64))
    with pytest.raises(DataError, match="too little to learn from"):
        train((nothing, nothing), ())


def test_augmented_windows_keep_their_shape_and_mirrored_labels_swap(few):
    swap = [1, 0, *range(2, len(FORMS))]
    some = augment(few["check"], swap, np.random.default_rng(0))
    assert some.points.shape == few["check"].points.shape
    assert some.points.dtype == np.float32
    assert (some.points[~some.seen] == 0).all()
    changed = some.y != few["check"].y
    assert set(few["check"].y[changed]) == {0, 1}


@pytest.mark.parametrize("damage", [b"", b"x" * 100, b"\0\0\0\0TFL3" + b"\xff" * 200])
def test_what_is_no_model_is_refused(damage):
    with pytest.raises(DataError):
        Model(damage)


def test_a_cut_model_is_refused(trained):
    content = models.export(trained, RATE)
    for share in (0.1, 0.5, 0.9):
        with pytest.raises(DataError):
            Model(content[: int(len(content) * share)])


def test_a_damaged_model_is_refused_or_gives_finite_verdicts(trained):
    whole = models.export(trained, RATE)
    points, seen = np.ones((LENGTH, 13, 2), np.float32), np.ones((LENGTH, 13), np.bool_)
    rng = np.random.default_rng(0)
    for _ in range(60):
        content = bytearray(whole)
        for at in rng.integers(0, len(content), 4):
            content[at] = 0xFF
        try:
            judge = Model(bytes(content))
        except DataError:
            continue
        with np.errstate(all="ignore"):
            verdict = judge.judge(points, seen)
        assert np.isfinite(list(verdict.p.values())).all()


def test_weights_that_are_not_numbers_defer(trained):
    spoiled = dataclasses.replace(trained, network=Network(dict(trained.network.weights)))
    spoiled.network.weights["b2"] = np.full(32, np.nan, np.float32)
    verdict = Model(models.export(spoiled, RATE)).judge(
        np.ones((LENGTH, 13, 2), np.float32), np.ones((LENGTH, 13), np.bool_)
    )
    assert verdict.label is None
    assert verdict.options == FORMS


def test_temperature_undoes_overconfidence():
    rng = np.random.default_rng(0)
    logits = rng.standard_normal((4000, 3)).astype(np.float32)
    y = np.array([rng.choice(3, p=p / p.sum()) for p in softmax(logits).astype(np.float64)])
    assert temperature(logits, y) == pytest.approx(1.0, abs=0.2)
    assert temperature(logits * 4, y) == pytest.approx(4.0, rel=0.2)


def test_label_sets_hold_the_truth_as_often_as_promised():
    rng = np.random.default_rng(0)
    p = softmax(2 * rng.standard_normal((6000, 4)).astype(np.float32))
    y = np.array([rng.choice(4, p=each / each.sum()) for each in p.astype(np.float64)])
    threshold = conformal_threshold(p[:3000], y[:3000])
    assert (p[3000:][np.arange(3000), y[3000:]] >= threshold).mean() == pytest.approx(0.95, abs=0.02)
    assert conformal_threshold(p[:10], y[:10]) == 0.0  # too few: every label


def test_far_away_is_strange():
    rng = np.random.default_rng(0)
    y = np.arange(200) % 2
    inner = (rng.standard_normal((200, 5)) + 6 * y[:, None]).astype(np.float32)
    weight, bias = rng.standard_normal((5, 3)).astype(np.float32), np.zeros(3, np.float32)
    known = Familiar.of(inner, y, weight, bias, inner)
    far = np.array([[40, -40, 40, -40, 40]], np.float32)
    usual = np.zeros(200, np.float32)
    assert known.strangeness(far, usual[:1])[0] > 3 * known.strangeness(inner, usual).max()
    again = Familiar.read(known.content(), 2, 5)
    np.testing.assert_array_equal(again.strangeness(inner, usual), known.strangeness(inner, usual))
    for broken in (known.content()[:-4], known.content() + b"0000", b"\xff" * len(known.content())):
        with pytest.raises(ValueError, match="broken"):
            Familiar.read(broken, 2, 5)


def test_what_no_label_moves_is_unusual_although_nothing_else_has_changed():
    rng = np.random.default_rng(0)
    y = np.arange(80) % 2
    x = (rng.standard_normal((80, 30, 6)) * 0.1 + y[:, None, None]).astype(np.float32)
    usual = Usual.of(x[:60], y[:60], 2).checked(x[60:], y[60:], 0.95)
    assert np.quantile(usual.sign(x[60:], y[60:]), 0.95) == pytest.approx(1, abs=0.1)
    odd = x.copy()
    odd[:, :, 3] += np.linspace(-1, 1, 30, dtype=np.float32)
    assert usual.sign(odd, y).min() > 3
    again = Usual.read(usual.content(), 2, 6)
    np.testing.assert_allclose(again.sign(odd, y), usual.sign(odd, y), rtol=1e-5)
    for broken in (usual.content()[:-4], usual.content() + b"0000", b"\xff" * len(usual.content())):
        with pytest.raises(ValueError, match="broken"):
            Usual.read(broken, 2, 6)


def test_made_up_windows_are_no_windows_of_a_label(few):
    learn, rng = few["train"], np.random.default_rng(0)
    made = invent(learn, 8, rng, 200)
    assert 100 < len(made) <= 200
    assert (made.y == 8).all()
    assert (made.points[~made.seen] == 0).all()
    mean, spread = np.zeros(36, np.float32), np.ones(36, np.float32)
    known = Known(standardise(learn, mean, spread), learn.y, 8)
    assert known.alike(standardise(learn, mean, spread)).mean() > 0.9
    assert known.alike(standardise(made, mean, spread)).mean() < 0.5


def test_a_pose_that_does_not_move_is_not_made_quieter(few):
    still = dataclasses.replace(few["train"], points=np.repeat(few["train"].points[:, :1], LENGTH, 1))
    one = still.take(still.y == 0)
    assert len(invent(one, 1, np.random.default_rng(0), 100)) == 0


def test_wilson_is_the_textbook_interval():
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)  # Newcombe, 1998, table I
    assert wilson(0, 0) == (0.0, 1.0)


def test_noise_alone_is_deferred(exported):
    rng = np.random.default_rng(0)
    points = rng.normal(0, 2, (LENGTH, 13, 2)).astype(np.float32)
    assert exported.judge(points, np.ones((LENGTH, 13), np.bool_)).strange > 1
    assert exported.judge(points, np.zeros((LENGTH, 13), np.bool_)).label is None


def test_warping_forgives_what_is_late_but_not_what_is_other():
    t = np.linspace(0, 6, LENGTH, dtype=np.float32)
    one, late, other = (np.stack([f] * 2, 1) for f in (np.sin(t), np.sin(t - 0.4), np.cos(2 * t)))
    known = np.ones((1, LENGTH, 2), np.float32)
    asked = Series(one[None], known)
    same, near, far = warped(asked, Series(np.stack([one, late, other]), known.repeat(3, 0)))
    assert same < 1e-3
    assert near < far / 3
    known[..., 1] = 0  # what is not known of one speaks neither for it nor against it
    blind = Series(one[None] * known, known)
    np.testing.assert_allclose(warped(blind, asked), 0, atol=1e-3)


def test_templates_recognise_without_training(few):
    report = evaluate(Templates(few["train"], few["check"], FORMS), few["test"].take(np.arange(0, len(few["test"]), 6)))
    assert report.accuracy >= 0.7


def swaying(seed, *reaches):
    """24 windows each of a person whose right arm goes up and down by so many trunks, as ever a little differently."""
    rng, t = np.random.default_rng(seed), np.arange(LENGTH)
    body = np.array([[0, 1.4], *[(x, y) for y in (1, 0.5, 0, 0, -0.8, -1.6) for x in (0.3, -0.3)]])
    reach = np.repeat(reaches, 24)[:, None]
    points = np.tile(body, (len(reach), LENGTH, 1, 1)) + rng.normal(0, 0.005, (len(reach), LENGTH, 13, 2))
    points[:, :, [4, 6], 1] += (reach * np.sin(t / 4 + rng.uniform(0, 6, reach.shape)))[..., None]
    points += (reach * rng.normal(0, 0.05, (len(reach), LENGTH)))[..., None, None]
    y = np.repeat(np.arange(len(reaches)), 24)
    return Windows(points.astype(np.float32), np.ones((len(y), LENGTH, 13), np.bool_), y, np.arange(len(y)))


def test_beside_a_lively_label_a_quiet_one_does_not_take_what_moves_a_little():
    judge = Templates(swaying(0, 0.0, 1.0), swaying(1, 0.0, 1.0), ("still", "waving"))
    given = swaying(2, 0.0, 0.3, 1.0)
    strange = np.array([judge.judge(*each).strange > 1 for each in zip(given.points, given.seen, strict=True)])
    still, little, lively = strange.reshape(3, 24).mean(1)
    assert little > 0.9
    assert max(still, lively) < 0.3


def test_the_learning_curve_ends_with_all_windows(few):
    small = {part: windows.take(windows.y < 2) for part, windows in few.items()}
    points = learning_curve(small, FORMS[:2])
    assert points[-1][0] == len(small["train"])
    assert [n for n, _ in points] == sorted({n for n, _ in points})
    train = small["train"]
    first = np.array([i for i, group in enumerate(train.group) if group not in train.group[:i]])
    assert len(learning_curve(small | {"train": train.take(first)}, FORMS[:2])) == 1, "the same again says nothing"


class Fixed:
    """A judge that always says the same."""

    labels = ("a", "b")

    view = POSE

    def __init__(self, verdict):
        self.verdict = verdict

    def judge(self, points, seen):
        assert points.shape == (LENGTH, 13, 2)
        return self.verdict


FRAMES = 100  # at 5 a second; a window is 30


def run(verdicts, frames=FRAMES):
    """The actions of each frame while the judge says these verdicts in turn, the last one for ever."""
    data = pack.load("wuqinxi")
    seen = perform(data, data.form("tiger_lift"), Performer(1), frames / 5).features()
    judge = Fixed(verdicts[0])
    recognise = Learnt(judge, rate=5.0, names={"a": "one"}, model="m")
    said = []
    for n, each in enumerate(seen):
        judge.verdict = verdicts[min(n, len(verdicts) - 1)]
        said.append(recognise(each, each.t))
    return said, recognise, seen[-1].t


@pytest.mark.parametrize(
    ("verdict", "held", "options", "doubt"),
    [
        (Verdict({"a": 0.9, "b": 0.1}, ("a",), 0.5, 1.0), True, (), ""),
        (Verdict({"a": 0.6, "b": 0.4}, ("a", "b"), 0.5, 1.0), True, ("one", "b"), ""),
        (Verdict({"a": 0.9, "b": 0.1}, ("a",), 1.5, 1.0), True, (), "unseen"),
        (Verdict({"a": 0.6, "b": 0.4}, ("a", "b"), 1.5, 1.0), True, ("one", "b"), "unseen"),
        (Verdict({"a": 0.9, "b": 0.1}, ("a",), 2.5, 1.0), False, (), ""),
        (Verdict({"a": 0.9, "b": 0.1}, ("a",), 0.5, 0.2), False, (), ""),
        (Verdict({"a": 0.6, "b": 0.4}, ("a",), 0.5, 1.0), False, (), ""),
        (Verdict({"a": 0.6, "b": 0.4}, ("a",), 1.5, 1.0), False, (), ""),
    ],
)
def test_what_is_clear_is_held_and_what_is_doubtful_says_so(verdict, held, options, doubt):
    said, recognise, t = run([verdict])
    assert not any(action.held for actions in said[:30] for action in actions)  # no whole window yet
    first, second = said[-1]
    assert (first.name, first.held, first.options, first.doubt) == ("one", held, options, doubt)
    assert first.model == "m"
    assert (second.name, second.held) == ("b", False)
    assert not any(action.held for action in recognise(None, t + 2))


def test_what_is_held_does_not_come_and_go_at_the_edge_of_what_is_known():
    clear, edge, far = (Verdict({"a": 0.9, "b": 0.1}, ("a",), strange, 1.0) for strange in (0.95, 1.2, 1.5))
    said, _, _ = run([clear] * 40 + [edge] * 2 + [clear, edge, edge, edge] * 10)
    assert all(one[0].held and not one[0].doubt for one in said[40:80])
    said, _, _ = run([edge])
    assert said[-1][0].doubt == "unseen", "what was never clear is asked about"
    said, _, _ = run([clear] * 40 + [far])
    assert said[-1][0].doubt == "unseen"


def test_a_doubt_must_last_longer_than_the_change_from_one_movement_to_another():
    clear = Verdict({"a": 0.9, "b": 0.1}, ("a",), 0.5, 1.0)
    both = Verdict({"a": 0.6, "b": 0.4}, ("a", "b"), 0.5, 1.0)
    said, _, _ = run([both] * 55 + [clear])  # 26 doubtful windows of the first
    assert not any(action.held and action.options for actions in said for action in actions)
    assert said[-1][0].held
    said, _, _ = run([both] * 80 + [clear])
    doubtful, sure = said[75][0], said[-1][0]
    assert doubtful.held
    assert doubtful.options
    assert sure.held
    assert not sure.options
    assert sure.since > doubtful.since  # a question of its own


def test_a_window_is_judged_as_often_as_the_model_has_frames_whatever_the_camera_does():
    data = pack.load("wuqinxi")
    seen = perform(data, data.form("tiger_lift"), Performer(1), 20.0).features()
    judge, judged = Fixed(Verdict({"a": 0.9, "b": 0.1}, ("a",), 0.5, 1.0)), []
    judge.judge = lambda points, known: judged.append(points) or judge.verdict
    recognise = Learnt(judge, rate=5.0)
    for each in seen:
        for n in range(6):  # a camera of 30 frames a second
            t = each.t + n / 30
            recognise(dataclasses.replace(each, t=t), t)
    assert len(judged) == pytest.approx(100 - 29, abs=2)


def test_rules_and_models_speak_together_and_rules_are_as_before():
    data = pack.load("wuqinxi")
    frames = perform(data, data.form("tiger_lift"), Performer(1), 8.0).features()
    both, state = together(Rules(), Learnt(Fixed(Verdict({"a": 1.0, "b": 0.0}, ("a",), 0, 1.0)), 5.0)), IdentifyState()
    for each in frames:
        alone = identify(each, each.t, state)
        assert both(each, each.t)[: len(alone)] == alone

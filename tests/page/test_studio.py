"""The studio in a real browser: a label is recorded by one press, counted down, shown, taken out; training is seen."""

import pytest
from gongzhi.page import Stop
from gongzhi.page import studio_messages as said
from playwright.sync_api import expect

STUDIO = {
    "type": "studio", "folder": "my_data", "balance": [], "recordings": [], "agreed": [], "take": None, "gone": "",
    "fault": {"zh": "", "en": ""}, "source": "", "advised": 6,
}  # fmt: skip
ONE = {"name": "wave-p01-s00", "label": "挥手", "person": "p01", "seconds": 5.9, "short": False}
BALANCE = [{"label": "挥手", "recordings": 3, "seconds": 18, "persons": 1, "lacks": 0},
           {"label": "站着", "recordings": 1, "seconds": 6, "persons": 1, "lacks": 2}]  # fmt: skip
AGREED = [{"person": "p01", "by": "parent", "date": "2026-03-01"}]


def rounds(n):
    return [{"round": i + 1, "rounds": 13, "loss": 1 / (i + 1), "check_loss": 1.2 / (i + 1), "accuracy": 0.5 + i / 20,
             "by_label": [0.9, None]} for i in range(n)]  # fmt: skip


HALF = {"right": 9, "windows": 10, "low": 0.6, "high": 0.98}
CARD = {"accuracy": 0.9, "accuracy_low": 0.7, "accuracy_high": 0.97, "windows": 20, "recordings": 2, "split": "person",
        "by_label": {"挥手": HALF, "站着": HALF}, "confuses": [["挥手", "站着", 1]],
        "golden": 0, "against": None, "text": "# 挥手\n\n| 窗口 |\n![图](model.svg)\n只认这些标签。",
        "picture": "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"}  # fmt: skip


@pytest.fixture
def studio(page, served):
    """The studio in Chinese; `told` holds what it sends."""
    import queue

    served.runtime.told = queue.Queue()
    served.runtime.hub.on_studio = lambda message, _seat: served.runtime.told.put(message)
    page.set_default_timeout(30_000)

    def post(**changes):
        served.runtime.hub.post({**STUDIO, **changes}, "studio")

    post()
    page.goto(served.url + "studio?lang=zh")
    page.wait_for_selector("body[data-ready=true][data-linked=true] form")
    page.post = post
    page.training = lambda **changes: served.runtime.hub.post(
        {"type": "training", "state": "idle", "labels": ["挥手", "站着"], "rounds": [], "card": None, "fresh": False,
         "used": False, "busy": False, "fault": {}, **changes}, "training",
    )  # fmt: skip
    page.told = lambda: served.runtime.told.get(timeout=30)
    return page


def test_consent_comes_first_then_one_press_records_and_counts_down(studio):
    go = studio.get_by_role("button", name="开始录")
    expect(go).to_be_disabled()
    studio.fill("#label", "挥手")
    studio.get_by_role("button", name="家长").click()
    assert studio.told() == said.Agree("p01", "parent")
    studio.post(agreed=AGREED)
    go.click()
    assert studio.told() == said.Record("挥手", "p01", 6.0)
    studio.post(agreed=AGREED, take={"label": "挥手", "person": "p01", "seconds": 6, "left": 2})
    expect(studio.locator("#count")).to_have_text("2")
    studio.post(agreed=AGREED, take={"label": "挥手", "person": "p01", "seconds": 6, "left": 0})
    expect(studio.locator("#count")).to_have_text("正在录：挥手")
    studio.get_by_role("button", name="中断").first.click()
    assert studio.told() == said.Break()
    studio.fill("#person", "2")
    expect(go).to_be_disabled()  # another person: ask anew


def test_what_was_kept_is_shown_and_goes_by_one_tap_and_comes_back(studio, served):
    studio.post(agreed=AGREED, recordings=[ONE], balance=BALANCE)
    assert studio.told() == said.Look(ONE["name"])
    joint = [[[0.1 * (n % 5), 0.2], *[[0.1, 0.1 * i] for i in range(12)]] for n in range(8)]
    served.runtime.hub.post({"type": "skeleton", "name": ONE["name"], "fps": 8, "frames": joint})
    expect(studio.locator("#look h2")).to_have_text("保存下来的：挥手 · p01")
    expect(studio.locator(".weigh").nth(1)).to_have_attribute("data-few", "true")
    expect(studio.locator(".weigh").nth(1)).to_contain_text("还差 2 次，每次 6 秒")
    expect(studio.locator(".state")).to_contain_text("还不够训练：站着")
    studio.get_by_role("button", name="拿走").click()
    assert studio.told() == said.Remove(ONE["name"])
    studio.post(agreed=AGREED, gone=ONE["name"], balance=BALANCE)
    expect(studio.locator("#look")).to_be_hidden()
    studio.locator("#record .undo").click()
    assert studio.told() == said.Restore()


def test_a_training_is_seen_live_and_its_model_used_and_taken_back(studio, served):
    studio.post(agreed=AGREED, balance=BALANCE)
    studio.get_by_role("button", name="训练").click()
    assert studio.told() == said.Train()
    studio.training(state="running", rounds=rounds(4))
    expect(studio.locator(".state")).to_contain_text("第 4 轮")
    expect(studio.locator(".curve path.accuracy")).to_have_count(1)
    studio.training(state="done", rounds=rounds(9), card=CARD, fresh=True)
    expect(studio.locator(".result")).to_contain_text("70 % – 97 %")
    expect(studio.locator(".mistakes")).to_contain_text("“挥手”")
    expect(studio.locator(".whole img")).to_be_visible()
    expect(studio.locator(".whole pre")).to_be_hidden()
    studio.get_by_text("整张成绩卡").click()
    expect(studio.locator(".whole pre")).to_contain_text("只认这些标签。")
    studio.training(state="done", rounds=rounds(9), card=CARD, fresh=True, labels=["挥手"])
    expect(studio.locator(".whole pre")).to_be_visible()  # still open
    expect(studio.locator("#train .rule")).to_contain_text("没有金标准")
    expect(studio.locator("#train .rule")).to_contain_text("老师的座位")
    studio.get_by_role("button", name="用到作品里").click()
    assert studio.told() == said.Use()
    studio.training(state="done", rounds=rounds(9), card=CARD, used=True)
    studio.get_by_role("button", name="换回原来的模型").click()
    assert studio.told() == said.Back()
    studio.training(state="failed", fault={"zh": "数据太少。", "en": "Too little."})
    expect(studio.locator("#fault")).to_have_text("数据太少。")
    studio.locator("#stop").click()
    assert isinstance(served.runtime.received.get(timeout=30), Stop)


WORSE = {"label": "挥手", "windows": 10, "recordings": 2, "before": 9, "after": 5, "new": False, "worse": True,
         "intervals": [[0.6, 0.98], [0.2, 0.8]]}  # fmt: skip


def test_what_is_worse_on_the_golden_set_is_shown_and_not_offered(studio):
    lines = {"zh": ["变差了。"], "en": ["Worse."]}
    against = {"version": "b" * 16, "ok": False, "lines": lines, "effects": [WORSE]}
    studio.training(state="done", rounds=rounds(9), card={**CARD, "golden": 2, "against": against}, fresh=True)
    expect(studio.locator(".changes")).to_contain_text("变差了。")
    expect(studio.locator(".effect[data-worse=true]")).to_contain_text("9 → 5 / 10")
    expect(studio.locator("#train .rule")).to_contain_text("不用它")
    expect(studio.get_by_role("button", name="用到作品里")).to_be_hidden()
    better = {**against, "ok": True, "effects": [{**WORSE, "after": 10, "worse": False}]}
    studio.training(state="done", rounds=rounds(9), card={**CARD, "golden": 2, "against": better}, fresh=True)
    expect(studio.get_by_role("button", name="用到作品里")).to_be_visible()


def test_it_says_whether_a_recording_counts_at_once(studio):
    studio.post(agreed=AGREED, recordings=[ONE], balance=BALANCE, judges="gestures", golden=False)
    expect(studio.locator("#record .rule")).to_contain_text("马上算数")
    expect(studio.locator("#record .away")).to_be_visible()
    studio.post(agreed=AGREED, recordings=[ONE], balance=BALANCE, judges="gestures", golden=True)
    expect(studio.locator("#record .rule")).to_contain_text("隔离区")
    expect(studio.locator("#record .away")).to_be_hidden()


def test_a_sensor_is_chosen_seen_as_curves_carried_and_recorded(studio, served):
    def subjects(now):
        hub.post({"type": "subjects", "now": now, "channels": ["x", "y", "z"], "unit": "g",
                  "all": [{"name": "", "label": {}}, {"name": "imu", "label": {"zh": "手环", "en": "wrist"}}]},
                 "subjects")  # fmt: skip

    hub = served.runtime.hub
    subjects("")
    studio.get_by_role("button", name="手环").click()
    assert studio.told() == said.Choose("imu")
    subjects("imu")
    studio.post(source="imu", folder="my_imu", agreed=[], recordings=[{**ONE, "seconds": 1.0, "short": True}])
    expect(studio.locator("#see")).to_be_hidden()
    expect(studio.locator("#feel")).to_contain_text("还没有收到它的数据")
    expect(studio.locator(".agreed")).to_contain_text("传感器")
    expect(studio.locator(".takes")).to_contain_text("太短")
    hub.post({"type": "samples", "part": "imu", "values": [[0, 0.5, 0], [0, 0, 0], [1, 0.8, 1.1]]})
    expect(studio.locator("#feel .quiet")).to_have_text("")
    hub.post({"type": "world", "board": "hand", "ch": "imu.motion", "prop": "motion", "value": 0, "lo": 0, "hi": 1,
              "unit": "", "there": True}, "world/imu")  # fmt: skip
    studio.get_by_role("button", name="走", exact=True).click()
    carry = served.runtime.received.get(timeout=30)
    assert (carry.ch, carry.what) == ("imu", "walk")
    traces = [[0.1 * (n % 7) for n in range(60)]] * 3
    hub.post({"type": "skeleton", "name": ONE["name"], "fps": 20, "frames": [], "traces": traces,
              "channels": ["x", "y", "z"], "unit": "g"})  # fmt: skip
    expect(studio.locator("#look h2")).to_have_text("保存下来的：挥手 · p01")
    expect(studio.locator("#look canvas")).to_have_attribute("aria-label", "这次录制的曲线")

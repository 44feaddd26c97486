/** Takes how a training goes, gives its curves, its card at the end, and the taps that put the model to use and back. */

import { effects } from "./effect.js";
import { el, put, show, svg } from "./dom.js";
import { icon } from "./icons.js";
import { inCharge } from "./seats.js";
import { t } from "./text.js";

const [WIDE, HIGH] = [320, 120];

export function train(section, send) {
  const title = el("h2");
  const go = el("button", { class: "yes", type: "button" });
  const halt = el("button", { type: "button" });
  const state = el("p", { class: "state", role: "status" });
  const live = el("div", { class: "live" });
  const card = el("div", { class: "result" });
  const against = effects();
  const rule = el("p", { class: "rule" });
  const use = el("button", { class: "yes", type: "button" });
  const back = el("button", { class: "undo", type: "button" });
  section.append(title, el("div", { class: "go" }, go, halt), state, live, card, against.node, rule, el("div", { class: "go" }, use, back));
  go.addEventListener("click", () => send({ type: "studio_train" }));
  halt.addEventListener("click", () => send({ type: "studio_halt" }));
  use.addEventListener("click", () => send({ type: "studio_use" }));
  back.addEventListener("click", () => send({ type: "studio_back" }));

  function update(store) {
    const now = store.training ?? { state: "idle", rounds: [], labels: [], card: null };
    const running = now.state === "running";
    const balance = store.studio?.balance ?? [];
    const enough = balance.length >= 2;
    const few = balance.filter((one) => one.lacks).map((one) => one.label);
    put(title, icon("gear"), el("span", {}, t("2. Train, look, use")));
    put(go, icon("play"), el("span", {}, now.state === "idle" ? t("Train") : t("Train again")));
    put(halt, icon("cross"), el("span", {}, t("Break off")));
    go.disabled = !store.linked || running || now.busy || !enough;
    show(halt, running);
    put(state, words(now, enough, few, store.studio?.advised));
    put(live, ...(now.rounds.length ? [curve(now.rounds), legend(), byLabel(now)] : []));
    put(card, ...(now.card ? result(now.card) : []));
    put(use, icon("check"), el("span", {}, t("Use it in the project")));
    put(back, icon("undo"), el("span", {}, t("Back to the model before")));
    const measured = now.card?.against ?? null;
    against.update(store, { names: {}, lesson: measured && now.fresh ? { ...measured, current: true } : null });
    put(rule, now.fresh && !running ? el("span", {}, ruleOf(now.card, measured, inCharge(store))) : null);
    show(use, Boolean(now.fresh) && inCharge(store) && measured?.ok !== false);
    show(back, Boolean(now.used));
    use.disabled = back.disabled = !store.linked || Boolean(now.busy) || running;
  }
  return { update };
}

function words(now, enough, few, seconds) {
  const last = now.rounds.at(-1);
  if (now.state === "running") {
    return last ? t("Round {round} of at most {rounds}; it ends by itself when it gets no better.", last) : t("It begins …");
  }
  if (now.state === "stopped") return t("Broken off. Nothing was changed.");
  if (now.state === "failed") return t("That did not work; the reason stands above.");
  if (now.state === "done" && now.used && !now.fresh) return t("The project goes by the new model now.");
  if (now.state === "done") return t("Done after {round} rounds. Look first, then use it.", last ?? { round: 0 });
  if (enough && few.length) return t("Too little to train on yet: {labels}. Each movement takes three takes of {seconds} s.", { labels: few.join(", "), seconds });
  return enough ? t("It learns from what was recorded; that takes some seconds.") : t("Record two movements at least.");
}

/** By what the new model would come into force, and who may say so. */
function ruleOf(card, measured, boss) {
  if (measured && !measured.ok) return t("It is worse than the one in force: it is not used. Record more of what it confuses, and train again.");
  const known = measured ? "" : card?.golden
    ? t("Nothing says whether it is better than the model before: that one knows the golden recordings, or there is none.")
    : t("No golden set: nothing says whether it is better than the model before. The card says how often it is right.");
  const who = boss ? t("This is the teacher’s seat: one tap and the project goes by it, one tap takes it back.")
    : t("The teacher’s seat puts it in force: show the card there.");
  return [known, who].filter(Boolean).join(" ");
}

/** The losses fall, the accuracy rises: three lines over the rounds. */
function curve(rounds) {
  const most = Math.max(...rounds.flatMap((one) => [one.loss, one.check_loss]), 0.1);
  const count = Math.max(rounds[0].rounds - 1, 1);
  const line = (name, top) =>
    rounds.map((one, index) => `${index ? "L" : "M"}${((index * WIDE) / count).toFixed(1)} ${(HIGH * (1 - one[name] / top)).toFixed(1)}`).join("");
  const path = (name, top) => svg("path", { d: line(name, top), class: name });
  const dot = (name, top) => {
    const at = rounds.length - 1;
    return svg("circle", { cx: (at * WIDE) / count, cy: HIGH * (1 - rounds[at][name] / top), r: 4, class: name });
  };
  const lines = [["loss", most], ["check_loss", most], ["accuracy", 1]];
  return svg(
    "svg", { viewBox: `-6 -8 ${WIDE + 12} ${HIGH + 16}`, class: "curve", role: "img", "aria-label": t("Loss and accuracy, round by round") },
    svg("path", { d: `M0 0V${HIGH}H${WIDE}`, class: "axis" }), ...lines.map(([name, top]) => path(name, top)), ...lines.map(([name, top]) => dot(name, top)),
  );
}

function legend() {
  const names = { loss: t("loss, learning"), check_loss: t("loss, checking"), accuracy: t("right, checking") };
  return el("p", { class: "legend" }, ...Object.entries(names).map(([name, word]) => el("span", { class: name }, word)));
}

function byLabel(now) {
  const shares = now.rounds.at(-1).by_label;
  return el("div", {}, ...now.labels.map((label, i) => share(label, shares[i], shares[i] == null ? "–" : `${Math.round(100 * shares[i])} %`)));
}

function share(label, value, said, low = null, high = null) {
  const bar = el("i");
  bar.style.width = `${100 * (value ?? 0)}%`;
  const meter = el("span", { class: "meter" }, bar);
  if (low != null) {
    const likely = el("u");
    likely.style.left = `${100 * low}%`;
    likely.style.width = `${100 * (high - low)}%`;
    meter.append(likely);
  }
  return el("div", { class: "weigh" }, el("b", {}, label), meter, el("small", {}, said));
}

const percent = (value) => `${(100 * value).toFixed(0)} %`;

/** The card’s pictures, and its text as it lies beside the model; kept while it is the same, so that it stays open. */
let [kept, node] = ["", null];
function whole(card) {
  const key = card.text + t("The whole card");
  if (key === kept) return node;
  const text = card.text.replace(/^!\[.*$/m, "");
  const picture = URL.createObjectURL(new Blob([card.picture], { type: "image/svg+xml" })); // the page’s policy allows no data:
  const said = t("What it was and what the model said; how sure it said to be, and how often it was right");
  [kept, node] = [key, el("div", { class: "whole" },
    el("img", { src: picture, onload: () => URL.revokeObjectURL(picture), alt: said }),
    el("details", {}, el("summary", {}, t("The whole card")), el("pre", {}, text)))];
  return node;
}

/** What the model card says, with intervals; the whole card below it. */
function result(card) {
  const kinds = { person: t("by person"), recording: t("by recording"), block: t("by blocks of time") };
  const rows = Object.entries(card.by_label).map(([label, one]) =>
    share(label, one.windows ? one.right / one.windows : null, `${one.right}/${one.windows} · ${percent(one.low)} – ${percent(one.high)}`, one.low, one.high));
  const mistakes = card.confuses.map(([truth, said, count]) => el("li", {}, t("“{truth}” was taken for “{said}”: {count} ×", { truth, said, count })));
  return [
    el("h3", {}, t("The card: how often it is right on what it did not learn from")),
    share(t("All"), card.accuracy, `${percent(card.accuracy)} · ${percent(card.accuracy_low)} – ${percent(card.accuracy_high)}`, card.accuracy_low, card.accuracy_high),
    ...rows,
    el("ul", { class: "mistakes" }, ...(mistakes.length ? mistakes : [el("li", {}, t("No mistake in this test. That does not mean that there are none."))])),
    el("p", { class: "quiet" }, t("Learning and test data were kept apart {kind}; never at random.", { kind: kinds[card.split] })),
    card.split === "block" && el("p", { class: "quiet" }, t("One person’s data: others may move differently. Record more people and test again.")),
    el("p", { class: "quiet" }, t("Windows of one recording are alike, and the test had only {count} recordings: the true uncertainty is larger than these intervals.", { count: card.recordings })),
    card.text && whole(card),
  ];
}

/** Takes what has ended (decisions, stops, changes of owner and dial), gives a short list: what, how, who, when, why. */

import { el, put, show } from "./dom.js";
import { icon } from "./icons.js";
import { language, pick, sentence, t } from "./text.js";
import { endWord, levelWord, stateOf, who } from "./words.js";
import { why } from "./why.js";

const ENDED = new Set(["rejected", "expired", "superseded", "withdrawn", "done", "aborted", "undone"]);
const LINES = 8; // a wide window shows four of them (style.css)

export function past(section, send) {
  const title = el("h2");
  const empty = el("p", { class: "quiet" });
  const list = el("ol");
  section.append(title, empty, list);
  const rows = new Map(); // what -> its line: one that is open stays so while others come

  function update(store) {
    put(title, icon("clock"), el("span", {}, t("The last decisions")));
    const ended = [...store.decisions.values()].filter((each) => ENDED.has(each.state)).reverse();
    const events = [...store.events].reverse();
    const all = [...ended, ...events].sort((one, other) => other.at - one.at).slice(0, LINES);
    put(empty, t("None yet"));
    show(empty, all.length === 0);
    for (const each of rows.keys()) if (!all.some((one) => keyOf(one) === each)) rows.delete(each);
    const wanted = all.map((each) => {
      const key = keyOf(each);
      if (!rows.has(key)) rows.set(key, each.digest === undefined ? event() : line(send));
      rows.get(key).update(store, each);
      return rows.get(key).node;
    });
    const same = list.children.length === wanted.length && wanted.every((node, index) => node === list.children[index]);
    if (!same) list.replaceChildren(...wanted);
  }

  return { update };
}

function keyOf(each) {
  return each.digest === undefined ? each : each.id;
}

function line(send) {
  const node = el("li");
  const text = el("div", { class: "entry" });
  const reasons = why(send);
  node.append(text, reasons.node);

  function update(store, decision) {
    const { word, icon: picture, tone } = stateOf(decision.state, decision.reason);
    node.dataset.state = decision.state;
    node.className = tone;
    put(text, ...entry(picture, word, [sentence(decision.what, pick(decision.label)), endWord(decision)].filter(Boolean).join(" · "),
      decision.at, decision.state === "expired" ? "" : who(decision.answered || decision.by, store)));
    reasons.update(store, decision);
  }

  return { node, update };
}

function event() {
  const text = el("div", { class: "entry" });
  const node = el("li", {}, text);

  function update(store, each) {
    const { word, icon: picture, tone, what } = happening(store, each);
    node.dataset.event = each.kind;
    node.className = tone;
    put(text, ...entry(picture, word, what, each.at, who(each.by ?? (each.seat || each.before), store)));
  }

  return { node, update };
}

function entry(picture, word, what, at, author) {
  const time = new Date(at).toLocaleTimeString(language() === "zh" ? "zh-CN" : "en-GB");
  return [icon(picture), el("b", {}, word), el("span", { class: "what" }, what), el("time", {}, time), el("small", {}, author)];
}

function happening(store, each) {
  const label = pick(store.hello?.resources?.find((one) => one.id === each.resource)?.label, each.resource ?? "");
  switch (each.kind) {
    case "stopped": return { word: t("Stopped"), icon: "stop", tone: "no", what: "" };
    case "rearmed": return { word: t("Allowed again"), icon: "undo", tone: "none", what: "" };
    case "taken": return { word: t("Taken into the hand"), icon: "hand", tone: "yes", what: label };
    case "returned": return { word: t("Given back to the machine"), icon: "chip", tone: "none", what: label };
    case "model": return { word: t("Another version of the model"), icon: "teach", tone: "none", what: `${each.model} · ${each.version.slice(0, 8)}` };
    default: return { word: t("Dial turned to {level}", { level: each.level }), icon: "dial", tone: "none", what: `${label} · ${levelWord(each.level)}` };
  }
}

/** Takes the decisions, fills the three cards: the machine proposes, a person decides, what was done. */

import { doubt, questions } from "./ask.js";
import { el, put, show } from "./dom.js";
import { icon } from "./icons.js";
import { taught } from "./teach.js";
import { actionLabel } from "./video.js";
import { pick, sentence, t } from "./text.js";
import { why } from "./why.js";
import { endWord, from, isPerson, levelWord, loweredBy, reasonWord, stateOf, stoppedBy } from "./words.js";

const ASKING = new Set(["proposed", "deferred"]);
const LIVE = new Set(["draft", "proposed", "deferred", "confirmed", "edited", "executing"]);
const AGREED = new Set(["confirmed", "edited", "executing", "done", "undone", "aborted"]);
const LOCK = 400; // ms after a card has changed in which a tap does not count (cointelligence, edge case 11)

/** The decision to show: one that asks before one that runs, that before one that has ended; the newest of each. */
export function shown(store) {
  const all = [...store.decisions.values()].reverse();
  return all.find((each) => ASKING.has(each.state)) ?? all.find((each) => LIVE.has(each.state)) ?? all[0] ?? null;
}

/** What can still be undone goes before what is shown anyway: a question must not hide what the machine has just done. */
function deedOf(store, current) {
  return [...store.decisions.values()].reverse().find((each) => each.undo) ?? current;
}

export function cards(section, send) {
  const machine = card("machine", "chip");
  const human = card("human", "person");
  const act = card("act", "gear");
  section.append(machine.node, human.node, act.node);
  const guess = el("div", { class: "guess" });
  const reasons = why(send);
  const lesson = taught();
  machine.body.append(guess, reasons.node, lesson.node);
  const words = el("div", { class: "verdict" });
  const asking = questions((verb, value) => answer(verb, value));
  human.body.append(words, asking.node);
  const undo = el("button", { type: "button", class: "undo", id: "undo", onclick: () => answer("undo") });
  const outcome = el("div", { class: "outcome" });
  act.body.append(outcome, undo);

  let current = null;
  let deed = null;
  let digest = "";
  let offered = ""; // what another source of the machine would do
  let since = 0;
  let answered = "";
  let role = "";
  let heard = null; // the last word on why an answer did nothing

  function answer(verb, value) {
    const about = verb === "undo" ? deed : current;
    if (!about || answered === about.digest + verb || locked()) return;
    if (role === "visitor" && verb !== "reject" && verb !== "undo") return; // theirs is the no
    if (verb === "undo" ? !about.undo : !ASKING.has(about.state)) return;
    // A question with answers of its own has no plain yes, unless one of them is what the machine means.
    if (verb === "confirm" && about.choices?.length && !about.choices.some((each) => each.value === about.value)) return;
    if (send({ type: "answer", verb, id: about.id, digest: about.digest, ...(value === undefined ? {} : { value }) })) {
      answered = about.digest + verb;
      if (verb !== "undo") asking.sent(verb, value);
    }
  }

  function locked() {
    return performance.now() - since < LOCK;
  }

  function update(store) {
    current = shown(store);
    role = store.role ?? "";
    deed = deedOf(store, current);
    const card = current ? current.id + current.digest : "";
    if (card !== digest) {
      digest = card;
      since = performance.now();
      answered = "";
      asking.fresh();
    }
    const instead = JSON.stringify(current?.instead ?? null);
    if (instead !== offered) {
      offered = instead;
      since = performance.now(); // one answer more has come under the finger
    }
    if (store.told !== heard) {
      heard = store.told;
      if (heard && heard.id === current?.id) {
        // It did not count: whoever pressed may press again.
        answered = "";
        asking.fresh();
      }
    }
    const asks = Boolean(current && ASKING.has(current.state));
    const runs = Boolean(current && !asks && LIVE.has(current.state));
    heading(machine, t("Machine proposes"), current ? "" : "idle");
    heading(human, t("You decide"), asks ? "turn" : "");
    heading(act, t("What was done"), runs ? "turn" : "");
    put(guess, ...proposal(store, current));
    reasons.update(store, current);
    lesson.update(store, current);
    const left = current && asks ? remaining(current) : 0;
    put(words, ...(asks ? [] : verdict(store, current)));
    asking.update({ store, decision: current, asks, left, usable: store.linked && !locked() && left > 0 });
    put(outcome, ...result(store, deed));
    undo.disabled = !store.linked || locked() || answered.endsWith("undo");
    put(undo, icon("undo"), t("Undo"));
    show(undo, Boolean(deed?.undo));
  }

  return { update, answer, choose: asking.choose, asking: () => Boolean(current && ASKING.has(current.state)) };
}

/** Milliseconds that are left to answer; Infinity when there is no limit. */
function remaining(decision) {
  if (decision.remaining_ms == null) return Infinity;
  return Math.max(0, decision.remaining_ms - (performance.now() - decision.came));
}

function card(name, picture) {
  const title = el("h2");
  const body = el("div", { class: "body" });
  const node = el("article", { class: `card ${name}`, id: `card-${name}` }, title, body);
  return { node, title, body, picture };
}

function heading({ node, title, picture }, text, mood) {
  put(title, icon(picture), el("span", {}, text));
  node.dataset.mood = mood;
}

function proposal(store, decision) {
  if (!decision) {
    const rules = store.hello?.rules ?? [];
    const blind = store.hello?.pose === "none" || (rules.length > 0 && !rules.some((rule) => moved(store, rule))); // sensors alone
    // One movement may lead to several acts: it is to be tried once.
    const tries = [...new Set(rules.map((rule) => sentence(rule.label, rule.when)))].map((text) => el("li", {}, text));
    return [
      el("p", { class: "big" }, blind ? t("The sensors change, the machine proposes.") : t("Move, and the machine guesses what you want.")),
      tries.length > 0 && el("div", { class: "tries" }, el("p", {}, blind ? t("It waits for this:") : t("Try this:")), el("ul", {}, ...tries)),
    ];
  }
  const percent = Math.round(100 * decision.p);
  const sure = el("i");
  sure.style.width = `${percent}%`;
  const level = decision.level;
  return [
    el("p", { class: "big", id: "what" }, sentence(decision.what, pick(decision.label))),
    el("p", { class: "because" }, because(store, decision)),
    el("p", { class: "sure" }, el("span", {}, decision.calibrated ? t("How sure: {percent}%", { percent }) : t("How clear it is (uncalibrated)")), el("span", { class: "meter" }, sure)),
    decision.reason === "unseen" && el("p", { class: "doubt" }, icon("question"), el("span", {}, t("I have not learnt this. Will you teach me?"))),
    doubt(store, decision) && el("p", { class: "doubt" }, icon("question"), el("span", {}, doubt(store, decision))),
    decision.instead && el("p", { class: "instead" }, icon("swap"), el("span", {}, instead(decision.instead))),
    level && el("p", { class: "dial" }, el("b", {}, level.eff), ` ${levelWord(level.eff)}`,
      loweredBy(level) && el("span", { class: "lowered" }, ` ${loweredBy(level)}`)),
  ];
}

/** Whether a rule waits for what somebody does, or for what is measured only. */
function moved(store, rule) {
  return rule.when.match(/[\p{L}\p{N}_]+/gu)?.some((word) => store.hello.actions?.[word]);
}

/** What another source of the machine would do; it is asked once this has ended. */
function instead({ what, because: reason }) {
  const values = { what: pick(what).replace(/[?？!！.。]+$/, ""), reason: pick(reason) };
  return values.reason ? t("Also proposed: {what}, because {reason}", values) : t("Also proposed: {what}", values);
}

function because(store, decision) {
  const reason = pick(decision.because) || actionLabel(store, decision.trigger ?? "");
  return reason ? t("Because {reason}", { reason }) : "";
}

function verdict(store, decision) {
  if (!decision) return [el("p", { class: "quiet" }, t("Your Yes and No will be here."))];
  const { state, by } = decision;
  const author = decision.answered || by;
  if (decision.reason === "stop") return mark("stop", "none", t("Somebody pressed Stop."), stoppedBy(by, store));
  if (decision.reason === "override") return mark("hand", "yes", t("A person has taken this over."), from(by, store));
  if (decision.reason === "conflict") return mark("cross", "no", t("Two people disagreed"), from(by, store));
  if (state === "rejected") return mark("cross", "no", t("A person said no"), from(author, store));
  if (state === "expired") return mark("hourglass", "none", t("Nobody decided"), t("So it is not done."));
  const picked = decision.choices?.find((each) => each.value === decision.value);
  if (AGREED.has(state) && isPerson(decision.answered) && picked) {
    return mark("pen", "yes", t("Chosen: {answer}", { answer: pick(picked.label) }), from(author, store));
  }
  if (AGREED.has(state) && isPerson(decision.answered)) return mark("check", "yes", t("A person said yes"), from(author, store));
  if (AGREED.has(state)) return mark("chip", "none", t("The machine may do this by itself"), t("You can still undo or stop it."));
  const word = stateOf(state, decision.reason);
  return mark(word.icon, word.tone, word.word, decision.reason === "shadow" ? loweredBy(decision.level) : from(by, store));
}

function result(store, decision) {
  if (!decision) return [el("p", { class: "quiet" }, t("Nothing yet"))];
  const what = sentence(decision.what, pick(decision.label));
  const why = reasonWord(decision.reason);
  switch (decision.state) {
    case "confirmed": case "edited": return mark("gear", "act", t("Begins now"), what);
    case "executing": return mark("gear", "act working", t("Being done"), what);
    case "done": return mark("done", "act", t("Done"), [what, endWord(decision)].filter(Boolean).join(" · "));
    case "undone": return mark("undo", "none", t("Undone"), what);
    case "aborted": return mark("broken", "no", t("Broken off"), why || what);
    case "draft": case "proposed": case "deferred": return mark("clock", "none", t("Not done yet"), t("It waits for you."));
    default: return mark("broken", "none", t("Not done"), why);
  }
}

function mark(picture, tone, word, small) {
  return [
    el("p", { class: `mark ${tone}` }, icon(picture), el("span", {}, word)),
    small ? el("p", { class: "small" }, small) : null,
  ];
}

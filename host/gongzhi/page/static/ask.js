/** Takes the decision that asks, gives its answers: yes and no, or up to three of the question's own and no. */

import { el, put, say, show } from "./dom.js";
import { icon } from "./icons.js";
import { actionLabel } from "./video.js";
import { language, pick, ready, sentence, t } from "./text.js";
import { toldFor } from "./words.js";

/** `answer(verb, value)` is called for what a person presses; gives {node, update, sent, fresh, choose}. */
export function questions(answer) {
  const yes = el("button", { type: "button", class: "yes", id: "yes", onclick: () => answer("confirm") });
  const no = el("button", { type: "button", class: "no", id: "no", onclick: () => answer("reject") });
  const hand = el("button", { type: "button", class: "tohand", id: "tohand", onclick: () => reach(resource) });
  const own = el("div", { class: "picks", role: "group" });
  const rather = el("button", { type: "button", class: "pick rather", id: "rather", onclick: () => answer("edit", other) });
  const bar = el("i");
  const time = el("p", { class: "time" });
  const silence = el("p", { class: "silence" });
  const near = el("p", { class: "told", role: "status" });
  const question = el("p", { class: "question", "aria-hidden": "true" }); // where the first card may be out of sight
  const choice = el("div", { class: "choice" }, question, yes, hand, own, no, rather, el("div", { class: "bar" }, bar));
  const node = el("div", { class: "ask" }, choice, near, time, silence);
  let pending = "";
  let resource = "";
  let other = 0; // what another source of the machine would set
  let built = "";
  let picks = []; // [{value, node}] of the question's own answers
  yes.disabled = no.disabled = true;

  function build(decision) {
    const key = language() + ready() + decision.digest + JSON.stringify(decision.choices ?? []);
    if (key === built) return;
    built = key;
    picks = (decision.choices ?? []).map(({ label: words, value }, index) => {
      const mine = value === decision.value; // the machine's guess: said, and not made bigger than the others
      const button = el("button", { type: "button", class: "pick", "data-value": value, onclick: () => answer("edit", value) },
        el("span", {}, sentence(words, String(value))), mine && el("small", {}, icon("chip"), t("the machine’s guess")));
      mark(button, index + 1);
      return { value, node: button };
    });
    put(own, ...picks.map((each) => each.node));
  }

  function update({ store, decision, asks, left, usable }) {
    show(node, asks);
    yes.disabled = no.disabled = !asks || !usable || Boolean(pending);
    if (!asks) return;
    build(decision);
    // A hint takes no yes: who wants it sets the value by hand, at the part itself.
    const hint = decision.state === "proposed" && decision.level?.eff === "A1";
    show(yes, picks.length === 0 && !hint);
    show(hand, hint && picks.length === 0);
    resource = decision.resource;
    put(hand, icon("hand"), el("span", {}, t("By hand")));
    show(own, picks.length > 0);
    show(rather, Boolean(decision.instead) && picks.length === 0 && !hint);
    other = decision.instead?.value ?? 0;
    if (decision.instead) put(rather, icon("swap"), el("span", {}, t("Rather: {what}", { what: pick(decision.instead.what).replace(/[?？!！.。]+$/, "") })));
    const visitor = store.role === "visitor";
    yes.disabled ||= visitor;
    rather.disabled = no.disabled || visitor;
    rather.classList.toggle("chosen", pending === `edit${other}`);
    for (const each of picks) {
      each.node.disabled = no.disabled || visitor;
      each.node.classList.toggle("chosen", pending === `edit${each.value}`);
    }
    say(question, questionOf(decision, picks.length));
    own.setAttribute("aria-label", questionOf(decision, picks.length));
    label(yes, "check", t("Yes"), "Y");
    label(no, "cross", picks.length > 0 ? t("None of these") : t("No"), "N");
    yes.classList.toggle("chosen", pending === "confirm");
    no.classList.toggle("chosen", pending === "reject");
    const timed = Number.isFinite(left);
    show(bar.parentElement, timed);
    bar.style.width = timed ? `${(100 * left) / (decision.total_ms || left || 1)}%` : "0";
    say(near, toldFor(store, decision.id) || (visitor ? t("You are a visitor: you may say no. The yes is the team’s.") : ""));
    say(time, pending ? t("Sent…") : timed ? timeLeft(Math.ceil(left / 1000)) : "");
    say(silence, hint ? t("Only a hint: set it by hand, if you want it.")
      : decision.level?.eff === "A3" ? t("No answer means: it is done") : t("No answer means: it is not done"));
  }

  return {
    node, update,
    sent: (verb, value) => (pending = verb + (value ?? "")),
    fresh: () => (pending = ""),
    choose: (index) => picks[index]?.node.click(),
  };
}

function questionOf(decision, several) {
  const text = sentence(decision.what, pick(decision.label));
  return several || /[?？]$/.test(text) ? text : `${text}?`;
}

/** Go to where the output is set by hand. */
function reach(resource) {
  const own = document.querySelector(`.own[data-resource="${CSS.escape(resource)}"]`);
  own?.scrollIntoView({ block: "center" });
  own?.querySelector("button:not([hidden])")?.focus();
}

function label(button, picture, word, key) {
  put(button, icon(picture), el("span", {}, word), el("kbd", { "aria-hidden": "true" }, key));
  button.setAttribute("aria-keyshortcuts", key);
}

function mark(button, key) {
  button.append(el("kbd", { "aria-hidden": "true" }, String(key)));
  button.setAttribute("aria-keyshortcuts", String(key));
}

function timeLeft(seconds) {
  return seconds === 1 ? t("1 second left") : t("{seconds} seconds left", { seconds });
}

/** What the machine cannot tell apart, in words; "" where it can. */
export function doubt(store, decision) {
  const names = (decision.options ?? []).map((name) => sentence(actionLabel(store, name)));
  return names.length > 1 ? t("The machine cannot tell apart: {names}", { names: names.join(" / ") }) : "";
}

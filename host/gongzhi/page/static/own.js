/** Takes an output and what the runtime tells of it, gives its dial, who holds it, and the means to set it by hand. */

import { el, put, say, show } from "./dom.js";
import { grip } from "./grip.js";
import { icon } from "./icons.js";
import { inCharge } from "./seats.js";
import { sentence, t } from "./text.js";
import { levelWord, toldFor, who } from "./words.js";

const LEVELS = ["A0", "A1", "A2", "A3", "A4", "A5"];

/** {node, update(store, values, online)} for the output `part` that is decided as `resource` (both of the hello). */
export function own(part, resource, name, send) {
  const moves = resource.hazard >= "H2";
  const dial = el("select", { class: "level", onchange: () => send({ type: "dial", resource: resource.id, level: dial.value }) });
  // A list that is closed breaks no line: its words stand below it, and it lies over them unseen.
  const word = el("span", { "aria-hidden": "true" });
  const box = el("div", { class: "dialbox" }, word, dial);
  const holder = el("p", { class: "holder" });
  const take = el("button", { type: "button", class: "take", onclick: taken });
  const back = el("button", { type: "button", class: "giveback", onclick: () => send({ type: "handback", resource: resource.id }) });
  const hint = el("p", { class: "hint" });
  const near = el("p", { class: "told", role: "status" });
  const hand = grip(part, resource, name, moves, send);
  const node = el("div", { class: "own", "data-resource": resource.id }, box, holder, take, hand.node, hint, back, near);
  const marks = LEVELS.map((level) => el("option", { value: level }));
  dial.append(...marks);
  let seen = null; // what the last update was given, for a click at once
  let open = false; // of what moves: taking it is nothing yet, holding it is

  function taken() {
    open = moves && !open;
    if (!moves) hand.begin();
    if (seen) update(...seen);
  }

  function update(store, values, online) {
    seen = [store, values, online];
    const owner = store.owners.get(resource.id);
    const seat = owner?.seat ?? "";
    const mine = seat === store.seat;
    const stopped = Boolean(store.stopped?.resources?.includes(resource.id));
    const usable = online && !stopped;
    if (mine || !usable) open = false;
    drawDial(store);
    put(holder, icon(seat ? "hand" : "chip"), el("span", {}, holding(owner, store, moves)));
    holder.dataset.seat = seat ? (mine ? "mine" : "other") : "";
    const told = t("Take {part} into your hand", { part: name });
    put(take, icon("hand"), el("span", {}, open ? t("Leave it") : t("By hand")));
    take.setAttribute("aria-label", told);
    if (moves) take.setAttribute("aria-expanded", String(open));
    take.disabled = !usable;
    show(take, !mine && store.role !== "visitor"); // theirs is the no: stop, and turn the dial down
    put(back, icon("chip"), el("span", {}, t("Give it back")));
    back.setAttribute("aria-label", t("Give {part} back to the machine", { part: name }));
    back.disabled = !online;
    show(back, Boolean(seat) && store.role !== "visitor");
    hand.update({ values, usable, visible: mine || open });
    say(hint, (mine || open) && moves && usable ? t("It moves while you hold it. Let go, and it goes back.") : "");
    say(near, toldFor(store, resource.id));
  }

  function drawDial(store) {
    for (const option of marks) say(option, `${option.value} ${levelWord(option.value)}`);
    dial.disabled = !store.linked;
    dial.setAttribute("aria-label", t("How much the machine may do: {part}", { part: name }));
    // Not while the list may be open: the choice would jump away under the pointer.
    const level = store.dials.get(resource.id)?.level ?? resource.level;
    const most = inCharge(store) ? "A5" : level; // anybody may turn it down
    for (const option of marks) option.disabled = option.value > (resource.ceiling ?? "A5") || option.value > most;
    if (document.activeElement !== dial || dial.dataset.level !== level) dial.value = level;
    dial.dataset.level = level;
    say(word, `${dial.value} ${levelWord(dial.value)}`);
  }

  return { node, update };
}

function holding(owner, store, moves) {
  if (!owner?.seat) return t("The machine has it");
  const holder = sentence(who(owner.seat, store));
  if (owner.remaining_ms == null) return t("{who} has it, until it is given back", { who: holder });
  const left = Math.ceil(Math.max(0, owner.remaining_ms - (performance.now() - owner.came)) / 1000);
  return moves ? t("{who} has a hand on it", { who: holder }) : t("{who} has it, {seconds} s more", { who: holder, seconds: left });
}

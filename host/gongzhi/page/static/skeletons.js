/** Takes the samples in quarantine, gives each as a moving skeleton (a sensor's: as curves) with its label, a doubt, and a way out. */

import { draw } from "./bones.js";
import { el, put, say, show } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./text.js";
import { traces } from "./traces.js";
import { labelOf, who } from "./words.js";

const FPS = 6;

/** `forget(sample)` is called for one that somebody takes out. */
export function skeletons(forget) {
  const title = el("h3");
  const list = el("ul", { class: "samples" });
  const node = el("div", { class: "quarantine" }, title, list);
  const cards = new Map(); // sample -> its card
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let shown = new Map();
  let moving = 0; // the next step that is asked for

  function step(now) {
    moving = 0;
    if (!cards.size || !document.contains(node)) return;
    for (const [sample, one] of cards) {
      const { frames: all, traces: curves, channels, unit } = shown.get(sample) ?? {};
      if (curves) traces(one.canvas, curves, channels, unit);
      else if (all?.length) draw(one.canvas, all[still.matches ? all.length >> 1 : Math.floor((now / 1000) * FPS) % all.length]);
    }
    moving = requestAnimationFrame(step);
  }

  function update(store, school) {
    shown = store.samples;
    show(node, school.waiting.length > 0);
    say(title, t("In quarantine: {n}. Nothing rests on them yet.", { n: school.waiting.length }));
    for (const [sample, one] of cards) if (!school.waiting.some((each) => each.sample === sample)) cards.delete(sample), one.node.remove();
    for (const each of school.waiting) {
      if (!cards.has(each.sample)) cards.set(each.sample, card(each.sample, forget)), list.append(cards.get(each.sample).node);
      cards.get(each.sample).update(store, school, each);
    }
    if (cards.size) moving ||= requestAnimationFrame(step);
  }

  return { node, update };
}

function card(sample, forget) {
  const canvas = el("canvas", { width: 160, height: 120, role: "img" });
  const name = el("b");
  const doubt = el("p", { class: "doubt" });
  const from = el("small");
  const away = el("button", { type: "button", class: "small", "data-forget": sample, onclick: () => forget(sample) });
  const node = el("li", { "data-sample": sample }, canvas, name, doubt, from, away);

  function update(store, school, one) {
    const label = labelOf(store, school, one.label);
    canvas.setAttribute("aria-label", label);
    say(name, label);
    const better = one.suggested && one.suggested !== one.label ? labelOf(store, school, one.suggested) : "";
    put(doubt, better && icon("question"), better && el("span", {}, t("Looks more like “{label}”. Is it right?", { label: better })));
    show(doubt, Boolean(better));
    say(from, who(one.seat, store));
    say(away, t("Take out"));
    away.setAttribute("aria-label", t("Take out: {label}", { label }));
    away.disabled = !store.linked;
    show(away, store.role !== "visitor" || one.seat === store.seat); // a visitor takes back their own
  }

  return { node, canvas, update };
}

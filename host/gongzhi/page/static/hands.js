/** Takes what the world tells of a simulated input, gives the means to move it by hand: a slider, a switch, its cable. */

import { contact } from "./contact.js";
import { el, say } from "./dom.js";
import { sentence, t } from "./text.js";

const REST = 400; // ms after which a slider that nobody moves follows the world again
const FEW = 3; // controls that stand open; of more, all but the first are folded away

/** {node, update(store, board, online)} for the input `part`; the node stays empty where there is no simulated world. */
export function hands(part, name, send) {
  const node = el("div", { class: "world", hidden: true });
  const all = new Map(); // reading -> its control
  const bearer = []; // of a motion sensor: what whoever carries it does
  const more = el("details", {}, el("summary", {}, t("all axes")));
  const cable = el("button", {
    type: "button", class: "cable", onclick: () => send({ type: "cable", ch: part.ch, plugged: cable.dataset.out === "true" }),
  });

  function update(store, board, online) {
    const mine = [...store.worlds.values()].filter((each) => each.board === board && each.ch.split(".")[0] === part.ch);
    node.hidden = mine.length === 0 || part.kind === "button" || store.role === "visitor"; // the team's
    if (node.hidden) return;
    if (!bearer.length && mine.some((each) => each.ch === `${part.ch}.motion`)) bearer.push(carried(part, send));
    for (const button of bearer.flatMap((row) => [...row.querySelectorAll("button")])) button.disabled = !online;
    for (const each of mine) {
      if (!all.has(each.ch)) {
        all.set(each.ch, each.lo === 0 && each.hi === 1 ? toggle(part, each, name, send) : slider(each, name, send));
        const [first, ...rest] = [...all.values()].map((one) => one.node);
        const folded = rest.length >= FEW;
        more.append(...(folded ? rest : []));
        node.replaceChildren(...bearer, first, ...(folded ? [more] : rest), cable);
      }
      all.get(each.ch).update(each, online);
    }
    const out = !mine[0].there;
    cable.dataset.out = String(out);
    cable.setAttribute("aria-pressed", String(out));
    cable.disabled = !online;
    say(cable, sentence(out ? t("put the cable in") : t("pull the cable")));
  }

  return { node, update };
}

/** What whoever carries a motion sensor may do; moving one of its sliders ends it. */
export function carried(part, send) {
  const does = { stand: t("stand still"), walk: t("walk"), run: t("run"), hop: t("hop"), shake: t("shake it"), turn: t("turn round") };
  const buttons = Object.entries(does).map(([what, word]) =>
    el("button", { type: "button", "data-does": what, onclick: () => send({ type: "carry", ch: part.ch, what }) }, sentence(word)));
  return el("div", { class: "carried", role: "group", "aria-label": t("whoever carries it") }, el("p", {}, t("whoever carries it")), ...buttons);
}

function slider(first, name, send) {
  const step = first.hi - first.lo <= 10 ? 0.01 : first.hi - first.lo <= 500 ? 0.5 : 1;
  const value = el("output", {});
  const axis = /^r?[xyz]$/.test(first.prop) ? `${first.prop}: ` : ""; // of a motion sensor: which of seven it is
  let moved = -REST;
  const input = el("input", {
    type: "range", min: first.lo, max: first.hi, step, "data-ch": first.ch,
    "aria-label": t("{part}: what is around it, {prop}", { part: name, prop: first.prop }),
    oninput: () => {
      moved = performance.now();
      send({ type: "move", ch: first.ch, value: Number(input.value) });
    },
  });
  return {
    node: el("label", {}, input, value),
    update(world, online) {
      input.disabled = !online;
      if (performance.now() - moved > REST) input.value = world.value;
      const gap = world.unit === "°" ? "" : " ";
      say(value, `${axis}${Math.round(100 * world.value) / 100}${gap}${world.unit}`.trim());
    },
  };
}

function toggle(part, first, name, send) {
  const words = contact(part.kind) ?? { begin: t("hold it"), end: t("let go") };
  const node = el("button", {
    type: "button", class: "toggle", "data-ch": first.ch, "aria-label": t("{part}: what is around it, {prop}", { part: name, prop: first.prop }),
    onclick: () => send({ type: "move", ch: first.ch, value: node.getAttribute("aria-pressed") === "true" ? 0 : 1 }),
  });
  return {
    node,
    update(world, online) {
      node.disabled = !online;
      node.setAttribute("aria-pressed", String(world.value >= 0.5));
      say(node, sentence(world.value >= 0.5 ? words.end : words.begin));
    },
  };
}

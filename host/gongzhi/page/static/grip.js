/** Takes an output's range, gives what sets it by hand: of what moves only while it is held, with a sign of life. */

import { el, say, show } from "./dom.js";
import { t } from "./text.js";

const BEAT = 500; // ms between signs of life; 1.5 s without one let go what moves (docs/decisions.md)
const GAP = 300; // ms between two values: of one seat the arbiter takes 4 answers a second
const REST = 1200; // ms after the last touch in which the control does not follow the part: its answer is on the way
const KEYS = new Set(["Enter", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown", " "]);
const WHOLE = new Set(["matrix", "melody", "oled", "rgb"]); // kinds that know whole numbers only

/** {node, begin(), update({values, usable, visible})}; with `moves` nothing is sent but while it is held. */
export function grip(part, resource, name, moves, send) {
  const colour = part.kind === "rgb";
  const prop = resource.id.split(".")[1];
  const span = part.hi - part.lo;
  const switched = part.kind === "relay"; // on or off, and on only in the hand: one button, no way between
  const input = switched ? el("button", { type: "button", class: "grip", "data-resource": resource.id }) : el("input", {
    type: colour ? "color" : "range", class: "grip", "data-resource": resource.id,
    ...(colour ? {} : { min: part.lo, max: part.hi, step: WHOLE.has(part.kind) || span > 100 ? 1 : span > 10 ? 0.5 : 0.05 }),
    oninput: () => (!moves || held) && give(),
  });
  const figure = el("output", {});
  const node = el(switched ? "div" : "label", { class: "byhand", hidden: true }, input, figure);
  let held = false;
  let beat = 0;
  let later = 0;
  let sent = -Infinity;

  function value() {
    if (switched) return held ? part.hi : resource.safe;
    return colour ? parseInt(input.value.slice(1), 16) : Number(input.value);
  }

  /** Send the newest value as soon as the arbiter takes one. */
  function give() {
    if (later) return;
    const wait = Math.max(0, sent + GAP - performance.now());
    later = setTimeout(() => {
      later = 0;
      sent = performance.now();
      send({ type: "override", resource: resource.id, value: value() });
    }, wait);
  }

  function hold() {
    if (held || input.disabled || !moves) return;
    held = true;
    node.dataset.held = "true";
    outside("addEventListener");
    give();
    beat = setInterval(give, BEAT);
  }

  function letGo() {
    if (!held) return;
    held = false;
    node.dataset.held = "false";
    outside("removeEventListener");
    clearInterval(beat);
    // Nothing that is still on its way may prolong what has just been let go.
    if (moves) clearTimeout(later);
    if (moves) later = 0;
    if (switched) give(); // what can be switched off need not wait for the hand to be missed
  }

  input.addEventListener("pointerdown", (event) => event.button === 0 && hold());
  for (const end of ["pointerup", "pointercancel", "lostpointercapture", "blur"]) input.addEventListener(end, letGo);
  input.addEventListener("keydown", (event) => KEYS.has(event.key) && hold());
  input.addEventListener("keyup", letGo);

  /** Only while it is held: boards are drawn anew, and whatever the window knows stays for ever. */
  function outside(how) {
    window[how]("blur", letGo);
    window[how]("pointerup", letGo);
    document[how]("visibilitychange", letGo);
  }

  function update({ values, usable, visible }) {
    show(node, visible);
    input.disabled = !usable;
    if (held && (!visible || !usable)) letGo();
    input.setAttribute("aria-label", moves ? t("{part}: hold and move", { part: name }) : t("{part}: set by hand", { part: name }));
    if (switched) say(input, t("Hold: on"));
    const now = values?.[prop];
    if (!switched && now != null && !held && !later && performance.now() - sent > REST) {
      input.value = colour ? `#${Math.round(now).toString(16).padStart(6, "0")}` : now;
    }
    say(figure, colour || switched ? "" : written(value(), part, resource));
  }

  return { node, begin: give, update };
}

function written(value, part, resource) {
  if (!resource.unit && part.lo === 0 && part.hi === 1) return `${Math.round(100 * value)}%`;
  const gap = resource.unit === "°" ? "" : " ";
  return `${Math.round(100 * value) / 100}${gap}${resource.unit}`.trim();
}

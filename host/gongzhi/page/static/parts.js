/** Takes a part's description, draws it as SVG; its `update(values)` moves the drawing to the part's real state. */

import { contact } from "./contact.js";
import { el, put, say, svg } from "./dom.js";
import { holdable } from "./hold.js";
import { imu } from "./imu.js";
import { matrix } from "./matrix.js";
import { oled } from "./oled.js";
import { t } from "./text.js";

const HOLDS = [1000, 3000]; // ms: from here a let-go means no; here it means stop (wire.md, button events)
const RING = 2 * Math.PI * 50;

/** {node, update(values), word(values)} for a part of the manifest; `press(down, cancel)` sends a button's changes. */
export function drawing(part, press) {
  switch (part.kind) {
    case "led": return led();
    case "rgb": return rgb();
    case "servo": return servo(part);
    case "buzzer": return buzzer();
    case "button": return button(part, press);
    case "oled": return oled();
    case "matrix": return matrix();
    case "mpu6050": case "msa300": case "qmi8658": return imu();
    default: return other(part);
  }
}

function picture(...children) {
  return svg("svg", { viewBox: "0 0 120 120", "aria-hidden": "true" }, ...children);
}

function led() {
  const glow = svg("circle", { cx: 60, cy: 54, r: 50, class: "glow" });
  const light = svg("path", { d: "M36 88V56a24 24 0 0 1 48 0v32z", class: "lens-on" });
  const node = picture(
    svg("path", { d: "M48 92v24M72 92v24", class: "leg" }),
    glow,
    svg("path", { d: "M36 88V56a24 24 0 0 1 48 0v32z", class: "lens" }),
    light,
    svg("rect", { x: 30, y: 86, width: 60, height: 9, rx: 3, class: "rim" }),
    svg("path", { d: "M47 58a14 14 0 0 1 12-14", class: "shine" }),
  );
  return {
    node,
    update({ level = 0 }) {
      // Eyes see the fourth root or so: a tenth of the power is not a tenth as bright.
      light.style.opacity = glow.style.opacity = level > 0 ? 0.25 + 0.75 * Math.sqrt(level) : 0;
      node.dataset.value = level;
    },
    word: ({ level }) => (level == null ? "" : level > 0 ? t("on, {percent}%", { percent: Math.round(100 * level) }) : t("off")),
  };
}

/** A ring of lights that all have the colour `rgb`: 0xRRGGBB, 0 is off. */
function rgb() {
  const lights = [...Array(8).keys()].map((n) => {
    const turn = (2 * Math.PI * n) / 8;
    return svg("circle", { cx: 60 + 36 * Math.cos(turn), cy: 60 + 36 * Math.sin(turn), r: 10 });
  });
  const node = picture(svg("circle", { cx: 60, cy: 60, r: 54, class: "box" }), ...lights);
  const colour = (value) => `#${value.toString(16).padStart(6, "0")}`;
  return {
    node,
    update({ rgb: value }) {
      for (const light of lights) light.style.fill = value ? colour(value) : "#33413f";
      node.dataset.value = value ?? 0;
    },
    word: ({ rgb: value }) => (value == null ? "" : value ? colourWord(value) || colour(value) : t("off")),
  };
}

/** The word for a colour whose red, green and blue are all or nothing, however bright; "" for every other. */
function colourWord(value) {
  const parts = [value >> 16, (value >> 8) & 255, value & 255];
  const most = Math.max(...parts);
  switch (parts.map((one) => (one === 0 ? 0 : one === most ? 1 : "?")).join("")) {
    case "100": return t("red");
    case "010": return t("green");
    case "001": return t("blue");
    case "110": return t("yellow");
    case "011": return t("cyan");
    case "101": return t("purple");
    case "111": return t("white");
    default: return "";
  }
}

function servo(part) {
  const ticks = [];
  for (let angle = 0; angle <= 180; angle += 45) {
    const turn = ((angle - 180) * Math.PI) / 180;
    const [x, y] = [Math.cos(turn), Math.sin(turn)];
    ticks.push(svg("path", { d: `M${60 + 49 * x} ${70 + 49 * y}L${60 + 55 * x} ${70 + 55 * y}`, class: "tick" }));
  }
  const horn = svg("g", { class: "horn" },
    svg("path", { d: "M53 70L56.500 24a3.500 3.500 0 0 1 7 0L67 70z" }), svg("circle", { cx: 60, cy: 70, r: 11 }), svg("circle", { cx: 60, cy: 70, r: 3, class: "axle" }));
  const node = picture(svg("rect", { x: 22, y: 52, width: 76, height: 52, rx: 8, class: "servo" }),
    svg("path", { d: "M10 68h12v14H10zM98 68h12v14H98z", class: "servo" }), ...ticks, horn);
  let at = null; // where a virtual servo's horn is, which takes its time; of a real one nobody knows more than its angle
  return {
    node,
    update({ angle = part.lo ?? 0, horn: place }) {
      at = place ?? at;
      horn.style.transform = `rotate(${(at ?? angle) - 90}deg)`;
      node.dataset.value = angle;
    },
    word: ({ angle }) => (angle == null ? "" : `${Math.round(angle)}°`),
  };
}

function buzzer() {
  const waves = svg("g", { class: "waves" },
    svg("path", { d: "M92 44a24 24 0 0 1 0 32M102 34a40 40 0 0 1 0 52" }), svg("path", { d: "M28 44a24 24 0 0 0 0 32M18 34a40 40 0 0 0 0 52" }));
  const node = picture(svg("circle", { cx: 60, cy: 60, r: 29, class: "buzzer" }), svg("circle", { cx: 60, cy: 60, r: 6, class: "hole" }), waves);
  return {
    node,
    update({ tone = 0 }) {
      node.classList.toggle("sounds", tone > 0);
      node.dataset.value = tone;
    },
    word: ({ tone }) => (tone == null ? "" : tone > 0 ? `${Math.round(tone)} Hz` : t("silent")),
  };
}

function button(part, press) {
  const ring = svg("circle", { cx: 60, cy: 60, r: 50, class: "ring", "stroke-dasharray": RING, "stroke-dashoffset": RING, transform: "rotate(-90 60 60)" });
  const cap = svg("circle", { cx: 60, cy: 60, r: 34, class: "cap" });
  const marks = [1 / 3].map((share) => {
    const turn = 2 * Math.PI * share - Math.PI / 2;
    const [x, y] = [Math.cos(turn), Math.sin(turn)];
    return svg("path", { d: `M${60 + 44 * x} ${60 + 44 * y}L${60 + 56 * x} ${60 + 56 * y}`, class: "tick" });
  });
  const drawn = picture(svg("circle", { cx: 60, cy: 60, r: 50, class: "track" }), ring, ...marks, cap);
  const meaning = el("span", { class: "meaning" });
  const node = el("button", { type: "button", class: "press", "data-ch": part.ch }, drawn, meaning);
  const answers = part.answers !== null && part.answers !== "";

  function held(ms) {
    const step = HOLDS.filter((limit) => ms >= limit).length;
    ring.setAttribute("stroke-dashoffset", RING * (1 - Math.min(1, ms / HOLDS[1])));
    node.dataset.step = ms > 0 ? step : "";
    say(meaning, ms > 0 && answers ? [t("Yes"), t("No"), t("Stop")][step] : "");
  }

  const hold = holdable(node, {
    down: () => press(true, false), up: () => press(false, false), cancel: () => press(false, true), held,
  });
  return {
    node,
    update({ pressed = 0 }) {
      node.classList.toggle("pressed", Boolean(pressed));
    },
    word: () => (answers ? [t("tap: yes"), t("1 second: no"), t("3 seconds: stop")] : ""),
    enable(usable) {
      if (!usable) hold.cancel();
      node.setAttribute("aria-disabled", String(!usable));
    },
  };
}

const SHARES = new Set(["vibrator", "motor", "servo360"]); // 1 is all they can

/** A box with the number and its unit; of what is only so or so a dot in the box, and the word. */
function other(part) {
  const words = contact(part.kind);
  const unit = SHARES.has(part.kind) ? "%" : (part.unit ?? "");
  const number = svg("text", { x: 60, y: unit ? 64 : 71, "text-anchor": "middle", class: "figure" });
  const below = svg("text", { x: 60, y: 86, "text-anchor": "middle", class: "unit" });
  const dot = svg("circle", { cx: 60, cy: 62, r: 17, class: "contact" });
  const node = picture(svg("rect", { x: 14, y: 30, width: 92, height: 64, rx: 10, class: "box" }), ...(words ? [dot] : [number, below]));
  const value = (values) => values[part.prop] ?? Object.values(values)[0]; // the first of several readings
  return {
    node,
    update(values) {
      const found = value(values);
      node.dataset.value = found ?? "";
      dot.classList.toggle("active", found >= 0.5);
      put(number, found == null ? "—" : String(Math.round(100 * found * (SHARES.has(part.kind) ? 100 : 1)) / 100));
      put(below, found == null ? "" : unit);
    },
    word: (values) => (words && value(values) != null ? (value(values) >= 0.5 ? words.active : words.rest) : ""),
  };
}

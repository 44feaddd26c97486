/** Takes frames with the joints found in them, draws both on a canvas, and says what the machine sees now. */

import { FINGERS } from "./bones.js";
import { el, put, say, show } from "./dom.js";
import { icon } from "./icons.js";
import { looks } from "./looks.js";
import { mat } from "./mat.js";
import { inCharge } from "./seats.js";
import { pick, sentence, t } from "./text.js";

// Pairs of BlazePose's 33 landmarks (values.py, LANDMARKS): trunk, arms, legs, and the line of the ears.
const BONES = [
  [11, 12], [11, 23], [12, 24], [23, 24], [11, 13], [13, 15], [12, 14], [14, 16], [15, 19], [16, 20],
  [23, 25], [25, 27], [27, 31], [24, 26], [26, 28], [28, 32], [7, 0], [0, 8],
]; // prettier-ignore
const JOINTS = [0, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28];
const SURE = 0.5; // below, the model says itself that the joint is hidden
const STALE = 1500; // ms without a frame after which the picture is no longer "now"

export function video(section, send) {
  const canvas = el("canvas", { width: 640, height: 480 });
  const veil = el("p", { class: "veil" });
  const sees = el("p", { class: "sees" });
  const chips = el("div", { class: "chips" });
  const numbers = el("p", { class: "numbers" });
  const screen = el("div", { class: "screen" }, canvas, veil);
  const place = mat(screen, canvas, send);
  const now = el("div", { class: "now" }, sees, chips, numbers);
  section.append(screen, now);
  const measured = looks(screen, canvas, now, send);

  let busy = false;
  let waiting = null;
  let last = null; // the meta of the frame that is on the canvas
  let seen = 0; // when it came
  let pictures = true;

  async function frame(meta, jpeg) {
    if (busy) {
      waiting = [meta, jpeg];
      return;
    }
    busy = true;
    try {
      const image = jpeg.length ? await createImageBitmap(new Blob([jpeg], { type: "image/jpeg" })) : null;
      draw(canvas, meta, image);
      image?.close();
      pictures = Boolean(image);
      last = meta;
      seen = performance.now();
    } finally {
      busy = false;
      if (waiting) {
        const [nextMeta, nextJpeg] = waiting;
        waiting = null;
        frame(nextMeta, nextJpeg);
      }
    }
  }

  function update(store) {
    const fresh = last && performance.now() - seen < STALE && store.linked;
    section.classList.toggle("stale", !fresh);
    canvas.setAttribute("aria-label", t("The camera's picture with the joints that the machine has found"));
    canvas.setAttribute("role", "img");
    say(veil, !last ? t("No picture yet") : !fresh ? t("The picture stands still") : "");
    show(veil, !fresh);
    const nobody = fresh ? !last.kp : store.person?.state !== "one";
    const held = fresh ? last.actions.filter((action) => action.held) : [];
    put(sees, icon("eye"), seeing(store, fresh, nobody, held));
    put(chips, ...(fresh && !nobody ? last.actions.map((action) => chip(store, action)) : []));
    put(numbers, ...figures(store, pictures));
    place.update(store);
    measured.update(store, fresh);
    section.dataset.person = nobody ? "none" : "one";
  }

  function reset() {
    last = null;
    canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
  }

  return { frame, update, reset };
}

/** The words for an action: its own, else those of the rule that waits for it. */
export function actionLabel(store, name) {
  if (name.startsWith("not ")) return t("not: {what}", { what: actionLabel(store, name.slice(4)) });
  const rule = store.hello?.rules?.find((each) => each.when === name);
  return pick(store.hello?.actions?.[name], pick(rule?.label, name));
}

function seeing(store, fresh, nobody, held) {
  if (!fresh) return t("The machine sees nothing now");
  if (nobody) return t("The machine sees nobody. Step in front of the camera.");
  if (!held.length) return t("The machine sees a person");
  const names = held.map((action) => sentence(actionLabel(store, action.name))).join(" + ");
  return t("The machine sees: {what}", { what: names });
}

function chip(store, action) {
  const percent = Math.round(100 * action.p);
  const bar = el("i", { class: "level" });
  bar.style.width = `${percent}%`;
  return el(
    "span", { class: "chip", "data-action": action.name, "data-held": String(action.held) },
    bar, action.held && icon("check"), el("span", {}, action.cal ? `${actionLabel(store, action.name)} ${percent}%` : actionLabel(store, action.name)),
  );
}

function figures(store, pictures) {
  const found = [];
  const stats = store.stats;
  if (stats && store.linked) {
    found.push(el("span", {}, t("{n} pictures a second", { n: Math.round(stats.fps) })));
    if (stats.e2e_ms_p50 != null) {
      const stages = Object.entries(stats.stages ?? {}).map(([name, ms]) => `${name} ${ms} ms`).join(" · ");
      found.push(el("span", { title: stages }, t("from movement to act: {ms} ms", { ms: Math.round(stats.e2e_ms_p50) })));
    }
    if (stats.unasked && inCharge(store)) found.push(el("span", { class: "unasked" }, t("not asked (nobody there, or too many questions): {n}", { n: stats.unasked })));
  }
  if (!pictures) found.push(el("span", {}, t("Others watch the picture already: here are the joints only")));
  return found;
}

function draw(canvas, meta, image) {
  if (canvas.width !== meta.w || canvas.height !== meta.h) {
    canvas.width = meta.w;
    canvas.height = meta.h;
  }
  const context = canvas.getContext("2d");
  if (image) context.drawImage(image, 0, 0, meta.w, meta.h);
  else {
    context.fillStyle = "#1d2c3c";
    context.fillRect(0, 0, meta.w, meta.h);
  }
  if (meta.kp) skeleton(context, meta.kp, meta.h / 480);
  for (const points of meta.hands ?? []) hand(context, points);
}

function hand(context, points) {
  // As thin as the hand is small, so that fingers stay apart.
  const size = Math.hypot(points[9][0] - points[0][0], points[9][1] - points[0][1]);
  context.lineCap = context.lineJoin = "round";
  for (const [colour, width] of [["rgb(8 20 32 / 65%)", 0.16], ["#e69f00", 0.08]]) {
    context.strokeStyle = colour;
    context.lineWidth = Math.max(width * size, 1);
    for (const finger of FINGERS) {
      context.beginPath();
      for (const point of finger) context.lineTo(...points[point]);
      context.stroke();
    }
  }
}

function skeleton(context, points, scale) {
  context.lineCap = context.lineJoin = "round";
  // A dark line beneath the bright one, so that it can be seen on any clothes.
  for (const [colour, width] of [["rgb(8 20 32 / 65%)", 11], ["#56b4e9", 6]]) {
    context.strokeStyle = colour;
    context.lineWidth = width * scale;
    for (const [from, to] of BONES) {
      if (points[from][2] < SURE || points[to][2] < SURE) continue;
      context.beginPath();
      context.moveTo(points[from][0], points[from][1]);
      context.lineTo(points[to][0], points[to][1]);
      context.stroke();
    }
  }
  for (const joint of JOINTS) {
    const [x, y, score] = points[joint];
    if (score < SURE) continue;
    context.beginPath();
    context.arc(x, y, 6.5 * scale, 0, 2 * Math.PI);
    context.fillStyle = "#f0e442";
    context.fill();
    context.lineWidth = 2 * scale;
    context.strokeStyle = "rgb(8 20 32 / 65%)";
    context.stroke();
  }
}

/** Takes the mat's corners (shares of the picture), shows them over it, and lets them be dragged; sends what is kept. */

import { el, put, say, show, svg } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./text.js";

const FIRST = [[0.32, 0.74], [0.68, 0.74], [0.78, 0.95], [0.22, 0.95]]; // prettier-ignore
const STEP = 0.01; // of the picture, for each press of an arrow key
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Adds to `screen`, which holds the canvas; {update(store)}. */
export function mat(screen, canvas, send) {
  let corners = null; // while somebody drags them; else those of the store are shown
  let seen = null;
  const area = svg("polygon", { class: "area" });
  const handles = FIRST.map((_, index) => handle(index));
  const drawing = svg("svg", { class: "ground", preserveAspectRatio: "xMidYMid meet" }, area, ...handles);
  const open = el("button", { type: "button", class: "mat-open", onclick: begin });
  const keep = el("button", { type: "button", class: "mat-keep", onclick: () => end(corners) });
  const leave = el("button", { type: "button", onclick: () => end(null) });
  const remove = el("button", { type: "button", onclick: () => end([]) });
  const hint = el("p");
  const tools = el("div", { class: "mat-tools" }, hint, keep, leave, remove);
  screen.append(drawing, open, tools);

  function handle(index) {
    const node = svg("circle", { tabindex: 0, role: "button" });
    node.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      node.focus();
      node.setPointerCapture(event.pointerId);
    });
    node.addEventListener("pointermove", (event) => {
      if (!node.hasPointerCapture(event.pointerId)) return;
      const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(drawing.getScreenCTM().inverse());
      move(index, at.x / canvas.width, at.y / canvas.height);
    });
    node.addEventListener("keydown", (event) => {
      const arrow = ARROWS[event.key];
      if (!arrow) return;
      event.preventDefault();
      const [x, y] = corners[index];
      move(index, x + arrow[0] * STEP, y + arrow[1] * STEP);
    });
    return node;
  }

  function move(index, x, y) {
    const inside = (value) => Math.round(1000 * Math.min(Math.max(value, 0), 1)) / 1000;
    corners[index] = [inside(x), inside(y)];
    draw();
  }

  function begin() {
    const there = seen.mat?.corners ?? [];
    corners = (there.length ? there : FIRST).map((corner) => [...corner]);
    update(seen);
    keep.focus();
  }

  function end(what) {
    corners = null;
    if (what) send({ type: "mat", corners: what });
    update(seen);
    open.focus();
  }

  function draw() {
    const shown = corners ?? seen?.mat?.corners ?? [];
    const points = shown.map(([x, y]) => [x * canvas.width, y * canvas.height]);
    drawing.setAttribute("viewBox", `0 0 ${canvas.width} ${canvas.height}`);
    area.setAttribute("points", points.map((point) => point.join(",")).join(" "));
    drawing.classList.toggle("open", Boolean(corners));
    handles.forEach((node, index) => {
      node.style.display = corners ? "" : "none";
      if (!corners) return;
      node.setAttribute("cx", points[index][0]);
      node.setAttribute("cy", points[index][1]);
      node.setAttribute("r", canvas.width / 40); // style.css widens what a finger has to hit
      node.setAttribute("aria-label", t("Corner {n} of the mat", { n: index + 1 }));
    });
  }

  function update(store) {
    seen = store;
    const can = Boolean(store.mat?.can && store.linked && store.role !== "visitor"); // the team says where to stand
    if (!can) corners = null;
    put(open, icon("mat"), el("span", {}, t("Mat")));
    open.setAttribute("aria-label", t("Say where people stand"));
    say(hint, t("Drag the corners to where people stand. Whoever is on it goes before all others."));
    put(keep, el("span", {}, t("Keep it")));
    put(leave, el("span", {}, t("Cancel")));
    put(remove, el("span", {}, t("No mat")));
    show(open, can && !corners);
    show(tools, Boolean(corners));
    show(remove, Boolean(store.mat?.corners?.length));
    draw();
  }

  return { update };
}

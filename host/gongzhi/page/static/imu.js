/** Draws a motion sensor as a board seen from its edge, which lies as the real one does: 0 flat, 90 on edge, 180 upside down. */

import { svg } from "./dom.js";

/** {node, update(values), word(values)}. */
export function imu() {
  const plate = svg("g", { class: "plate" },
    svg("rect", { x: 20, y: 55, width: 80, height: 10, rx: 3, class: "box" }),
    svg("rect", { x: 46, y: 45, width: 28, height: 10, rx: 2, class: "servo" }));
  const node = svg("svg", { viewBox: "0 0 120 120", "aria-hidden": "true" },
    svg("path", { d: "M14 112h92", class: "tick" }), plate);
  return {
    node,
    update({ tilt = 0 }) {
      plate.setAttribute("transform", `rotate(${tilt} 60 60)`);
      node.dataset.value = tilt;
    },
    word: ({ tilt }) => (tilt == null ? "" : `${Math.round(tilt)}°`),
  };
}

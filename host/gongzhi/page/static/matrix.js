/** Takes what a light matrix shows (192 bytes, base64: red, green, blue of 64 lights, row by row), draws it light for light. */

import { svg } from "./dom.js";
import { panel } from "./panel.js";
import { t } from "./text.js";

const SIDE = 8;
const DARK = "#33413f";

/** {node, update(values), word(values), show(dots)} for a matrix. */
export function matrix() {
  const lights = [...Array(SIDE * SIDE).keys()].map((n) =>
    svg("rect", { x: 8 + 13 * (n % SIDE), y: 8 + 13 * Math.floor(n / SIDE), width: 11, height: 11, rx: 2, fill: DARK }));
  const node = svg("svg", { viewBox: "0 0 120 120", role: "img", "aria-label": t("what the light matrix shows") },
    svg("rect", { x: 3, y: 3, width: 114, height: 114, rx: 6, class: "box" }), ...lights);

  function draw(bytes) {
    const most = Math.max(1, ...bytes); // dimmed lights still look bright: their colours are what counts
    return lights.filter((light, n) => {
      const colour = [...bytes.slice(3 * n, 3 * n + 3)];
      const lit = colour.some(Boolean);
      light.setAttribute("fill", lit ? `rgb(${colour.map((part) => Math.round((255 * part) / most)).join(" ")})` : DARK);
      return lit;
    }).length;
  }

  return panel(node, draw, (page) => t("picture {page}", { page }));
}

/** Takes what a display shows (1024 bytes, base64: eight strips of 128 columns, the top dot in bit 0), draws it dot for dot. */

import { el } from "./dom.js";
import { panel } from "./panel.js";
import { t } from "./text.js";

const WIDTH = 128;
const HEIGHT = 64;
const LIT = [166, 228, 255, 255]; // the blue-white of such a panel
const DARK = [12, 18, 24, 255];

/** {node, update(values), word(values), show(dots)} for a display. */
export function oled() {
  const node = el("canvas", { class: "glass", width: WIDTH, height: HEIGHT, role: "img", "aria-label": t("what the display shows") });
  const pen = node.getContext("2d");

  function draw(bytes) {
    const picture = pen.createImageData(WIDTH, HEIGHT);
    let count = 0;
    for (let y = 0; y < HEIGHT; y += 1) {
      for (let x = 0; x < WIDTH; x += 1) {
        const lit = ((bytes[(y >> 3) * WIDTH + x] ?? 0) >> (y & 7)) & 1;
        count += lit;
        picture.data.set(lit ? LIT : DARK, 4 * (y * WIDTH + x));
      }
    }
    pen.putImageData(picture, 0, 0);
    return count;
  }

  return panel(node, draw, (page) => t("page {page}", { page }));
}

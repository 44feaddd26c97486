/** Takes the dots of what shows several pages, has them drawn when they are others, and says which page it is. */

import { t } from "./text.js";

/** {node, update(values), word(values), show(dots)}: `draw(bytes)` shows the dots (base64 on the wire) on `node` and
 * returns how many are lit; `said(page)` is the word for a page from 1 on. */
export function panel(node, draw, said) {
  let shown = null;

  function show(dots = "") {
    if (dots === shown) return;
    shown = dots;
    node.dataset.lit = draw(Uint8Array.from(atob(dots), (char) => char.charCodeAt(0)));
  }

  show();
  return {
    node,
    show,
    update({ page = 0 }) {
      node.dataset.value = page;
    },
    word: ({ page }) => (page == null ? "" : page > 0 ? said(page) : t("dark")),
  };
}

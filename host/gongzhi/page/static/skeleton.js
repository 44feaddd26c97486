/** Takes a recording, shows it: joints as a moving skeleton, blue is the person's left; a sensor's samples as curves. */

import { draw } from "./bones.js";
import { el, put, show } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./text.js";
import { traces } from "./traces.js";

export function skeleton(section) {
  const title = el("h2");
  const canvas = el("canvas", { width: 400, height: 300, role: "img" });
  section.append(title, canvas);
  let shown = null;

  function step(now) {
    if (shown?.traces) traces(canvas, shown.traces, shown.channels, shown.unit);
    else if (shown?.frames.length) draw(canvas, shown.frames[Math.floor((now / 1000) * shown.fps) % shown.frames.length]);
    requestAnimationFrame(step);
  }
  requestAnimationFrame(step);

  return {
    show(message) {
      shown = message;
    },
    /** The name of the recording that is shown. */
    name: () => shown?.name,
    update(store) {
      const kept = store.studio?.recordings.find((one) => one.name === shown?.name);
      if (!kept) shown = null;
      show(section, Boolean(shown));
      if (!shown) return;
      put(title, icon("eye"), el("span", {}, t("What was kept: {name}", { name: `${kept.label} · ${kept.person}` })));
      canvas.setAttribute("aria-label", shown.traces ? t("The recording as curves") : t("The recording as a moving skeleton; blue is the person’s left."));
    },
  };
}

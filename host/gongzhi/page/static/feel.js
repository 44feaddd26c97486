/** Takes a sensor's samples as they come, gives the curves of its last seconds, and of a drawn one what its bearer does. */

import { el, put, show } from "./dom.js";
import { carried } from "./hands.js";
import { icon } from "./icons.js";
import { pick, t } from "./text.js";
import { traces } from "./traces.js";

const KEPT = 200; // samples of each channel: eight seconds at 25 a second

export function feel(section, send) {
  const title = el("h2");
  const canvas = el("canvas", { width: 640, height: 300, role: "img" });
  const still = el("p", { class: "quiet" });
  const hands = el("div");
  section.append(title, canvas, still, hands);
  let [part, channels, held] = ["", [], null];

  return {
    samples(message) {
      if (message.part !== part) return;
      channels = message.values.map((values, i) => [...(channels[i] ?? []), ...values].slice(-KEPT));
    },
    update(store) {
      const about = store.subjects;
      show(section, Boolean(about?.now));
      if (!about?.now) return;
      if (part !== about.now) [part, channels, held] = [about.now, [], null];
      const name = pick(about.all.find((one) => one.name === part)?.label) || part;
      put(title, icon("pulse"), el("span", {}, name));
      canvas.setAttribute("aria-label", t("What {name} feels now", { name }));
      traces(canvas, channels, about.channels, about.unit, KEPT);
      put(still, channels.length ? null : el("span", {}, t("Nothing has come from it yet. Is its board on?")));
      const drawn = [...store.worlds.values()].some((one) => one.ch === `${part}.motion`);
      if (drawn && !held) held = carried({ ch: part }, send);
      put(hands, drawn ? held : null);
    },
  };
}

/** Takes a recording's joints over time, shows them as a moving skeleton; blue is the person's left. */

import { el, put, say, show } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./text.js";

const [LEFT, RIGHT, MIDDLE] = ["#1463a5", "#c2410c", "#475569"];
// Pairs of the 13 joints, in the order of learn/features.py.
const BONES = [
  [1, 2, MIDDLE], [7, 8, MIDDLE], [1, 7, MIDDLE], [2, 8, MIDDLE], [1, 3, LEFT], [3, 5, LEFT], [2, 4, RIGHT],
  [4, 6, RIGHT], [7, 9, LEFT], [9, 11, LEFT], [8, 10, RIGHT], [10, 12, RIGHT],
]; // prettier-ignore

export function skeleton(section) {
  const title = el("h2");
  const canvas = el("canvas", { width: 400, height: 300, role: "img" });
  section.append(title, canvas);
  let shown = null;

  function step(now) {
    if (shown?.frames.length) draw(canvas, shown.frames[Math.floor((now / 1000) * shown.fps) % shown.frames.length]);
    requestAnimationFrame(step);
  }
  requestAnimationFrame(step);

  return {
    show(message) {
      shown = message;
      say(title, message.name);
    },
    /** The name of the recording that is shown. */
    name: () => shown?.name,
    update(store) {
      if (shown && !store.studio?.recordings.some((one) => one.name === shown.name)) shown = null;
      show(section, Boolean(shown));
      if (!shown) return;
      put(title, icon("eye"), el("span", {}, t("What was kept: {name}", { name: shown.name })));
      canvas.setAttribute("aria-label", t("The recording as a moving skeleton; blue is the person’s left."));
    },
  };
}

function draw(canvas, frame) {
  const pen = canvas.getContext("2d");
  pen.clearRect(0, 0, canvas.width, canvas.height);
  // Mid-hip a little below the middle; a trunk is a fifth of the height.
  const unit = canvas.height / 5;
  const at = (joint) => [canvas.width / 2 + joint[0] * unit, canvas.height * 0.55 - joint[1] * unit];
  pen.lineWidth = 5;
  pen.lineCap = "round";
  for (const [from, to, colour] of BONES) {
    if (!frame[from] || !frame[to]) continue;
    pen.strokeStyle = colour;
    pen.beginPath();
    pen.moveTo(...at(frame[from]));
    pen.lineTo(...at(frame[to]));
    pen.stroke();
  }
  if (!frame[0]) return;
  pen.fillStyle = MIDDLE;
  pen.beginPath();
  pen.arc(...at(frame[0]), 11, 0, 2 * Math.PI);
  pen.fill();
}

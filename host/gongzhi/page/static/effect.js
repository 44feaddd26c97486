/** Takes a measured lesson, gives what it has changed: sentences, and two bars a label with their intervals. */

import { el, put, show, svg } from "./dom.js";
import { icon } from "./icons.js";
import { pick, t } from "./text.js";
import { labelOf } from "./words.js";

const WIDE = 200;
const ROW = 26;

export function effects() {
  const lines = el("ul", { class: "lines" });
  const rows = el("div", { class: "effects" });
  const node = el("div", { class: "changes" }, lines, rows);

  function update(store, school) {
    const lesson = school.lesson;
    show(node, Boolean(lesson));
    if (!lesson) return;
    node.dataset.ok = String(lesson.ok);
    const last = !lesson.current ? t("Something has changed since: measure again.") : lesson.ok ? t("Nothing has become worse: a teacher may let it count.") : t("It does not count like this. Look at the samples, take wrong ones back, teach more.");
    put(lines, ...[...[pick(lesson.lines)].flat(), last].map((line, index, all) =>
      el("li", {}, icon(index < all.length - 1 ? "info" : lesson.ok ? "check" : "warn"), el("span", {}, line))));
    put(rows, ...lesson.effects.map((one) => row(store, school, one)));
  }

  return { node, update };
}

function row(store, school, one) {
  const label = labelOf(store, school, one.label);
  const words = t("{label}: {before} of {n} right before, {after} now", { label, before: one.before, after: one.after, n: one.windows });
  const picture = svg("svg", { viewBox: `0 0 ${WIDE} ${ROW}`, role: "img", "aria-label": words });
  [["before", one.before, one.intervals[0]], [one.worse ? "worse" : "after", one.after, one.intervals[1]]].forEach(([kind, right, [low, high]], index) => {
    const y = index * 13;
    if (one.windows === 0) return;
    picture.append(
      svg("rect", { class: kind, x: 0, y, width: (right / one.windows) * WIDE, height: 11 }),
      svg("line", { x1: low * WIDE, x2: high * WIDE, y1: y + 5.5, y2: y + 5.5 }),
    );
  });
  return el("div", { class: "effect", "data-label": one.label, "data-worse": String(one.worse) },
    el("span", {}, label, one.new && el("small", {}, t("new"))), picture, el("b", {}, `${one.before} → ${one.after} / ${one.windows}`));
}

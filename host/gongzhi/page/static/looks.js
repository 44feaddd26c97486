/** Takes what is measured in the picture, shows it as bars below and as places in it; lets a drawn camera be shown things. */

import { el, put, say, show, svg } from "./dom.js";
import { pick, sentence, t } from "./text.js";

const MOST_BESIDES = 2;

/** Adds the places to `screen`, which holds the canvas, and the bars to `below`; {update(store, fresh)}. */
export function looks(screen, canvas, below, send) {
  const places = svg("svg", { class: "places", preserveAspectRatio: "xMidYMid meet", "aria-hidden": "true" });
  const bars = el("div", { class: "looks" });
  const props = el("div", { class: "props", role: "group" });
  const person = el("select", { onchange: () => send({ type: "show", person: person.value }) });
  const doing = el("label", { class: "props doing" }, el("span"), person);
  screen.append(places);
  below.append(bars, doing, props);

  function update(store, fresh) {
    const list = store.hello?.looks ?? [];
    show(bars, list.length > 0);
    put(bars, ...list.map((look) => bar(look, fresh ? (store.looked?.d ?? {}) : {})));
    places.setAttribute("viewBox", `0 0 ${canvas.width} ${canvas.height}`);
    put(places, ...list.filter(({ area }) => area.join() !== "0,0,1,1").map(({ area }) => place(area)));
    const there = store.props && store.linked && store.role !== "visitor" ? store.props : null;
    tell(there);
    show(props, Boolean(there?.looks));
    props.setAttribute("aria-label", t("Before the drawn camera"));
    put(props, ...(there?.looks ? controls(there, send) : []));
  }

  function tell(there) {
    show(doing, Boolean(there?.does?.length));
    if (doing.hidden) return;
    say(doing.firstChild, t("The drawn person:"));
    put(person, el("option", { value: "" }, t("exercises")), ...there.does.map(({ id, label }) => el("option", { value: id }, pick(label, id))));
    if (document.activeElement !== person) person.value = there.person;
  }

  function place([left, top, right, bottom]) {
    const [w, h] = [canvas.width, canvas.height];
    return svg("rect", { x: left * w, y: top * h, width: (right - left) * w, height: (bottom - top) * h });
  }

  return { update };
}

function bar(look, values) {
  const value = values[look.name];
  const level = el("i", { class: "level" });
  level.style.width = `${value == null ? 0 : Math.min(100, (100 * value) / look.hi)}%`;
  const most = look.unit === "" && value >= look.hi ? "+" : ""; // counted no further
  const said = value == null ? t("cannot tell") : `${value}${most}${look.unit && ` ${look.unit}`}`;
  return el("p", { class: "look", "data-look": look.name, "data-value": value ?? "" }, level, el("span", {}, `${pick(look.label, look.name)} ${said}`));
}

function controls(props, send) {
  const things = { nothing: t("nothing"), paper: t("paper"), carton: t("carton"), can: t("can"), bottle: t("clear bottle") };
  const one = (word, change, pressed) =>
    el("button", { type: "button", "aria-pressed": String(pressed), onclick: () => send({ type: "show", ...change }) }, sentence(word));
  const tray = props.things ? Object.entries(things).map(([thing, word]) => one(word, { thing }, props.thing === thing)) : [];
  const more = [...Array(MOST_BESIDES + 1).keys()].map((besides) => one(`+${besides}`, { besides }, props.besides === besides));
  return [
    ...(tray.length ? [el("span", {}, t("On the tray:")), ...tray] : []),
    ...(props.people ? [el("span", {}, t("More people:")), ...more] : []),
    one(t("light off"), { dim: !props.dim }, props.dim),
  ]; // prettier-ignore
}

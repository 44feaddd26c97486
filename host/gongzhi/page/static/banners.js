/** Takes what everybody must know (no connection, stopped, the runtime's notices), gives it as lines on top. */

import { el, put } from "./dom.js";
import { icon } from "./icons.js";
import { shown } from "./cards.js";
import { inCharge } from "./seats.js";
import { pick, sentence, t } from "./text.js";
import { read, toggle } from "./voice.js";
import { stoppedBy, toldWord } from "./words.js";

const ICONS = { info: "info", warn: "warn", error: "error" };
const OWN = { say: "say", script: "play", coach: "person" }; // notices that are somebody's words

export function banners(place, send) {
  function update(store) {
    const lines = [];
    if (!store.linked) lines.push(store.ended ? ended() : lost(store));
    if (store.stopped?.on) lines.push(stopped(store, send));
    lines.push(...notices(store, send), ...told(store));
    put(place, ...lines);
    read(store.notices.get("coach"), store);
  }

  return { update };
}

function line(kind, picture, title, ...rest) {
  const urgent = kind === "error" || kind === "stopped" || kind === "lost";
  return el(
    "div", { class: `banner ${kind}`, role: urgent ? "alert" : "status" },
    icon(picture), el("p", {}, el("b", {}, title), ...rest.filter((each) => each && typeof each === "string").map((each) => el("span", {}, each))),
    ...rest.filter((each) => each instanceof Node),
  );
}

function ended() {
  return line("lost", "unlink", t("The program has ended."), t("Start it again: this page then comes back by itself."));
}

function lost(store) {
  const title = store.everLinked ? t("The connection is lost.") : t("Connecting…");
  const hope = store.everLinked ? t("The page comes back by itself: no need to reload.") : "";
  const stop = store.stopWanted ? t("Stop is sent as soon as it is back. Now: hold the board’s button for 3 seconds.") : "";
  return line("lost", "unlink", title, ...[hope, stop].filter(Boolean));
}

function stopped(store, send) {
  const by = stoppedBy(store.stopped.by, store);
  const several = store.stopped.resources.length > 1;
  const buttons = store.stopped.resources.map((id) => {
    const resource = store.hello?.resources?.find((each) => each.id === id);
    const name = sentence(resource?.label, id);
    const told = t("Allow again: {name}", { name });
    return el("button", { type: "button", class: "rearm", "data-resource": id, "aria-label": told, disabled: !store.linked, onclick: () => send({ type: "rearm", resource: id }) },
      icon("undo"), el("span", {}, several ? name : told)); // of several the first button says what they do
  });
  if (store.stopped.room) {
    // The whole room is stopped: only the teacher, at the teacher's page, allows it again.
    return line("stopped", "stop", t("The teacher has stopped the whole room."), t("Only the teacher can allow it again."));
  }
  if (!inCharge(store)) buttons.splice(0);
  if (buttons.length > 1) {
    const all = () => send({ type: "rearm" });
    buttons.unshift(el("button", { type: "button", class: "rearm", id: "rearm-all", disabled: !store.linked, onclick: all }, icon("undo"), el("span", {}, t("Allow all again"))));
  }
  const partly = store.stopped.resources.length < (store.hello?.resources?.length ?? 0);
  const names = store.stopped.resources.map((id) => sentence(store.hello?.resources?.find((each) => each.id === id)?.label, id));
  const title = partly ? t("Still stopped: {names}.", { names: names.join(", ") }) : t("Everything is stopped.");
  const rest = [partly ? "" : t("Nothing acts until a person allows it again."), inCharge(store) ? "" : t("The teacher allows it, or whoever runs the piece.")];
  return line("stopped", "stop", title, by, ...rest, el("div", { class: "rearms" }, ...buttons));
}

// What has a place of its own on the page is said there (ask.js, own.js, why.js).
function told(store) {
  const { id, verb, code, until } = store.told ?? {};
  if (!id || verb === "explain" || performance.now() >= until) return [];
  if (store.hello?.resources?.some((each) => each.id === id) || shown(store)?.id === id) return [];
  return toldWord(code) ? [line("info", "info", toldWord(code))] : [];
}

function notices(store, send) {
  const on = [...store.notices.values()].filter((notice) => notice.on);
  const found = on.map((notice) => line(notice.level, OWN[notice.id] ?? ICONS[notice.level] ?? "info", pick(notice.text), again(notice, store, send), notice.id === "coach" && toggle(store)));
  if (store.hello?.pose === "truth" && !on.some((notice) => notice.id === "pose")) {
    found.unshift(line("warn", "warn", t("No pose model: the drawn person’s own joints are used."),
      t("The machine does not see here, it is told. Real people cannot be recognised.")));
  }
  return found;
}

// The pupil's own program has ended, or could not be read: no need to go back to the terminal.
function again(notice, store, send) {
  if (notice.id !== "program" || notice.level !== "error" || !inCharge(store)) return null;
  return el("button", { type: "button", id: "restart", disabled: !store.linked, onclick: () => send({ type: "restart" }) },
    icon("again"), el("span", {}, t("Start it again")));
}

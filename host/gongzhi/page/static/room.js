/** Takes the room's rows, gives the teacher's page: each team's boards, who is away or in trouble, one stop for all. */

import { el, put } from "./dom.js";
import { icon } from "./icons.js";
import { connect } from "./net.js";
import { choose, language, load, pick, ready, sentence, t } from "./text.js";

const $ = (id) => document.getElementById(id);
const store = { linked: false, everLinked: false, stopWanted: false, room: null, notices: new Map() };

const take = {
  begin: () => store.notices.clear(),
  room(message) {
    store.room = message;
    store.came = performance.now() - (message.age_ms ?? 0);
    if (message.stop.on) store.stopWanted = false;
  },
  notice: (message) => store.notices.set(message.id, message),
};

const send = connect({
  open() {
    store.linked = store.everLinked = true;
    if (store.stopWanted) send({ type: "stop" });
    load().then(draw);
    draw();
  },
  text(message) {
    take[message.type]?.(message);
    draw();
  },
  frame() {},
  lost() {
    store.linked = false;
    draw();
  },
});

function stop() {
  store.stopWanted = !send({ type: "stop" });
  draw();
}

function draw() {
  document.documentElement.lang = language() === "zh" ? "zh-CN" : "en";
  document.body.dataset.ready = String(ready());
  document.body.dataset.linked = String(store.linked);
  document.title = `${t("The whole room")} · 共智 Gongzhi`;
  put($("project"), el("span", { class: "brand", "aria-hidden": "true" }), el("span", {}, t("The whole room")));
  put($("count"), count());
  $("link").dataset.state = store.linked ? "on" : "off";
  put($("link"), icon(store.linked ? "link" : "unlink"), el("span", {}, store.linked ? t("connected") : t("not connected")));
  put($("language"), icon("globe"), el("span", {}, language() === "zh" ? "English" : "中文"));
  put($("stop"), icon("stop"), el("span", {}, t("Stop the whole room")));
  put($("banners"), ...banners());
  put($("teams"), ...teams());
}

function count() {
  const boards = store.room?.boards ?? [];
  const here = boards.filter((board) => board.on).length;
  return boards.length ? t("{here} of {all} boards are here", { here, all: boards.length }) : "";
}

function banners() {
  const lines = [];
  if (!store.linked) {
    lines.push(line("lost", "unlink", store.everLinked ? t("The connection is lost.") : t("Connecting…"),
      store.stopWanted ? t("Stop is sent as soon as it is back. Now: hold the board’s button for 3 seconds.") : ""));
  } else if (store.room && !store.room.broker) {
    lines.push(line("lost", "unlink", t("The broker is not there."), t("Until it is back: hold a board’s stop button, or switch the boards off.")));
  }
  if (store.room?.stop.on) {
    const free = store.room.stop.free;
    const some = free.length ? t("Allowed again: {names}.", { names: free.join(", ") }) : t("Nothing acts until you allow it again.");
    const all = el("button", { type: "button", class: "rearm", id: "release-all", disabled: !store.linked, onclick: () => send({ type: "release", teams: [] }) },
      icon("undo"), el("span", {}, t("Allow the whole room again")));
    lines.push(line("stopped", "stop", t("The whole room is stopped."), some, el("div", { class: "rearms" }, all)));
  }
  const away = (store.room?.boards ?? []).filter((board) => !board.on).map((board) => `${board.team}/${pick(board.label, board.device)}`);
  if (away.length) lines.push(line("warn", "unlink", t("Away: {names}", { names: away.join(", ") }), ""));
  for (const notice of store.notices.values()) if (notice.on) lines.push(line(notice.level, "warn", pick(notice.text), ""));
  return lines;
}

function line(kind, picture, title, rest, button) {
  const urgent = kind !== "warn";
  return el("div", { class: `banner ${kind}`, role: urgent ? "alert" : "status" }, icon(picture), el("p", {}, el("b", {}, title), rest && el("span", {}, rest)), button);
}

function teams() {
  if (!store.room) return [];
  const { teams: all, boards } = store.room;
  if (!all.length) return [el("p", { class: "empty" }, t("No board and no piece has come yet. Are they at this broker?"))];
  return all.map((team) => section(team, boards.filter((board) => board.team === team.team)));
}

function section(team, boards) {
  const stopped = team.stopped > 0 || (boards.length > 0 && boards.some((board) => board.on && board.stopped));
  const held = store.room.stop.on && !store.room.stop.free.includes(team.team);
  const release = (held || team.room) && el("button", { type: "button", class: "release", "data-team": team.team, disabled: !store.linked, onclick: () => send({ type: "release", teams: [team.team] }) },
    icon("undo"), el("span", {}, t("Allow again")));
  return el("section", { class: "team", "data-team": team.team, "data-stopped": String(stopped) },
    el("header", {},
      el("h2", {}, pick(team.title, team.team)), el("code", {}, team.team),
      el("span", { class: `piece ${team.on ? "on" : "off"}` }, icon(team.on ? "play" : "broken"), el("span", {}, team.on ? t("its piece runs") : t("no piece runs"))),
      stopped && el("span", { class: "halt" }, icon("stop"), el("span", {}, t("stopped"))), release),
    el("ul", { class: "grid" }, ...boards.map(tile)));
}

function tile(board) {
  const name = sentence(board.label, board.device);
  const words = board.warn.map(warning);
  const since = board.since == null ? "" : ago(board.since + Math.round((performance.now() - store.came) / 1000));
  const state = board.on ? t("here") : since ? t("away for {time}", { time: since }) : t("away");
  const facts = [
    board.rssi == null ? "" : `Wi-Fi ${board.rssi} dBm`,
    board.heap && board.body === "esp32" ? `${Math.round(board.heap / 1024)} KB` : "",
    board.fw && t("program {version}", { version: board.fw }),
    board.body && board.body !== "esp32" ? t("virtual") : "",
  ].filter(Boolean);
  return el("li", { class: "tile", "data-on": String(board.on), "data-warn": String(words.length > 0), "data-stopped": String(board.stopped), "data-board": `${board.team}/${board.device}` },
    el("b", {}, icon(board.on ? "chip" : "unlink"), el("span", {}, name)), name !== board.device && el("code", {}, board.device),
    el("span", { class: "state" }, state, board.on && board.stopped ? ` · ${t("stopped")}` : ""),
    ...words.map((word) => el("span", { class: "warning" }, icon("warn"), el("span", {}, word))),
    el("small", { title: t("Wi-Fi, free memory, program, as it said when it connected") }, facts.join(" · ")));
}

function warning(kind) {
  switch (kind) {
    case "weak": return t("weak Wi-Fi");
    case "low": return t("little memory");
    case "old": return t("another program than here");
    case "twin": return t("two boards have this name");
    default: return t("refuses its configuration");
  }
}

function ago(seconds) {
  if (seconds < 60) return t("{n} s", { n: seconds });
  if (seconds < 3600) return t("{n} min", { n: Math.floor(seconds / 60) });
  return t("{n} h", { n: Math.floor(seconds / 3600) });
}

$("stop").addEventListener("click", stop);
$("language").addEventListener("click", () => choose(language() === "zh" ? "en" : "zh").then(draw));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.repeat) stop();
});
setInterval(() => store.linked && draw(), 1000);
load().then(draw);

/** Takes the runtime's messages, keeps the newest of each, and has every part of the page show them. */

import { banners } from "./banners.js";
import { boards } from "./board.js";
import { cards } from "./cards.js";
import { el, put, say, show } from "./dom.js";
import { icon } from "./icons.js";
import { connect } from "./net.js";
import { past } from "./past.js";
import { inCharge, seats, sit } from "./seats.js";
import { teach } from "./teach.js";
import { choose, language, load, pick, ready, sentence, t } from "./text.js";
import { video } from "./video.js";
import { stateOf } from "./words.js";

const KEPT = 40; // decisions
const TOLD = 5000; // ms for which the reason stays why an answer did nothing
const TICK = 200; // ms between looks at the clock: time left, a picture that has stopped
const MAPS = ["decisions", "boards", "parts", "screens", "felts", "worlds", "notices", "owners", "dials", "explained", "schools", "samples"];
const $ = (id) => document.getElementById(id);

const store = { linked: false, everLinked: false, stopWanted: false, ended: false };
function forget() {
  store.ended = false;
  Object.assign(store, { hello: null, told: null, stopped: null, stats: null, person: null, studio: false, mat: null, looked: null, props: null, strange: [], events: [] });
  for (const name of MAPS) store[name] = new Map();
  store.round = (store.round ?? 0) + 1; // what was asked of an earlier connection has to be asked again
}
forget();

let due = false;
function render() {
  if (due) return;
  due = true;
  requestAnimationFrame(() => {
    due = false;
    draw();
  });
}

const take = {
  begin(message) {
    forget();
    sit(store, message);
  },
  beat() {},
  bye: () => (store.ended = true),
  hello: (message) => (store.hello = message),
  stopped(message) {
    happened(message, stopChange(store.stopped, message));
    store.stopped = message;
    if (message.on) store.stopWanted = false;
  },
  owner(message) {
    const before = store.owners.get(message.resource)?.seat ?? "";
    message.came = performance.now() - (message.age_ms ?? 0);
    store.owners.set(message.resource, message);
    // Each sign of life of a hand tells the time anew; only another hand is something that happened.
    if (before !== message.seat) happened(message, message.seat ? "taken" : "returned", before);
  },
  dial(message) {
    const before = store.dials.get(message.resource);
    store.dials.set(message.resource, message);
    // What a run begins with was turned in an earlier one.
    if (before?.level !== message.level && (before || message.by !== "runtime")) happened(message, "dialled");
  },
  explained: ({ id, lines }) => explain(id, lines),
  stats: (message) => (store.stats = message),
  person: (message) => (store.person = message),
  studio: () => (store.studio = true),
  mat: (message) => (store.mat = message),
  looked: (message) => (store.looked = message),
  props: (message) => (store.props = message),
  strange: (message) => (store.strange = message.models),
  school(message) {
    const before = store.schools.get(message.model);
    store.schools.set(message.model, message);
    for (const { sample } of before?.waiting ?? []) if (!message.waiting.some((each) => each.sample === sample)) store.samples.delete(sample);
    if (before && before.version !== message.version) happened(message, "model");
  },
  sample: (message) => store.samples.set(message.sample, message),
  board: (message) => store.boards.set(message.id, message),
  part: (message) => store.parts.set(`${message.board}/${message.ch}`, message),
  screen: (message) => store.screens.set(`${message.board}/${message.ch}`, message),
  felt: (message) => store.felts.set(`${message.board}/${message.ch}`, message),
  world: (message) => store.worlds.set(`${message.board}/${message.ch}`, message),
  notice: (message) => store.notices.set(message.id, message),
  told({ id, verb, code }) {
    // Somebody's answer did not do what it says; the others here may read it, too.
    store.told = { id, verb, code, until: performance.now() + TOLD };
    if (verb === "explain") explain(id, null);
  },
  decision,
};

/** What the journal says of a decision that is still shown. */
function explain(id, lines) {
  if (store.decisions.has(id)) store.explained.set(id, lines);
}

/** Keep what happened that is no decision: stops, owners, dials (past.js shows them). */
function happened(message, kind, before = "") {
  if (!kind) return;
  store.events.push({ kind, before, at: Date.now() - (message.age_ms ?? 0), ...message });
  if (store.events.length > KEPT) store.events.shift();
}

function stopChange(before, after) {
  const [was, is] = [before?.resources?.length ?? 0, after.resources.length];
  return is > was ? "stopped" : is < was ? "rearmed" : "";
}

function decision(message) {
  const before = store.decisions.get(message.id);
  const age = message.age_ms ?? 0;
  message.came = performance.now() - age;
  message.at = Date.now() - age;
  if (before?.state === message.state) {
    message.at = before.at; // shown anew: nothing has happened
  } else {
    store.decisions.delete(message.id);
  }
  store.decisions.set(message.id, message);
  if (store.decisions.size > KEPT) {
    const [oldest] = store.decisions.keys();
    store.decisions.delete(oldest);
    store.explained.delete(oldest);
  }
  if (before?.state !== message.state && !message.age_ms) {
    say($("said"), `${stateOf(message.state, message.reason).word}: ${sentence(message.what, pick(message.label))}`);
  }
}

const send = connect({
  open() {
    store.linked = store.everLinked = true;
    send({ type: "watch", video: !document.hidden });
    if (store.stopWanted) send({ type: "stop" });
    load().then(render);
    render();
  },
  text(message) {
    take[message.type]?.(message);
    render();
  },
  frame(meta, jpeg) {
    screen.frame(meta, jpeg).then(() => screen.update(store));
  },
  lost() {
    store.linked = false;
    render();
  },
});
const screen = video($("see"), send);
const views = [cards($("steps"), send), boards($("boards"), send), past($("past"), send), banners($("banners"), send), teach($("school"), send)];
const [deck] = views;

function stop() {
  store.stopWanted = !send({ type: "stop" });
  render();
}

function draw() {
  document.documentElement.lang = language() === "zh" ? "zh-CN" : "en";
  document.body.dataset.ready = String(ready());
  document.body.dataset.linked = String(store.linked);
  document.body.dataset.asking = String(deck.asking());
  document.body.dataset.stopped = String(Boolean(store.stopped?.on));
  const title = pick(store.hello?.project?.title, "共智 Gongzhi");
  document.title = store.hello ? `${title} · 共智 Gongzhi` : title;
  put($("project"), el("span", { class: "brand", "aria-hidden": "true" }), el("span", {}, title));
  motto();
  $("link").dataset.state = store.linked ? "on" : "off";
  put($("link"), icon(store.linked ? "link" : "unlink"), el("span", {}, store.linked ? t("connected") : t("not connected")));
  document.body.dataset.role = store.role ?? "";
  chrome($("seats"), "person", t("Join"));
  show($("seats"), inCharge(store));
  chrome($("language"), "globe", language() === "zh" ? "English" : "中文");
  $("language").lang = language() === "zh" ? "en" : "zh-CN";
  chrome($("stop"), "stop", t("Stop"));
  chrome($("studio"), "video", t("Teach it"));
  const blind = store.hello?.pose === "none"; // sensors alone: no place is kept for a picture
  document.body.dataset.blind = String(blind);
  $("studio").hidden = !store.studio || store.role === "visitor" || blind; // an exhibition has none; it records what the camera sees
  $("see").hidden = blind;
  screen.update(store);
  for (const view of views) view.update(store);
}

function chrome(button, picture, word) {
  put(button, icon(picture), el("span", {}, word));
}

// The three parts of the sentence have the colours of what they speak of: the picture, the first and the second card.
function motto() {
  const parts = [t("You move,"), t("it guesses,"), t("you decide")];
  put($("motto"), ...parts.flatMap((part, index) => [el("span", { class: `part${index}` }, part), language() === "zh" ? "" : " "]));
}

seats($("seats"));
$("stop").addEventListener("click", stop);
$("language").addEventListener("click", () => choose(language() === "zh" ? "en" : "zh").then(render));
document.addEventListener("visibilitychange", () => send({ type: "watch", video: !document.hidden }));
document.addEventListener("keydown", (event) => {
  if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  // `code` too: a Chinese input method turns the key itself into "Process".
  if (event.key === "Escape") stop();
  else if (event.target.matches?.("select, input:not([type=range], [type=color])")) return; // somebody writes a word, or looks for one in a list
  else if (event.code === "KeyS") stop();
  else if (event.code === "KeyY") deck.answer("confirm");
  else if (event.code === "KeyN") deck.answer("reject");
  else if (/^(Digit|Numpad)[123]$/.test(event.code)) deck.choose(Number(event.code.at(-1)) - 1);
});
setInterval(() => store.linked && render(), TICK);
load().then(render);

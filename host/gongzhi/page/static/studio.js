/** Takes the runtime's messages, gives the page on which data are recorded and a model is trained. */

import { el, put, say, show } from "./dom.js";
import { feel } from "./feel.js";
import { icon } from "./icons.js";
import { connect } from "./net.js";
import { record } from "./record.js";
import { sit } from "./seats.js";
import { skeleton } from "./skeleton.js";
import { choose, language, load, pick, ready, t } from "./text.js";
import { train } from "./train.js";
import { video } from "./video.js";
import { toldWord } from "./words.js";

const TOLD = 5000; // ms for which the reason stays why something was not taken
const TICK = 200; // ms between looks at the clock: a picture that has stopped
const $ = (id) => document.getElementById(id);

const store = { linked: false, stopWanted: false };
function forget() {
  Object.assign(store, { hello: null, stats: null, person: null, stopped: null, studio: null, training: null, told: null, subjects: null });
  store.schools = new Map();
  store.worlds = new Map();
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

const KEPT = ["hello", "stats", "person", "stopped", "studio", "training", "subjects"];
const send = connect({
  open() {
    store.linked = true;
    send({ type: "watch", video: !document.hidden });
    if (store.stopWanted) send({ type: "stop" });
    load().then(render);
  },
  text(message) {
    if (message.type === "begin") {
      forget();
      sit(store, message);
    } else if (message.type === "told" && message.seat === store.seat) store.told = { ...message, until: performance.now() + TOLD };
    else if (message.type === "school") store.schools.set(message.model, message);
    else if (message.type === "world") store.worlds.set(`${message.board}/${message.ch}`, message);
    else if (message.type === "samples") felt.samples(message);
    else if (message.type === "skeleton") look.show(message);
    else if (KEPT.includes(message.type)) {
      store[message.type] = message;
      if (message.type === "stopped" && message.on) store.stopWanted = false;
      render();
    }
  },
  frame: (meta, jpeg) => screen.frame(meta, jpeg).then(() => screen.update(store)),
  lost() {
    store.linked = false;
    render();
  },
});
const screen = video($("see"));
const felt = feel($("feel"), send);
const look = skeleton($("look"));
const panels = [record($("record"), send, look), train($("train"), send)];

function draw() {
  document.documentElement.lang = language() === "zh" ? "zh-CN" : "en";
  document.body.dataset.ready = String(ready());
  document.body.dataset.linked = String(store.linked);
  document.title = `${t("Teach it")} · ${pick(store.hello?.project?.title, "共智 Gongzhi")}`;
  put($("project"), el("span", { class: "brand", "aria-hidden": "true" }), el("span", {}, pick(store.hello?.project?.title)));
  put($("motto"), t("Teach it a movement"));
  $("link").dataset.state = store.linked ? "on" : "off";
  put($("link"), icon(store.linked ? "link" : "unlink"), el("span", {}, store.linked ? t("connected") : t("not connected")));
  chrome($("studio"), "back", t("To the project"));
  chrome($("language"), "globe", language() === "zh" ? "English" : "中文");
  $("language").lang = language() === "zh" ? "en" : "zh-CN";
  chrome($("stop"), "stop", t("Stop"));
  const told = performance.now() < store.told?.until ? toldWord(store.told.code) : "";
  const stopped = store.stopped?.on ? t("Stopped. Allow it again on the project’s page.") : "";
  const fault = pick(store.studio?.fault) || pick(store.training?.fault) || told || stopped;
  say($("fault"), fault);
  show($("fault"), Boolean(fault));
  count(store.studio?.take);
  choice();
  show($("see"), !store.subjects?.now);
  felt.update(store);
  screen.update(store);
  for (const panel of [...panels, look]) panel.update(store);
}

/** What is recorded: the person before the camera, or one of the sensors. */
function choice() {
  const all = store.subjects?.all ?? [];
  show($("subjects"), all.length > 1);
  $("subjects").setAttribute("aria-label", t("What is recorded"));
  const busy = !store.linked || Boolean(store.studio?.take) || store.training?.state === "running" || Boolean(store.training?.busy);
  put($("subjects"), ...all.map((one) => el("button", {
    type: "button", "aria-pressed": String(one.name === store.subjects.now), "data-source": one.name, disabled: busy,
    onclick: () => send({ type: "studio_choose", source: one.name }),
  }, icon(one.name ? "pulse" : "video"), el("span", {}, one.name ? pick(one.label) || one.name : t("Camera")))));
}

/** The count-down, large over the picture; then that it records. */
function count(take) {
  const node = $("count");
  node.style.setProperty("--takes", `${take?.seconds ?? 0}s`);
  node.dataset.state = !take ? "none" : take.left > 0 || take.left == null ? "count" : "take";
  say(node, !take ? "" : take.left == null ? "…" : take.left > 0 ? String(take.left) : t("Recording: {label}", { label: take.label }));
}

function chrome(button, picture, word) {
  put(button, icon(picture), el("span", {}, word));
}

function stop() {
  store.stopWanted = !send({ type: "stop" });
}

$("stop").addEventListener("click", stop);
$("language").addEventListener("click", () => choose(language() === "zh" ? "en" : "zh").then(render));
document.addEventListener("visibilitychange", () => send({ type: "watch", video: !document.hidden }));
document.addEventListener("keydown", (event) => {
  if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  // Letters are typed here; only Escape stops.
  if (event.key === "Escape") stop();
});
setInterval(() => store.linked && render(), TICK);
load().then(render);

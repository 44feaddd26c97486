/** Takes the boards and their parts' states, draws each board with everything on it; grey when it is not there. */

import { el, put, say, svg } from "./dom.js";
import { icon } from "./icons.js";
import { drawing } from "./parts.js";
import { hands } from "./hands.js";
import { own } from "./own.js";
import { language, pick, ready, sentence, t } from "./text.js";

export function boards(section, send) {
  let drawn = null; // what was built, to build it again only when it changes
  let views = [];

  function update(store) {
    const list = store.hello?.boards ?? [];
    const decided = store.hello?.resources ?? [];
    const built = language() + ready() + JSON.stringify([list, decided]);
    if (built !== drawn) {
      drawn = built;
      views = list.map((board) => view(board, decided.filter((each) => each.board === board.id), send));
      put(section, ...views.map((each) => each.node));
    }
    for (const each of views) each.update(store);
  }

  return { update };
}

function view(board, decided, send) {
  const state = el("p", { class: "state" });
  const body = el("p", { class: "soul" });
  const note = el("p", { class: "note" });
  const cells = board.parts.map((part) =>
    cell(part, decided.find((each) => each.id.split(".")[0] === part.ch),
      (down, cancel) => send({ type: "press", board: board.id, ch: part.ch, down, cancel }), send));
  const node = el(
    "article", { class: "board", "data-board": board.id },
    el("header", {}, chip(), el("h2", {}, sentence(board.label, board.id)), body, state),
    note,
    el("div", { class: "parts" }, ...cells.map((each) => each.node)),
  );

  function update(store) {
    const now = store.boards.get(board.id);
    const online = Boolean(store.linked && now?.online);
    node.dataset.online = String(online);
    put(state, icon(online ? "link" : "unlink"), el("span", {}, online ? t("online") : t("offline")));
    say(body, soul(now?.body ?? board.body));
    say(note, pick(now?.note ?? ""));
    for (const each of cells) {
      // A drawn button can say yes: it is the team's.
      each.update(store.parts.get(`${board.id}/${each.ch}`), online, store.role !== "visitor");
      each.own?.update(store, store.parts.get(`${board.id}/${each.ch}`)?.d, online);
      each.feel(online ? store.felts.get(`${board.id}/${each.ch}`)?.actions : [], store.hello?.actions ?? {});
      each.surround(store, board.id, online);
      each.show?.(store.screens.get(`${board.id}/${each.ch}`)?.dots);
    }
  }

  return { node, update };
}

function cell(part, resource, press, send) {
  const shape = drawing(part, press);
  const word = el("p", { class: "value" });
  const name = sentence(part.label, part.ch);
  const pin = part.pin == null ? null : el("small", {}, t("pin {pin}", { pin: part.pin }));
  const node = el("div", { class: `part ${part.kind}`, "data-ch": part.ch }, shape.node, el("h3", {}, name), word, pin);
  const felt = el("p", { class: "felt" }); // what a model recognises in its samples
  node.append(felt);
  const world = hands(part, name, send);
  node.append(world.node);
  const held = resource && own(part, resource, name, send);
  if (held) {
    node.classList.add("output");
    node.append(held.node);
  }
  if (part.kind === "button") shape.node.setAttribute("aria-label", name);

  function update(message, online, mayPress) {
    const values = message?.d ?? {};
    const known = part.kind === "button" || Boolean(message);
    shape.update(values);
    shape.enable?.(online && mayPress);
    node.dataset.known = String(known && online);
    const text = known ? shape.word(values) : t("not known yet");
    const lines = (Array.isArray(text) ? text : [text]).filter(Boolean);
    put(word, ...lines.map((line) => el("span", {}, line)));
  }

  function feel(actions, labels) {
    put(felt, ...(actions ?? []).map(({ name: action, held: on, p }) =>
      el("span", { "data-action": action, "data-held": String(on) }, `${pick(labels[action], action)} ${Math.round(100 * p)}%`)));
  }

  return { ch: part.ch, node, update, feel, own: held, surround: world.update, show: shape.show };
}

function soul(body) {
  if (body === "vm" || body === "real MicroPython") return t("virtual board, real MicroPython");
  if (body === "cpython" || body === "CPython") return t("virtual board, run by CPython");
  return body ?? "";
}

// An ESP32 module as one knows it: the tin lid and the bent line of its antenna.
function chip() {
  return svg("svg", { viewBox: "0 0 44 56", class: "module", "aria-hidden": "true" },
    svg("rect", { x: 1, y: 1, width: 42, height: 54, rx: 3, class: "carrier" }),
    svg("path", { d: "M7 13V6h6v6h6V6h6v6h6V6h6v7", class: "antenna" }),
    svg("rect", { x: 5, y: 17, width: 34, height: 34, rx: 2, class: "lid" }));
}

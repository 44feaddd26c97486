/** Takes an element, reports when it is pressed and let go by pointer or keyboard, and for how long it has been held. */

/** `on.down()`, `on.up()`, `on.cancel()` (let go without a person's will), `on.held(ms)` while it lasts, 0 at the end. */
export function holdable(node, on) {
  let since = 0; // 0: not held
  let tick = 0;

  function begin(event) {
    if (since || node.getAttribute("aria-disabled") === "true") return;
    since = performance.now();
    window.addEventListener("blur", cancel);
    if (event.pointerId !== undefined) node.setPointerCapture(event.pointerId);
    on.down();
    follow();
  }

  function follow() {
    on.held(performance.now() - since);
    tick = requestAnimationFrame(follow);
  }

  function end(how) {
    if (!since) return;
    since = 0;
    window.removeEventListener("blur", cancel);
    cancelAnimationFrame(tick);
    on.held(0);
    on[how]();
  }

  const cancel = () => end("cancel");
  node.addEventListener("pointerdown", (event) => event.button === 0 && begin(event));
  node.addEventListener("pointerup", () => end("up"));
  // A let-go that the system forces (a call comes in, the window changes) must not count as a short press, a yes.
  node.addEventListener("pointercancel", cancel);
  node.addEventListener("blur", cancel);
  node.addEventListener("contextmenu", (event) => event.preventDefault());
  node.addEventListener("keydown", (event) => {
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    if (!event.repeat) begin(event);
  });
  node.addEventListener("keyup", (event) => {
    if (event.key === " " || event.key === "Enter") end("up");
  });
  return { cancel };
}

/** Takes listeners, gives a connection to the runtime that says at once when it is lost and comes back by itself. */

const FIRST = 250; // ms until the first new try; each later one waits twice as long
const LONGEST = 4000;
// The server speaks every 2 s at least (hub.py, BEAT): after two missed words the line is dead, though still open.
const SILENCE = 5000;

/**
 * Connect and stay connected. `on.open()`, `on.text(message)`, `on.frame(meta, jpeg bytes)`, `on.lost()`.
 * Returns `send(message)`, true if it could be sent: nothing said to a dead line is kept, for a yes is perishable.
 */
export function connect(on) {
  let socket = null;
  let delay = FIRST;
  let retry = 0;
  let watchdog = 0;

  function open() {
    clearTimeout(retry);
    retry = 0;
    const mine = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`);
    mine.binaryType = "arraybuffer";
    socket = mine;
    heard(mine);
    let opened = false;
    mine.onopen = () => {
      opened = true;
      on.open();
    };
    mine.onmessage = (event) => {
      heard(mine);
      delay = FIRST;
      if (typeof event.data === "string") on.text(JSON.parse(event.data));
      else frame(event.data, on.frame);
    };
    mine.onclose = () => {
      if (!opened) refused();
      lost(mine);
    };
  }

  function heard(mine) {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => lost(mine), SILENCE);
  }

  function lost(mine) {
    if (socket !== mine) return;
    socket = null;
    clearTimeout(watchdog);
    mine.onclose = mine.onmessage = mine.onopen = null;
    mine.close();
    on.lost();
    // A little chance in the wait, so that a whole class does not come back in the same moment.
    retry = setTimeout(open, delay * (0.8 + 0.4 * Math.random()));
    delay = Math.min(2 * delay, LONGEST);
  }

  function again() {
    if (retry && !document.hidden) open();
  }

  window.addEventListener("online", again);
  document.addEventListener("visibilitychange", again);
  open();
  return (message) => {
    if (socket?.readyState !== WebSocket.OPEN) return false;
    socket.send(JSON.stringify(message));
    return true;
  };
}

/** Whoever has no seat any more (taken out, or the program was started anew) joins again; the server says so. */
async function refused() {
  const answer = await fetch("/", { redirect: "manual" }).catch(() => null); // not there at all: it is tried again
  if (answer?.type === "opaqueredirect") location.replace("/join?again");
}

// u16 little-endian length of the JSON, the JSON, the JPEG (hub.py).
function frame(data, give) {
  const length = new DataView(data).getUint16(0, true);
  const meta = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 2, length)));
  give(meta, new Uint8Array(data, 2 + length));
}

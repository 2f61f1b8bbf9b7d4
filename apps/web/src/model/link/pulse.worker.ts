/** Ticks where the browser does not slow timers down: in a page that nobody looks at they run once a minute, and the server would hang up meanwhile. */
const everyMs = 10_000;
setInterval(() => postMessage(0), everyMs);

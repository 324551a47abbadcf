// Keeps the board true: reads /board.json when something happened, counts down in between, and says when it can't.
import { filter } from "./keys.js";
import { showLately, tell, tickSheet, tickTotals } from "./lately.js";
import { put, reading, take, timeOfDay } from "./reading.js";
import { refresh, sheet } from "./sheet.js";
import { showTiles, tickTiles } from "./tiles.js";

const BACKUP_MS = 10000;
const ALONE_MS = 2000;
const HIDDEN_MS = 60000;
const GATHER_MS = 250;
const TIMEOUT_MS = 5000;
const REOPEN_MS = 15000;
const LONGEST_TICK_MS = 1000;

const fresh = document.getElementById("fresh");
const lost = document.getElementById("lost");
const kinds = document.getElementById("board").dataset.kinds.split(" ");
let source = null;
let isLive = false;
let isLost = false;
let isReading = false;
let isStale = false;
let timer = 0;
let gathering = 0;
let ticking = 0;
let reopening = 0;

const showState = () => {
  const state = isLost ? "lost" : isLive ? "live" : "polled";
  if (fresh.dataset.state !== state) fresh.dataset.state = state;
  put(fresh, "state", { lost: "Not connected since", live: "Live", polled: "As of" }[state]);
  if (reading.board) put(fresh, "clock", isLost ? reading.board.clock : timeOfDay());
  document.body.classList.toggle("stale", isLost);
};

const setLost = (yes) => {
  if (yes === isLost) return;
  isLost = yes;
  lost.hidden = !yes;
  lost.textContent = yes
    ? "The server doesn’t answer. The clocks count on from what it said last; what happened since can’t be seen."
    : "";
  tell(yes ? "The server doesn’t answer." : "Connected again.");
};

const read = async () => {
  if (isReading) {
    isStale = true;
    return;
  }
  isReading = true;
  isStale = false;
  clearTimeout(timer);
  clearTimeout(gathering);
  gathering = 0;
  try {
    const asked = performance.now();
    const answer = await fetch("/board.json", { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!answer.ok) throw new Error(String(answer.status));
    const answered = performance.now();
    const before = reading.board;
    take(await answer.json(), asked, answered);
    setLost(false);
    showTiles();
    showLately(before === null);
    filter();
    // The stream tells of the businesses there were when it was opened.
    if (before && before.businesses.length !== reading.board.businesses.length) follow();
    refresh();
  } catch {
    setLost(true);
  }
  isReading = false;
  showState();
  tick();
  timer = setTimeout(read, isStale ? GATHER_MS : wait());
};

// The next reading comes soon after a clock ends, so that the page says so at once.
const wait = () => {
  if (document.hidden) return HIDDEN_MS;
  const passed = performance.now() - reading.anchor;
  const running = reading.board ? reading.board.cards.filter((card) => card.state === "running") : [];
  const ends = running.map((card) => card.left_ms - passed).filter((left) => left > 0);
  return Math.min(isLive ? BACKUP_MS : ALONE_MS, ...ends.map((left) => left + 100));
};

// Many things that happen at once are read once.
const gather = () => {
  if (!gathering && !document.hidden) gathering = setTimeout(read, GATHER_MS);
};

const follow = () => {
  clearTimeout(reopening);
  source?.close();
  source = new EventSource("/board/events");
  source.addEventListener("open", () => {
    isLive = true;
    showState();
    gather();
  });
  source.addEventListener("error", () => {
    const closed = source.readyState === EventSource.CLOSED;
    isLive = false;
    showState();
    gather();
    if (closed && !document.hidden) reopening = setTimeout(follow, REOPEN_MS);
  });
  for (const kind of kinds) source.addEventListener(kind, gather);
};

const tick = () => {
  clearTimeout(ticking);
  if (!reading.board || document.hidden) return;
  requestAnimationFrame(() => {
    const next = Math.max(0, Math.min(tickTiles(), LONGEST_TICK_MS));
    tickTotals();
    tickSheet(sheet);
    showState();
    clearTimeout(ticking);
    ticking = setTimeout(tick, next);
  });
};

// A browser keeps few connections to a server: pages that nobody sees give theirs back.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    source?.close();
    isLive = false;
  } else {
    follow();
    read();
  }
});
document.addEventListener("scroll", tick, { passive: true });
addEventListener("online", gather);
addEventListener("pagehide", () => source?.close());
addEventListener("pageshow", (event) => {
  if (event.persisted) {
    follow();
    read();
  }
});
follow();
read();

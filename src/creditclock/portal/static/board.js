// Counts the clocks of the page down between two readings of /board.json. The server's numbers are what counts:
// each reading is anchored to the moment it arrived, so neither time zone nor clock of this machine matters.
"use strict";

const READ_MS = 3000;
const READ_HIDDEN_MS = 30000;
const TICK_MS = 200;
const WORDS = { running: "Running", low: "Ends soon", paused: "Paused", empty: "Time’s up" };
const MOMENTS = { running: "Until", low: "Until", paused: "Since", empty: "Ended" };

const cards = document.getElementById("cards");
const rests = document.getElementById("rests");
let board = null;
let anchor = 0;
let timer = 0;
let reading = false;

const put = (node, field, text) => {
  const place = node.querySelector(`[data-field="${field}"]`);
  if (place.textContent !== text) place.textContent = text;
};

const digits = (ms) => {
  const seconds = Math.ceil(ms / 1000);
  const pad = (number) => String(number).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  const rest = pad(seconds % 60);
  return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${rest}`;
};

const times = (rate) => `${rate / 1000}×`;

const copyOf = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);

// Where a clock stands now: what the server said less what has passed since.
const standing = (card) => {
  if (card.state !== "running") return { look: card.state, left: card.left_ms, balance: card.balance_ms };
  const passed = performance.now() - anchor;
  const left = Math.max(0, card.left_ms - passed);
  const balance = Math.max(0, card.balance_ms - (passed * card.burn_rate) / 1000);
  return { look: left < board.low_ms ? "low" : "running", left, balance };
};

const showTime = (node, card) => {
  const { look, left, balance } = standing(card);
  if (node.dataset.look !== look) {
    node.dataset.look = look;
    node.querySelector("use").setAttribute("href", `#mark-${look}`);
    put(node, "look", WORDS[look]);
    put(node, "when", MOMENTS[look]);
  }
  put(node, "left", digits(left));
  put(node, "balance", digits(balance));
  const part = node.querySelector("progress");
  part.max = card.bought_ms;
  part.value = balance;
};

const showCard = (node, card) => {
  for (const field of ["customer", "business", "tariff", "moment", "id"]) put(node, field, card[field]);
  node.querySelector(".business").hidden = board.businesses.length < 2;
  put(node, "burn", times(card.burn_rate));
  const seats = card.seats.map((seat) => {
    const item = document.createElement("li");
    item.dataset.state = seat.state;
    item.textContent = (seat.note || "Session") + (seat.state === "paused" ? " (paused)" : "");
    return item;
  });
  node.querySelector(".seats").replaceChildren(...seats);
  showTime(node, card);
};

const tell = (text) => {
  document.getElementById("news").textContent = text;
};

const announce = (before) => {
  const known = new Map(before.cards.map((card) => [card.id, card]));
  const ended = board.cards.filter((card) => card.state === "empty" && known.get(card.id)?.state === "running");
  if (ended.length) tell(`Time’s up: ${ended.map((card) => card.customer).join(", ")}.`);
};

const show = () => {
  const nodes = new Map([...cards.children].map((node) => [node.dataset.clock, node]));
  board.cards.forEach((card, place) => {
    const node = nodes.get(card.id) || copyOf("card");
    nodes.delete(card.id);
    node.dataset.clock = card.id;
    showCard(node, card);
    if (cards.children[place] !== node) cards.insertBefore(node, cards.children[place] || null);
  });
  for (const gone of nodes.values()) gone.remove();
  rests.replaceChildren(
    ...board.idle.map((clock) => {
      const node = copyOf("rest");
      put(node, "customer", clock.customer);
      put(node, "balance", digits(clock.balance_ms));
      put(node, "id", clock.id);
      return node;
    }),
  );
  const totals = document.getElementById("totals");
  put(totals, "running", String(board.running));
  put(totals, "paused", String(board.paused));
  put(totals, "burn", `${board.burn_rate / 1000} s`);
  put(totals, "next", board.next_end || "—");
  document.getElementById("nothing").hidden = board.cards.length > 0;
  document.getElementById("idle").hidden = board.idle.length === 0;
  document.getElementById("cut").hidden = !board.is_cut;
  document.getElementById("clock").textContent = board.clock;
  document.title = `${board.running} running · Creditclock demo`;
};

const isFresh = (yes) => {
  if (document.body.classList.toggle("stale", !yes) && document.getElementById("freshness").textContent === "As of") {
    tell("The server doesn’t answer.");
  }
  document.getElementById("freshness").textContent = yes ? "As of" : "The server doesn’t answer. Counted on from";
};

const read = async () => {
  if (reading) return;
  reading = true;
  clearTimeout(timer);
  try {
    const sent = performance.now();
    const answer = await fetch("/board.json", { cache: "no-store", signal: AbortSignal.timeout(5000) });
    if (!answer.ok) throw new Error(String(answer.status));
    const arrived = performance.now();
    const before = board;
    board = await answer.json();
    anchor = (sent + arrived) / 2;
    show();
    if (before) announce(before);
    isFresh(true);
  } catch {
    isFresh(false);
  }
  reading = false;
  timer = setTimeout(read, wait());
};

// The next reading comes soon after a clock ends, so that the page says so at once.
const wait = () => {
  if (document.hidden) return READ_HIDDEN_MS;
  const passed = performance.now() - anchor;
  const ends = board ? board.cards.filter((card) => card.state === "running").map((card) => card.left_ms - passed) : [];
  return Math.min(READ_MS, ...ends.filter((left) => left > 0).map((left) => left + 50));
};

const tick = () => {
  if (!board || document.hidden) return;
  const known = new Map(board.cards.map((card) => [card.id, card]));
  for (const node of cards.children) showTime(node, known.get(node.dataset.clock));
};

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) read();
});
setInterval(tick, TICK_MS);
read();

// The tiles of running clocks and the list of the others.
import { changesIn, copyOf, countdown, digits, put, reading, standing, still } from "./reading.js";

const WORDS = { running: "Running", low: "Ends soon", paused: "Paused", empty: "Time’s up" };
const MOMENTS = { running: "Until", low: "Until", paused: "Since", empty: "Ended" };
const MOVE_MS = 350;

const cards = document.getElementById("cards");
const rests = document.getElementById("rests");
const seen = new WeakSet();
const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries) entry.isIntersecting ? seen.add(entry.target) : seen.delete(entry.target);
});

const showTime = (node, card) => {
  const { look, left, balance } = standing(card);
  if (node.dataset.look !== look) {
    node.dataset.look = look;
    node.querySelector("use").setAttribute("href", `#mark-${look}`);
  }
  put(node, "look", WORDS[look]);
  put(node, "when", MOMENTS[look]);
  put(node, "left", countdown(card, left));
  const part = Math.min(100, (100 * balance) / card.bought_ms);
  const ring = node.querySelector(".ring");
  const arc = `${part.toFixed(2)} 100`;
  const line = ring.querySelector(".arc");
  if (line.getAttribute("stroke-dasharray") !== arc) line.setAttribute("stroke-dasharray", arc);
  const percent = String(Math.ceil(part));
  if (ring.getAttribute("aria-valuenow") !== percent) ring.setAttribute("aria-valuenow", percent);
};

const nameLink = (node, clock) => {
  put(node, "customer", clock.customer);
  node.querySelector("h3 a").setAttribute("href", `/board/clocks/${clock.id}`);
  node.dataset.clock = clock.id;
};

const showCard = (node, card) => {
  nameLink(node, card);
  for (const field of ["business", "tariff", "moment"]) put(node, field, card[field]);
  node.querySelector(".business").hidden = reading.board.businesses.length < 2;
  put(node, "burn", `${card.burn_rate / 1000}×`);
  node.querySelector(".rate").hidden = card.burn_rate === 0;
  const seats = card.seats.map((seat) => {
    const item = document.createElement("li");
    item.dataset.state = seat.state;
    item.textContent = (seat.note || "Session") + (seat.state === "paused" ? " (paused)" : "");
    return item;
  });
  node.querySelector(".seats").replaceChildren(...seats);
  showTime(node, card);
};

const showRest = (node, clock) => {
  nameLink(node, clock);
  put(node, "balance", digits(clock.balance_ms));
};

// Brings a list to what it should show without touching what stays, so that focus and scrolling stay too.
const arrange = (list, items, pattern, show) => {
  const nodes = new Map([...list.children].map((node) => [node.dataset.clock, node]));
  const before = new Map([...nodes.values()].map((node) => [node, node.getBoundingClientRect()]));
  const focused = list.contains(document.activeElement) ? document.activeElement : null;
  items.forEach((item, place) => {
    const node = nodes.get(item.id) || copyOf(pattern);
    nodes.delete(item.id);
    show(node, item);
    if (list.children[place] !== node) list.insertBefore(node, list.children[place] || null);
  });
  for (const gone of nodes.values()) {
    watcher.unobserve(gone);
    gone.remove();
  }
  if (focused?.isConnected && document.activeElement !== focused) focused.focus({ preventScroll: true });
  if (!still.matches) [...list.children].forEach((node) => move(node, before.get(node)));
};

const move = (node, from) => {
  const to = node.getBoundingClientRect();
  if (!from) node.animate([{ opacity: 0 }, { opacity: 1 }], MOVE_MS);
  else if (from.left !== to.left || from.top !== to.top) {
    const way = `translate(${from.left - to.left}px, ${from.top - to.top}px)`;
    node.animate([{ transform: way }, { transform: "none" }], { duration: MOVE_MS, easing: "ease-out" });
  }
};

export const showTiles = () => {
  const { board } = reading;
  arrange(cards, board.cards, "card", showCard);
  arrange(rests, board.idle, "rest", showRest);
  for (const node of cards.children) watcher.observe(node);
  document.getElementById("nothing").hidden = board.cards.length > 0;
  document.getElementById("cut").hidden = !board.is_cut;
};

// Draws the tiles that can be seen; gives how long until one of them changes.
export const tickTiles = () => {
  const known = new Map(reading.board.cards.map((card) => [card.id, card]));
  let next = Infinity;
  for (const node of cards.children) {
    const card = known.get(node.dataset.clock);
    if (!card || !seen.has(node)) continue;
    showTime(node, card);
    if (card.state === "running") next = Math.min(next, changesIn(standing(card).left));
  }
  return next;
};

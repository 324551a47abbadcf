// What is said beside the tiles: totals, credits used, what happened.
import { copyOf, countdown, digits, put, reading, standing } from "./reading.js";

const MOST_NEWS = 3;

const totals = document.getElementById("totals");
const feed = document.getElementById("feed");
const charts = document.getElementById("charts");
const news = document.getElementById("news");

export const tell = (text) => {
  news.textContent = text;
};

const showChart = (usage) => {
  const node = copyOf("chart");
  for (const field of ["business", "total", "top", "half", "begins", "ends"]) put(node, field, usage[field]);
  node.querySelector(".business").hidden = reading.board.businesses.length < 2;
  for (const field of ["bars", "last_bar"]) node.querySelector(`[data-field="${field}"]`).setAttribute("d", usage[field]);
  node.querySelector(".plot").setAttribute("aria-label", `Credits used per minute. ${usage.summary}`);
  return node;
};

const showEntry = (entry) => {
  const node = copyOf("entry");
  node.dataset.tone = entry.tone;
  node.dataset.event = entry.id;
  node.querySelector("use").setAttribute("href", `#mark-${entry.tone}`);
  put(node, "text", reading.board.businesses.length < 2 ? entry.text : `${entry.business}: ${entry.text}`);
  put(node, "time", entry.time);
  node.querySelector("time").dateTime = entry.timestamp;
  return node;
};

const showFeed = (isFirst) => {
  const { events } = reading.board;
  const known = new Map([...feed.children].map((node) => [node.dataset.event, node]));
  const fresh = events.filter((entry) => !known.has(entry.id));
  const place = feed.scrollTop;
  if (fresh.length || events.length !== feed.children.length) {
    feed.replaceChildren(...events.map((entry) => known.get(entry.id) || showEntry(entry)));
    if (!isFirst) for (const entry of fresh) feed.querySelector(`[data-event="${entry.id}"]`).classList.add("new");
    feed.scrollTop = place;
  }
  const loud = isFirst ? [] : fresh.filter((entry) => entry.is_loud).slice(0, MOST_NEWS);
  if (loud.length) tell(`${loud.map((entry) => entry.text).join(". ")}.`);
};

export const showLately = (isFirst) => {
  const { board } = reading;
  put(totals, "running", String(board.running));
  put(totals, "paused", String(board.paused));
  put(totals, "used", board.used);
  put(totals, "next_name", board.next_name || "");
  tickTotals();
  charts.replaceChildren(...board.usage.map(showChart));
  showFeed(isFirst);
  document.getElementById("title").textContent = board.title;
  document.title = `${board.running} running · Creditclock demo`;
};

// What is left until the next end.
export const tickTotals = () => {
  const first = reading.board.cards.find((card) => card.state === "running");
  put(totals, "next", reading.board.next_end ? countdown(first, standing(first).left) : "—");
};

// The open details count down too.
export const tickSheet = (sheet) => {
  const details = sheet.querySelector(".details");
  const card = details && reading.board.cards.find((one) => one.id === details.dataset.clock);
  if (!card || card.state !== "running") return;
  const { left, balance } = standing(card);
  put(details, "left", countdown(card, left));
  put(details, "balance", digits(balance));
};

// The last reading of /board.json, and how clocks stand since. The server's numbers are what counts: a reading is
// anchored to the moment it was made, so neither time zone nor clock of this machine matters. That moment lies between
// asking and the answer; what is known of it from faster readings is kept, so that a slow one moves no countdown.

const TENTHS_MS = 60000;

export const reading = { board: null, anchor: 0 };

let ahead = NaN;

export const still = matchMedia("(prefers-reduced-motion: reduce)");

export const take = (board, asked, answered) => {
  const [least, most] = [asked - board.as_of, answered - board.as_of];
  ahead = Number.isNaN(ahead) ? (least + most) / 2 : Math.min(most, Math.max(least, ahead));
  reading.board = board;
  reading.anchor = board.as_of + ahead;
};

// How a card stands now: what the server said less what has passed since.
export const standing = (card) => {
  if (card.state !== "running") return { look: card.state, left: card.left_ms, balance: card.balance_ms };
  const passed = performance.now() - reading.anchor;
  const left = Math.max(0, card.left_ms - passed);
  const balance = Math.max(0, card.balance_ms - (passed * card.burn_rate) / 1000);
  return { look: left < reading.board.low_ms ? "low" : "running", left, balance };
};

const DAY_S = 86400;

const pad = (number) => String(number).padStart(2, "0");

// Begun seconds count, so that zero is shown only when nothing is left.
export const digits = (ms) => {
  const seconds = Math.ceil(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  const rest = pad(seconds % 60);
  return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${rest}`;
};

// The same, with tenths when little is left.
export const countdown = (card, left) => {
  if (card.state !== "running" || left > TENTHS_MS || still.matches) return digits(left);
  const tenths = Math.ceil(left / 100);
  return `${Math.floor(tenths / 600)}:${pad(Math.floor(tenths / 10) % 60)}.${tenths % 10}`;
};

// The server's time of day, from what it said last.
export const timeOfDay = () => {
  const [hours, minutes, seconds] = reading.board.clock.split(":").map(Number);
  const passed = Math.floor((performance.now() - reading.anchor + (reading.board.as_of % 1000)) / 1000);
  const now = (hours * 3600 + minutes * 60 + seconds + passed) % DAY_S;
  return `${pad(Math.floor(now / 3600))}:${pad(Math.floor(now / 60) % 60)}:${pad(now % 60)}`;
};

// How long until something that is shown of a running card changes.
export const changesIn = (left) => {
  if (left <= 0) return Infinity;
  return left > TENTHS_MS || still.matches ? left % 1000 || 1000 : left % 100 || 100;
};

export const put = (node, field, text) => {
  const place = node.querySelector(`[data-field="${field}"]`);
  if (place && place.textContent !== text) place.textContent = text;
};

export const copyOf = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);

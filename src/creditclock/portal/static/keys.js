// Filtering by typing, and going from clock to clock with the arrow keys.
const STEPS = { ArrowLeft: -1, ArrowRight: 1 };

const box = document.getElementById("filter");
const matches = document.getElementById("matches");
const unmatched = document.getElementById("unmatched");

const items = () => [...document.querySelectorAll("#cards > li, #rests > li")];
const links = () => items().filter((node) => !node.hidden).map((node) => node.querySelector("h3 a"));
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

// Every word must stand somewhere in the tile.
const found = (node, words) => {
  const text = plain(`${node.textContent} ${node.dataset.look} ${node.dataset.clock}`);
  return words.every((word) => text.includes(word));
};

export const filter = () => {
  const words = plain(box.value).split(/\s+/).filter(Boolean);
  const all = items();
  for (const node of all) node.hidden = words.length > 0 && !found(node, words);
  const kept = all.filter((node) => !node.hidden).length;
  const text = words.length ? `${kept} of ${all.length} clocks` : "";
  if (matches.textContent !== text) matches.textContent = text;
  unmatched.hidden = kept > 0 || words.length === 0;
  document.getElementById("idle").hidden = !document.querySelector("#rests > li:not([hidden])");
};

const clear = () => {
  box.value = "";
  filter();
  box.focus();
};

// The nearest clock in the row above or below.
const beside = (all, here, down) => {
  const from = here.closest("li").getBoundingClientRect();
  const middle = (from.left + from.right) / 2;
  const rows = all
    .map((link) => ({ link, at: link.closest("li").getBoundingClientRect() }))
    .filter(({ at }) => (down ? at.top >= from.bottom - 1 : at.bottom <= from.top + 1));
  const away = ({ at }) => Math.abs(down ? at.top - from.top : from.top - at.top) * 10 + Math.abs((at.left + at.right) / 2 - middle);
  return rows.sort((one, other) => away(one) - away(other))[0]?.link;
};

const next = (key, here) => {
  const all = links();
  const place = all.indexOf(here);
  if (place < 0) return null;
  if (key in STEPS) return all[place + STEPS[key]];
  if (key === "Home") return all[0];
  if (key === "End") return all.at(-1);
  return key === "ArrowUp" || key === "ArrowDown" ? beside(all, here, key === "ArrowDown") : null;
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const typing = event.target.closest?.("input:not([type=radio]), textarea, select");
  if (event.key === "/" && !typing) {
    event.preventDefault();
    box.focus();
    box.select();
  } else if (event.target === box && event.key === "Escape") {
    event.preventDefault();
    clear();
  } else if (event.target === box && (event.key === "ArrowDown" || event.key === "Enter")) {
    event.preventDefault();
    links()[0]?.focus();
  } else if (!typing) {
    const link = next(event.key, event.target);
    if (link) {
      event.preventDefault();
      link.focus();
    }
  }
});
box.addEventListener("input", filter);
document.getElementById("search").addEventListener("submit", (event) => event.preventDefault());
document.getElementById("all").addEventListener("click", clear);

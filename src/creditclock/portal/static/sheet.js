// The details of a clock in a dialog; without scripts the same stand on a page of their own.
const TIMEOUT_MS = 5000;

export const sheet = document.getElementById("sheet");
const body = document.getElementById("sheet-body");
let shown = "";
let opener = null;

const say = (text) => {
  const line = document.createElement("p");
  line.id = "sheet-name";
  line.textContent = text;
  body.replaceChildren(line);
};

const load = async () => {
  const wanted = shown;
  try {
    const answer = await fetch(wanted, { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (wanted === shown) body.replaceChildren(page.querySelector(".details"));
  } catch {
    if (wanted === shown && !body.querySelector(".details")) say("The details can’t be read now. Try again in a moment.");
  }
};

export const refresh = () => (sheet.open ? load() : undefined);

const open = async (link) => {
  opener = link;
  shown = link.getAttribute("href");
  say("Reading …");
  sheet.showModal();
  await load();
};

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-clock] h3 a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  open(link);
});
sheet.addEventListener("click", (event) => {
  if (event.target === sheet) sheet.close();
});
sheet.addEventListener("close", () => {
  shown = "";
  body.replaceChildren();
  if (opener?.isConnected) opener.focus();
});

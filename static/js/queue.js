/*
 * The keyboard of a worklist: J and K walk, X chooses, Enter opens, a letter of the bulk bar moves what is chosen, / goes
 * to the search box, ? shows all keys. Works by delegation, so it goes on after htmx has put another list in place.
 * Without this script boxes and buttons do the same.
 */

const CURSOR = "is-cursor";
const PICKED = "is-picked";
const list = () => document.querySelector("[data-keys]");
const rows = () => Array.from(list()?.querySelectorAll("[data-row]") ?? []);
const cursor = () => rows().find((row) => row.classList.contains(CURSOR));
const boxes = () => Array.from(document.querySelectorAll("[data-pick]"));
const boxOf = (row) => row?.querySelector("[data-pick]");

/* A letter typed into a field is text; on a box or a button it is a key like everywhere else. */
function writes(target) {
  return target instanceof Element
    && target.closest("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable], dialog");
}

function walk(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(cursor());
  const to = Math.min(Math.max(at + step, 0), all.length - 1);
  all[at]?.classList.remove(CURSOR);
  all[to].classList.add(CURSOR);
  all[to].scrollIntoView({ block: "nearest" });
  all[to].querySelector("a").focus({ preventScroll: true });
}

function showPicked() {
  boxes().forEach((box) => box.closest("[data-row]").classList.toggle(PICKED, box.checked));
  const place = document.querySelector("[data-picked]");
  if (place) place.textContent = String(boxes().filter((box) => box.checked).length);
}

function pick(row, checked) {
  const box = boxOf(row);
  if (!box) return;
  box.checked = checked ?? !box.checked;
  showPicked();
}

function pickNone() {
  boxes().forEach((box) => { box.checked = false; });
  showPicked();
}

/* Press the bar's button of this letter; with nothing chosen it means the row at the cursor. */
function move(letter) {
  const button = document.querySelector(`[data-key="${CSS.escape(letter.toUpperCase())}"]`);
  if (!button) return false;
  if (!boxes().some((box) => box.checked)) pick(cursor(), true);
  if (!boxes().some((box) => box.checked)) return false;
  button.click();
  return true;
}

function focusSearch() {
  const search = list()?.querySelector("input[type=search]");
  search?.focus();
  return Boolean(search);
}

function showKeys() {
  const keys = document.getElementById("keys");
  keys?.showModal();
  return Boolean(keys);
}

const KEYS = {
  j: () => walk(1),
  k: () => walk(-1),
  x: () => pick(cursor()),
  "/": focusSearch,
  "?": showKeys,
  escape: pickNone,
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || writes(event.target)) return;
  const key = event.key.toLowerCase();
  if (key in KEYS) {
    if (KEYS[key]() !== false && key.length === 1) event.preventDefault();
  } else if (/^[a-z]$/.test(key) && move(key)) event.preventDefault();
});
document.addEventListener("change", (event) => {
  if (event.target instanceof Element && event.target.matches("[data-pick]")) showPicked();
});
document.addEventListener("reset", () => setTimeout(showPicked, 0));
document.addEventListener("htmx:afterSwap", showPicked);
window.addEventListener("pageshow", showPicked);

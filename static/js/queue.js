/*
 * J and K walk through the rows of a queue, Enter opens the one at the cursor. Works by delegation, so it goes on
 * after htmx has put another list in place.
 */

const CURSOR = "is-cursor";
const list = () => document.querySelector("[data-keys]");
const rows = () => Array.from(list()?.querySelectorAll("[data-row]") ?? []);

function writes(target) {
  return target instanceof Element && target.closest("input, select, textarea, button, [contenteditable]");
}

function walk(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex((row) => row.classList.contains(CURSOR));
  const to = Math.min(Math.max(at + step, 0), all.length - 1);
  all[at]?.classList.remove(CURSOR);
  all[to].classList.add(CURSOR);
  all[to].scrollIntoView({ block: "nearest" });
  all[to].querySelector("a").focus({ preventScroll: true });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || writes(event.target)) return;
  const key = event.key.toLowerCase();
  if (key === "j") walk(1);
  else if (key === "k") walk(-1);
});

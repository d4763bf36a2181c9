/* The print button of the reporting pages: <button data-print>. On paper the definitions are always open. */

const definitions = () => document.querySelectorAll("details.kp-definitions");
let opened = [];

document.querySelectorAll("[data-print]").forEach((button) => button.addEventListener("click", () => window.print()));
window.addEventListener("beforeprint", () => {
  opened = Array.from(definitions()).filter((one) => !one.open);
  opened.forEach((one) => { one.open = true; });
});
window.addEventListener("afterprint", () => opened.forEach((one) => { one.open = false; }));

/* The print button of the reporting pages: <button data-print>. */

document.querySelectorAll("[data-print]").forEach((button) => button.addEventListener("click", () => window.print()));

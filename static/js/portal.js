/*
 * What pages do beyond plain HTML. Everything works by attributes and by delegation, so fragments that htmx
 * swaps in need no setting up. Without this script every form still posts and every link still leads somewhere.
 */

const TOAST_STAYS = 8000;
const DRAFT_WAITS = 800;
const DRAFT_PREFIX = "draft:";
const SENT_KEY = "draft-sent";

const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
const closest = (event, selector) => (event.target instanceof Element ? event.target.closest(selector) : null);

/* -- the error summary gets the focus, its links lead into the field ------------------------------------ */
function focusSummary(root = document) {
  const summary = root.querySelector("[data-focus]");
  if (summary) summary.focus();
}

function followErrorLink(event) {
  const link = closest(event, ".kp-errors a[href^='#']");
  if (!link) return;
  const field = document.getElementById(link.getAttribute("href").slice(1));
  if (!field) return;
  event.preventDefault();
  const control = field.matches("fieldset") ? field.querySelector("input") || field : field;
  field.scrollIntoView({ block: "center" });
  control.focus({ preventScroll: true });
}

/* -- a form is sent once ---------------------------------------------------------------------------------- */
function guardSubmit(event) {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented || form.matches("[hx-post], [data-hx-post]")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  rememberSent(form);
  // After this turn, because a disabled button would not be part of what is sent.
  setTimeout(() => all("button[type=submit], button:not([type])", form).forEach((button) => {
    if (button === event.submitter && button.matches(".btn")) sayBusy(button);
    button.disabled = true;
    button.dataset.guarded = "yes";
  }), 0);
}

function sayBusy(button) {
  button.dataset.words = button.innerHTML;
  const spinner = document.createElement("span");
  spinner.className = "spinner-border spinner-border-sm";
  spinner.setAttribute("aria-hidden", "true");
  button.replaceChildren(spinner, button.dataset.busy || document.body.dataset.busy || button.textContent);
}

function releaseForms() {
  all("form[data-sent]").forEach((form) => delete form.dataset.sent);
  all("button[data-guarded]").forEach((button) => {
    button.disabled = false;
    delete button.dataset.guarded;
    if (button.dataset.words) button.innerHTML = button.dataset.words;
    delete button.dataset.words;
  });
}

/* -- small helps in forms ------------------------------------------------------------------------------------ */
function count(event) {
  const field = event.target;
  if (!field.id) return;
  const counter = document.querySelector(`[data-counts="${CSS.escape(field.id)}"]`);
  if (!counter) return;
  const length = Array.from(field.value).length;
  counter.textContent = counter.textContent.replace(/^\d+/, String(length));
  counter.classList.toggle("kp-over-text", length > Number(counter.textContent.split("/")[1]));
}

function showPassword(event) {
  const button = closest(event, "[data-show-password]");
  if (!button) return;
  const field = document.getElementById(button.dataset.showPassword);
  const shown = field.type === "password";
  field.type = shown ? "text" : "password";
  button.setAttribute("aria-pressed", String(shown));
  button.textContent = shown ? button.dataset.hide : button.dataset.show;
}

function fillAccount(event) {
  const button = closest(event, "[data-account]");
  if (!button) return;
  const form = document.getElementById(button.dataset.account);
  form.elements.username.value = button.dataset.username;
  form.elements.password.value = button.dataset.password;
  form.scrollIntoView({ block: "nearest" });
  form.querySelector("[type=submit]").focus();
}

function copyText(event) {
  const button = closest(event, "[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  navigator.clipboard.writeText(source.value ?? source.textContent).then(() => {
    button.textContent = button.dataset.done;
  });
}

/* -- drafts: only fields that say so, because what stays on a device must not name people --------------------- */
const draftKey = (form) => DRAFT_PREFIX + form.dataset.draft;
const draftFields = (form) => all("[data-draft-field]", form).filter((field) => field.name);
let draftTimer;

function restoreDraft(form) {
  const kept = JSON.parse(localStorage.getItem(draftKey(form)) || "{}");
  draftFields(form).forEach((field) => {
    if (field.name in kept && !field.value) {
      field.value = kept[field.name];
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });
}

function keepDraft(event) {
  const form = event.target.form;
  if (!form || !form.dataset.draft || !event.target.matches("[data-draft-field]")) return;
  clearTimeout(draftTimer);
  draftTimer = setTimeout(() => {
    const values = Object.fromEntries(draftFields(form).map((field) => [field.name, field.value]));
    localStorage.setItem(draftKey(form), JSON.stringify(values));
    sayKept();
  }, DRAFT_WAITS);
}

function sayKept() {
  const clock = new Date().toTimeString().slice(0, 5);
  all("[data-saved]").forEach((place) => { place.textContent = `${place.dataset.saved}${clock}`; });
}

function rememberSent(form) {
  if (form.dataset.draft) sessionStorage.setItem(SENT_KEY, draftKey(form));
}

/* A draft may go when a page inside the portal came back without its form: then the server has it. */
function dropSentDraft() {
  const key = sessionStorage.getItem(SENT_KEY);
  if (!key || !document.querySelector(".kp-rail")) return;
  if (!all("form[data-draft]").some((form) => draftKey(form) === key)) localStorage.removeItem(key);
  sessionStorage.removeItem(SENT_KEY);
}

/* -- dialogs: the browser keeps and returns the focus ---------------------------------------------------------- */
function openDialog(event) {
  const opener = closest(event, "[data-dialog]");
  if (!opener) return;
  event.preventDefault();
  document.getElementById(opener.dataset.dialog).showModal();
}

function closeDialog(event) {
  const closer = closest(event, "[data-close-dialog]");
  if (closer) closer.closest("dialog").close();
  if (event.target instanceof HTMLDialogElement) event.target.close();
}

/* -- toasts go by themselves, but not while somebody reads them -------------------------------------------------- */
function startToast(toast) {
  let timer;
  const start = () => { timer = setTimeout(() => toast.remove(), TOAST_STAYS); };
  const stop = () => clearTimeout(timer);
  toast.addEventListener("mouseenter", stop);
  toast.addEventListener("focusin", stop);
  toast.addEventListener("mouseleave", start);
  toast.addEventListener("focusout", start);
  start();
}

function closeToast(event) {
  const button = closest(event, "[data-close-toast]");
  if (button) button.closest("[data-toast]").remove();
}

/* -- keys ------------------------------------------------------------------------------------------------------------ */
function focusSearch(event) {
  const search = document.querySelector("[data-search]");
  if (!search || event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  search.focus();
  search.select();
}

const clicks = [followErrorLink, showPassword, fillAccount, copyText, openDialog, closeDialog, closeToast];
document.addEventListener("click", (event) => clicks.forEach((act) => act(event)));
document.addEventListener("submit", guardSubmit);
document.addEventListener("input", (event) => { count(event); keepDraft(event); });
document.addEventListener("keydown", focusSearch);
document.addEventListener("htmx:afterSwap", (event) => {
  focusSummary(event.target);
  all("[data-toast]", event.target).forEach(startToast);
});
window.addEventListener("pageshow", releaseForms);

dropSentDraft();
all("form[data-draft]").forEach(restoreDraft);
all("[data-toast]").forEach(startToast);
focusSummary();

// The clock, the live updates, the map beside the board, and drafts that outlive a lost line.
"use strict";

const BEIJING_MS = 8 * 3600000;
const RETRY_S = 5;
const SPREAD_MS = 1500;
const loaded = Date.now();

function tick() {
  const now = new Date(Date.now() + BEIJING_MS).toISOString();
  for (const clock of document.querySelectorAll("[data-clock]")) clock.textContent = now.slice(11, 19);
  for (const due of document.querySelectorAll("[data-due]")) {
    due.dataset.from ??= String(Date.now());
    const left = Math.round(Number(due.dataset.due) - (Date.now() - Number(due.dataset.from)) / 60000);
    due.title = left < 0 ? `${-left} ${due.dataset.late}` : `${left} ${due.dataset.left}`;
    due.classList.toggle("over", left < 0);
    due.classList.toggle("soon", left >= 0 && left < 20);
  }
}
tick();
setInterval(tick, 1000);

// Live updates. A page that does not hear says so.
function listen() {
  const sign = document.querySelector("[data-live]");
  if (!sign) return;
  const source = new EventSource("/stream");
  const say = (on) => { sign.textContent = on ? sign.dataset.on : sign.dataset.off; sign.classList.toggle("off", !on); };
  let first = true;
  source.addEventListener("open", () => say(true));
  source.addEventListener("error", () => say(false));
  source.addEventListener("board", () => {
    // Not all who listen ask in the same moment.
    if (!first) setTimeout(() => document.body.dispatchEvent(new CustomEvent("desk:board", { bubbles: true })), Math.random() * SPREAD_MS);
    first = false;
  });
}
listen();

// The map beside the board.
const map = document.getElementById("map");
function tellMap(message) {
  if (map && map.contentWindow) map.contentWindow.postMessage({ jdzfire: message }, location.origin);
}
document.addEventListener("click", (event) => {
  const knob = event.target.closest("[data-show]");
  if (!knob) return;
  if (map) tellMap({ show: knob.dataset.show });
  else location.href = `/#show=${encodeURIComponent(knob.dataset.show)}`;
});
window.addEventListener("message", (event) => {
  const said = event.origin === location.origin && event.data && event.data.jdzfire;
  if (!said) return;
  if (said.ready) { tellEnded(); const asked = map.dataset.event || new URLSearchParams(location.hash.slice(1)).get("show"); if (asked) tellMap({ show: asked }); }
  if (said.chosen) {
    const item = document.querySelector(`[data-event="${CSS.escape(said.chosen)}"]`);
    for (const other of document.querySelectorAll(".item.is-chosen")) other.classList.remove("is-chosen");
    if (item) { item.classList.add("is-chosen"); item.scrollIntoView({ block: "nearest" }); }
  }
});
// What was closed leaves the map before the next cycle draws it anew.
function tellEnded() {
  const counts = document.querySelector("[data-ended]");
  if (counts) tellMap({ ended: counts.dataset.ended.split(" ").filter(Boolean) });
}
document.body.addEventListener("htmx:afterSwap", (event) => { if (event.target.id === "cases") tellEnded(); tick(); });

// Drafts: kept on this device with their token, sent once, taken away when the desk has them.
const keep = {
  read(name) { try { return JSON.parse(localStorage.getItem("desk-" + name)); } catch (gone) { return null; } },
  write(name, value) { try { localStorage.setItem("desk-" + name, JSON.stringify(value)); } catch (refused) { /* not kept */ } },
  drop(name) { try { localStorage.removeItem("desk-" + name); } catch (refused) { /* not kept */ } },
};

function fieldsOf(form) {
  return [...new FormData(form).entries()].filter(([name, value]) => typeof value === "string" && name !== "csrfmiddlewaretoken");
}

function fill(form, fields) {
  for (const [name, value] of fields) {
    for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
      if (field.type === "radio") field.checked = field.value === value;
      else if (field.type !== "file" && field.name !== "version") field.value = value;
    }
  }
  const open = fields.some(([name, value]) => value && ["burned", "cause", "people", "dead", "injured", "out_at"].includes(name));
  if (open) for (const more of form.querySelectorAll("details.more")) more.open = true;
}

function draftForm(form) {
  const name = form.dataset.draft, said = form.querySelector("[data-said]");
  if (!said) return;
  const say = (what) => { said.textContent = said.dataset[what] || ""; said.dataset.is = what; };
  const held = keep.read(name);
  if (held) {
    fill(form, held.fields);
    form.closest("details").open = true;
    say("kept");
  }
  const save = (waits) => keep.write(name, { fields: fieldsOf(form), version: form.elements.version.value, waits });
  form.addEventListener("input", () => { save(false); say("kept"); });
  const send = async () => {
    say("sending");
    let answer;
    try {
      answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
    } catch (cut) {
      save(true);
      say("waiting");
      setTimeout(send, RETRY_S * 1000);
      return;
    }
    if (answer.ok && !answer.redirected) { keep.drop(name); say("sent"); location.href = (await answer.json()).next; return; }
    // The desk has looked at it and says no, or somebody must log in first: shown as a page; the draft stays.
    save(false);
    form.dataset.plain = "1";
    form.submit();
  };
  form.addEventListener("submit", (event) => {
    if (form.dataset.plain) return;
    event.preventDefault();
    save(true);
    send();
  });
  if (held && held.waits) { form.elements.version.value = held.version; send(); }
}
for (const form of document.querySelectorAll("form[data-draft]")) draftForm(form);

for (const form of document.querySelectorAll("form[method=post]:not([data-draft])")) {
  form.addEventListener("submit", () => { for (const knob of form.querySelectorAll("button")) knob.disabled = true; });
}

// Time runs in the browser: ages, deadlines, and whether this page is still the newest.
const MADE = Date.parse(data.now);
const ARCHIVE_MIN = 14 * 1440;
const SLOW_CLOCK_MIN = 10;

// A clock that is behind the page is wrong, and an archived page stands still.
function sinceMade() {
  const minutes = (Date.now() - MADE) / 60000;
  return minutes < 0 || minutes > ARCHIVE_MIN ? 0 : minutes;
}

const slowBy = () => (CHECKED - Date.now()) / 60000;

function hours(minutes) {
  const whole = Math.round(Math.abs(minutes));
  if (whole >= 100 * 60) return fill("due_days", { n: Math.round(whole / 1440) });
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

// Beijing has no summer time: 8 h ahead all year.
function beijingAt(ms, long = false) {
  const local = new Date(ms + 8 * 3600000).toISOString();
  return `${local.slice(long ? 0 : 5, 10)} ${local.slice(11, 16)}`;
}

const beijing = (minutesBack, long = false) => beijingAt((Math.floor(MADE / 60000) - minutesBack) * 60000, long);

// The answer that is awaited now, and when it is due [minutes after the page's moment].
function nextDue(event) {
  const found = event.case;
  if (!found || event.group !== "open") return null;
  if (["open", "dispatched", "on_scene"].includes(found.status)) return found.answer === null ? null : ["answer", found.answer];
  return found.status !== "closed" && found.status !== "cancelled" && found.result !== null ? ["result", found.result] : null;
}

function isOverdue(event) {
  const due = nextDue(event);
  return due !== null && due[0] === "answer" && due[1] - sinceMade() < 0;
}

function ageText(minutesBack) {
  const node = el("span", "age", "");
  node.dataset.back = minutesBack;
  tickOne(node);
  return node;
}

function dueText(event) {
  const due = nextDue(event);
  if (!due) return null;
  const node = el("span", "due", "");
  [node.dataset.what, node.dataset.due] = due;
  tickOne(node);
  return node;
}

function tickOne(node) {
  const live = sinceMade();
  if (node.dataset.back !== undefined) {
    node.textContent = ago(Number(node.dataset.back) + (shownBack() ? -shownBack() : live));
    return;
  }
  if (node.dataset.arrive !== undefined) {
    node.textContent = fill("arrives", { t: beijing(-live - node.dataset.arrive).slice(6) });
    return;
  }
  const left = node.dataset.due - live;
  node.classList.toggle("over", left < 0);
  node.classList.toggle("soon", left >= 0 && left < 30);
  node.textContent = fill(left < 0 ? "due_over" : "due_left", { what: W["due_" + node.dataset.what], t: hours(left) });
}

function tick() {
  for (const node of document.querySelectorAll("[data-back], [data-due], [data-arrive]")) tickOne(node);
  const overdue = document.querySelector(".count.overdue b");
  if (overdue) {
    const n = data.events.filter(isOverdue).length;
    overdue.textContent = String(n);
    overdue.parentNode.className = "count overdue " + (n ? "bad" : "zero");
  }
  markAge();
}

// A page left open must say so itself: its maker may have died.
function markAge() {
  const notice = document.getElementById("notice");
  const minutes = (Date.now() - CHECKED) / 60000, every = data.renewed_every_min;
  const isArchive = minutes > ARCHIVE_MIN, isOld = minutes > 2 * every && !isArchive;
  const isSlow = slowBy() > SLOW_CLOCK_MIN;
  notice.hidden = !(isOld || isArchive || isSlow);
  notice.className = isOld ? "old" : isSlow ? "slow" : "archive";
  notice.textContent = isOld ? fill("page_old", { age: ago(minutes).replace(/ ?ago$|前$/, ""), n: every })
    : isSlow ? fill("clock_slow", { n: Math.round(slowBy()) }) : `${W.page_archive} · ${data.generated}`;
  document.title = (isOld ? `⚠ ${W.page_old_short} ` : "") + T.title;
  document.body.classList.toggle("is-old", isOld);
}

function startClock() {
  tick();
  setInterval(tick, 15000);
  onChoice(tick);
}

// New since the page this viewer saw before; without one, first seen within the last hour.
function markNew() {
  const name = `seen-${data.city}-${data.edition}`;
  let before = null;
  try { before = JSON.parse(recall(name)); } catch (damaged) { before = null; }
  const ids = data.events.map((event) => event.id);
  let known = before && before.page === data.now ? before.known : before && before.ids;
  if (!Array.isArray(known)) known = null;
  const old = known && new Set(known);
  for (const event of data.events) event.isNew = old ? !old.has(event.id) : event.first <= 60;
  keep(name, JSON.stringify({ page: data.now, known, ids }));
}

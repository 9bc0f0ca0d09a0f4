// A newer page is shown by itself, when nobody is reading a card, typing or measuring.
const QUIET_S = 20;
const ONE_DAY_MIN = 1440;
let touched = 0;

function isBusy(map) {
  const typed = document.querySelector("#search input").value !== "";
  return document.hidden || measuring || typed || Date.now() - touched < QUIET_S * 1000 ||
    Boolean(map._popup && map._popup.isOpen());
}

// From a server: ask for the head of this very page, so that a dead server leaves it standing.
async function markOnServer() {
  try {
    const answer = await fetch(location.pathname + location.search, { method: "HEAD", cache: "no-store" });
    return answer.ok ? ["last-modified", "etag", "content-length"].map((name) => answer.headers.get(name)).join("|") : null;
  } catch (away) { return null; }
}

function watchForNewer(map) {
  for (const kind of ["pointerdown", "keydown", "wheel"]) window.addEventListener(kind, () => { touched = Date.now(); }, { passive: true });
  const isServed = location.protocol.startsWith("http");
  let first = null, isNewer = false, turns = 0;
  const look = async () => {
    if (isServed && !isNewer) {
      const mark = await markOnServer();
      if (first === null) first = mark;
      isNewer = mark !== null && mark !== first;
    } else if (!isServed) {
      // A folder cannot be asked: read it again each cycle, as long as the page is of this day.
      turns += 1;
      isNewer = turns >= data.renewed_every_min && (Date.now() - CHECKED) / 60000 < ONE_DAY_MIN;
    }
    if (isNewer && !isBusy(map)) location.reload();
  };
  if (isServed) look();
  setInterval(look, 60000);
}

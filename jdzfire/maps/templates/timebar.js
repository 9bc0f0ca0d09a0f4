// A slider over the last days: what was on the map at a moment. Verdicts are those of today.
const PLAY_MS = 140;

function spanHours() {
  const oldest = Math.max(0, ...data.hotspots.t.slice(0, 1), ...data.events.map((event) => event.first));
  return Math.min(30 * 24, Math.ceil(oldest / 60));
}

function fillTimebar(map) {
  const hoursBack = spanHours();
  if (hoursBack < 2) return;
  const slider = el("input", "");
  slider.type = "range";
  slider.min = -hoursBack;
  slider.max = 0;
  slider.step = 1;
  slider.setAttribute("aria-label", W.time_slider);
  const label = el("output", "", "");
  const toNow = button("now", W.time_now, () => choose({ at: "" }), W.time_now);
  const set = (hour) => choose({ at: hour >= 0 ? "" : new Date(MADE + hour * 3600000).toISOString().slice(0, 16) + "Z" });
  slider.addEventListener("input", () => { stop(); set(Number(slider.value)); });
  let playing = null;
  const stop = () => { clearInterval(playing); playing = null; play.classList.remove("on"); };
  const play = button("play", W.time_play, () => {
    if (playing) { stop(); return; }
    let hour = Number(slider.value) >= 0 ? -hoursBack : Number(slider.value);
    const pace = Math.max(1, Math.round(hoursBack / 120));
    play.classList.add("on");
    playing = setInterval(() => { hour += pace; set(hour); if (hour >= 0) stop(); }, PLAY_MS);
  }, icon("M8 5v14l11-7Z", 18));
  const bar = el("div", "timebar", play, slider, label, toNow);
  const show = () => {
    const back = shownBack();
    slider.value = -Math.round(back / 60);
    label.textContent = back ? fill("time_at", { at: beijing(back) }) : fill("time_latest", { n: Math.max(1, Math.round(hoursBack / 24)) });
    slider.setAttribute("aria-valuetext", label.textContent);
    toNow.hidden = !back;
    bar.classList.toggle("past", back > 0);
    bar.title = W.time_note;
    document.body.classList.toggle("is-past", back > 0);
  };
  onChoice(show);
  show();
  L.DomEvent.disableClickPropagation(bar);
  L.DomEvent.disableScrollPropagation(bar);
  bar.addEventListener("keydown", (event) => event.stopPropagation());
  map.getContainer().append(bar);
  document.body.classList.add("has-timebar");
}

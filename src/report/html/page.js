"use strict";
// The page shows everything without this: it only hides, marks and moves what is there.
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const one = (id) => document.getElementById(id);

  const root = document.documentElement;
  const theme = one("theme");
  if (theme) {
    const dark = () => root.dataset.theme
      ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    const name = () => { theme.textContent = dark() ? "Light" : "Dark"; };
    theme.addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; name(); });
    name();
    theme.hidden = false;
  }

  const map = one("map");
  if (!map) return;
  const nodes = all(".node", map);
  const edges = all(".edge", map);
  const panel = one("panel");
  const facts = all("[data-facts]", panel);
  const lanes = all(".lane");
  const rows = all("#steps tbody tr");
  const cards = all(".card[data-place]");
  let pinned = null;

  const near = (place) => {
    const set = new Set([place]);
    for (const edge of edges) {
      if (edge.dataset.from === place) set.add(edge.dataset.to);
      if (edge.dataset.to === place) set.add(edge.dataset.from);
    }
    return set;
  };
  const touches = (item, place) => item.dataset.from === place || item.dataset.to === place;
  // Numbers of one node; the rest steps back while it is pinned or pointed at.
  const show = (place, dim) => {
    for (const fact of facts) fact.hidden = fact.dataset.facts !== place;
    one("panel-hint").hidden = place !== null;
    const set = place === null ? null : near(place);
    const away = (item, yes) => item.classList.toggle("dim", dim && yes);
    for (const node of nodes) away(node, set !== null && !set.has(node.dataset.place));
    for (const edge of edges) away(edge, place !== null && !touches(edge, place));
  };
  const filter = (place) => {
    for (const lane of lanes) lane.classList.toggle("dim", place !== null && !near(place).has(lane.dataset.place));
    for (const row of rows) row.hidden = place !== null && row.dataset.step !== "0" && !touches(row, place);
    for (const card of cards) card.classList.toggle("dim", place !== null && card.dataset.place !== place);
  };
  const pin = (place) => {
    pinned = place;
    for (const node of nodes) node.setAttribute("aria-pressed", String(node.dataset.place === place));
    filter(place);
    show(place, true);
  };
  panel.hidden = false;
  for (const node of nodes) {
    const place = node.dataset.place;
    const point = () => { if (pinned === null) show(place, true); };
    const leave = () => { if (pinned === null) show(null, false); };
    node.addEventListener("pointerenter", point);
    node.addEventListener("pointerleave", leave);
    node.addEventListener("focus", () => { if (pinned === null) show(place, true); else show(pinned, true); });
    node.addEventListener("blur", leave);
    node.addEventListener("click", () => pin(pinned === place ? null : place));
    node.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        pin(pinned === place ? null : place);
      }
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && pinned !== null) pin(null);
  });

  const scrub = one("scrub");
  if (!scrub) return;
  const play = one("play");
  const told = one("told");
  const cursor = one("cursor");
  const places = (one("lanes")?.dataset.cursor ?? "").split(" ").map(Number);
  const last = Number(scrub.max);
  const sentence = (step) => {
    const row = rows.find((row) => Number(row.dataset.step) === step);
    if (!row) return "";
    return step === 0 ? row.querySelector("[data-told]").textContent : row.dataset.told;
  };
  // Everything up to this step has fallen, the step itself stands out.
  const go = (step) => {
    scrub.value = String(step);
    const text = `Step ${step} of ${last}. ${sentence(step)}`;
    scrub.setAttribute("aria-valuetext", text);
    told.textContent = text;
    for (const item of [...nodes, ...edges]) {
      if (item.dataset.step === undefined) continue;
      item.classList.toggle("fell", Number(item.dataset.step) <= step);
      item.classList.toggle("now", Number(item.dataset.step) === step);
    }
    for (const row of rows) {
      row.classList.toggle("now", Number(row.dataset.step) === step);
      row.classList.toggle("later", Number(row.dataset.step) > step);
    }
    const x = places[step];
    if (cursor && Number.isFinite(x)) {
      cursor.setAttribute("x1", x);
      cursor.setAttribute("x2", x);
      cursor.setAttribute("visibility", "visible");
    }
  };
  let timer = null;
  const stop = () => {
    clearInterval(timer);
    timer = null;
    play.textContent = "▶ Play";
    play.setAttribute("aria-pressed", "false");
  };
  play.addEventListener("click", () => {
    if (timer !== null) { stop(); return; }
    const from = Number(scrub.value);
    go(from >= last ? 0 : from);
    play.textContent = "❚❚ Pause";
    play.setAttribute("aria-pressed", "true");
    timer = setInterval(() => {
      const next = Number(scrub.value) + 1;
      if (next > last) stop(); else go(next);
    }, 1000);
  });
  scrub.addEventListener("input", () => { stop(); go(Number(scrub.value)); });
  for (const row of rows) row.addEventListener("click", () => { stop(); go(Number(row.dataset.step)); });
  told.textContent = `${last === 1 ? "The only step is" : `All ${last} steps are`} shown. Press Play, or move the slider.`;
  scrub.closest(".player").hidden = false;
})();

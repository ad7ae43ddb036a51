/* What an app's page says about itself: opening, drawing, ready, failed, interrupted, ended.
   Loaded in the head, before Voila's own bundle; it watches the page grow while it is streamed.
   A page that was made before shows stills, until what Voila's front end makes can take their place in one step. */
(() => {
  "use strict";

  const CONNECT_WITHIN = 45000; // ms from the end of the page to the first widget
  const LOOK_EVERY = 250; // ms
  const SIGN_EVERY = 3000; // ms; the service gives up a page from which it hears nothing for ten seconds
  const CALM_FOR = 250; // ms without a change, after which live widgets count as whole
  const LIVE = "#app-cells .jupyter-widgets:not(.app-still *)";
  let state = "starting";
  let changedAt = 0;
  let finishedAt = 0;
  let signedAt = 0;
  let isQueued = false;
  const openedAt = Date.now();
  const isAtRest = () => document.body.hasAttribute("data-at-rest");

  // Voila's bundle and theme plugin call these; our own states take their place.
  window.voila_heartbeat = () => {};
  window.update_loading_text = () => {};
  window.display_cells = () => {};

  const box = () => document.getElementById("app-state");

  function show(name, kind) {
    const element = box();
    if (!element || state === name) return;
    state = name;
    element.dataset.state = name;
    if (kind) element.dataset.kind = kind;
    else delete element.dataset.kind;
    const text = element.dataset[name];
    if (text) document.getElementById("app-state-text").textContent = text;
    const again = document.getElementById("app-again");
    again.hidden = !(kind === "error" || name === "ended" || name === "rest");
    again.href = location.href;
    const cells = document.getElementById("app-cells");
    if (cells) cells.inert = name === "ended" || name === "lost";
  }

  function hasFailed() {
    return document.querySelector("[data-datahall-failure]");
  }

  const stills = () => [...document.querySelectorAll("#app-cells .app-still")];

  function hasWidgets() {
    if (stills().length) return document.querySelector(LIVE) && areLive();
    return document.querySelector(LIVE) ||
      (finishedAt && document.querySelector("#app-cells .jp-OutputArea-output img"));
  }

  // Whether each still has its live output beside it, and nothing has moved for a moment.
  function areLive() {
    const whole = stills().every((still) => {
      const live = still.parentElement.querySelector(":scope > .jp-OutputArea-output, :scope > .lm-Widget");
      return live && live.childNodes.length;
    });
    return whole && changedAt && Date.now() - changedAt > CALM_FOR;
  }

  function removeStills() {
    for (const still of stills()) still.remove();
  }

  // ipywidgets gives a slider's handle no name, and an absent tooltip the text "null".
  function nameWidgets() {
    for (const label of document.querySelectorAll("#app-cells .widget-label")) {
      if (label.title === "null") label.removeAttribute("title");
      const widget = label.parentElement;
      for (const handle of widget.querySelectorAll("[role=slider], .widget-readout"))
        handle.setAttribute("aria-label", label.textContent);
      for (const readout of widget.querySelectorAll(".widget-readout")) readout.setAttribute("role", "textbox");
    }
  }

  function look() {
    const failure = hasFailed();
    if (document.getElementById("app-finished") && state !== "ready") giveSign();
    if (document.body && isAtRest()) return show("rest", "warning");
    if (failure) return show(failure.dataset.datahallFailure, "error");
    if (state === "ready" || state === "lost" || state === "ended") return undefined;
    if (hasWidgets()) {
      nameWidgets();
      removeStills();
      return show("ready");
    }
    if (finishedAt && Date.now() - finishedAt > CONNECT_WITHIN) return show("unconnected", "error");
    if (finishedAt && isQueued && Date.now() - openedAt > 8000) return show("waiting");
    if (finishedAt) return show(stills().length ? "joining" : "connecting");
    if (document.getElementById("jupyter-config-data")) return show("running");
    if (performance.now() > 4000) return show("waiting");
    return undefined;
  }

  // While Voila's bundles still load: somebody is here, and a socket will come.
  function giveSign() {
    if (state === "ended" || isAtRest() || Date.now() - signedAt < SIGN_EVERY) return;
    signedAt = Date.now();
    const data = document.getElementById("jupyter-config-data");
    if (!data) return;
    const { baseUrl, kernelId } = JSON.parse(data.textContent);
    fetch(`${baseUrl}api/kernels/${kernelId}`, { cache: "no-store" })
      .then((answer) => (answer.status === 404 ? show("ended", "warning") : answer.json()))
      .then((visit) => {
        isQueued = Boolean(visit && visit.starting);
        if (isQueued) finishedAt = Date.now(); // it has not been kept waiting by its own page
      })
      .catch(() => {});
  }

  document.addEventListener("DOMContentLoaded", () => {
    finishedAt = Date.now();
    const cells = document.getElementById("app-cells");
    const changes = new MutationObserver((seen) => {
      if (seen.some((each) => !each.target.closest?.(".app-still"))) changedAt = Date.now();
    });
    if (cells) changes.observe(cells, { childList: true, subtree: true, attributes: true });
    // A page that was cut off while it was streamed has no end.
    if (!document.getElementById("app-finished") && !hasFailed()) show("failed", "error");
  });
  const looking = setInterval(() => {
    look();
    if (state === "ready" || state === "rest" || hasFailed()) clearInterval(looking);
  }, LOOK_EVERY);

  // The kernel ends when nobody uses the app; Voila's front end only tries again and again to connect.
  const NativeSocket = window.WebSocket;
  window.WebSocket = class extends NativeSocket {
    constructor(...given) {
      super(...given);
      this.addEventListener("open", () => {
        if (state === "lost") show("ready");
      });
      this.addEventListener("close", () => {
        if (!leaving) findWhy(new URL(this.url, location.href));
      });
    }
  };

  let leaving = false;
  window.addEventListener("pagehide", () => {
    leaving = true;
  });
  // Back from the browser's memory of pages: the visit ended when the page was left.
  window.addEventListener("pageshow", (event) => {
    leaving = false;
    if (event.persisted) location.reload();
  });

  async function findWhy(socketUrl) {
    const visit = socketUrl.pathname.replace(/\/channels$/, "");
    try {
      const answer = await fetch(visit, { cache: "no-store" });
      if (answer.status === 404) show("ended", "warning");
      else if (state === "ready") show("lost", "warning");
    } catch {
      show("lost", "warning");
    }
  }
})();

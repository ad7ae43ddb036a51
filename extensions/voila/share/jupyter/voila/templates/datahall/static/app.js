/* What an app's page says about itself: opening, drawing, ready, failed, interrupted, ended.
   Loaded in the head, before Voila's own bundle; it watches the page grow while it is streamed.
   A page that was made before shows stills, until what Voila's front end makes can take their place in one step;
   it asks for a kernel itself, and says which place in the line it has. */
(() => {
  "use strict";

  const CONNECT_WITHIN = 45000; // ms from the end of the page to the first widget
  const LOOK_EVERY = 250; // ms
  const SIGN_EVERY = 3000; // ms; the service gives up a page from which it hears nothing for ten seconds
  const SIGN_SOON = 500; // ms between two signs while the kernel is being made
  const ASK_EVERY = 1000; // ms between two questions to a service that is away
  const SPREAD = 2000; // ms in which the pages of a service that has come back are loaded anew
  const LARGEST = 1048576; // bytes of what is sent at once; the service closes the socket of whoever sends more
  const HEADS = 10000; // bytes that a message has besides a file
  const TOLD_FOR = 10000; // ms
  const CALM_FOR = 250; // ms without a change, after which live widgets count as whole
  const CALM_AT_MOST = 1500; // ms after which they do although something moves on: a clock, a thread
  const LIVE = "#app-cells .jupyter-widgets:not(.app-still *)";
  const TO_COME = '#app-cells script[type="application/vnd.voila.cell-output+json"]';
  let state = "starting";
  let changedAt = 0;
  let wholeAt = 0;
  let hasViews = true; // whether outputs of the page are widgets; many are pictures, tables or words alone
  let finishedAt = 0;
  let signedAt = 0;
  let signEvery = 0; // the first at once
  let isAsking = false;
  let hasLost = false;
  let ticket = ""; // for the next socket; each opens one
  let hasAnswer;
  const answered = new Promise((resolve) => {
    hasAnswer = resolve;
  });
  let wasReady = false;
  const openedAt = Date.now();

  // Voila's bundle and theme plugin call these; our own states take their place.
  window.voila_heartbeat = () => {};
  window.update_loading_text = () => {};
  window.display_cells = () => {};

  const box = () => document.getElementById("app-state");

  function show(name, kind) {
    const element = box();
    if (!element || state === name) return undefined;
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
    document.getElementById("app-browse").hidden = !["queued", "rest"].includes(name);
    return undefined;
  }

  function showPlace(place) {
    show("queued");
    const text = box().dataset.queued.replace("{place}", place);
    const shown = document.getElementById("app-state-text");
    if (shown.textContent !== text) shown.textContent = text;
  }

  function hasFailed() {
    return document.querySelector("[data-datahall-failure]");
  }

  const stills = () => [...document.querySelectorAll("#app-cells .app-still")];

  function hasWidgets() {
    const isDone = !hasViews && !document.getElementById("app-front-end") && !document.querySelector(TO_COME);
    const isThere = document.querySelector(LIVE) || isDone;
    if (stills().length) return isThere && areLive();
    return document.querySelector(LIVE) ||
      (finishedAt && (isThere || document.querySelector("#app-cells .jp-OutputArea-output img")));
  }

  // Whether each still has its live output beside it, and nothing has moved for a moment.
  function areLive() {
    const whole = stills().every((still) => {
      const live = still.parentElement.querySelector(":scope > .jp-OutputArea-output, :scope > .lm-Widget");
      return live && live.childNodes.length;
    });
    if (!whole) return false;
    wholeAt ||= Date.now();
    return Date.now() - wholeAt > CALM_AT_MOST || (changedAt && Date.now() - changedAt > CALM_FOR);
  }

  function removeStills() {
    if (stills().length) document.body.classList.add("app-was-still"); // the line of the state keeps its room
    for (const still of stills()) still.remove();
  }

  // ipywidgets gives a slider's handle no name, and an absent tooltip the text "null".
  function nameWidgets() {
    for (const label of document.querySelectorAll("#app-cells .widget-label:not(.jupyter-widgets)")) {
      if (label.title === "null") label.removeAttribute("title");
      const widget = label.parentElement;
      for (const handle of widget.querySelectorAll("[role=slider], .widget-readout"))
        handle.setAttribute("aria-label", label.textContent);
      for (const readout of widget.querySelectorAll(".widget-readout")) readout.setAttribute("role", "textbox");
    }
  }

  const OVER = ["ready", "lost", "ended", "rest", "queued"];

  function look() {
    const failure = hasFailed();
    if (document.getElementById("app-finished") && state !== "ready") giveSign();
    if (failure) return show(failure.dataset.datahallFailure, "error");
    if (OVER.includes(state)) return undefined;
    if (hasWidgets()) {
      nameWidgets();
      removeStills();
      wasReady = true;
      return show("ready");
    }
    if (finishedAt && Date.now() - finishedAt > CONNECT_WITHIN) return show("unconnected", "error");
    if (finishedAt) return show(stills().length ? "joining" : "connecting");
    if (document.getElementById("jupyter-config-data")) return show("running");
    if (performance.now() > 4000) return show("waiting");
    return undefined;
  }

  // Somebody is here, and a socket will come. By its first sign a page that was made before asks for its kernel.
  function giveSign() {
    const isOver = ["ended", "rest", "slow", "failed"].includes(state) || hasFailed();
    if (isOver || isAsking || Date.now() - signedAt < signEvery) return;
    const data = document.getElementById("jupyter-config-data");
    if (!data) return;
    signedAt = Date.now();
    signEvery = SIGN_EVERY;
    isAsking = true;
    const { baseUrl, kernelId } = JSON.parse(data.textContent);
    askVisit(`${baseUrl}api/kernels/${kernelId}`)
      .then(follow)
      .catch(() => lose())
      .finally(() => {
        isAsking = false;
        hasAnswer();
      });
  }

  async function readVisit(answer) {
    const visit = await answer.json();
    ticket = visit.ticket ?? "";
    return visit;
  }

  async function follow(answer) {
    if (answer.status === 404) return end();
    if (!answer.ok) return lose();
    const visit = await readVisit(answer);
    if (visit.step === "failed" || visit.step === "slow") return show(visit.step, "error");
    if (visit.step === "full") return show("rest", "warning");
    if (visit.step === "waiting") {
      signEvery = ASK_EVERY;
      return showPlace(visit.place);
    }
    loadFrontEnd();
    if (visit.step === "starting") {
      signEvery = SIGN_SOON;
      finishedAt = Date.now(); // it has not been kept waiting by its own page
    }
    if (state === "queued" || (state === "lost" && !wasReady)) show("joining");
    return undefined;
  }

  // A page that was made before loads Voila's front end when there is, or soon will be, a kernel for it.
  function loadFrontEnd() {
    const link = document.getElementById("app-front-end");
    if (!link) return;
    const script = document.createElement("script");
    script.src = link.href;
    link.remove();
    document.body.append(script);
  }

  // Voila's front end begins at the window's "load", which has often passed when it is loaded itself. It opens a socket
  // then, for which the answer to the page's first sign holds the ticket.
  const listen = window.addEventListener.bind(window);
  window.addEventListener = (kind, listener, ...given) => {
    const begin = () => answered.then(() => setTimeout(listener));
    if (kind === "load" && document.readyState === "complete") begin();
    else listen(kind, kind === "load" ? begin : listener, ...given);
  };

  // Of a page with a cell that failed the others are drawn, too: Voila's front end gets its ticket.
  /* A person's own server, where this page is a preview, wants the word of its cookie repeated; the apps service has none. */
  function askVisit(address) {
    return fetch(address, { cache: "no-store", headers: readWord() });
  }

  function readWord() {
    try {
      const word = /(?:^|; )_xsrf=([^;]*)/.exec(document.cookie)?.[1];
      return word ? { "X-XSRFToken": word } : {};
    } catch {
      return {}; // a page with an origin of its own may not read cookies
    }
  }

  function askOnce() {
    const data = document.getElementById("jupyter-config-data");
    if (!data) return hasAnswer();
    const { baseUrl, kernelId } = JSON.parse(data.textContent);
    return askVisit(`${baseUrl}api/kernels/${kernelId}`)
      .then((answer) => answer.ok && readVisit(answer))
      .catch(() => {})
      .finally(hasAnswer);
  }

  function lose() {
    hasLost = true;
    signEvery = ASK_EVERY;
    if (state !== "ended") show("lost", "warning");
  }

  // A visit that is over because the service was away begins anew by itself; others when somebody asks for it.
  function end() {
    if (hasLost) setTimeout(() => location.reload(), Math.random() * SPREAD);
    else show("ended", "warning");
  }

  document.addEventListener("DOMContentLoaded", () => {
    finishedAt = Date.now();
    if (hasFailed()) askOnce();
    hasViews = [...document.querySelectorAll(TO_COME)].some((each) => each.textContent.includes("widget-view+json"));
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
    if (state === "ready" || hasFailed()) clearInterval(looking);
  }, LOOK_EVERY);

  function tellItIsTooLarge() {
    if (state !== "ready") return;
    show("toolarge", "warning");
    setTimeout(() => state === "toolarge" && show("ready"), TOLD_FOR);
  }

  // An upload that is too large is not even read: a widget whose message is not sent would wait for its answer.
  const readFile = FileReader.prototype.readAsArrayBuffer;
  FileReader.prototype.readAsArrayBuffer = function read(file) {
    return file.size > LARGEST - HEADS ? tellItIsTooLarge() : readFile.call(this, file);
  };

  function addTicket(address) {
    const url = new URL(address, location.href);
    if (ticket && url.pathname.endsWith("/channels")) url.searchParams.set("ticket", ticket);
    ticket = "";
    return url.href;
  }

  // The kernel ends when nobody uses the app; Voila's front end only tries again and again to connect.
  const NativeSocket = window.WebSocket;
  window.WebSocket = class extends NativeSocket {
    constructor(address, ...given) {
      super(addTicket(address), ...given);
      this.addEventListener("open", () => {
        if (state === "lost") show("ready");
      });
      this.addEventListener("close", () => {
        if (!leaving) findWhy(new URL(this.url, location.href));
      });
    }

    send(data) {
      const size = typeof data === "string" ? new Blob([data]).size : (data.byteLength ?? data.size);
      return size > LARGEST ? tellItIsTooLarge() : super.send(data);
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
      const answer = await askVisit(visit);
      if (answer.status === 404) return end();
      if (answer.ok) await readVisit(answer);
      if (answer.ok && !["ready", "toolarge"].includes(state)) return undefined;
    } catch {
      // away altogether
    }
    if (["ready", "lost", "toolarge"].includes(state)) {
      lose();
      setTimeout(() => state === "lost" && findWhy(socketUrl), ASK_EVERY);
    }
    return undefined;
  }
})();

// What pages do more where scripts run; every page works without.
"use strict";

const copyButtons = () => {
  for (const button of document.querySelectorAll("button[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const text = document.getElementById(button.dataset.copy).textContent.trim();
      await navigator.clipboard.writeText(text);
      const label = button.textContent;
      button.textContent = button.dataset.done;
      setTimeout(() => { button.textContent = label; }, 2000);
    });
  }
};

// A dataset that is on its way: ask for its state, and show the page anew when that has changed.
const watchArrival = () => {
  const element = document.querySelector("[data-arrival]");
  if (!element) return;
  let pause = 2000;
  const ask = async () => {
    try {
      const answer = await fetch(element.dataset.arrival, { headers: { Accept: "application/json" } });
      if (answer.ok && (await answer.json()).status !== element.dataset.status) {
        location.reload();
        return;
      }
    } catch { /* the hall is away for a moment; ask again */ }
    pause = Math.min(pause * 1.3, 15000);
    setTimeout(ask, pause);
  };
  setTimeout(ask, pause);
};

// Data that arrives: show the newest values again and again, while somebody looks and reads nothing in the table.
const watchLive = () => {
  const pause = Number(document.querySelector("[data-live]")?.dataset.live) * 1000;
  if (!pause) return;
  setInterval(async () => {
    const shown = document.getElementById("live");
    if (document.hidden || shown.contains(document.activeElement)) return;
    try {
      const answer = await fetch(location.href);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("live");
      if (answer.ok && fresh) shown.replaceWith(document.adoptNode(fresh));
    } catch { /* the hall is away for a moment; ask again */ }
  }, pause);
};

// The hub knows this browser, the hall does not yet: sign in behind the page, once, without asking anybody.
const joinHubSession = async () => {
  const element = document.querySelector("[data-sign-in]");
  if (!element) {
    sessionStorage.removeItem("datahall-asked-hub");
    return;
  }
  if (sessionStorage.getItem("datahall-asked-hub")) return;
  sessionStorage.setItem("datahall-asked-hub", "1");
  const answer = await fetch(element.dataset.signIn);
  if (answer.ok && new URL(answer.url).pathname === element.dataset.done) location.reload();
};

// Chinese headings break between words, not inside them: the browser knows the words, the style sheet cannot.
const breakBetweenWords = () => {
  if (!document.documentElement.lang.startsWith("zh") || !Intl.Segmenter) return;
  const words = new Intl.Segmenter("zh", { granularity: "word" });
  for (const heading of document.querySelectorAll("h1, h2, h3")) {
    const texts = document.createTreeWalker(heading, NodeFilter.SHOW_TEXT);
    const found = [];
    while (texts.nextNode()) found.push(texts.currentNode);
    for (const text of found) {
      const parts = [...words.segment(text.data)].flatMap(({ segment, isWordLike }, place) =>
        place && isWordLike ? [document.createElement("wbr"), segment] : [segment]);
      text.replaceWith(...parts);
    }
    heading.classList.add("phrased");
  }
};

// On a phone the facets would push the results off the screen.
for (const details of document.querySelectorAll("[data-narrow]")) {
  details.open = !matchMedia("(max-width: 48rem)").matches;
}
breakBetweenWords();
copyButtons();
watchArrival();
watchLive();
joinHubSession().catch(() => {});

// What pages do more where scripts run; every page works without.
"use strict";

const copyButtons = () => {
  for (const button of document.querySelectorAll("button[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const source = document.getElementById(button.dataset.copy);
      const text = (source.value ?? source.textContent).trim();
      await navigator.clipboard.writeText(text);
      const label = button.textContent;
      button.textContent = button.dataset.done;
      setTimeout(() => { button.textContent = label; }, 2000);
    });
  }
};

// Files are sent behind the page: where something is wrong with them, they are still chosen, and what is wrong stands
// beside the button.
const sendFiles = () => {
  const form = document.querySelector("form[data-submit-files]");
  if (!form) return;
  const place = form.querySelector("[data-problem]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button:not([type='button'])");
    const files = [...form.querySelectorAll("input[type='file']")].flatMap((input) => [...input.files]);
    place.className = "notice error";
    if (files.reduce((sum, file) => sum + file.size, 0) > Number(place.dataset.most)) {
      place.textContent = place.dataset.tooLarge;
      return;
    }
    place.className = "";
    place.replaceChildren();
    button.disabled = true;
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
      if (answer.redirected) {
        location.assign(answer.url);
        return;
      }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const told = page.getElementById("problem") ?? page.querySelector("main");
      place.replaceChildren(...[...told.childNodes].map((node) => document.adoptNode(node)));
    } catch {
      place.textContent = place.dataset.problem;  // the hall is away, or a file has changed since it was chosen
    }
    place.className = "notice error";
    button.disabled = false;
  });
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

// What is planned is planned where the person is, as far as the browser knows.
const tellTimeZone = () => {
  for (const input of document.querySelectorAll("input[data-time-zone]")) {
    input.value = Intl.DateTimeFormat().resolvedOptions().timeZone || input.value;
  }
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

// Suggestions while typing: a list below the field, as the ARIA pattern "combobox" has it. Nothing is asked for, and no key
// is taken, while an input method composes characters.
const suggestWhileTyping = (input) => {
  const list = document.createElement("ul");
  const status = document.createElement("span");
  list.id = `${input.id}-suggestions`;
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.dataset.list);
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  input.after(list, status);
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id,
  })) input.setAttribute(name, value);
  let composing = false, typed = "", chosen = -1, asked = 0, pause = 0;

  // An answer that was asked for before may not open the list again, nor change it under the reader's choice.
  const stopAsking = () => {
    clearTimeout(pause);
    asked += 1;
  };
  const close = () => {
    stopAsking();
    list.hidden = true;
    chosen = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const choose = (place) => {
    stopAsking();
    const options = [...list.children];
    chosen = (place + options.length + 1) % (options.length + 1);
    options.forEach((option, index) => option.setAttribute("aria-selected", String(index === chosen)));
    const option = options[chosen];
    input.value = option ? option.dataset.text : typed;
    if (option) input.setAttribute("aria-activedescendant", option.id);
    else input.removeAttribute("aria-activedescendant");
  };
  const open = (option) => {
    if (option.dataset.address) location.assign(option.dataset.address);
    else {
      input.value = option.dataset.text;
      input.form.requestSubmit();
    }
  };
  const show = (suggestions) => {
    list.replaceChildren(...suggestions.map(({ text, id }, index) => {
      const option = document.createElement("li");
      option.id = `${list.id}-${index}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.textContent = text;
      option.dataset.text = text;
      if (id) {
        option.dataset.address = input.dataset.dataset + id.split("/").map(encodeURIComponent).join("/");
        option.className = "dataset";
      }
      option.addEventListener("pointerdown", (event) => event.preventDefault());
      option.addEventListener("click", () => open(option));
      return option;
    }));
    chosen = -1;
    list.hidden = suggestions.length === 0;
    input.setAttribute("aria-expanded", String(!list.hidden));
    input.removeAttribute("aria-activedescendant");
    status.textContent = list.hidden ? ""
      : suggestions.length === 1 ? input.dataset.one : input.dataset.many.replace("%", suggestions.length);
  };
  const ask = async () => {
    const number = ++asked;
    if (!typed.trim()) {
      close();
      return;
    }
    const address = `${input.dataset.suggest}&q=${encodeURIComponent(typed)}`;
    const answer = await fetch(address).catch(() => null);  // a search works without suggestions
    if (!answer?.ok) return;
    const { results } = await answer.json();
    if (number === asked && document.activeElement === input) show(results);
  };
  input.addEventListener("compositionstart", () => { composing = true; });
  const wait = () => {
    typed = input.value;
    stopAsking();
    pause = setTimeout(ask, 120);
  };
  input.addEventListener("compositionend", () => {
    composing = false;
    wait();
  });
  input.addEventListener("input", () => {
    if (!composing) wait();
  });
  input.addEventListener("keydown", (event) => {
    if (composing || event.isComposing || event.keyCode === 229) return;  // 229: the key belongs to the input method
    const isOpen = !list.hidden;
    if (isOpen && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      choose(event.key === "ArrowDown" ? chosen + 1 : chosen === -1 ? list.children.length - 1 : chosen - 1);
    } else if (isOpen && event.key === "Escape") {
      event.preventDefault();
      input.value = typed;
      close();
    } else if (isOpen && event.key === "Enter" && chosen >= 0 && list.children[chosen]) {
      event.preventDefault();
      open(list.children[chosen]);
    }
  });
  input.addEventListener("blur", close);
};

// On a phone the facets would push the results off the screen.
for (const details of document.querySelectorAll("[data-narrow]")) {
  details.open = !matchMedia("(max-width: 48rem)").matches;
}
for (const input of document.querySelectorAll("[data-suggest]")) suggestWhileTyping(input);
breakBetweenWords();
copyButtons();
sendFiles();
watchArrival();
watchLive();
tellTimeZone();
joinHubSession().catch(() => {});

/* The page of an app has an origin of its own, in which a browser keeps nothing: reading cookies or storage
   throws. Voila's front end expects some; this gives it what lasts as long as the page. Loaded first. */
(() => {
  "use strict";

  class PageStorage {
    #kept = new Map();
    get length() {
      return this.#kept.size;
    }
    key(index) {
      return [...this.#kept.keys()][index] ?? null;
    }
    getItem(name) {
      return this.#kept.get(String(name)) ?? null;
    }
    setItem(name, value) {
      this.#kept.set(String(name), String(value));
    }
    removeItem(name) {
      this.#kept.delete(String(name));
    }
    clear() {
      this.#kept.clear();
    }
  }

  function replaceWhereItThrows(object, name, description) {
    try {
      void object[name];
    } catch {
      Object.defineProperty(object, name, { configurable: true, ...description });
    }
  }

  for (const name of ["localStorage", "sessionStorage"])
    replaceWhereItThrows(window, name, { value: new PageStorage() });
  replaceWhereItThrows(document, "cookie", { get: () => "", set: () => {} });
})();

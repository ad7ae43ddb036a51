/* A phone has a workspace of its own in the Lab, so that it never rearranges the one of a desk, and there the
   sidebar starts closed. Written as the Lab loads it (a module federation container), so nothing is built. */
(() => {
  "use strict";

  const NARROW = "(max-width: 48rem)";
  const WORKSPACE = "phone";

  // The address of the same page in the phone's workspace, or null where it is shown in one that was chosen.
  function findPhoneAddress() {
    const page = JSON.parse(document.getElementById("jupyter-config-data").textContent);
    const lab = `${page.baseUrl}lab`;
    const rest = location.pathname.slice(lab.length);
    if (!location.pathname.startsWith(lab) || rest.startsWith("/workspaces/")) return null;
    return `${lab}/workspaces/${WORKSPACE}${rest}${location.search}${location.hash}`;
  }

  // All menus fit, side by side; Chinese words would break anywhere, below the bar.
  function keepMenusOnOneLine() {
    const style = document.createElement("style");
    style.textContent = ".lm-MenuBar-item { padding-inline: 6px; } .lm-MenuBar-itemLabel { white-space: nowrap; }";
    document.head.append(style);
  }

  const plugin = {
    id: "@datahall/narrow-screen:plugin",
    autoStart: true,
    activate(app) {
      if (!matchMedia(NARROW).matches) return;
      keepMenusOnOneLine();
      const address = findPhoneAddress();
      if (address) location.replace(address);
      else app.restored.then(() => app.shell.collapseLeft());
    },
  };

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB["@datahall/narrow-screen"] = {
    init() {},
    get: async () => () => ({ __esModule: true, default: plugin }),
  };
})();

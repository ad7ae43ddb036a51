/* What a person uses of memory, processor and disk, in the status bar; a phone has room for the memory alone.
   Written as the Lab loads it (a module federation container), so nothing is built. */
(() => {
  "use strict";

  const ID = "@datahall/resource-use:plugin";
  const NARROW = matchMedia("(max-width: 48rem)");
  const ASK_EVERY = 5000; // milliseconds; the hall measures about as often
  const GIGABYTE = 1e9;
  const WORDS = {
    en: { use: "What you use", memory: "Memory", cpu: "CPU", disk: "Disk", full: "nearly full" },
    zh: { use: "您的资源用量", memory: "内存", cpu: "CPU", disk: "磁盘", full: "即将用尽" },
  };

  // The Lab writes the language of its menus there before it starts extensions.
  const words = () => WORDS[document.documentElement.lang.startsWith("zh") ? "zh" : "en"];

  function describeSize(used, limit) {
    const size = (bytes) => (bytes / GIGABYTE).toFixed(bytes < 10 * GIGABYTE ? 2 : 0);
    return limit ? `${size(used)} / ${size(limit)} GB` : `${size(used)} GB`;
  }

  // Each part of what is shown: its text, and whether there is not much left of it.
  function describe(use) {
    const { memory, cpu, disk } = words();
    const parts = [{ text: `${memory} ${describeSize(use.memory ?? 0, use.memory_limit)}`, isNear: use.is_memory_near }];
    if (use.cpu_share != null) parts.push({ text: `${cpu} ${Math.round(100 * use.cpu_share)} %` });
    if (use.disk != null) parts.push({ text: `${disk} ${describeSize(use.disk, use.disk_limit)}`, isNear: use.is_disk_near });
    return parts;
  }

  function show(node, use) {
    const shown = describe(use).filter(({ isNear }, index) => index === 0 || isNear || !NARROW.matches);
    node.replaceChildren(...shown.flatMap(({ text, isNear }, index) => {
      const part = document.createElement("span");
      part.textContent = isNear ? `⚠ ${text} (${words().full})` : text;
      part.style.fontWeight = isNear ? "bold" : "";
      return index ? [" · ", part] : [part];
    }));
  }

  async function watch(node, request) {
    let use = null;
    const ask = async () => {
      if (document.hidden) return;
      const answer = await request().catch(() => null); // the server is away: what was known stays
      if (!answer?.ok) return;
      use = await answer.json();
      show(node, use);
    };
    NARROW.addEventListener("change", () => use && show(node, use));
    document.addEventListener("visibilitychange", ask);
    setInterval(ask, ASK_EVERY);
    await ask();
  }

  const makePlugin = ({ Widget, IStatusBar, ServerConnection }) => ({
    id: ID,
    autoStart: true,
    requires: [IStatusBar],
    activate(app, statusBar) {
      const item = new Widget();
      item.node.setAttribute("role", "group");
      item.node.setAttribute("aria-label", words().use);
      item.node.title = words().use;
      item.addClass("jp-StatusBar-TextItem");
      statusBar.registerStatusItem(ID, { item, align: "left", rank: 100, priority: 1 });
      const settings = app.serviceManager.serverSettings;
      watch(item.node, () => ServerConnection.makeRequest(`${settings.baseUrl}datahall/use`, {}, settings));
    },
  });

  let shared = {};

  // Take one of the Lab's own modules, of which there is one version.
  async function take(name) {
    const [version] = Object.values(shared[name]);
    return (await version.get())();
  }

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB["@datahall/resource-use"] = {
    init(scope) {
      shared = scope;
    },
    async get() {
      const names = ["@lumino/widgets", "@jupyterlab/statusbar", "@jupyterlab/services"];
      const plugin = makePlugin(Object.assign({}, ...(await Promise.all(names.map(take)))));
      return () => ({ __esModule: true, default: plugin });
    },
  };
})();

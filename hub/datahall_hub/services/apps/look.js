/* Looks at an app's page at rest, in a world of its own that nothing in the page can reach; axe-core is there already.
   What the hall's own template shows is left out: it is no author's. The first of these are always the hall's, since
   they stand before anything of an app, and the last footer is, since it stands after. */
(() => {
  /* Elements of some kinds stand in for properties of the document, or of their form, by their names: `<img
     name="documentElement">`. Such names are of no use to anybody on a page at rest, and neither are forms. */
  const unname = () => {
    const findAll = Document.prototype.querySelectorAll.bind(document);
    const { get: firstOf } = Object.getOwnPropertyDescriptor(Node.prototype, "firstChild");
    findAll("form").forEach((form) => {
      const box = Document.prototype.createElement.call(document, "div");
      for (let each = firstOf.call(form); each; each = firstOf.call(form)) box.appendChild(each);
      Element.prototype.replaceWith.call(form, box);
    });
    findAll(":is(img, embed, object, iframe)[name]").forEach((each) => each.removeAttribute("name"));
    findAll(":is(embed, object, iframe)[id]").forEach((each) => each.removeAttribute("id"));
  };
  unname();

  const first = (selector) => document.querySelector(selector);
  const own = ["body > .skip-link", "body > header.site", ".app-title", "#app-state"].map(first);
  const footers = document.querySelectorAll("footer.site");
  own.push(footers[footers.length - 1]);
  const ours = own.filter(Boolean);

  /* What can be folded out is looked at, too. A still stands for a widget that can be moved, which names its control by
     its description. */
  const quicken = () => {
    document.querySelectorAll("details").forEach((each) => {
      each.removeAttribute("name");
      each.open = true;
    });
    document.querySelectorAll("[inert]").forEach((each) => each.removeAttribute("inert"));
    document.querySelectorAll(".app-still .jupyter-widgets > .widget-label").forEach((label) => {
      const control = label.parentElement.querySelector(":scope > :is(input, select, textarea)");
      if (control && label.textContent.trim()) control.setAttribute("aria-label", label.textContent.trim());
    });
  };

  const findCell = (element) => {
    let found = 0;
    for (let each = element; each; each = each.parentElement) {
      const number = Number(each.getAttribute("cell-index"));
      if (Number.isInteger(number) && number > 0) found = number;
    }
    return found;
  };

  const cut = (text) => String(text).slice(0, 200);

  return {
    async look() {
      quicken();
      const seen = await axe.run(
        { include: [document.documentElement], exclude: ours },
        { resultTypes: ["violations"], elementRef: true, iframes: false, preload: false },
      );
      const groups = new Map();
      for (const { id, impact, help, nodes } of seen.violations) {
        for (const node of nodes) {
          const cell = findCell(node.element);
          const name = `${id} ${node.impact || impact} ${cell}`;
          const group = groups.get(name) ||
            { rule: cut(id), impact: node.impact || impact, help: cut(help), cell, count: 0, example: cut(node.html) };
          group.count += 1;
          groups.set(name, group);
        }
      }
      return { address: location.href, axe: axe.version, violations: [...groups.values()].slice(0, 200) };
    },
    /* A picture of an app shows the app. */
    bare() {
      ours.filter((each) => !each.matches(".app-title")).forEach((each) => each.style.setProperty("display", "none", "important"));
      scrollTo(0, 0);
      return location.href;
    },
  };
})()

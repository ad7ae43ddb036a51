/** What JupyterLab's modules need of a browser when they are loaded, and jsdom has not; import it before them. */

// Web components of toolbars and forms, which nothing here shows; Jest cannot read how they are packed.
const nothing = (): void => undefined;
jest.mock('@jupyter/react-components', () => ({}));
jest.mock('@jupyter/web-components', () => ({
  addJupyterLabThemeChangeListener: nothing,
  jpButton: nothing,
  jpToolbar: nothing,
  provideJupyterDesignSystem: () => ({ register: nothing })
}));

class Observer {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}

Object.assign(globalThis, {
  DragEvent: class extends MouseEvent {},
  IntersectionObserver: Observer,
  ResizeObserver: Observer
});
Element.prototype.scrollTo = nothing;
Element.prototype.scrollIntoView = nothing;

export {};

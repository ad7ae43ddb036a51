/** Spares the browser style sheets that are written again as they are. */

/**
 * Leave out the writing of a style element's text where it has that text already.
 *
 * CodeMirror writes all its rules into one element again for each new editor, and the browser then computes the style of
 * every editor anew, although nothing is changed. What an element's text is, and who may change it, stays as it was.
 */
export function keepSameStyles(): void {
  const { get, set, ...rest } = Object.getOwnPropertyDescriptor(Node.prototype, 'textContent') ?? {};
  if (get === undefined || set === undefined || Object.hasOwn(HTMLStyleElement.prototype, 'textContent')) {
    return;
  }
  Object.defineProperty(HTMLStyleElement.prototype, 'textContent', {
    ...rest,
    get,
    set(this: HTMLStyleElement, text: string | null) {
      if (get.call(this) !== text) {
        set.call(this, text);
      }
    }
  });
}

/** Style sheets that are written again as they are. */

import { keepSameStyles } from '../notebook/same_styles';

describe('keepSameStyles', () => {
  let style: HTMLStyleElement;
  let watch: MutationObserver;

  beforeAll(() => {
    keepSameStyles();
    keepSameStyles(); // a second time changes nothing
  });

  beforeEach(() => {
    style = document.head.appendChild(document.createElement('style'));
    style.textContent = '.a { color: red; }';
    watch = new MutationObserver(() => undefined);
    watch.observe(style, { childList: true, characterData: true, subtree: true });
  });

  afterEach(() => {
    watch.disconnect();
    style.remove();
  });

  it('leaves out the same text', () => {
    style.textContent = '.a { color: red; }';

    expect(watch.takeRecords()).toEqual([]);
    expect(style.textContent).toBe('.a { color: red; }');
  });

  it.each(['.a { color: blue; }', '', null])('writes another text: %p', text => {
    style.textContent = text;

    expect(watch.takeRecords().length).toBeGreaterThan(0);
    expect(style.textContent).toBe(text ?? '');
  });

  it('leaves other elements as they are', () => {
    const line = document.createElement('p');
    line.textContent = 'same';
    watch.observe(line, { childList: true });

    line.textContent = 'same';

    expect(watch.takeRecords()).toHaveLength(1);
  });
});

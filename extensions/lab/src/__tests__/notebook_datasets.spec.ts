import { mergeUses, MOST_USES, parseKernelAnswer, readUses } from '../lineage/notebook_datasets';

const RAIN = { id: 'weather/rain', version: '2024-01-01.0123abcd' };
const NILE = { id: 'resources/nile-flow', version: '2023-12-31.89efed21' };

describe('what a notebook notes', () => {
  it('is a list of ids and versions, and of nothing else', () => {
    const odd = [{ id: 'x"); import os #', version: RAIN.version }, { id: RAIN.id, version: 'newest' }, null, 'text'];
    expect(readUses({ used: [RAIN, ...odd] })).toEqual([RAIN]);
  });

  it.each([
    ['a list in place of an id', { ...RAIN, id: [RAIN.id] }],
    ['a list in place of a version', { ...RAIN, version: [RAIN.version] }],
    ['something that writes itself as an id', { ...RAIN, id: { toString: () => RAIN.id } }],
    ['an id that never ends', { ...RAIN, id: `weather/${'r'.repeat(300)}` }],
    ['a version with more behind it', { ...RAIN, version: `${RAIN.version}\n` }]
  ])('leaves out %s', (_, odd) => {
    expect(readUses({ used: [odd, NILE] })).toEqual([NILE]);
  });

  it('names each use once', () => {
    expect(readUses({ used: [RAIN, NILE, { ...RAIN, more: 1 }] })).toEqual([RAIN, NILE]);
  });

  it('ends after a hundred', () => {
    const used = Array.from({ length: 3000 }, (_, place) => ({ ...RAIN, id: `weather/rain-${place}` }));
    expect(readUses({ used })).toEqual(used.slice(0, MOST_USES));
  });

  it.each([undefined, null, 'text', { used: 'text' }, {}])('is nothing in %p', metadata => {
    expect(readUses(metadata)).toEqual([]);
  });
});

describe('what a kernel answers', () => {
  it('is read out of the text of a string', () => {
    expect(parseKernelAnswer(`'[{"id": "${RAIN.id}", "version": "${RAIN.version}"}]'`)).toEqual([RAIN]);
  });

  it.each(['', "'[]'", "'not json'", '42'])('is nothing in %p', text => {
    expect(parseKernelAnswer(text)).toEqual([]);
  });
});

describe('what is to be noted', () => {
  it('stays as it was while the kernel has opened nothing', () => {
    expect(mergeUses([], [RAIN], ['nothing of it'])).toEqual([RAIN]);
  });

  it('is what the kernel has opened, and what the code speaks of besides', () => {
    const other = { id: 'weather/gone', version: RAIN.version };
    expect(mergeUses([RAIN], [NILE, other], ['catalog["resources"]["nile-flow"]'])).toEqual([NILE, RAIN]);
  });

  it('has the version that the kernel has opened in place of an earlier one', () => {
    const newer = { ...RAIN, version: '2025-01-01.0123abcd' };
    expect(mergeUses([newer], [RAIN], [`dataset("${RAIN.id}")`])).toEqual([newer]);
  });

  it('ends after a hundred, what the kernel has opened before what was noted', () => {
    const many = (name: string): { id: string; version: string }[] =>
      Array.from({ length: MOST_USES }, (_, place) => ({ ...RAIN, id: `${name}/rain-${place}` }));
    const merged = mergeUses(many('weather'), many('climate'), ['climate/rain-0']);
    expect(merged.map(({ id }) => id.split('/')[0])).toEqual(Array(MOST_USES).fill('weather'));
  });
});

import {
  findNamed, findUnnamed, mergeUses, parseKernelAnswer, pinSource, readUses
} from '../lineage/notebook_datasets';

const RAIN = { id: 'weather/rain', version: '2024-01-01.0123abcd' };
const NILE = { id: 'resources/nile-flow', version: '2023-12-31.89efed21' };

describe('what a notebook notes', () => {
  it('is a list of ids and versions, and of nothing else', () => {
    const odd = [{ id: 'x"); import os #', version: RAIN.version }, { id: RAIN.id, version: 'newest' }, null, 'text'];
    expect(readUses({ used: [RAIN, ...odd] })).toEqual([RAIN]);
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

describe('datasets named in code', () => {
  it('are found with and without a version, in either kind of quotes', () => {
    const source = `a = datahall.dataset("${RAIN.id}")\nb = dataset( '${NILE.id}@${NILE.version}' )`;
    expect(findNamed([source])).toEqual([{ id: RAIN.id, version: null }, { id: NILE.id, version: NILE.version }]);
  });

  it('are pinned where they name no version', () => {
    const source = `datahall.dataset("${RAIN.id}").polars()  # ${RAIN.id}`;
    expect(pinSource(source, [RAIN])).toBe(`datahall.dataset("${RAIN.id}@${RAIN.version}").polars()  # ${RAIN.id}`);
  });

  it.each([
    ['pinned already', `dataset("${RAIN.id}@2020-01-01.00000000")`],
    ['worked out', 'dataset(f"weather/{name}")'],
    ['another dataset', 'dataset("weather/snow")'],
    ['quotes that do not match', `dataset("${RAIN.id}')`]
  ])('are left alone: %s', (_, source) => {
    expect(pinSource(source, [RAIN])).toBe(source);
  });

  it('are told apart from those that no code names', () => {
    expect(findUnnamed([RAIN, NILE], [`dataset("${RAIN.id}")`])).toEqual([NILE]);
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
});

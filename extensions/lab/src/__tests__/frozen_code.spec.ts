import { findCalls, loadParser } from '../lineage/dataset_calls';
import { findLeft, freezeCell, ICodeCell } from '../lineage/frozen_code';

const RAIN = { id: 'weather/rain', version: '2024-01-01.0123abcd' };
const NILE = { id: 'resources/nile-flow', version: '2023-12-31.89efed21' };
const PINNED = `${RAIN.id}@${RAIN.version}`;

/** Return cells of these sources, below one that imports `datahall`; `hindrance` is that of the last one. */
async function make(sources: string[], hindrance: ICodeCell['hindrance'] = null): Promise<ICodeCell[]> {
  const all = ['import datahall', ...sources];
  const calls = findCalls(all, await loadParser());
  return all.map((source, place) => ({
    source, calls: calls[place], hindrance: place === sources.length ? hindrance : null
  }));
}

async function freeze(source: string, hindrance: ICodeCell['hindrance'] = null): Promise<string> {
  return freezeCell((await make([source], hindrance))[1], [RAIN, NILE]);
}

describe('freezing', () => {
  it.each([
    [`datahall.dataset("${RAIN.id}")  # ${RAIN.id}`, `datahall.dataset("${PINNED}")  # ${RAIN.id}`],
    [`datahall.dataset(dataset_id=r'''${RAIN.id}''')`, `datahall.dataset(dataset_id=r'''${PINNED}''')`],
    [`'数据'; %x\ndatahall.dataset(\n  "${RAIN.id}", # a\n)`, `'数据'; %x\ndatahall.dataset(\n  "${PINNED}", # a\n)`],
    [`!ls "it's\n%time d = datahall.dataset("${RAIN.id}")`, `!ls "it's\n%time d = datahall.dataset("${PINNED}")`],
    [
      `datahall.dataset("${RAIN.id}"), datahall.dataset("${NILE.id}")`,
      `datahall.dataset("${PINNED}"), datahall.dataset("${NILE.id}@${NILE.version}")`
    ]
  ])('writes the version into %j', async (source, frozen) => {
    expect(await freeze(source)).toBe(frozen);
  });

  it.each([
    ['a version', `datahall.dataset("${RAIN.id}@2020-01-01.00000000")`],
    ['a dataset that was not opened', 'datahall.dataset("weather/snow")'],
    ['an f-string', `datahall.dataset(f"${RAIN.id}")`],
    ['a string that speaks of it', `"datahall.dataset('${RAIN.id}')"`],
    ['a cell of SQL', `%%sql\nselect * from dataset("${RAIN.id}")`]
  ])('leaves %s alone', async (_, source) => {
    expect(await freeze(source)).toBe(source);
  });

  it.each(['locked', 'read-only'] as const)('leaves a cell alone that is %s', async hindrance => {
    const source = `datahall.dataset("${RAIN.id}")`;
    expect(await freeze(source, hindrance)).toBe(source);
  });
});

describe('what is left', () => {
  it.each([
    ['nothing where all is written out', [`datahall.dataset("${RAIN.id}")`], null, []],
    ['nothing of a version that is written out', [`datahall.dataset("${PINNED}")`], 'locked' as const, []],
    ['what no call names', [`# datahall.dataset("${RAIN.id}")`], null, [{ what: RAIN.id, reason: 'not-written' }]],
    [
      'a call that works out its dataset, once',
      [`datahall.dataset("${RAIN.id}")`, 'datahall.dataset(name)', 'datahall.dataset(name)'],
      null,
      [{ what: 'datahall.dataset(name)', reason: 'not-written' }]
    ],
    [
      'a dataset that was not opened',
      [`datahall.dataset("${RAIN.id}")\ndatahall.dataset("weather/snow")`],
      null,
      [{ what: 'weather/snow', reason: 'not-opened' }]
    ],
    [
      'what stands in a locked cell, though another one has it too',
      [`datahall.dataset("${RAIN.id}")`, `datahall.dataset("${RAIN.id}")`],
      'locked' as const,
      [{ what: RAIN.id, reason: 'locked' }]
    ]
  ])('is %s', async (_, sources, hindrance, left) => {
    expect(findLeft(await make(sources, hindrance), [RAIN])).toEqual(left);
  });
});

import { nullTranslator } from '@jupyterlab/translation';
import { enumerate, tellFrozen, tellLeft } from '../lineage/freezing_texts';

const trans = nullTranslator.load('');

describe('an enumeration', () => {
  it.each([
    [[], ''],
    [['a/b', 'c/d'], 'a/b, c/d'],
    [['a/b', 'c/d', 'e/f'], 'a/b, c/d and 1 more'],
    [['a/very-long-name', 'c/d'], 'a/very-long-name and 1 more']
  ])('of %j is %j', (names, expected) => {
    expect(enumerate(names, trans, 10)).toBe(expected);
  });
});

it('what is left is told by its reasons, in messages that the Lab shows whole', () => {
  const many = Array.from({ length: 30 }, (_, place) => ({ what: `weather/rain-${place}`, reason: 'locked' as const }));
  const told = tellLeft([{ what: 'a/b', reason: 'not-written' }, ...many], trans);
  expect(told[0]).toBe('Not frozen, as no call of datahall.dataset writes the id as text: a/b');
  expect(told[1]).toMatch(/^Not frozen, as its cell is locked: weather\/rain-0, .* and \d+ more$/);
  expect(Math.max(...told.map(({ length }) => length))).toBeLessThan(140);
});

describe('what is frozen', () => {
  const RAIN = { id: 'weather/rain', version: '2024-01-01.0123abcd' };
  const LEFT = { what: 'a/b', reason: 'locked' as const };

  it.each([
    ['told by its versions', [RAIN], [], 'Frozen; now in the code: weather/rain@2024-01-01.0123abcd'],
    ['told beside what is left', [RAIN], [LEFT], 'Frozen; now in the code: weather/rain@2024-01-01.0123abcd'],
    ['told where it was so before', [], [], 'Each call names its version already; nothing had to be written.'],
    ['not told where there is none', [], [LEFT], null]
  ])('is %s', (_, frozen, left, expected) => {
    expect(tellFrozen(frozen, left, trans)).toBe(expected);
  });
});

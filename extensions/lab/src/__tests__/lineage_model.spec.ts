import { HallError } from '../hall/hall';
import { judge, LineageModel } from '../lineage/lineage_model';

const USE = { id: 'weather/rain', version: '2024-01-01.0123abcd' };
const SAME: any = {
  ...USE, newest: USE.version, is_here: true, is_compatible: true, rows_before: 1, rows_now: 1, changes: [],
  missing_since: null
};

describe('how a version stands', () => {
  it.each([
    ['current', {}],
    ['newer', { newest: '2025-01-01.0123abcd' }],
    ['incompatible', { newest: '2025-01-01.0123abcd', is_compatible: false }],
    ['not-here', { is_here: false, is_compatible: true }],
    ['missing', { missing_since: '2025-02-03', is_here: false }]
  ])('is %s', (expected, told) => {
    expect(judge({ ...SAME, ...told })).toBe(expected);
  });
});

describe('the datasets of a notebook', () => {
  it('are listed at once, and judged when the hall has answered', async () => {
    let answer: (told: any) => void = () => undefined;
    const model = new LineageModel({ listChanges: () => new Promise(resolve => (answer = resolve)) });
    const shown = model.show('a.ipynb', [USE]);
    expect(model.uses).toEqual([{ ...USE, standing: 'unknown', changes: null }]);
    answer(SAME);
    await shown;
    expect(model.uses[0].standing).toBe('current');
    expect(model.warnings).toEqual([]);
  });

  it('are gone where the hall does not know them, and unknown where nobody answers', async () => {
    const fail = (code: string) => new LineageModel({ listChanges: () => Promise.reject(new HallError(code, '')) });
    const [gone, away] = [fail('unknown-dataset'), fail('server-away')];
    await Promise.all([gone.show('a', [USE]), away.show('a', [USE])]);
    expect(gone.warnings.map(({ standing }) => standing)).toEqual(['gone']);
    expect(away.uses[0].standing).toBe('unknown');
  });

  it('are those of the notebook in front, though another one is answered later', async () => {
    const answers: ((told: any) => void)[] = [];
    const model = new LineageModel({ listChanges: () => new Promise(resolve => answers.push(resolve)) });
    const first = model.show('a.ipynb', [USE]);
    const second = model.show('b.ipynb', []);
    await second;
    answers.forEach(answer => answer(SAME));
    await first;
    expect([model.title, model.uses]).toEqual(['b.ipynb', []]);
  });

  it('are not asked for again within five minutes', async () => {
    let [count, now] = [0, 0];
    const ask = async (): Promise<any> => (count++, SAME);
    const model = new LineageModel({ listChanges: ask }, () => now);
    await model.show('a', [USE]);
    await model.show('a', [USE]);
    expect(count).toBe(1);
    now = 300_000;
    await model.show('a', [USE]);
    expect(count).toBe(2);
  });
});

import { isRetired } from '../hall/answers';
import { HallError } from '../hall/hall';
import { judge, LineageModel } from '../lineage/lineage_model';
import { IQuestion, listen, pass } from './questions';

const USE = { id: 'weather/rain', version: '2024-01-01.0123abcd' };
const SAME: any = {
  ...USE, newest: USE.version, is_here: true, is_compatible: true, rows_before: 1, rows_now: 1, changes: [],
  missing_since: null, deprecated_since: null, replaced_by: null
};

describe('how a version stands', () => {
  it.each([
    ['current', {}],
    ['newer', { newest: '2025-01-01.0123abcd' }],
    ['newer', { newest: '2025-01-01.0123abcd', deprecated_since: '2025-02-03' }],
    ['incompatible', { newest: '2025-01-01.0123abcd', is_compatible: false, deprecated_since: '2025-02-03' }],
    ['incompatible', { newest: '2025-01-01.0123abcd', is_compatible: false }],
    ['not-here', { is_here: false, is_compatible: true }],
    ['missing', { missing_since: '2025-02-03', is_here: false, deprecated_since: '2025-02-03' }]
  ])('is %s', (expected, told) => {
    expect(judge({ ...SAME, ...told })).toBe(expected);
  });
});

describe('a deprecated dataset', () => {
  it.each([
    [true, { deprecated_since: '2025-02-03' }],
    [true, { retired: 'withdrawn' }],
    [true, { deprecated_since: '2025-02-03', newest: '2025-01-01.0123abcd', is_compatible: false }],
    [false, { retired: null }],
    [false, {}]
  ])('is one to look at, whatever its versions are: %p', async (expected, told) => {
    const model = new LineageModel({ listChanges: async () => ({ ...SAME, ...told }) });
    await model.show('a.ipynb', [USE]);
    expect(isRetired(model.uses[0].changes)).toBe(expected);
    expect(model.warnings.length > 0).toBe(expected);
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

  it('have what freezing did told until another notebook or other datasets are shown', async () => {
    const model = new LineageModel({ listChanges: async () => SAME });
    const told: (readonly string[])[] = [];
    for (const [title, uses] of [['a', [USE]], ['b', [USE]], ['b', []]] as const) {
      await model.show(title, uses);
      told.push(model.told);
      model.tell(['Frozen']);
      await model.show(title, uses);
      told.push(model.told);
    }
    expect(told).toEqual([[], ['Frozen'], [], ['Frozen'], [], ['Frozen']]);
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

describe('many datasets in a notebook', () => {
  const MANY = Array.from({ length: 100 }, (_, place) => ({ ...USE, id: `weather/rain-${place}` }));

  function open(): { model: LineageModel; questions: IQuestion[] } {
    const questions: IQuestion[] = [];
    return { model: new LineageModel({ listChanges: listen(questions) }), questions };
  }

  it('are asked for by four, until all are known', async () => {
    const { model, questions } = open();
    const shown = model.show('a', MANY);
    const asked: number[] = [];
    for (let answered = 0; answered < MANY.length; answered++) {
      await pass();
      asked.push(questions.length - answered);
      await questions[answered].answer(SAME);
    }
    await shown;
    expect(Math.max(...asked)).toBe(4);
    expect(new Set(questions.map(({ wish }) => wish)).size).toBe(MANY.length);
    expect(model.uses.every(({ standing }) => standing === 'current')).toBe(true);
  });

  it('are given up when another notebook comes in front, whose own wait for no more than four', async () => {
    const { model, questions } = open();
    const first = model.show('a', MANY);
    const second = model.show('b', [USE]);
    await pass();
    expect(questions.length).toBe(4);
    await questions[0].answer(SAME);
    expect(questions.map(({ wish }) => wish).slice(4)).toEqual([USE.id]);
    await Promise.all(questions.map(({ answer }) => answer(SAME)));
    await Promise.all([first, second]);
    expect([questions.length, model.title, model.uses.length]).toEqual([5, 'b', 1]);
  });

  it('are asked for once, though the notebook changes meanwhile', async () => {
    const { model, questions } = open();
    const first = model.show('a', [USE]);
    const second = model.show('a', [USE]);
    await questions[0].answer(SAME);
    await Promise.all([first, second]);
    expect([questions.length, model.uses[0].standing]).toEqual([1, 'current']);
  });

  it('are listed up to the fiftieth', () => {
    const { model } = open();
    void model.show('a', MANY);
    expect([model.shown.length, model.uses.length]).toEqual([50, 100]);
  });
});

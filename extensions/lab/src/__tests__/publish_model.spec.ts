import { HallError } from '../hall/hall';
import { fillForm } from '../publish/manifest';
import { PublishModel } from '../publish/publish_model';
import { IQuestion, listen, pass } from './questions';

const WHOLE = fillForm(
  {
    path: 'rain.ipynb',
    markdown: ['# Rain\n\nIt rains.', '# 雨\n\n下雨。'],
    uses: [{ id: 'weather/rain', version: '2024-01-01.0123abcd' }],
    author: 'Ada'
  },
  null
);
const VERSION: any = {
  slug: 'rain', number: 1, state: 'submitted', revision: 3, actions: ['withdraw'], waits_for: 'checks', note: '',
  findings: [], events: [], comments: [], created: ''
};

const take = async (): Promise<any> => ({ notebook: {}, cells: [{ id: 'a', source: 'rain' }] });

/** A desk that tells these lists of versions one after the other, and notes what was sent. */
function openDesk(...told: any[][]): any {
  const sent: any[] = [];
  return {
    sent,
    listVersions: async () => (told.length > 1 ? told.shift() : told[0]),
    listCells: async () => Promise.reject(new Error('gone')),
    submit: async (...given: any[]) => (sent.push(given), VERSION),
    move: async (...given: any[]) => (sent.push(given), VERSION),
    comment: async (...given: any[]) => (sent.push(given), VERSION)
  };
}

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

describe('publishing', () => {
  it('sends nothing while something is missing, and says what', async () => {
    const desk = openDesk([]);
    const model = new PublishModel(desk, { ...WHOLE, slug: '' });
    expect(await model.submit(take)).toBe(false);
    expect([model.missing, desk.sent]).toEqual([['slug'], []]);
  });

  it('follows a version while the hall checks it, and stops when that is over', async () => {
    const desk = openDesk([VERSION], [{ ...VERSION, state: 'draft', waits_for: null }]);
    const model = new PublishModel(desk, WHOLE);
    await model.submit(take);
    expect(model.newest?.state).toBe('submitted');
    jest.advanceTimersByTime(2_000);
    await pass();
    expect(model.newest?.state).toBe('draft');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('keeps the form and says why when the hall refuses', async () => {
    const desk = { ...openDesk([]), submit: () => Promise.reject(new HallError('bad-app', 'No.', 'Mend it.')) };
    const model = new PublishModel(desk, WHOLE);
    expect(await model.submit(take)).toBe(false);
    expect([model.error?.message, model.form]).toEqual(['No.', WHOLE]);
  });

  it('asks for nothing more once its tab is closed', async () => {
    const model = new PublishModel(openDesk([VERSION]), WHOLE);
    await model.look();
    model.dispose();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('forgets the versions of another name', async () => {
    const model = new PublishModel(openDesk([VERSION]), WHOLE);
    await model.look();
    model.setForm({ ...WHOLE, slug: 'snow' });
    expect([model.versions, model.isKnown]).toEqual([[], false]);
  });

  it('looks up the versions of another name once it has been typed', async () => {
    const asked: string[] = [];
    const desk = { ...openDesk(), listVersions: async (slug: string) => (asked.push(slug), [VERSION]) };
    const model = new PublishModel(desk, { ...WHOLE, slug: 'r' });
    for (const slug of ['ra', 'ra-', 'rai', 'rain']) {
      model.setForm({ ...WHOLE, slug });
      jest.advanceTimersByTime(300);
    }
    jest.advanceTimersByTime(600);
    await pass();
    expect([asked, model.newest?.number]).toEqual([['rain'], 1]);
    model.dispose();
  });

  it('says nothing of what went wrong with a name that was typed before', async () => {
    const questions: IQuestion[] = [];
    const model = new PublishModel({ ...openDesk(), listVersions: listen(questions) }, WHOLE);
    void model.look();
    model.setForm({ ...WHOLE, slug: 'snow' });
    await questions[0].fail(new HallError('not-yours', 'No.'));
    expect([model.error, model.isBusy]).toEqual([null, false]);
    model.dispose();
  });

  it('sends once, however often the button is pressed while the notebook is saved', async () => {
    const desk = openDesk([]);
    const saving: IQuestion[] = [];
    const save = listen(saving);
    const model = new PublishModel(desk, WHOLE);
    const first = model.submit(() => save());
    expect(model.isBusy).toBe(true);
    expect(await model.submit(() => save())).toBe(false);
    await saving[0].answer(await take());
    expect([await first, desk.sent.length, saving.length]).toEqual([true, 1, 1]);
  });

  it('rolls back to a version as it was seen, and then tells where all versions stand', async () => {
    const [newer, former]: any[] = [
      { ...VERSION, number: 2, state: 'published', waits_for: null },
      { ...VERSION, number: 1, state: 'approved', revision: 7, actions: ['roll-back'], waits_for: null }
    ];
    const desk = openDesk([newer, former], [{ ...newer, state: 'approved' }, { ...former, state: 'published', revision: 8 }]);
    const model = new PublishModel(desk, WHOLE);
    await model.look();
    await model.move(model.versions[1], 'roll-back');
    expect(desk.sent).toEqual([[former, 'roll-back']]);
    expect(model.versions.map(({ number, state }) => [number, state])).toEqual([[2, 'approved'], [1, 'published']]);
  });

  it('says why a version does not move that has moved meanwhile, until it is looked at again', async () => {
    const seen: any = { ...VERSION, state: 'approved', actions: ['roll-back'], waits_for: null };
    const desk = openDesk([seen], [{ ...seen, state: 'retired', revision: 4, actions: [] }]);
    desk.move = () => Promise.reject(new HallError('outdated-change', 'It has changed.', 'Look at it again.'));
    const model = new PublishModel(desk, WHOLE);
    await model.look();
    await model.move(seen, 'roll-back');
    expect([model.error?.code, model.versions, model.isBusy]).toEqual(['outdated-change', [seen], false]);
    await model.look();
    expect([model.error, model.newest?.state, model.newest?.revision]).toEqual([null, 'retired', 4]);
  });

  it('is busy until all that it does is done', async () => {
    const questions: IQuestion[] = [];
    const model = new PublishModel({ ...openDesk([]), listVersions: listen(questions) }, WHOLE);
    void model.look();
    void model.look();
    await questions[0].answer([]);
    expect(model.isBusy).toBe(true);
    await questions[1].answer([]);
    expect(model.isBusy).toBe(false);
  });

  it('knows the cells of a version that was sent, also in a tab that is opened later', async () => {
    const sent = new Map();
    const finding: any = { place: { file: 'app.ipynb', cell: 1, line: null, field: '' } };
    await new PublishModel(openDesk([]), WHOLE, sent).submit(take);
    const later = new PublishModel(openDesk([{ ...VERSION, waits_for: null }]), WHOLE, sent);
    await later.look();
    expect(later.findSent(finding)).toEqual({ id: 'a', source: 'rain' });
  });

  it('asks the hall once for the cells of a version that was sent before the Lab was loaded', async () => {
    const finding: any = { place: { file: 'app.ipynb', cell: 1 } };
    const asked: any[] = [];
    const listCells = async (version: any): Promise<any> => (asked.push(version.number), [{ id: 'a', source: 'rain' }]);
    const desk = { ...openDesk([{ ...VERSION, findings: [finding], waits_for: null }]), listCells };
    const model = new PublishModel(desk, WHOLE);
    await model.look();
    await model.look();
    expect([model.findSent(finding), asked]).toEqual([{ id: 'a', source: 'rain' }, [1]]);
  });

  it('does without the cells where the hall has them no more', async () => {
    const finding: any = { place: { file: 'app.ipynb', cell: 1 } };
    const model = new PublishModel(openDesk([{ ...VERSION, findings: [finding], waits_for: null }]), WHOLE);
    await model.look();
    expect([model.findSent(finding), model.findings, model.error]).toEqual([undefined, [finding], null]);
  });

  it('asks for no cells where nothing was found in one', async () => {
    const asked: any[] = [];
    const listCells = async (version: any): Promise<any> => (asked.push(version), []);
    const finding: any = { place: { file: 'app.yaml', field: 'title' } };
    const desk = { ...openDesk([{ ...VERSION, findings: [finding], waits_for: null }]), listCells };
    await new PublishModel(desk, WHOLE).look();
    expect(asked).toEqual([]);
  });

  it.each([['reviewer', 2], ['publishing', 2], [null, 1]])('looks at once when one returns while %p is awaited', async (awaited, times) => {
    let asked = 0;
    const listVersions = async (): Promise<any> => ((asked += 1), [{ ...VERSION, waits_for: awaited }]);
    const model = new PublishModel({ ...openDesk(), listVersions }, WHOLE);
    await model.look();
    model.lookIfAwaited();
    await pass();
    expect(asked).toBe(times);
    model.dispose();
  });

  it.each([[{ file: 'app.yaml', cell: null }], [{ file: 'app.ipynb', cell: null }], [{ file: 'app.ipynb', cell: 9 }]])(
    'knows no cell of a finding at %p',
    async place => {
      const model = new PublishModel(openDesk([{ ...VERSION, waits_for: null }]), WHOLE);
      await model.submit(take);
      expect(model.findSent({ place } as any)).toBeUndefined();
    }
  );
});

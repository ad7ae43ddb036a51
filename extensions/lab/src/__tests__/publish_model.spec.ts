import { HallError } from '../hall/hall';
import { fillForm } from '../publish/manifest';
import { PublishModel } from '../publish/publish_model';
import { pass } from './questions';

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

/** A desk that tells these lists of versions one after the other, and notes what was sent. */
function openDesk(...told: any[][]): any {
  const sent: any[] = [];
  return {
    sent,
    listVersions: async () => (told.length > 1 ? told.shift() : told[0]),
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
    expect(await model.submit({})).toBe(false);
    expect([model.missing, desk.sent]).toEqual([['slug'], []]);
  });

  it('follows a version while the hall checks it, and stops when that is over', async () => {
    const desk = openDesk([VERSION], [{ ...VERSION, state: 'draft', waits_for: null }]);
    const model = new PublishModel(desk, WHOLE);
    await model.submit({ cells: [] });
    expect(model.newest?.state).toBe('submitted');
    jest.advanceTimersByTime(2_000);
    await pass();
    expect(model.newest?.state).toBe('draft');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('keeps the form and says why when the hall refuses', async () => {
    const desk = { ...openDesk([]), submit: () => Promise.reject(new HallError('bad-app', 'No.', 'Mend it.')) };
    const model = new PublishModel(desk, WHOLE);
    expect(await model.submit({})).toBe(false);
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
});

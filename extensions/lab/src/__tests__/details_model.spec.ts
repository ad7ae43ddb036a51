import { HallError } from '../hall/hall';
import { DetailsModel } from '../panel/details_model';
import { IQuestion, listen, pass } from './questions';

const AWAY = new HallError('hall-away', 'The hall does not answer.');
const CODE = [{ id: 'polars', title: 'polars', language: 'python', text: 'newest' }];
const PINNED = [{ id: 'polars', title: 'polars', language: 'python', text: 'pinned' }];

let asked: { [part: string]: IQuestion[] };
let model: DetailsModel;

beforeEach(() => {
  asked = { describe: [], showFirstRows: [], listCode: [], listJoins: [], listRelated: [] };
  model = new DetailsModel({
    describe: listen(asked.describe),
    showFirstRows: listen(asked.showFirstRows),
    listCode: listen(asked.listCode),
    listJoins: listen(asked.listJoins),
    listRelated: listen(asked.listRelated)
  });
});

/** Open a dataset of which code is there, of the newest version and pinned. */
async function openWithCode(): Promise<void> {
  void model.open('weather/rain');
  await asked.listCode[0].answer(CODE);
  await asked.describe[0].answer({ id: 'weather/rain', version: '2024.1' });
  await asked.listCode[1].answer(PINNED);
}

describe('opening a dataset', () => {
  it('shows what the list has told of it at once', () => {
    const summary: any = { id: 'weather/rain', title: { en: 'Rain' } };
    void model.open('weather/rain', summary);
    expect([model.id, model.summary, model.details]).toEqual(['weather/rain', summary, null]);
  });

  it('shows each part as soon as it is there', async () => {
    void model.open('weather/rain');
    await asked.showFirstRows[0].answer({ columns: ['day'] });
    expect([model.rows, model.details, model.code]).toEqual([{ columns: ['day'] }, null, null]);
  });

  it('tells who shows it of each part', async () => {
    void model.open('weather/rain');
    let told = 0;
    model.changed.connect(() => told++);
    await asked.showFirstRows[0].answer({ columns: [] });
    await asked.listJoins[0].answer([]);
    expect(told).toBe(2);
  });

  it('asks for the code of its version once that is known', async () => {
    void model.open('weather/rain');
    await asked.describe[0].answer({ id: 'weather/rain', version: '2024.1' });
    expect(asked.listCode).toHaveLength(2);
  });

  it('asks for no code of a version where there is none', async () => {
    void model.open('weather/rain');
    await asked.describe[0].answer({ id: 'weather/rain', version: null });
    expect(asked.listCode).toHaveLength(1);
  });
});

describe('a part that fails', () => {
  it('tells why', async () => {
    void model.open('weather/rain');
    await asked.showFirstRows[0].fail(AWAY);
    expect(model.rows).toBe(AWAY);
  });

  it('leaves the others', async () => {
    void model.open('weather/rain');
    await asked.showFirstRows[0].fail(AWAY);
    await asked.describe[0].answer({ id: 'weather/rain', version: null });
    await asked.listRelated[0].answer([{ id: 'weather/snow' }]);
    expect([model.details, model.related]).toEqual([{ id: 'weather/rain', version: null }, [{ id: 'weather/snow' }]]);
  });

  it('in a way that nobody thought of is told as one that is not known', async () => {
    void model.open('weather/rain');
    await asked.listJoins[0].fail(new TypeError('x is undefined'));
    expect((model.joins as HallError).code).toBe('unknown');
  });

  it('is asked for again', async () => {
    void model.open('weather/rain');
    await asked.describe[0].fail(AWAY);
    void model.retry();
    await asked.describe[1].answer({ id: 'weather/rain', version: null });
    expect(model.details).toEqual({ id: 'weather/rain', version: null });
  });
});

describe('opening another dataset', () => {
  it('drops answers of the first one that come late', async () => {
    void model.open('weather/rain');
    void model.open('weather/snow');
    await asked.describe[0].answer({ id: 'weather/rain', version: null });
    await asked.showFirstRows[0].fail(AWAY);
    expect([model.id, model.details, model.rows]).toEqual(['weather/snow', null, null]);
  });

  it('no longer waits for the first one', () => {
    void model.open('weather/rain');
    void model.open('weather/snow');
    expect(asked.describe.map(({ signal }) => signal?.aborted)).toEqual([true, false]);
  });

  it('forgets the parts of the first one', async () => {
    await openWithCode();
    void model.open('weather/snow');
    expect([model.details, model.code, model.pinnedCode]).toEqual([null, null, null]);
  });
});

describe('going back', () => {
  it('shows the dataset seen before', () => {
    void model.open('weather/rain');
    void model.open('weather/snow');
    void model.back();
    expect(model.id).toBe('weather/rain');
  });

  it('from the first one shows none', () => {
    void model.open('weather/rain');
    void model.back();
    expect(model.id).toBeNull();
  });

  it('goes back one by one', () => {
    for (const id of ['a/1', 'a/2', 'a/3']) {
      void model.open(id);
    }
    const seen = [1, 2, 3].map(() => (void model.back(), model.id));
    expect(seen).toEqual(['a/2', 'a/1', null]);
  });

  it('does not count a dataset that was opened again', () => {
    void model.open('weather/rain');
    void model.open('weather/rain');
    void model.back();
    expect(model.id).toBeNull();
  });

  it('drops answers that come late', async () => {
    void model.open('weather/rain');
    void model.back();
    await asked.describe[0].answer({ id: 'weather/rain', version: null });
    expect(model.details).toBeNull();
  });
});

describe('the code', () => {
  it('is not there before it has come', () => {
    void model.open('weather/rain');
    expect(model.findCode('polars')).toBeNull();
  });

  it('opens the newest version', async () => {
    await openWithCode();
    expect(model.findCode('polars')?.text).toBe('newest');
  });

  it('opens the same version always once it is pinned', async () => {
    await openWithCode();
    model.setPinned(true);
    expect(model.findCode('polars')?.text).toBe('pinned');
  });

  it('opens the newest version again once it is no longer pinned', async () => {
    await openWithCode();
    model.setPinned(true);
    model.setPinned(false);
    expect(model.findCode('polars')?.text).toBe('newest');
  });

  it('of a form that there is not is none', async () => {
    await openWithCode();
    expect(model.findCode('cobol')).toBeNull();
  });

  it('that could not be had is none', async () => {
    void model.open('weather/rain');
    await asked.listCode[0].fail(AWAY);
    expect(model.findCode('polars')).toBeNull();
  });

  it('of the newest version does not stand in for a pinned one that is on its way', async () => {
    void model.open('weather/rain');
    await asked.listCode[0].answer(CODE);
    await asked.describe[0].answer({ id: 'weather/rain', version: '2024.1' });
    model.setPinned(true);
    expect(model.findCode('polars')).toBeNull();
  });

  it('of a dataset without versions is there though the one before it was pinned', async () => {
    await openWithCode();
    model.setPinned(true);
    void model.open('portal/snow');
    await asked.describe[1].answer({ id: 'portal/snow', version: null });
    await asked.listCode[2].answer(CODE);
    await pass();
    expect(model.findCode('polars')?.text).toBe('newest');
  });
});

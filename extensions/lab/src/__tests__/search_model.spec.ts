import { HallError } from '../hall/hall';
import { SearchModel, SETTLED_AFTER } from '../panel/search_model';
import { IQuestion, listen, pass } from './questions';

const AWAY = new HallError('hall-away', 'The hall does not answer.');

let searches: IQuestion[];
let counts: IQuestion[];
let beginnings: IQuestion[];
let model: SearchModel;

beforeEach(() => {
  jest.useFakeTimers();
  [searches, counts, beginnings] = [[], [], []];
  model = new SearchModel({
    search: listen(searches),
    countFacets: listen(counts),
    listThemes: listen(beginnings),
    origin: 'hall'
  });
});

afterEach(() => jest.useRealTimers());

function found(ids: string[], { page = 1, pages = 1 } = {}): any {
  return { total: ids.length, page, pages, results: ids.map(id => ({ id })) };
}

function listed(): string[] {
  return model.hits.map(({ id }) => id);
}

/** Type words, wait until typing has settled, and answer. */
async function search(words: string, told: any): Promise<void> {
  model.setWords(words);
  jest.advanceTimersByTime(SETTLED_AFTER);
  await searches.at(-1)?.answer(told);
}

describe('typing', () => {
  it('asks nothing before it has settled', () => {
    model.setWords('rain');
    jest.advanceTimersByTime(SETTLED_AFTER - 1);
    expect(searches).toHaveLength(0);
  });

  it('asks once, for all that was typed', () => {
    for (const words of ['r', 'ra', 'rai', 'rain']) {
      model.setWords(words);
      jest.advanceTimersByTime(SETTLED_AFTER / 2);
    }
    jest.advanceTimersByTime(SETTLED_AFTER);
    expect(searches.map(({ wish }) => wish.words)).toEqual(['rain']);
  });

  it('says at once that something is on its way', () => {
    model.setWords('rain');
    expect(model.status).toBe('asking');
  });

  it('of spaces alone asks nothing', () => {
    model.setWords('   ');
    jest.runAllTimers();
    expect(searches).toHaveLength(0);
  });

  it('keeps what was found until the next answer is there', async () => {
    await search('rain', found(['weather/rain']));
    model.setWords('snow');
    jest.runAllTimers();
    expect(listed()).toEqual(['weather/rain']);
  });
});

describe('an answer', () => {
  it('is listed', async () => {
    await search('rain', found(['weather/rain', 'weather/wind']));
    expect([model.status, listed()]).toEqual(['ready', ['weather/rain', 'weather/wind']]);
  });

  it('that comes after a later one changes nothing', async () => {
    model.searchFor('rain');
    jest.runAllTimers();
    model.searchFor('snow');
    jest.runAllTimers();
    await searches[1].answer(found(['weather/snow']));
    await searches[0].answer(found(['weather/rain']));
    expect(listed()).toEqual(['weather/snow']);
  });

  it('that comes while one types on is not shown', async () => {
    model.searchFor('rain');
    jest.runAllTimers();
    model.setWords('rain in');
    await searches[0].answer(found(['weather/rain']));
    expect(listed()).toEqual([]);
  });

  it('to a question that was overtaken is no longer waited for', () => {
    model.searchFor('rain');
    jest.runAllTimers();
    model.setWords('snow');
    expect(searches[0].signal?.aborted).toBe(true);
  });
});

describe('a question that was overtaken', () => {
  it('is no failure', async () => {
    model.searchFor('rain');
    jest.runAllTimers();
    model.setWords('snow');
    await searches[0].fail(new DOMException('given up', 'AbortError'));
    expect([model.status, model.error]).toEqual(['asking', null]);
  });
});

describe('clearing', () => {
  it('goes back to the domains', async () => {
    await search('rain', found(['weather/rain']));
    model.clear();
    expect([model.isEmpty, model.status, model.results, listed()]).toEqual([true, 'resting', null, []]);
  });

  it('drops the answer that was on its way', async () => {
    model.searchFor('rain');
    jest.runAllTimers();
    model.clear();
    await searches[0].answer(found(['weather/rain']));
    expect([model.status, listed()]).toEqual(['resting', []]);
  });

  it('forgets the filters', () => {
    model.toggle('theme', 'weather');
    model.clear();
    expect(model.chosen).toEqual({});
  });

  it('asks nothing', () => {
    model.setWords('rain');
    model.clear();
    jest.runAllTimers();
    expect(searches).toHaveLength(0);
  });

  it('asks for the domains again where they did not come', async () => {
    const begun = model.begin();
    await beginnings[0].fail(AWAY);
    await begun;
    await search('rain', found(['weather/rain']));
    model.clear();
    await pass();
    expect(beginnings).toHaveLength(2); // else they are said to load for ever
  });
});

describe('a filter', () => {
  it('is chosen by a first click', () => {
    model.toggle('theme', 'weather');
    expect(model.chosen).toEqual({ theme: ['weather'] });
  });

  it('is no longer chosen after a second click', () => {
    model.toggle('theme', 'weather');
    model.toggle('theme', 'weather');
    expect(model.countChosen()).toBe(0);
  });

  it('is chosen beside others', () => {
    model.toggle('theme', 'weather');
    model.toggle('theme', 'health');
    model.toggle('access', 'open');
    expect([model.chosen, model.countChosen()]).toEqual([{ theme: ['weather', 'health'], access: ['open'] }, 3]);
  });

  it('searches without any words', () => {
    model.toggle('theme', 'weather');
    jest.runAllTimers();
    expect(searches[0].wish).toMatchObject({ words: '', chosen: { theme: ['weather'] }, page: 1 });
  });

  it('is given up by a search for other words alone', () => {
    model.toggle('theme', 'weather');
    model.searchFor('rain');
    jest.runAllTimers();
    expect(searches[0].wish).toMatchObject({ words: 'rain', chosen: {} });
  });

  it('is kept while one types', () => {
    model.toggle('theme', 'weather');
    model.setWords('rain');
    jest.runAllTimers();
    expect(searches[0].wish.chosen).toEqual({ theme: ['weather'] });
  });

  it('is given up by a click while the words stay', () => {
    model.setWords('rain');
    model.toggle('theme', 'weather');
    model.clearChosen();
    jest.runAllTimers();
    expect(searches[0].wish).toMatchObject({ words: 'rain', chosen: {} });
  });
});

describe('another order', () => {
  it('asks again from the first page', async () => {
    await search('rain', found(['weather/rain'], { page: 2, pages: 3 }));
    model.setSort('newest');
    jest.runAllTimers();
    expect(searches[1].wish).toMatchObject({ sort: 'newest', page: 1 });
  });
});

describe('more', () => {
  beforeEach(() => search('rain', found(['a/1', 'a/2'], { pages: 2 })));

  it('asks for the next page of the same', () => {
    void model.more();
    expect(searches[1].wish).toMatchObject({ words: 'rain', page: 2 });
  });

  it('is added below what is listed', async () => {
    void model.more();
    await searches[1].answer(found(['a/3'], { page: 2, pages: 2 }));
    expect(listed()).toEqual(['a/1', 'a/2', 'a/3']);
  });

  it('is asked for once by two clicks', () => {
    void model.more();
    void model.more();
    expect(searches).toHaveLength(2);
  });

  it('is not asked for after the last page', async () => {
    void model.more();
    await searches[1].answer(found(['a/3'], { page: 2, pages: 2 }));
    void model.more();
    expect(searches).toHaveLength(2);
  });

  it('that comes after another search has begun is not added', async () => {
    void model.more();
    model.searchFor('snow');
    await searches[1].answer(found(['a/3'], { page: 2, pages: 2 }));
    expect(listed()).toEqual(['a/1', 'a/2']);
  });

  it('does not add to what was found for other words, after these have failed', async () => {
    model.searchFor('snow');
    jest.runAllTimers();
    await searches[1].fail(AWAY);
    void model.more();
    await searches[2]?.answer(found(['snow/3'], { page: 2, pages: 2 }));
    expect(listed()).toEqual(['a/1', 'a/2']);
  });
});

describe('a failure', () => {
  beforeEach(async () => {
    await search('rain', found(['weather/rain']));
    model.searchFor('snow');
    jest.runAllTimers();
    await searches[1].fail(AWAY);
  });

  it('is told', () => {
    expect([model.status, model.error]).toEqual(['failed', AWAY]);
  });

  it('keeps what was found', () => {
    expect(listed()).toEqual(['weather/rain']);
  });

  it('asks for the same again', async () => {
    void model.retry();
    await beginnings[0].answer([]);
    jest.runAllTimers();
    expect(searches[2].wish).toMatchObject({ words: 'snow', page: 1 });
  });

  it('is over once the answer is there', async () => {
    void model.retry();
    await beginnings[0].answer([]);
    jest.runAllTimers();
    await searches[2].answer(found(['weather/snow']));
    expect([model.status, model.error, listed()]).toEqual(['ready', null, ['weather/snow']]);
  });

  it('is over once everything is cleared', () => {
    model.clear();
    expect([model.status, model.error]).toEqual(['resting', null]);
  });
});

describe('a failure of a kind that nobody thought of', () => {
  it('is told as one that is not known', async () => {
    model.searchFor('rain');
    jest.runAllTimers();
    await searches[0].fail(new TypeError('x is undefined'));
    expect(model.error?.code).toBe('unknown');
  });
});

describe('facets', () => {
  it('are not counted while the filters are closed', async () => {
    await search('rain', found(['weather/rain']));
    expect(counts).toHaveLength(0);
  });

  it('are counted once the filters are opened', async () => {
    await search('rain', found(['weather/rain']));
    model.setFiltersOpen(true);
    expect(counts.map(({ wish }) => wish.words)).toEqual(['rain']);
  });

  it('are counted again by each search while the filters are open', async () => {
    model.areFiltersOpen = true;
    await search('rain', found(['weather/rain']));
    await search('snow', found(['weather/snow']));
    expect(counts.map(({ wish }) => wish.words)).toEqual(['rain', 'snow']);
  });

  it('are not counted again by a further page', async () => {
    model.areFiltersOpen = true;
    await search('rain', found(['a/1'], { pages: 2 }));
    void model.more();
    await searches[1].answer(found(['a/2'], { page: 2, pages: 2 }));
    expect(counts).toHaveLength(1);
  });

  it('of words that have changed since are dropped', async () => {
    model.areFiltersOpen = true;
    await search('rain', found(['weather/rain']));
    model.setWords('snow');
    await counts[0].answer({ theme: [] });
    expect(model.facets).toBeNull();
  });

  it('that cannot be counted leave what was found', async () => {
    model.areFiltersOpen = true;
    await search('rain', found(['weather/rain']));
    await counts[0].fail(AWAY);
    expect([model.status, model.error, listed()]).toEqual(['ready', null, ['weather/rain']]);
  });
});

describe('beginning', () => {
  it('lists the domains', async () => {
    void model.begin();
    await beginnings[0].answer([{ id: 'weather' }]);
    expect(model.themes).toEqual([{ id: 'weather' }]);
  });

  it('asks once, however often the panel is shown', async () => {
    void model.begin();
    void model.begin();
    await beginnings[0].answer([]);
    await model.begin();
    expect(beginnings).toHaveLength(1);
  });

  it('asks again when it has failed and the panel is shown again', async () => {
    void model.begin();
    await beginnings[0].fail(AWAY);
    void model.begin();
    await beginnings[1].answer([]);
    expect([model.themes, model.error, model.status]).toEqual([[], null, 'resting']);
  });

  it('that fails leaves a search that is ready as it is', async () => {
    void model.begin();
    await search('rain', found(['weather/rain']));
    await beginnings[0].fail(AWAY);
    expect([model.status, model.error]).toEqual(['ready', null]);
  });
});

describe('a change', () => {
  it('is told to who shows it', async () => {
    let told = 0;
    model.changed.connect(() => told++);
    await search('rain', found(['weather/rain']));
    expect(told).toBeGreaterThanOrEqual(2); // that it is asked, and what was found
  });
});

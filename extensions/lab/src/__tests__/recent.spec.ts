import { RecentDatasets } from '../panel/recent';

/** The Lab's store, with what a test has put there. */
class Store {
  constructor(public content: any = undefined) {}

  fetch = async (): Promise<any> => this.content;
  save = async (_: string, content: any): Promise<void> => {
    this.content = JSON.parse(JSON.stringify(content));
  };
}

function name(id: string): any {
  return { id, title: { en: id } };
}

async function addAll(recent: RecentDatasets, ids: string[]): Promise<void> {
  for (const id of ids) {
    await recent.add(name(id));
  }
}

function listed(recent: RecentDatasets): string[] {
  return recent.list.map(({ id }) => id);
}

describe('datasets seen last', () => {
  it('are none at first', async () => {
    const recent = new RecentDatasets(new Store());
    await recent.load();
    expect(recent.list).toEqual([]);
  });

  it('are listed from the newest', async () => {
    const recent = new RecentDatasets(new Store());
    await addAll(recent, ['a/1', 'a/2']);
    expect(listed(recent)).toEqual(['a/2', 'a/1']);
  });

  it('are at most six', async () => {
    const recent = new RecentDatasets(new Store());
    await addAll(recent, ['a/1', 'a/2', 'a/3', 'a/4', 'a/5', 'a/6', 'a/7']);
    expect(listed(recent)).toEqual(['a/7', 'a/6', 'a/5', 'a/4', 'a/3', 'a/2']);
  });

  it('hold each dataset once', async () => {
    const recent = new RecentDatasets(new Store());
    await addAll(recent, ['a/1', 'a/2', 'a/1']);
    expect(listed(recent)).toEqual(['a/1', 'a/2']);
  });

  it('hold no more of a dataset than its id and title', async () => {
    const store = new Store();
    await new RecentDatasets(store).add({ ...name('a/1'), rows: 12 });
    expect(store.content).toEqual({ list: [{ id: 'a/1', title: { en: 'a/1' } }] });
  });

  it('are there again at the next visit', async () => {
    const store = new Store();
    await addAll(new RecentDatasets(store), ['a/1', 'a/2']);
    const recent = new RecentDatasets(store);
    await recent.load();
    expect(listed(recent)).toEqual(['a/2', 'a/1']);
  });

  it('are listed once though the panel is shown twice', async () => {
    const recent = new RecentDatasets(new Store({ list: [name('a/1'), name('a/2')] }));
    await recent.load();
    await recent.load();
    expect(listed(recent)).toEqual(['a/1', 'a/2']);
  });

  it('hold a dataset once that was seen before the store was read', async () => {
    const recent = new RecentDatasets(new Store({ list: [name('a/1')] }));
    await Promise.all([recent.add(name('a/1')), recent.load()]);
    expect(listed(recent)).toEqual(['a/1']);
  });

  it('are not lost when one is seen before the store was read', async () => {
    const store = new Store({ list: [name('a/1')] });
    await new RecentDatasets(store).add(name('a/2'));
    expect(store.content.list.map(({ id }: { id: string }) => id)).toEqual(['a/2', 'a/1']);
  });

  it('are kept for this visit where the Lab has no store', async () => {
    const recent = new RecentDatasets(null);
    await recent.load();
    await recent.add(name('a/1'));
    expect(listed(recent)).toEqual(['a/1']);
  });
});

describe('a store', () => {
  it.each([null, 'text', 7, [], {}, { list: null }, { list: 'a/1' }, { list: [null, 7, 'a/1', {}, { id: 7, title: {} }] }])(
    'that holds %j holds no datasets',
    async content => {
      const recent = new RecentDatasets(new Store(content));
      await recent.load();
      expect(recent.list).toEqual([]);
    }
  );

  it('that is broken in part gives what is whole', async () => {
    const recent = new RecentDatasets(new Store({ list: [{ id: 'a/1' }, name('a/2')] }));
    await recent.load();
    expect(listed(recent)).toEqual(['a/2']);
  });

  it('that cannot be read gives none', async () => {
    const recent = new RecentDatasets({ ...new Store(), fetch: () => Promise.reject(new Error('not readable')) });
    await recent.load();
    expect(recent.list).toEqual([]);
  });

  it('that cannot be written leaves them for this visit', async () => {
    const recent = new RecentDatasets({ ...new Store(), save: () => Promise.reject(new Error('not writable')) });
    await recent.add(name('a/1')).catch(() => undefined);
    expect(listed(recent)).toEqual(['a/1']);
  });
});

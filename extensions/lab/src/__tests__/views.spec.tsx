import './browser';
import { nullTranslator } from '@jupyterlab/translation';
import React, { act } from 'react';
import { createRoot, Root } from 'react-dom/client';
import { IChanges, ICodeForm, IDetails, IHit } from '../hall/answers';
import { HallError, LOGIN_EXPIRED } from '../hall/hall';
import { judge, LineageModel } from '../lineage/lineage_model';
import { LineageView } from '../lineage/lineage_view';
import { CodeBar } from '../panel/code_bar';
import { DetailsModel } from '../panel/details_model';
import { DetailsView, writeJoin } from '../panel/details_view';
import { FieldChart } from '../panel/field_chart';
import { Filters } from '../panel/filters';
import { Facts, Terms } from '../panel/marks';
import { Failure, IReader, Reader } from '../panel/reader';
import { ResultList } from '../panel/result_list';
import { SearchModel } from '../panel/search_model';
import { SearchView } from '../panel/search_view';

const EVIL = `"><img src=x onerror="alert('x')"> & <b>rain</b>`;

const SUMMARY: IHit = {
  id: 'weather/rain',
  title: { en: 'Rain', zh: '降雨' },
  theme: 'weather',
  publisher: 'bureau',
  publisher_title: { en: 'Weather Bureau' },
  license: 'CC-BY-4.0',
  license_title: { en: 'CC BY 4.0' },
  access: 'open',
  synthetic: false,
  version: '2024.1',
  rows: 1461,
  bytes: 12_000,
  quality_score: 0.93,
  modified: '2024-01-02',
  until: '2023-12-31',
  source: null,
  url: 'https://hall.example/datasets/weather/rain',
  snippet: []
};

const DETAILS: IDetails = {
  ...SUMMARY,
  description: { en: 'One row for each day.' },
  temporal: { start: '2012-01-01', end: '2023-12-31' },
  frequency: 'daily',
  homepage: 'https://bureau.example',
  contact: { name: 'Ada', email: 'ada@bureau.example', address: 'https://bureau.example/contact' },
  card: { fields: [{ name: 'rain', type: 'number', unit: 'mm', title: { en: 'Rainfall' } }] },
  versions: [{ version: '2024.1', rows: 1461 }],
  quality: null,
  distributions: [],
  uses: {},
  apps: [],
  citation: { texts: { en: 'Weather Bureau (2024). Rain.' }, bibtex: '@misc{rain}' },
  missing_since: null,
  deprecated_since: null,
  replaced_by: null,
  status: 'present'
};

const CODE: ICodeForm[] = [
  { id: 'polars', title: 'polars', language: 'python', text: 'ds.polars()' },
  { id: 'r', title: 'R', language: 'r', text: 'read.csv("rain")' }
];

const nothing = (): void => undefined;
const ACTIONS = { onOpen: nothing, onInsert: nothing, writeLines: () => '' };

let root: Root;
let page: HTMLElement;

beforeAll(() => Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true }));

beforeEach(() => {
  page = document.body.appendChild(document.createElement('div'));
  page.className = 'jp-DatahallPanel';
  root = createRoot(page);
});

afterEach(() => {
  act(() => root.unmount());
  page.remove();
});

/** Show something as the panel does, in English. */
function show(element: React.ReactElement, language: IReader['language'] = 'en'): void {
  const reader: IReader = { trans: nullTranslator.load('datahall_lab'), language, loginUrl: '/hub/login', hallUrl: '/hall' };
  act(() => root.render(<Reader.Provider value={reader}>{element}</Reader.Provider>));
}

function showDetails(details: Partial<IDetails> = {}, parts: Partial<DetailsModel> = {}): DetailsModel {
  const model = makeDetailsModel();
  Object.assign(model, { id: 'weather/rain', details: { ...DETAILS, ...details }, code: CODE, rows: null }, parts);
  show(<DetailsView model={model} form="polars" onForm={nothing} onInsert={nothing} onCopy={nothing} />);
  return model;
}

function makeDetailsModel(): DetailsModel {
  const never = (): Promise<never> => new Promise(nothing);
  return new DetailsModel({
    describe: never, showFirstRows: never, listCode: never, listJoins: never, listRelated: never
  });
}

function makeSearchModel(parts: Partial<SearchModel> = {}, origin: 'hall' | 'cards' = 'hall'): SearchModel {
  const never = (): Promise<never> => new Promise(nothing);
  return Object.assign(new SearchModel({ search: never, countFacets: never, listThemes: never, origin }), parts);
}

function showSearch(model: SearchModel, recent: React.ComponentProps<typeof SearchView>['recent'] = []): void {
  show(<SearchView model={model} recent={recent} onOpenId={nothing} start={null} {...ACTIONS} />);
}

function find(selector: string): HTMLElement {
  const found = page.querySelector<HTMLElement>(selector);
  if (found === null) {
    throw new Error(`There is no ${selector} in ${page.innerHTML}`);
  }
  return found;
}

/** Return the button or link that is called so. */
function findNamed(name: string): HTMLElement | undefined {
  const named = [...page.querySelectorAll<HTMLElement>('button, a')];
  return named.find(each => (each.getAttribute('aria-label') ?? each.textContent) === name);
}

function click(element: HTMLElement | undefined): void {
  act(() => element?.click());
}

function press(key: string): void {
  act(() => void document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true })));
}

function hasMadeElements(): boolean {
  return page.querySelector('img, b') !== null;
}

describe('what a dataset says of itself is text', () => {
  it('in the list', () => {
    const title = { en: EVIL };
    const snippet = [
      { text: EVIL, is_match: false },
      { text: EVIL, is_match: true }
    ];
    show(<ResultList hits={[{ ...SUMMARY, title, publisher_title: title, license_title: title, snippet }]} {...ACTIONS} />);
    expect([find('.jp-DatahallCard-title').textContent, find('mark').textContent]).toEqual([EVIL, EVIL]);
    expect(hasMadeElements()).toBe(false);
  });

  it('in its details', () => {
    const text = { en: EVIL };
    showDetails({
      title: text,
      publisher_title: text,
      description: text,
      citation: { texts: text, bibtex: EVIL },
      card: { fields: [{ name: EVIL, type: 'string', unit: EVIL, title: text }] },
      apps: [{ slug: 'x', title: text, url: 'https://hall.example/apps/x' }],
      distributions: [{ url: 'https://portal.example/x.csv', title: EVIL, format_text: EVIL }]
    });
    expect([find('h2').textContent, find('.jp-DatahallFields code').textContent]).toEqual([EVIL, EVIL]);
    expect(hasMadeElements()).toBe(false);
  });

  it('in its first rows', () => {
    showDetails({}, { rows: { version: '2024.1', columns: [EVIL], rows: [[EVIL]] } });
    expect([find('th').textContent, find('td').textContent]).toEqual([EVIL, EVIL]);
    expect(hasMadeElements()).toBe(false);
  });

  it('in the code', () => {
    showDetails({}, { code: [{ ...CODE[0], text: EVIL }] });
    expect(find('pre').textContent).toBe(EVIL);
  });

  it('in filters', () => {
    const facets = { publisher: [{ value: EVIL, title: { en: EVIL }, count: 1, is_chosen: false }] };
    show(<Filters facets={facets} chosen={{}} onToggle={nothing} />);
    expect(find('label span').textContent).toBe(EVIL);
    expect(hasMadeElements()).toBe(false);
  });

  it('in how its values are distributed', () => {
    const values = { name: 'x', kind: 'words', filled: 1, empty: 0, minimum: null, maximum: null };
    show(<FieldChart values={{ ...values, values: [EVIL], counts: [1] }} />);
    expect(page.textContent).toBe(EVIL);
    expect(hasMadeElements()).toBe(false);
  });

  it('among those seen last', () => {
    showSearch(makeSearchModel({ themes: [] }), [{ id: 'weather/rain', title: { en: EVIL } }]);
    expect(find('.jp-DatahallLinks button').textContent).toBe(EVIL);
    expect(hasMadeElements()).toBe(false);
  });

  it('in what went wrong', () => {
    show(<Failure error={new HallError('unknown-dataset', EVIL, EVIL)} />);
    expect(page.textContent).toContain(EVIL);
    expect(hasMadeElements()).toBe(false);
  });
});

describe('an address of a portal', () => {
  it('is a link only where it is one of the web', () => {
    const file = { title: 'rain', format_text: 'CSV' };
    showDetails({
      distributions: [
        { ...file, url: 'javascript:alert(1)' },
        { ...file, url: 'https://portal.example/rain.csv' }
      ]
    });
    const links = [...page.querySelectorAll('.jp-DatahallLinks a')].map(each => each.getAttribute('href'));
    expect(links).toEqual(['https://portal.example/rain.csv']);
  });

  it('does not tell it where one comes from', () => {
    showDetails({ distributions: [{ url: 'https://portal.example/rain.csv', title: 'rain', format_text: 'CSV' }] });
    const links = [...page.querySelectorAll('a[target=_blank]')];
    expect(links.map(each => each.getAttribute('rel'))).toEqual(links.map(() => 'noreferrer'));
  });
});

describe('the list of results', () => {
  const hits = ['a', 'b', 'c'].map(id => ({ ...SUMMARY, id, title: { en: id } }));

  function focused(): string | null | undefined {
    return document.activeElement?.textContent;
  }

  it('is walked down with an arrow key', () => {
    show(<ResultList hits={hits} {...ACTIONS} />);
    find('.jp-DatahallCard-title').focus();
    press('ArrowDown');
    expect(focused()).toBe('b');
  });

  it('is walked up with an arrow key', () => {
    show(<ResultList hits={hits} {...ACTIONS} />);
    find('[data-dataset=c] .jp-DatahallCard-title').focus();
    press('ArrowUp');
    expect(focused()).toBe('b');
  });

  it('is walked from whichever button of a card', () => {
    show(<ResultList hits={hits} {...ACTIONS} />);
    find('[data-dataset=a] .jp-DatahallButton').focus();
    press('ArrowDown');
    expect(focused()).toBe('b');
  });

  it('ends with its last one', () => {
    show(<ResultList hits={hits} {...ACTIONS} />);
    find('[data-dataset=c] .jp-DatahallCard-title').focus();
    press('ArrowDown');
    expect(focused()).toBe('c');
  });

  it('is left to the field by an arrow key up', () => {
    showSearch(makeSearchModel({ words: 'rain', hits, status: 'ready' }));
    find('.jp-DatahallCard-title').focus();
    press('ArrowUp');
    expect(document.activeElement).toBe(find('input'));
  });

  it('is entered from the field by an arrow key down', () => {
    showSearch(makeSearchModel({ words: 'rain', hits, status: 'ready' }));
    find('input').focus();
    press('ArrowDown');
    expect(focused()).toBe('a');
  });

  it('opens the dataset whose title is clicked', () => {
    const opened: string[] = [];
    show(<ResultList hits={hits} {...ACTIONS} onOpen={({ id }) => opened.push(id)} />);
    click(find('[data-dataset=b] .jp-DatahallCard-title'));
    expect(opened).toEqual(['b']);
  });

  it('inserts the code of the dataset whose button is clicked', () => {
    const inserted: string[] = [];
    show(<ResultList hits={hits} {...ACTIONS} onInsert={({ id }) => inserted.push(id)} />);
    click(findNamed('Insert code for c'));
    expect(inserted).toEqual(['c']);
  });

  it('names a dataset without a title by its id', () => {
    show(<ResultList hits={[{ ...SUMMARY, title: {} }]} {...ACTIONS} />);
    expect(find('.jp-DatahallCard-title').textContent).toBe('weather/rain');
  });
});

describe('the search', () => {
  it('lists the domains before anything is searched for', () => {
    showSearch(makeSearchModel({ themes: [{ id: 'weather', title: { en: 'Weather' }, datasets: 3 }] }));
    expect(find('.jp-DatahallThemes').textContent).toBe('Weather3');
  });

  it('says that the domains are on their way', () => {
    showSearch(makeSearchModel());
    expect(find('[role=status]').textContent).toBe('Loading …');
  });

  it('is left for the domains with Escape', () => {
    const model = makeSearchModel({ words: 'rain' });
    showSearch(model);
    find('input').focus();
    press('Escape');
    expect(model.words).toBe('');
  });

  it('counts one dataset as one', () => {
    const results = { total: 1, page: 1, pages: 1, is_partial: false, did_you_mean: null, results: [] };
    showSearch(makeSearchModel({ words: 'rain', results, status: 'ready' }));
    expect(find('[role=status]').textContent).toBe('1 dataset');
  });

  it('counts many datasets as people write numbers', () => {
    const results = { total: 12_345, page: 1, pages: 1, is_partial: false, did_you_mean: null, results: [] };
    showSearch(makeSearchModel({ words: 'rain', results, status: 'ready' }));
    expect(find('[role=status]').textContent).toBe('12,345 datasets');
  });

  it('says where nothing was found what to do', () => {
    const results = { total: 0, page: 1, pages: 1, is_partial: false, did_you_mean: null, results: [] };
    showSearch(makeSearchModel({ words: 'xyzzy', results, status: 'ready' }));
    expect(page.textContent).toContain('Try fewer or other words');
  });

  it('proposes other words', () => {
    const results = { total: 0, page: 1, pages: 1, is_partial: false, did_you_mean: 'rain', results: [] };
    const model = makeSearchModel({ words: 'rian', results, status: 'ready' });
    showSearch(model);
    click(findNamed('rain'));
    expect(model.words).toBe('rain');
    model.clear(); // gives up what was to be asked
  });

  it('offers more only while there is more', () => {
    const results = { total: 30, page: 2, pages: 2, is_partial: false, did_you_mean: null, results: [] };
    showSearch(makeSearchModel({ words: 'rain', results, status: 'ready' }));
    expect(findNamed('Show more')).toBeUndefined();
  });

  it('says that the hall is away where cards have answered', () => {
    showSearch(makeSearchModel({ themes: [] }, 'cards'));
    expect(page.textContent).toContain('The hall does not answer just now.');
  });
});

describe('the details', () => {
  it('of an open dataset show its code', () => {
    showDetails();
    expect(find('pre').textContent).toBe('ds.polars()');
  });

  it.each(['restricted', 'conditional'] as const)('of a %s dataset show no code', access => {
    showDetails({ access });
    expect([page.querySelector('pre'), findNamed('Insert code')]).toEqual([null, undefined]);
  });

  it.each(['restricted', 'conditional'] as const)('of a %s dataset tell where to request access', access => {
    showDetails({ access });
    const subject = encodeURIComponent('Request for access to Rain (weather/rain)');
    expect(findNamed('Request access')?.getAttribute('href')).toBe(`mailto:ada@bureau.example?subject=${subject}`);
  });

  it('of a restricted dataset name who decides', () => {
    showDetails({ access: 'restricted' });
    expect(page.textContent).toContain('Weather Bureau decides who may use it.');
  });

  it('lead to the page of the publisher where there is no address for mail', () => {
    showDetails({ access: 'restricted', contact: { ...DETAILS.contact, email: '' } });
    expect(findNamed('Request access')?.getAttribute('href')).toBe('https://bureau.example/contact');
  });

  it('have the focus on their heading', () => {
    showDetails();
    expect(document.activeElement).toBe(find('h2'));
  });

  it('are left with Escape', () => {
    const model = showDetails();
    press('Escape');
    expect(model.id).toBeNull();
  });

  it('show what is known while the rest is on its way', () => {
    showDetails({}, { details: null, summary: SUMMARY });
    expect([find('h2').textContent, find('[role=status]').textContent]).toEqual(['Rain', 'Loading …']);
  });

  it('tell why the first rows are missing, beside all else', () => {
    showDetails({}, { rows: new HallError('not-present', 'The data is not in the store.') });
    expect([find('[role=alert]').textContent?.trim(), find('pre').textContent]).toEqual([
      'The data is not in the store.',
      'ds.polars()'
    ]);
  });

  it('show yes, no and nothing as people read them', () => {
    showDetails({}, { rows: { version: '1', columns: ['wet', 'dry', 'note'], rows: [[true, false, null]] } });
    expect([...page.querySelectorAll('td')].map(each => each.textContent)).toEqual(['yes', 'no', '']);
  });

  it('copy the citation', () => {
    const copied: string[] = [];
    const model = Object.assign(makeDetailsModel(), { id: 'weather/rain', details: DETAILS });
    show(<DetailsView model={model} form="" onForm={nothing} onInsert={nothing} onCopy={text => copied.push(text)} />);
    click(findNamed('Copy citation'));
    click(findNamed('BibTeX'));
    expect(copied).toEqual(['Weather Bureau (2024). Rain.', '@misc{rain}']);
  });

  it('warn that its portal no longer has it', () => {
    showDetails({ missing_since: '2024-05-01' });
    expect(page.textContent).toContain('Its portal no longer has it (since 2024-05-01).');
  });

  it('warn that it is deprecated, and lead to what takes its place', () => {
    const model = showDetails({ deprecated_since: '2024-05-01', replaced_by: 'weather/showers' });
    expect(find('.jp-DatahallNotice p').textContent).toBe('Deprecated since 2024-05-01; use weather/showers instead.');
    click(findNamed('Show weather/showers'));
    expect(model.id).toBe('weather/showers');
  });

  it('warn that it is deprecated where nothing takes its place', () => {
    showDetails({ deprecated_since: '2024-05-01' });
    expect(find('.jp-DatahallNotice').textContent).toBe('Deprecated since 2024-05-01.');
  });
});

describe('the lineage of a notebook', () => {
  const USE = { id: 'weather/rain', version: '2024.1' };

  function showLineage(told: Partial<IChanges>): string[] {
    const opened: string[] = [];
    const changes = {
      ...USE, newest: '2024.1', is_here: true, is_compatible: true, rows_before: 1, rows_now: 1, changes: [],
      missing_since: null, deprecated_since: null, replaced_by: null, ...told
    };
    const model = new LineageModel({ listChanges: () => new Promise(nothing) });
    Object.assign(model, { title: 'rain.ipynb', uses: [{ ...USE, standing: judge(changes), changes }] });
    const actions = { onFreeze: nothing, onReproduce: nothing, onCompare: nothing };
    show(<LineageView model={model} onOpenId={id => opened.push(id)} {...actions} />);
    return opened;
  }

  it('warns of a deprecated dataset, and leads to what takes its place', () => {
    const opened = showLineage({ deprecated_since: '2024-05-01', replaced_by: 'weather/showers' });
    expect(find('.jp-mod-deprecated').textContent).toBe('Deprecated since 2024-05-01; use weather/showers instead.');
    click(findNamed('Show weather/showers'));
    expect(opened).toEqual(['weather/showers']);
  });

  it('tells that a dataset is deprecated beside what its newest version is', () => {
    showLineage({ deprecated_since: '2024-05-01', newest: '2025.1', is_compatible: false });
    expect([...page.querySelectorAll('.jp-DatahallStanding')].map(each => each.textContent)).toEqual([
      'The newest version (2025.1) has other columns',
      'Deprecated since 2024-05-01.'
    ]);
  });

  it.each([
    ['withdrawn', 'Withdrawn by its publisher. Use weather/showers instead.'],
    ['deprecated', 'Deprecated by its publisher. Use weather/showers instead.']
  ] as const)('tells that one is %s where nobody says since when', (retired, said) => {
    showLineage({ retired, replaced_by: 'weather/showers' });
    expect(find('.jp-mod-deprecated').textContent).toBe(said);
  });

  it('tells what freezing has done', () => {
    const model = new LineageModel({ listChanges: () => new Promise(nothing) });
    Object.assign(model, { title: 'rain.ipynb', uses: [{ ...USE, standing: 'unknown', changes: null }] });
    model.tell(['Frozen', 'Not frozen']);
    show(<LineageView model={model} onOpenId={nothing} onFreeze={nothing} onReproduce={nothing} onCompare={nothing} />);
    expect([...find('[role=status]').children].map(each => each.textContent)).toEqual(['Frozen', 'Not frozen']);
  });

  it('leads nowhere where nothing takes its place', () => {
    showLineage({ deprecated_since: '2024-05-01', replaced_by: null });
    expect(find('.jp-mod-deprecated').textContent).toBe('Deprecated since 2024-05-01.');
    expect([...page.querySelectorAll('li button')].map(each => each.textContent)).toEqual(['weather/rain']);
  });
});

describe('the code', () => {
  function showCode(model: Partial<DetailsModel>, form = 'polars', onInsert: (code: ICodeForm) => void = nothing): void {
    const whole = Object.assign(makeDetailsModel(), { details: DETAILS }, model);
    show(<CodeBar model={whole} form={form} onForm={nothing} onInsert={onInsert} />);
  }

  it('is of the form that was chosen', () => {
    showCode({ code: CODE }, 'r');
    expect(find('pre').textContent).toBe('read.csv("rain")');
  });

  it('is of the first form where the chosen one is not there', () => {
    showCode({ code: CODE }, 'cobol');
    expect(find('pre').textContent).toBe('ds.polars()');
  });

  it('is not shown before it is there', () => {
    showCode({ code: null });
    expect(page.querySelector('pre')).toBeNull();
  });

  it('is not shown where it could not be had', () => {
    showCode({ code: new HallError('hall-away', 'The hall is away.') });
    expect(page.querySelector('pre')).toBeNull();
  });

  it('is inserted with its language', () => {
    const inserted: ICodeForm[] = [];
    showCode({ code: CODE }, 'r', code => inserted.push(code));
    click(findNamed('Insert code'));
    expect(inserted).toEqual([CODE[1]]);
  });

  it('can be of one version always', () => {
    showCode({ code: CODE });
    expect(find('label').textContent).toBe('Always this version (2024.1)');
  });
});

describe('the code of a join', () => {
  it('imports polars where it needs it', () => {
    expect(writeJoin('a.join(b, on=pl.col("x"))')).toContain('import datahall\nimport polars as pl\n');
  });

  it('imports nothing that it does not need', () => {
    expect(writeJoin('datahall.join_all("a", "b")')).toBe(
      'import datahall\n\njoined = (\n    datahall.join_all("a", "b")\n)\njoined.head(10).collect()'
    );
  });

  it('stands on lines that are not too long to read', () => {
    const code = 'datahall.dataset("a/b").polars().join(datahall.dataset("c/d").polars(), on=["x", "day"], how="left")';
    expect(writeJoin(code).split('\n')).toEqual([
      'import datahall',
      '',
      'joined = (',
      '    datahall.dataset("a/b").polars()',
      '    .join(datahall.dataset("c/d").polars(),',
      '          on=["x", "day"], how="left")',
      ')',
      'joined.head(10).collect()'
    ]);
  });
});

describe('marks', () => {
  it('leave out what is not known', () => {
    show(<Facts dataset={{ ...SUMMARY, rows: null, bytes: null, until: null, modified: null, quality_score: null }} />);
    expect(page.textContent).toBe('');
  });

  it('tell rows, size, last day and quality', () => {
    show(<Facts dataset={SUMMARY} />);
    expect(page.textContent).toBe('1,461 rows · 12 kB · until 2023-12-31 · quality 93%');
  });

  it('say that a licence is not stated', () => {
    show(<Terms dataset={{ ...SUMMARY, license: null, license_title: null }} />);
    expect(page.textContent).toContain('licence not stated');
  });

  it('say that data is made up', () => {
    show(<Terms dataset={{ ...SUMMARY, synthetic: true }} />);
    expect(page.textContent).toContain('synthetic');
  });
});

describe('how values are distributed', () => {
  const values = { name: 'rain', kind: 'numbers', filled: 3, empty: 1, minimum: '0', maximum: '55', values: [] };

  it('is told in words beside the bars', () => {
    show(<FieldChart values={{ ...values, counts: [2, 1] }} />);
    expect([page.querySelectorAll('rect').length, page.textContent]).toEqual([2, '0 to 55 · 25% empty']);
  });

  it('has no bar for what never occurs', () => {
    show(<FieldChart values={{ ...values, counts: [2, 0] }} />);
    expect([...page.querySelectorAll('rect')].map(each => each.getAttribute('height'))).toEqual(['24', '0']);
  });
});

describe('filters', () => {
  const many = Array.from({ length: 12 }, (_, at) => ({ value: `v${at}`, title: {}, count: 1, is_chosen: false }));

  it('show eight values, and a chosen one beyond', () => {
    show(<Filters facets={{ publisher: many }} chosen={{ publisher: ['v11'] }} onToggle={nothing} />);
    expect(page.querySelectorAll('input')).toHaveLength(9);
  });

  it('show all values after a click', () => {
    show(<Filters facets={{ publisher: many }} chosen={{}} onToggle={nothing} />);
    click(findNamed('4 more'));
    expect(page.querySelectorAll('input')).toHaveLength(12);
  });

  it('say real and made up rather than true and false', () => {
    const synthetic = ['true', 'false'].map(value => ({ value, title: { en: value }, count: 1, is_chosen: false }));
    show(<Filters facets={{ synthetic }} chosen={{}} onToggle={nothing} />);
    expect([...page.querySelectorAll('label span:first-of-type')].map(each => each.textContent)).toEqual(['made up', 'real']);
  });

  it('show places with a name before other words for one, and no addresses', () => {
    const names = { US: 'United States', 'Harbour north': 'Harbour north', 'https://place.example/1': 'https://place.example/1', FR: 'France' };
    const place = Object.entries(names).map(([value, en]) => ({ value, title: { en }, count: 1, is_chosen: false }));
    show(<Filters facets={{ place }} chosen={{}} onToggle={nothing} />);
    const told = [...page.querySelectorAll('label span:first-of-type')].map(each => each.textContent);
    expect(told).toEqual(['United States', 'France', 'Harbour north']);
  });

  it('toggle what is clicked', () => {
    const toggled: string[][] = [];
    show(<Filters facets={{ publisher: many }} chosen={{}} onToggle={(...each) => toggled.push(each)} />);
    click(find('input'));
    expect(toggled).toEqual([['publisher', 'v0']]);
  });
});

describe('a failure', () => {
  it('of an expired login leads to where one signs in', () => {
    show(<Failure error={new HallError(LOGIN_EXPIRED, '')} onRetry={nothing} />);
    expect(findNamed('Sign in again')?.getAttribute('href')).toBe('/hub/login');
  });

  it('of any other kind can be tried again', () => {
    let tried = 0;
    show(<Failure error={new HallError('hall-away', 'The hall is away.')} onRetry={() => tried++} />);
    click(findNamed('Try again'));
    expect(tried).toBe(1);
  });

  it('without a message says at least that something went wrong', () => {
    show(<Failure error={new HallError('unknown', '')} />);
    expect(page.textContent?.trim()).toBe('Something went wrong.');
  });
});

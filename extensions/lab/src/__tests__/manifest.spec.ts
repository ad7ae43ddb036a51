import { dropUnknownThemes, fillForm, findMissing, isSlug, makeSlug, readSlug } from '../publish/manifest';

const NOTEBOOK = {
  path: 'work/My rain.ipynb',
  markdown: ['# Rain by year\n\nHow much it *rained*\nin a year.\n\nMore.', '# 逐年降雨\n\n看看某一年下了多少雨。'],
  uses: [{ id: 'weather/rain', version: '2024-01-01.0123abcd' }],
  author: 'Ada'
};

describe('the form', () => {
  it('is filled in from the notebook', () => {
    const { slug, manifest } = fillForm(NOTEBOOK, null);
    expect(slug).toBe('my-rain');
    expect(manifest.title).toEqual({ en: 'Rain by year', zh: '逐年降雨' });
    expect(manifest.summary).toEqual({ en: 'How much it rained in a year.', zh: '看看某一年下了多少雨。' });
    expect(manifest.themes).toEqual(['weather']);
    expect(manifest.datasets).toEqual([{ id: 'weather/rain' }]);
    expect(findMissing({ slug, manifest })).toEqual([]);
  });

  it('takes its titles from what introduces it in the Lab where its page has none', () => {
    const introductions = ['# Who earns what?\n\n**For** anyone · **3 minutes**', '# 谁挣多少？\n\n看看工资。'];
    const app = fillForm({ ...NOTEBOOK, markdown: [], introductions }, null).manifest;
    expect([app.title, app.summary]).toEqual([{ en: 'Who earns what?', zh: '谁挣多少？' }, { en: '', zh: '看看工资。' }]);
    const page = fillForm({ ...NOTEBOOK, introductions }, null).manifest;
    expect(page.title).toEqual({ en: 'Rain by year', zh: '逐年降雨' });
  });

  it('needs no goal', () => {
    const form = fillForm(NOTEBOOK, null);
    expect([form.manifest.goals, findMissing(form)]).toEqual([[], []]);
  });

  it.each([[{ slug: 'rain' }, 'rain'], [{ slug: '../x' }, null], [{}, null], [null, null], ['rain', null]])(
    'was kept under a name in %p: %p',
    (kept, slug) => expect(readSlug(kept)).toBe(slug)
  );

  it('keeps what was filled in before, but for the datasets that the notebook opens', () => {
    const kept = { slug: 'rain', manifest: { title: { en: 'A', zh: '甲' }, datasets: [{ id: 'a/b' }] } };
    const { slug, manifest } = fillForm(NOTEBOOK, kept);
    expect([slug, manifest.title.en, manifest.datasets]).toEqual(['rain', 'A', [{ id: 'weather/rain' }]]);
  });

  it.each([null, 'text', { manifest: { authors: [null], themes: [null], datasets: [null] } }, { slug: '../x', manifest: { title: 'text', themes: 'weather', authors: null } }])(
    'is filled in from the notebook where what was kept is %p',
    kept => {
      const { slug, manifest } = fillForm(NOTEBOOK, kept);
      expect([slug, manifest.title.en, manifest.themes]).toEqual(['my-rain', 'Rain by year', ['weather']]);
    }
  );

  it.each([
    '{"__proto__": {"title": {"en": "E", "zh": "E"}}}',
    '{"constructor": {"prototype": {"license": "E"}}, "toString": "E", "extra": "E"}',
    '{"title": {"__proto__": {"en": "E", "zh": "E"}}, "authors": [{"__proto__": {"name": "E"}}]}',
    '{"goals": ["evil", 7], "themes": [{}], "license": ["E"], "show_source": "no"}'
  ])('takes nothing from %s', manifest => {
    expect(fillForm(NOTEBOOK, { manifest: JSON.parse(manifest) })).toEqual(fillForm(NOTEBOOK, null));
  });

  it('keeps of each field only what it shows', () => {
    const authors = [{ name: 'Eve', url: 'javascript:alert(1)' }];
    const { manifest } = fillForm(NOTEBOOK, {
      manifest: { title: { en: 'A', zh: '甲', fr: 'B' }, authors, goals: ['evil', 'services'], thumbnail: '../x.png' }
    });
    expect([manifest.title, manifest.authors, manifest.goals]).toEqual([
      { en: 'A', zh: '甲' }, [{ name: 'Eve' }], ['services']
    ]);
    expect(Object.keys(manifest)).toEqual(Object.keys(fillForm(NOTEBOOK, null).manifest));
  });

  it('drops the themes that the hall does not know', () => {
    const { manifest } = fillForm(NOTEBOOK, { manifest: { themes: ['evil', 'weather'] } });
    expect(dropUnknownThemes(manifest, ['weather', 'health']).themes).toEqual(['weather']);
  });

  it('is called as its folder, where the notebook is called app', () => {
    expect(fillForm({ ...NOTEBOOK, path: 'apps/rain-app/app.ipynb' }, null).slug).toBe('rain-app');
  });

  it('says what is missing', () => {
    const { manifest } = fillForm({ path: '雨.ipynb', markdown: [], uses: [], author: '' }, null);
    const missing = findMissing({ slug: makeSlug('雨'), manifest });
    expect(missing).toEqual([
      'title.en', 'title.zh', 'summary.en', 'summary.zh', 'slug', 'themes', 'authors', 'datasets'
    ]);
  });
});

describe('a name for addresses', () => {
  it.each([['Rain & snow!', 'rain-snow'], ['  --a--b ', 'a-b'], ['a'.repeat(80), 'a'.repeat(60)], ['雨', '']])(
    '%p becomes %p',
    (text, slug) => expect(makeSlug(text)).toBe(slug)
  );

  it.each(['Rain', 'a--b', '-a', '', '../a'])('is not %p', text => expect(isSlug(text)).toBe(false));
});

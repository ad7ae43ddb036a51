/** What an app says about itself, guessed from its notebook, and what of it is still missing. Pure. */

import { IUse } from '../lineage/notebook_datasets';

export interface IBoth {
  readonly en: string;
  readonly zh: string;
}

/** The fields of app.yaml. */
export interface IManifest {
  readonly title: IBoth;
  readonly summary: IBoth;
  readonly themes: readonly string[];
  readonly goals: readonly string[];
  readonly authors: readonly { readonly name: string }[];
  readonly license: string;
  readonly datasets: readonly { readonly id: string }[];
  readonly show_source: boolean;
}

export interface IForm {
  readonly slug: string;
  readonly manifest: IManifest;
}

/** What of a notebook is looked at. */
export interface INotebookTexts {
  readonly path: string;
  /** The texts of its Markdown cells. */
  readonly markdown: readonly string[];
  readonly uses: readonly IUse[];
  readonly author: string;
}

export const GOALS = ['governance', 'economy', 'services', 'innovation', 'industry'] as const;
export const LICENSES = ['BSD-3-Clause', 'MIT', 'Apache-2.0', 'GPL-3.0-or-later', 'CC-BY-4.0', 'CC0-1.0'];
const LONGEST_SLUG = 60;
const CHINESE = /[\u4e00-\u9fff]/;

/** Return a name for addresses: small letters, digits and single hyphens. */
export function makeSlug(text: string): string {
  const slug = text.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '');
  return slug.slice(0, LONGEST_SLUG).replace(/-+$/, '');
}

export function isSlug(text: string): boolean {
  return text.length <= LONGEST_SLUG && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(text);
}

/** Return a form filled in from a notebook; what was kept in it before comes first. */
export function fillForm(notebook: INotebookTexts, kept: unknown): IForm {
  const { slug, manifest } = (kept ?? {}) as { slug?: unknown; manifest?: Partial<IManifest> };
  const guessed = guessManifest(notebook);
  return {
    slug: typeof slug === 'string' && isSlug(slug) ? slug : guessSlug(notebook.path),
    manifest: { ...guessed, ...keepKnown(manifest), datasets: guessed.datasets.length > 0 ? guessed.datasets : keepDatasets(manifest) }
  };
}

function keepDatasets(manifest: unknown): IManifest['datasets'] {
  const { datasets } = (manifest ?? {}) as { datasets?: unknown };
  const isOne = (each: unknown): each is { id: string } => typeof (each as { id?: unknown } | null)?.id === 'string';
  return Array.isArray(datasets) ? datasets.filter(isOne).map(({ id }) => ({ id })) : [];
}

function keepKnown(manifest: unknown): Partial<IManifest> {
  const told = (manifest ?? {}) as { [name: string]: unknown };
  const isBoth = (each: unknown): boolean =>
    typeof (each as IBoth)?.en === 'string' && typeof (each as IBoth)?.zh === 'string';
  const isList = (each: unknown): boolean => Array.isArray(each) && each.every(word => typeof word === 'string');
  const areAuthors = (each: unknown): boolean =>
    Array.isArray(each) && each.every(author => typeof (author as { name?: unknown } | null)?.name === 'string');
  const forms: { [name: string]: (each: unknown) => boolean } = {
    title: isBoth, summary: isBoth, themes: isList, goals: isList, authors: areAuthors,
    license: each => typeof each === 'string', show_source: each => typeof each === 'boolean'
  };
  return Object.fromEntries(Object.entries(told).filter(([name, value]) => forms[name]?.(value)));
}

function guessSlug(path: string): string {
  const parts = path.split('/');
  const name = (parts.pop() ?? '').replace(/\.ipynb$/, '');
  return makeSlug(name === 'app' ? (parts.pop() ?? name) : name);
}

function guessManifest({ markdown, uses, author }: INotebookTexts): IManifest {
  const titles = markdown.flatMap(text => [...text.matchAll(/^# +(.+)$/gm)].map(([, title]) => title.trim()));
  const sentences = markdown.map(findSummary).filter(text => text !== '');
  const choose = (texts: readonly string[]): IBoth => ({
    en: texts.find(text => !CHINESE.test(text)) ?? '',
    zh: texts.find(text => CHINESE.test(text)) ?? ''
  });
  const ids = [...new Set(uses.map(({ id }) => id))];
  const themes = [...new Set(ids.map(id => id.split('/')[0]))].filter(theme => theme !== 'harvested');
  return {
    title: choose(titles),
    summary: choose(sentences),
    themes,
    goals: [],
    authors: [{ name: author }],
    license: LICENSES[0],
    datasets: ids.map(id => ({ id })),
    show_source: true
  };
}

/** Return the first paragraph below a heading, without Markdown's signs. */
function findSummary(text: string): string {
  const paragraph = /^# +.+\n+(?![#*>|\-\s])([^\n]+(?:\n(?!\n|#)[^\n]+)*)/m.exec(text)?.[1] ?? '';
  return paragraph.replace(/\n/g, ' ').replace(/[*`_]/g, '').trim();
}

/** Return the names of the fields that have to be filled in, in the order of the form. */
export function findMissing({ slug, manifest }: IForm): string[] {
  const missing = [];
  for (const name of ['title', 'summary'] as const) {
    for (const language of ['en', 'zh'] as const) {
      if (manifest[name][language].trim() === '') {
        missing.push(`${name}.${language}`);
      }
    }
  }
  if (!isSlug(slug)) {
    missing.push('slug');
  }
  if (manifest.themes.length === 0) {
    missing.push('themes');
  }
  if (manifest.authors.length === 0 || manifest.authors.some(({ name }) => name.trim() === '')) {
    missing.push('authors');
  }
  if (manifest.license.trim() === '') {
    missing.push('license');
  }
  if (manifest.datasets.length === 0) {
    missing.push('datasets');
  }
  return missing;
}

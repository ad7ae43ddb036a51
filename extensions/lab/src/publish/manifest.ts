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
  /** The texts of those that introduce it in one language in the Lab alone, where its page has words of its own. */
  readonly introductions?: readonly string[];
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

/** Return the name in its address that was kept in a notebook, null where none was. */
export function readSlug(kept: unknown): string | null {
  const { slug } = readFields(kept, { slug: readText });
  return slug !== undefined && isSlug(slug) ? slug : null;
}

/** Return a form filled in from a notebook; what was kept in it before comes first. */
export function fillForm(notebook: INotebookTexts, kept: unknown): IForm {
  const { manifest } = readFields(kept, { manifest: readObject });
  const guessed = guessManifest(notebook);
  const known = readFields(manifest, FIELDS);
  const datasets = guessed.datasets.length > 0 ? guessed.datasets : (known.datasets ?? []);
  return {
    slug: readSlug(kept) ?? guessSlug(notebook.path),
    manifest: { ...guessed, ...known, datasets }
  };
}

/** Return a manifest without the themes that the hall does not know: the form could not show them. */
export function dropUnknownThemes(manifest: IManifest, known: readonly string[]): IManifest {
  return { ...manifest, themes: manifest.themes.filter(theme => known.includes(theme)) };
}

/** Returns a value as the form shows it, undefined where it is none. */
type Read<T> = (told: unknown) => T | undefined;
type Reads<T> = { readonly [name in keyof T]: Read<T[name]> };

const readText: Read<string> = told => (typeof told === 'string' ? told : undefined);
const readFlag: Read<boolean> = told => (typeof told === 'boolean' ? told : undefined);
const readObject: Read<object> = told => (typeof told === 'object' && told !== null ? told : undefined);

const FIELDS: Reads<IManifest> = {
  title: readBoth,
  summary: readBoth,
  themes: readList(readText),
  goals: readList(told => GOALS.find(goal => goal === told)),
  authors: readList(readWith({ name: readText })),
  license: readText,
  datasets: readList(readWith({ id: readText })),
  show_source: readFlag
};

/** Return what a stranger's object has itself of these fields, and nothing else of it. */
function readFields<T>(told: unknown, reads: Reads<T>): Partial<T> {
  const given = (readObject(told) ?? {}) as Partial<T>;
  const fields: Partial<T> = {};
  for (const name of Object.keys(reads) as (keyof T)[]) {
    const value = Object.hasOwn(given, name) ? reads[name](given[name]) : undefined;
    if (value !== undefined) {
      fields[name] = value;
    }
  }
  return fields;
}

function readWith<T>(reads: Reads<T>): Read<T> {
  return told => {
    const fields = readFields(told, reads);
    return Object.keys(reads).every(name => name in fields) ? (fields as T) : undefined;
  };
}

function readBoth(told: unknown): IBoth | undefined {
  return readWith<IBoth>({ en: readText, zh: readText })(told);
}

/** A list is read without what cannot be shown in it; one of which nothing is left was none. */
function readList<T>(read: Read<T>): Read<readonly T[]> {
  return told => {
    const given: unknown[] = Array.isArray(told) ? told : [told];
    const found = given.map(read).filter(each => each !== undefined);
    return found.length > 0 || given.length === 0 ? found : undefined;
  };
}

function guessSlug(path: string): string {
  const parts = path.split('/');
  const name = (parts.pop() ?? '').replace(/\.ipynb$/, '');
  return makeSlug(name === 'app' ? (parts.pop() ?? name) : name);
}

function guessManifest({ markdown, introductions = [], uses, author }: INotebookTexts): IManifest {
  const texts = [...markdown, ...introductions]; // what visitors see comes first
  const titles = texts.flatMap(text => [...text.matchAll(/^# +(.+)$/gm)].map(([, title]) => title.trim()));
  const sentences = texts.map(findSummary).filter(text => text !== '');
  const choose = (found: readonly string[]): IBoth => ({
    en: found.find(text => !CHINESE.test(text)) ?? '',
    zh: found.find(text => CHINESE.test(text)) ?? ''
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
  return paragraph.replace(/\n/g, ' ').replace(/[*`]|(?<!\w)_|_(?!\w)/g, '').trim();
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

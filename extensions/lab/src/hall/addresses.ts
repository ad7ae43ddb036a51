/** Where the pages of the hall are that this Lab belongs to. */

import { PageConfig, URLExt } from '@jupyterlab/coreutils';

/** The pages that the Lab leads to: the first one, all datasets, all apps, and one's own. */
export type Page = 'home' | 'datasets' | 'apps' | 'my-apps';

export const PAGES: readonly Page[] = ['home', 'datasets', 'apps', 'my-apps'];

const PATHS: { readonly [page in Page]: string } = { home: '', datasets: 'datasets/', apps: 'apps/', 'my-apps': 'apps/mine' };

/** Return the address of the hall's pages in a language; null where the Lab is on a machine of one's own. */
export function findHallUrl(language: 'en' | 'zh'): string | null {
  const hub = PageConfig.getOption('hubPrefix');
  return hub === '' ? null : PageConfig.getOption('hubHost') + URLExt.join(hub, '..', 'services/hall', language);
}

/** Return the address of a page, below that of the hall's pages. */
export function writePageUrl(hallUrl: string, page: Page): string {
  return `${hallUrl}/${PATHS[page]}`;
}

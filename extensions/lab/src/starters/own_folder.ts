/** In which folder one's own notebooks begin: never among those that the hall puts there. */

/** The folders of a home that the hall fills; `datahall_lab.starters` has the same. */
export const SHIPPED: readonly string[] = ['catalogs', 'guides', 'lessons', 'lessons-with-solutions'];

/** The home as commands take it: an empty path is none to them, and they take the file browser's folder instead. */
export const HOME = '.';

/** Whether a folder, or what it lies in, is filled by the hall. */
export function isShipped(folder: string): boolean {
  return SHIPPED.includes(folder.replace(/^\/+/, '').split('/')[0]);
}

/** Return where something new is put by whoever is in a folder. */
export function chooseFolder(folder: string): string {
  return isShipped(folder) ? HOME : folder;
}

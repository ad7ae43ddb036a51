/** Texts and numbers as people read them, in the Lab's language. */

import { Texts } from './answers';

/** Return a text in a language, else in another one. */
export function readText(texts: Texts | null | undefined, language: string): string {
  return texts?.[language] ?? texts?.und ?? texts?.en ?? Object.values(texts ?? {})[0] ?? '';
}

/** Return `en` or `zh` for the code of the Lab's language, such as `zh_CN`. */
export function readLanguage(code: string): 'en' | 'zh' {
  return code.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

export function formatNumber(value: number, language: string): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(value);
}

/** Return a size with its unit; a thousand bytes are a kilobyte, as in the hall's pages. */
export function formatBytes(bytes: number, language: string): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  return `${formatNumber(bytes / 1000 ** step, language)} ${units[step]}`;
}

/** Return a share with its sign; only what is whole is 100%, and only what is nothing 0%. */
export function formatShare(share: number, language: string): string {
  const [most, digits] = isNearlyWhole(share) ? [0.9999, 2] : [1, 0];
  const format = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: digits });
  return format.format(Math.min(Math.max(share, 1 - most), most));
}

/** Whether whole hundredths would say too much: that something is whole, or nothing. */
function isNearlyWhole(share: number): boolean {
  return (share > 0 && share < 0.01) || (share > 0.99 && share < 1);
}

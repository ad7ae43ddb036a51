/** Which datasets a notebook uses: as its metadata notes them, as its code names them, as its kernel has opened them. */

/** A dataset in a version. */
export interface IUse {
  readonly id: string;
  readonly version: string;
}

const ID = '[a-z0-9][a-z0-9-]*/[a-z0-9][a-z0-9-]*';
const VERSION = '\\d{4}-\\d\\d-\\d\\d\\.[0-9a-f]{8}';
// `dataset("theme/name")` with or without a version, as text alone: what is worked out cannot be pinned here.
const NAMED = new RegExp(`(\\bdataset\\(\\s*)(["'])(${ID})(@(${VERSION}))?\\2`, 'g');

function isUse(each: unknown): each is IUse {
  const { id, version } = (each ?? {}) as Partial<IUse>;
  return new RegExp(`^${ID}$`).test(String(id)) && new RegExp(`^${VERSION}$`).test(String(version));
}

/** Return what a notebook's metadata below `datahall` notes; what is no such list is nothing. */
export function readUses(metadata: unknown): IUse[] {
  const { used } = (metadata ?? {}) as { used?: unknown };
  return Array.isArray(used) ? used.filter(isUse).map(({ id, version }) => ({ id, version })) : [];
}

/** Return the uses that a kernel tells as the text of a Python string that holds JSON. */
export function parseKernelAnswer(text: string): IUse[] {
  const json = /^'(.*)'$/s.exec(text.trim())?.[1].replace(/\\(['\\])/g, '$1');
  try {
    return readUses({ used: JSON.parse(json ?? '') });
  } catch {
    return [];
  }
}

/** Return the datasets that code names, with the versions that it names. */
export function findNamed(sources: readonly string[]): { id: string; version: string | null }[] {
  return sources.flatMap(source =>
    [...source.matchAll(NAMED)].map(([, , , id, , version]) => ({ id, version: version ?? null }))
  );
}

/**
 * Return what is to be noted: what the kernel has opened, and of what was noted before whatever the code still speaks of
 * and the kernel has not opened, since only a part of the cells may have run; all of it, where none has.
 */
export function mergeUses(opened: readonly IUse[], noted: readonly IUse[], sources: readonly string[]): IUse[] {
  const ids = new Set(opened.map(({ id }) => id));
  const isSpokenOf = ({ id }: IUse): boolean =>
    opened.length === 0 || id.split('/').every(part => sources.some(source => source.includes(part)));
  const merged = [...opened, ...noted.filter(use => !ids.has(use.id) && isSpokenOf(use))];
  return merged.sort((one, other) => `${one.id}@${one.version}`.localeCompare(`${other.id}@${other.version}`, 'en'));
}

/** Return code in which each dataset that it names without a version is named with the one that was used. */
export function pinSource(source: string, uses: readonly IUse[]): string {
  const versions = new Map(uses.map(({ id, version }) => [id, version] as const));
  return source.replace(NAMED, (whole: string, call: string, quote: string, id: string, pinned?: string) => {
    const version = versions.get(id);
    return pinned || version === undefined ? whole : `${call}${quote}${id}@${version}${quote}`;
  });
}

/** Return the uses that no code names: `pinSource` cannot pin them. */
export function findUnnamed(uses: readonly IUse[], sources: readonly string[]): IUse[] {
  const named = new Set(findNamed(sources).map(({ id }) => id));
  return uses.filter(({ id }) => !named.has(id));
}

/** Which datasets a notebook uses: as its metadata notes them, as its kernel has opened them. */

/** A dataset in a version. */
export interface IUse {
  readonly id: string;
  readonly version: string;
}

/** The forms of ids and versions, for regular expressions. */
export const ID = '[a-z0-9][a-z0-9-]*/[a-z0-9][a-z0-9-]*';
export const VERSION = '\\d{4}-\\d\\d-\\d\\d\\.[0-9a-f]{8}';
/** Of a notebook that claims more uses than anybody's, the rest is ignored. */
export const MOST_USES = 100;
const LONGEST_ID = 300; // longer than the hall takes
const [WHOLE_ID, WHOLE_VERSION] = [new RegExp(`^${ID}$`), new RegExp(`^${VERSION}$`)];

function isUse(each: unknown): each is IUse {
  const { id, version } = (each ?? {}) as { id?: unknown; version?: unknown };
  const isId = typeof id === 'string' && id.length <= LONGEST_ID && WHOLE_ID.test(id);
  return isId && typeof version === 'string' && WHOLE_VERSION.test(version);
}

/** Return what a notebook's metadata below `datahall` notes, each once; what is no such list is nothing. */
export function readUses(metadata: unknown): IUse[] {
  const { used } = (metadata ?? {}) as { used?: unknown };
  const uses = Array.isArray(used) ? used.filter(isUse) : [];
  const unique = new Map(uses.map(({ id, version }) => [`${id}@${version}`, { id, version }]));
  return [...unique.values()].slice(0, MOST_USES);
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

/**
 * Return what is to be noted: what the kernel has opened, and of what was noted before whatever the code still speaks of
 * and the kernel has not opened, since only a part of the cells may have run; all of it, where none has.
 */
export function mergeUses(opened: readonly IUse[], noted: readonly IUse[], sources: readonly string[]): IUse[] {
  const ids = new Set(opened.map(({ id }) => id));
  const isSpokenOf = ({ id }: IUse): boolean =>
    opened.length === 0 || id.split('/').every(part => sources.some(source => source.includes(part)));
  const merged = [...opened, ...noted.filter(use => !ids.has(use.id) && isSpokenOf(use))].slice(0, MOST_USES);
  return merged.sort((one, other) => `${one.id}@${one.version}`.localeCompare(`${other.id}@${other.version}`, 'en'));
}

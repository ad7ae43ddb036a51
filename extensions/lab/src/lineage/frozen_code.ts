/** Code that names the versions it used: what is written into it, and what cannot be. Pure. */

import { ICall } from './dataset_calls';
import { IUse } from './notebook_datasets';

/** Why something cannot be frozen: no call writes it out, it has not been opened yet, or nobody may write there. */
export type Reason = 'not-written' | 'not-opened' | 'locked' | 'read-only';

/** A cell of code, its calls, and what keeps others from writing into it. */
export interface ICodeCell {
  readonly source: string;
  readonly calls: readonly ICall[];
  readonly hindrance: 'locked' | 'read-only' | null;
}

/** What is not frozen: a dataset's id, or a call that works out which dataset it opens. */
export interface ILeft {
  readonly what: string;
  readonly reason: Reason;
}

/** Return the source of a cell with a version in each call that names none; as it is where nobody may write. */
export function freezeCell(cell: ICodeCell, uses: readonly IUse[]): string {
  const versions = readVersions(uses);
  const { source, calls, hindrance } = cell;
  const bare = calls.filter(call => call.version === null && findReason(call, versions, hindrance) === null);
  return bare
    .sort((one, other) => other.at - one.at) // from the end, so that the places before stay
    .reduce((text, { id, at }) => `${text.slice(0, at)}@${versions.get(id ?? '')}${text.slice(at)}`, source);
}

/** Return the datasets whose version `freezeCell` writes into a cell of these, each once. */
export function findFrozen(cells: readonly ICodeCell[], uses: readonly IUse[]): IUse[] {
  const versions = readVersions(uses);
  const bare = cells.flatMap(({ calls, hindrance }) =>
    calls.filter(call => call.version === null && findReason(call, versions, hindrance) === null)
  );
  const ids = new Set(bare.map(({ id }) => id));
  return uses.filter(({ id, version }) => ids.has(id) && versions.get(id) === version);
}

/** Return what `freezeCell` leaves in the cells of a notebook, each once. */
export function findLeft(cells: readonly ICodeCell[], uses: readonly IUse[]): ILeft[] {
  const versions = readVersions(uses);
  const written = new Set(cells.flatMap(({ calls }) => calls.map(({ id }) => id)));
  const left = uses.filter(({ id }) => !written.has(id)).map(({ id }): ILeft => ({ what: id, reason: 'not-written' }));
  for (const { calls, hindrance } of cells) {
    for (const call of calls) {
      const reason = findReason(call, versions, hindrance);
      left.push(...(reason === null ? [] : [{ what: call.id ?? call.text, reason }]));
    }
  }
  return [...new Map(left.map(each => [`${each.reason} ${each.what}`, each])).values()];
}

function readVersions(uses: readonly IUse[]): ReadonlyMap<string, string> {
  return new Map(uses.map(({ id, version }) => [id, version]));
}

function findReason(
  { id, version }: ICall,
  versions: ReadonlyMap<string, string>,
  hindrance: ICodeCell['hindrance']
): Reason | null {
  if (version !== null) {
    return null;
  }
  if (id === null) {
    return 'not-written';
  }
  return versions.has(id) ? hindrance : 'not-opened';
}

/** What is told of datasets by their names: as many as a message holds, and why something is not frozen. */

import { TranslationBundle } from '@jupyterlab/translation';
import { ILeft, Reason } from './frozen_code';
import { IUse } from './notebook_datasets';

const LETTERS = 70; // of names in a message, of which the Lab shows 140 letters

/** Return names as an enumeration that is no longer than some letters; of many, the first ones. */
export function enumerate(names: readonly string[], trans: TranslationBundle, letters = LETTERS): string {
  const comma = trans.__(', ');
  let end = 0;
  for (let length = 0; end < names.length; end++) {
    length += names[end].length + comma.length;
    if (end > 0 && length - comma.length > letters) {
      break;
    }
  }
  const more = names.length - end;
  return names.slice(0, end).join(comma) + (more > 0 ? ` ${trans.__('and %1 more', more)}` : '');
}

/** Return which versions were written into the code; null where something is left and nothing was written. */
export function tellFrozen(
  frozen: readonly IUse[],
  left: readonly ILeft[],
  trans: TranslationBundle,
  letters = LETTERS
): string | null {
  if (frozen.length === 0) {
    return left.length > 0 ? null : trans.__('Each call names its version already; nothing had to be written.');
  }
  const names = frozen.map(({ id, version }) => `${id}@${version}`);
  return trans.__('Frozen; now in the code: %1', enumerate(names, trans, letters));
}

/** Return why what is left is not frozen, a sentence for each reason. */
export function tellLeft(left: readonly ILeft[], trans: TranslationBundle, letters = LETTERS): string[] {
  return [...new Set(left.map(({ reason }) => reason))].map(reason => {
    const names = left.filter(each => each.reason === reason).map(({ what }) => what);
    return tellReason(reason, enumerate(names, trans, letters), trans);
  });
}

function tellReason(reason: Reason, names: string, trans: TranslationBundle): string {
  switch (reason) {
    case 'not-written':
      return trans.__('Not frozen, as no call of datahall.dataset writes the id as text: %1', names);
    case 'not-opened':
      return trans.__('Not frozen, as it has not been opened yet (run its cell first): %1', names);
    case 'locked':
      return trans.__('Not frozen, as its cell is locked: %1', names);
    case 'read-only':
      return trans.__('Not frozen, as the notebook is read-only: %1', names);
  }
}

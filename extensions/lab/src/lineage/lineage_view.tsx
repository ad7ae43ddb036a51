/** What the notebook in front uses, what of it has changed, and what can be done about it. */

import React from 'react';
import { IFieldChange, isRetired } from '../hall/answers';
import { formatNumber } from '../hall/texts';
import { tellDeprecation } from '../panel/marks';
import { IReader, useReader } from '../panel/reader';
import { IStanding, LineageModel } from './lineage_model';

export interface ILineageActions {
  readonly onOpenId: (id: string) => void;
  readonly onFreeze: () => void;
  readonly onReproduce: (isReproducing: boolean) => void;
  /** Put lines into the notebook that compare the rows of two versions. */
  readonly onCompare: (use: IStanding) => void;
}

export function LineageView(props: { model: LineageModel } & ILineageActions): React.ReactElement | null {
  const { trans } = useReader();
  const { model, onFreeze, onReproduce } = props;
  const more = model.uses.length - model.shown.length;
  if (model.title === null || model.uses.length === 0) {
    return null;
  }
  return (
    <section className="jp-DatahallLineage" aria-label={trans.__('Datasets of this notebook')}>
      <h3>{trans.__('In %1', model.title)}</h3>
      <ul className="jp-DatahallLinks">
        {model.shown.map(use => (
          <Use key={`${use.id}@${use.version}`} use={use} {...props} />
        ))}
        {more > 0 && <li>{trans.__('and %1 more', more)}</li>}
      </ul>
      <div className="jp-DatahallBar">
        <button
          className="jp-DatahallButton"
          title={trans.__('Write the versions into the code, so that it opens them wherever it runs')}
          onClick={onFreeze}
        >
          {trans.__('Freeze versions')}
        </button>
        <button
          className="jp-DatahallButton"
          aria-pressed={model.isReproducing}
          title={trans.__('Start the kernel anew, with exactly the versions noted here')}
          onClick={() => onReproduce(!model.isReproducing)}
        >
          {model.isReproducing ? trans.__('Go back to the newest') : trans.__('Reproduce')}
        </button>
      </div>
      <div role="status">
        {model.told.map(sentence => (
          <p key={sentence} className="jp-DatahallNotice">
            {sentence}
          </p>
        ))}
      </div>
    </section>
  );
}

function Use(props: { use: IStanding } & ILineageActions): React.ReactElement {
  const reader = useReader();
  const { trans, language } = reader;
  const { use, onOpenId, onCompare } = props;
  const { changes } = use;
  const replacement = isRetired(changes) ? (changes?.replaced_by ?? null) : null;
  const isOther = changes !== null && changes.is_here && changes.newest !== null && changes.newest !== use.version;
  return (
    <li>
      <button className="jp-DatahallLink" onClick={() => onOpenId(use.id)}>
        {use.id}
      </button>{' '}
      <code className="jp-DatahallId">{use.version}</code>
      <span className={`jp-DatahallStanding jp-mod-${use.standing}`}>{tellStanding(use, reader)}</span>
      {changes !== null && isRetired(changes) && (
        <span className="jp-DatahallStanding jp-mod-deprecated">{tellDeprecation(changes, reader)}</span>
      )}
      {replacement !== null && (
        <button className="jp-DatahallButton" onClick={() => onOpenId(replacement)}>
          {trans.__('Show %1', replacement)}
        </button>
      )}
      {isOther && (
        <details>
          <summary>{trans.__('What changed')}</summary>
          <ul>
            <li>
              {trans.__(
                'Rows: %1 before, %2 now',
                changes.rows_before === null ? '–' : formatNumber(changes.rows_before, language),
                changes.rows_now === null ? '–' : formatNumber(changes.rows_now, language)
              )}
            </li>
            {changes.changes.map(change => (
              <li key={`${change.field} ${change.kind}`}>{tellChange(change, reader)}</li>
            ))}
          </ul>
          <button className="jp-DatahallButton" onClick={() => onCompare(use)}>
            {trans.__('Insert code that compares the rows')}
          </button>
        </details>
      )}
    </li>
  );
}

/** Return how a version stands, in words. */
export function tellStanding({ standing, changes }: IStanding, reader: IReader): string {
  const { trans } = reader;
  switch (standing) {
    case 'current':
      return trans.__('the newest');
    case 'newer':
      return trans.__('A newer version is there: %1', changes?.newest ?? '');
    case 'incompatible':
      return trans.__('The newest version (%1) has other columns', changes?.newest ?? '');
    case 'not-here':
      return trans.__('This version is no longer in the hall');
    case 'missing':
      return trans.__('Its portal no longer has it (since %1).', changes?.missing_since ?? '');
    case 'gone':
      return trans.__('The hall no longer has this dataset');
    default:
      return '';
  }
}

function tellChange({ field, kind, old, new: now }: IFieldChange, { trans }: IReader): string {
  switch (kind) {
    case 'added':
      return trans.__('%1 is new (%2)', field, now ?? '');
    case 'removed':
      return trans.__('%1 is gone', field);
    case 'unit':
      return trans.__('%1 is in %2 instead of %3', field, now ?? '–', old ?? '–');
    default:
      return trans.__('%1 is %2 instead of %3', field, now ?? '', old ?? '');
  }
}

/** The lines that open a dataset: in what, of which version, and into the notebook. */

import React from 'react';
import { ICodeForm } from '../hall/answers';
import { HallError } from '../hall/hall';
import { watchDrag } from '../notebook/dragging';
import { DetailsModel } from './details_model';
import { Failure, useReader } from './reader';

export interface ICodeBarProps {
  readonly model: DetailsModel;
  readonly form: string;
  readonly onForm: (form: string) => void;
  readonly onInsert: (code: ICodeForm) => void;
  readonly onCopy: (text: string, told: string) => void;
}

export function CodeBar(props: ICodeBarProps): React.ReactElement | null {
  const { trans } = useReader();
  const { model, form, onForm, onInsert, onCopy } = props;
  if (model.code instanceof HallError) {
    return <Failure error={model.code} onRetry={() => void model.retry()} />;
  }
  if (!model.code?.length) {
    return null;
  }
  const forms = model.code;
  const unpinned = forms.find(({ id }) => id === form) ?? forms[0];
  const code = model.findCode(unpinned.id); // null while the pinned lines are on their way
  const version = (model.details as { version?: string | null } | null)?.version;
  return (
    <div className="jp-DatahallCode">
      <div className="jp-DatahallBar">
        <select
          aria-label={trans.__('Code for')}
          value={unpinned.id}
          onChange={event => onForm(event.target.value)}
        >
          {forms.map(({ id, title }) => (
            <option key={id} value={id}>
              {title}
            </option>
          ))}
        </select>
        <button
          className="jp-DatahallButton jp-mod-accept"
          disabled={code === null}
          onClick={() => code !== null && onInsert(code)}
        >
          {trans.__('Insert code')}
        </button>
        <button
          className="jp-DatahallButton"
          disabled={code === null}
          onClick={() => code !== null && onCopy(code.text, trans.__('The code has been copied.'))}
        >
          {trans.__('Copy code')}
        </button>
      </div>
      {version && (
        <label>
          <input type="checkbox" checked={model.isPinned} onChange={event => model.setPinned(event.target.checked)} />
          <span>{trans.__('Always this version (%1)', version)}</span>
        </label>
      )}
      {code !== null && (
        <pre
          title={trans.__('Drag this into a notebook')}
          tabIndex={0}
          aria-label={trans.__('The code')}
          onPointerDown={event => watchDrag(event, () => ({ text: code.text, title: code.title }))}
        >
          {code.text}
        </pre>
      )}
    </div>
  );
}

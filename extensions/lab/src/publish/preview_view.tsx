/** The notebook as visitors will see it, and why it fails where it does. */

import { UseSignal } from '@jupyterlab/ui-components';
import React from 'react';
import { IReader, useReader } from '../panel/reader';
import { IPlaceNow } from './cell_findings';
import { Language, Preview } from './preview';

interface IPreviewProps {
  readonly preview: Preview;
  readonly onPreview: (language: Language) => void;
  readonly findFailed: () => IPlaceNow | null;
  readonly onGoTo: (place: IPlaceNow) => void;
}

export function PreviewView(props: IPreviewProps): React.ReactElement {
  return <UseSignal signal={props.preview.changed}>{() => <Shown {...props} />}</UseSignal>;
}

/**
 * Fetched and shown as a document within this one: a person's server lets nobody frame its addresses, since all servers
 * have one origin.
 */
function Shown({ preview, onPreview, findFailed, onGoTo }: IPreviewProps): React.ReactElement {
  const { trans } = useReader();
  const { page, failure, state } = preview;
  const place = findFailed();
  const isRunning = state === 'running';
  return (
    <details>
      <summary>{trans.__('2. Look at it')}</summary>
      <div className="jp-DatahallBar">
        <button className="jp-DatahallButton" disabled={isRunning} onClick={() => onPreview('zh')}>
          {trans.__('Show it in Chinese')}
        </button>
        <button className="jp-DatahallButton" disabled={isRunning} onClick={() => onPreview('en')}>
          {trans.__('Show it in English')}
        </button>
      </div>
      <p role="status">
        {isRunning && trans.__('The notebook is running …')}
        {state === 'not made' && trans.__('The preview could not be made. Does the notebook run from top to bottom?')}
      </p>
      {failure !== null && (
        <div className="jp-DatahallNotice jp-mod-error" role="alert">
          <p>{trans.__('A cell has failed, so visitors would not see all of the app:')}</p>
          <p>
            <code>
              {failure.name}: {failure.message}
            </code>{' '}
            {place !== null && <CellLink place={place} onGoTo={onGoTo} />}
          </p>
        </div>
      )}
      {/* Not in a sandbox: without an origin its sockets to the kernel are refused. Its code may do what cells may. */}
      {page !== null && <iframe className="jp-DatahallPreview" title={trans.__('Preview of the app')} srcDoc={page} />}
    </details>
  );
}

/** Leads to a cell, and says so where it is not as it was. */
export function CellLink(props: { place: IPlaceNow; onGoTo: (place: IPlaceNow) => void }): React.ReactElement {
  const reader = useReader();
  const { place, onGoTo } = props;
  return (
    <>
      <button className="jp-DatahallLink" onClick={() => onGoTo(place)}>
        {reader.trans.__('Cell %1', place.at + 1)}
      </button>
      {place.isChanged && ` ${tellChanged(reader)}`}
    </>
  );
}

export function tellChanged({ trans }: Pick<IReader, 'trans'>): string {
  return trans.__('(changed since)');
}

/** Publishing a notebook as an app: the form, a preview, what the checks found, and its versions. */

import React from 'react';
import { ITheme } from '../hall/answers';
import { Failure, IReader, useReader } from '../panel/reader';
import { IPlaceNow } from './cell_findings';
import { IFinding, isOfCell, IVersion } from './desk';
import { IForm } from './manifest';
import { ManifestForm } from './manifest_form';
import { Language, Preview } from './preview';
import { CellLink, PreviewView } from './preview_view';
import { PublishModel } from './publish_model';

export interface IPublishProps {
  readonly model: PublishModel;
  readonly preview: Preview;
  readonly themes: readonly ITheme[];
  readonly appUrl: (slug: string) => string;
  readonly onForm: (form: IForm) => void;
  readonly onPreview: (language: Language) => void;
  readonly onSubmit: () => void;
  /** Return where the cell of a finding is by now, if that is known. */
  readonly find: (finding: IFinding) => IPlaceNow | null;
  /** Return where the cell is that failed in the preview, if that is known. */
  readonly findFailed: () => IPlaceNow | null;
  readonly onGoTo: (place: IPlaceNow) => void;
}

export function PublishView(props: IPublishProps): React.ReactElement {
  const { trans } = useReader();
  const { model, themes, onSubmit } = props;
  const { newest } = model;
  const isWaiting = newest?.waits_for === 'checks';
  return (
    <div className="jp-DatahallPublish">
      <h2>{trans.__('Publish as an app')}</h2>
      <p>
        {trans.__('Everybody can open an app without an account. It is checked, then a steward looks at it before it is public.')}
      </p>
      {model.error !== null && <Failure error={model.error} onRetry={() => void model.look()} />}
      {newest !== null && <Standing version={newest} {...props} />}
      <details open={newest === null || newest.state === 'draft' || model.missing.length > 0}>
        <summary>{trans.__('1. Describe it')}</summary>
        <ManifestForm form={model.form} themes={themes} missing={model.missing} onChange={props.onForm} />
      </details>
      <PreviewView {...props} />
      <h3>{trans.__('3. Submit it')}</h3>
      {model.missing.length > 0 && (
        <p className="jp-DatahallNotice jp-mod-warning" role="alert">
          {trans.__('Something above is not filled in yet.')}
        </p>
      )}
      <button className="jp-DatahallButton jp-mod-accept" disabled={model.isBusy || isWaiting} onClick={onSubmit}>
        {newest === null ? trans.__('Submit for review') : trans.__('Submit a new version')}
      </button>
      <Versions {...props} />
    </div>
  );
}

/** Where the newest version stands, and what was found. */
function Standing(props: { version: IVersion } & IPublishProps): React.ReactElement {
  const reader = useReader();
  const { trans } = reader;
  const { version, appUrl } = props;
  const problems = version.findings.filter(({ severity }) => severity === 'problem');
  const others = version.findings.filter(({ severity }) => severity !== 'problem');
  return (
    <section className="jp-DatahallNotice" aria-label={trans.__('Version %1', version.number)}>
      <p role="status">
        <strong>{trans.__('Version %1', version.number)}</strong> {tellState(version, reader)}
      </p>
      {version.note !== '' && <p>{version.note}</p>}
      {version.state === 'published' && (
        <a href={appUrl(version.slug)} target="_blank" rel="noreferrer">
          {trans.__('Open the app')}
        </a>
      )}
      <Findings title={trans.__('To be mended')} findings={problems} {...props} />
      <Findings title={trans.__('Remarks')} findings={others} {...props} />
      {version.events
        .filter(({ reason }) => reason !== '')
        .map(({ by, reason, at }) => (
          <p key={at + reason}>
            {by !== '' && <strong>{by}: </strong>}
            {reason}
          </p>
        ))}
      <Comments {...props} />
    </section>
  );
}

export function tellState({ state, waits_for }: IVersion, { trans }: IReader): string {
  switch (waits_for ?? state) {
    case 'checks':
    case 'submitted':
      return trans.__('is being checked. This takes a minute or two.');
    case 'reviewer':
    case 'checked':
      return trans.__('has passed the checks and waits for a steward.');
    case 'publishing':
      return trans.__('has been approved and is starting. A link to it appears here in a moment.');
    case 'published':
      return trans.__('is public.');
    case 'approved':
      return trans.__('has been replaced by another version.');
    case 'retired':
      return trans.__('is no longer shown.');
    default:
      return trans.__('is yours to mend: it was sent back, withdrawn, or did not pass.');
  }
}

function Findings(
  props: { title: string; findings: readonly IFinding[]; version: IVersion } & IPublishProps
): React.ReactElement | null {
  if (props.findings.length === 0) {
    return null;
  }
  return (
    <>
      <h4>{props.title}</h4>
      <ul className="jp-DatahallFindings">
        {props.findings.map((finding, at) => (
          <li key={at}>
            {finding.message} {finding.mend} <Place finding={finding} {...props} />
          </li>
        ))}
      </ul>
    </>
  );
}

/** Leads to the cell of a finding; of a cell that is not known any more it says where it was. */
function Place(props: { finding: IFinding; version: IVersion } & IPublishProps): React.ReactElement | null {
  const { trans } = useReader();
  const told = props.finding.place;
  const place = props.find(props.finding);
  if (place !== null) {
    return <CellLink place={place} onGoTo={props.onGoTo} />;
  }
  if (isOfCell(told)) {
    return <span>{trans.__('Cell %1 of version %2', told.cell, props.version.number)}</span>;
  }
  return told.field ? <code>{told.field}</code> : null;
}

function Comments(props: { version: IVersion; model: PublishModel }): React.ReactElement {
  const { trans } = useReader();
  const { version, model } = props;
  const [text, setText] = React.useState('');
  const id = React.useId();
  return (
    <>
      {version.comments.map(comment => (
        <p key={comment.at}>
          <strong>{comment.by}: </strong>
          {comment.text}
        </p>
      ))}
      <div className="jp-DatahallField">
        <label htmlFor={id}>{trans.__('Write to the reviewers')}</label>
        <textarea id={id} rows={2} maxLength={2000} value={text} onChange={event => setText(event.target.value)} />
        <button
          className="jp-DatahallButton"
          disabled={text.trim() === '' || model.isBusy}
          onClick={() => void model.comment(version, text.trim()).then(isTaken => isTaken && setText(''))}
        >
          {trans.__('Send')}
        </button>
      </div>
    </>
  );
}

function Versions(props: IPublishProps): React.ReactElement | null {
  const reader = useReader();
  const { trans } = reader;
  const { model } = props;
  const names: { readonly [action: string]: string } = {
    withdraw: trans.__('Withdraw'),
    'roll-back': trans.__('Show this version again'),
    retire: trans.__('Take it off'),
    restore: trans.__('Show it again')
  };
  if (model.versions.length === 0) {
    return null;
  }
  return (
    <details open>
      <summary>{trans.__('Versions (%1)', model.versions.length)}</summary>
      <ul className="jp-DatahallLinks">
        {model.versions.map(version => (
          <li key={version.number}>
            <strong>{trans.__('Version %1', version.number)}</strong> {tellState(version, reader)}{' '}
            {version.actions
              .filter(action => action in names)
              .map(action => (
                <button
                  key={action}
                  className="jp-DatahallButton"
                  disabled={model.isBusy}
                  onClick={() => void model.move(version, action)}
                >
                  {names[action]}
                </button>
              ))}
          </li>
        ))}
      </ul>
    </details>
  );
}

/** One dataset: what it is, what its rows look like, how to open and cite it, and what belongs to it. */

import React from 'react';
import { ICodeForm, IDetails, IDistribution, IField, IFirstRows, IJoin, isRetired, ISummary } from '../hall/answers';
import { HallError } from '../hall/hall';
import { formatNumber, formatShare } from '../hall/texts';
import { CodeBar } from './code_bar';
import { DetailsModel } from './details_model';
import { FieldChart } from './field_chart';
import { Facts, tellDeprecation, Terms } from './marks';
import { Failure, useReader } from './reader';

export interface IDetailsActions {
  readonly onInsert: (code: Pick<ICodeForm, 'text' | 'language'>) => void;
  readonly onCopy: (text: string, told: string) => void;
  readonly form: string;
  readonly onForm: (form: string) => void;
}

export function DetailsView(props: { model: DetailsModel } & IDetailsActions): React.ReactElement {
  const { trans, read } = useReader();
  const { model } = props;
  const heading = React.useRef<HTMLHeadingElement>(null);
  React.useEffect(() => heading.current?.focus(), [model.id]);
  const details = model.details instanceof HallError ? null : model.details;
  const known = details ?? model.summary;
  return (
    <section
      className="jp-DatahallDetails"
      aria-label={trans.__('Dataset')}
      onKeyDown={event => {
        if (event.key === 'Escape') {
          event.stopPropagation();
          void model.back();
        }
      }}
    >
      <button className="jp-DatahallLink jp-DatahallBack" onClick={() => void model.back()}>
        {trans.__('‹ Back')}
      </button>
      <h2 ref={heading} tabIndex={-1}>
        {read(known?.title) || model.id}
      </h2>
      <code className="jp-DatahallId">{model.id}</code>
      {known && (
        <>
          <p className="jp-DatahallCard-publisher">{read(known.publisher_title) || known.publisher}</p>
          <Terms dataset={known} />
          <Facts dataset={known} />
        </>
      )}
      {model.details instanceof HallError && <Failure error={model.details} onRetry={() => void model.retry()} />}
      {model.details === null && <p role="status">{trans.__('Loading …')}</p>}
      {details && <Described {...props} details={details} />}
    </section>
  );
}

function Described(props: { model: DetailsModel; details: IDetails } & IDetailsActions): React.ReactElement {
  const { trans, read } = useReader();
  const { model, details } = props;
  const citation = read(details.citation.texts);
  return (
    <>
      <p className="jp-DatahallText">{read(details.description)}</p>
      {details.missing_since !== null && (
        <p className="jp-DatahallNotice jp-mod-warning">
          {trans.__('Its portal no longer has it (since %1).', details.missing_since)}
        </p>
      )}
      {isRetired(details) && <Deprecation {...props} />}
      {details.access === 'open' || details.source !== null ? (
        <CodeBar {...props} />
      ) : (
        <AccessRequest details={details} />
      )}
      <div className="jp-DatahallBar">
        <button
          className="jp-DatahallButton"
          onClick={() => props.onCopy(citation, trans.__('The citation has been copied.'))}
        >
          {trans.__('Copy citation')}
        </button>
        <button
          className="jp-DatahallButton"
          onClick={() => props.onCopy(details.citation.bibtex, trans.__('The BibTeX entry has been copied.'))}
        >
          BibTeX
        </button>
        {details.url.startsWith('http') && (
          <a href={details.url} target="_blank" rel="noreferrer">
            {trans.__('Its page in the hall')}
          </a>
        )}
      </div>
      <Fields details={details} />
      <FirstRows rows={model.rows} />
      <Files details={details} />
      <Joins {...props} joins={model.joins} />
      <Versions details={details} />
      <Users details={details} />
      <Related model={model} />
      <details>
        <summary>{trans.__('Citation')}</summary>
        <p className="jp-DatahallText">{citation}</p>
      </details>
    </>
  );
}

/** That it should no longer be used, and the way to what takes its place. */
function Deprecation(props: { model: DetailsModel; details: IDetails }): React.ReactElement {
  const reader = useReader();
  const { model, details } = props;
  const { replaced_by } = details;
  return (
    <div className="jp-DatahallNotice jp-mod-warning">
      <p>{tellDeprecation(details, reader)}</p>
      {replaced_by !== null && (
        <button className="jp-DatahallButton" onClick={() => void model.open(replaced_by)}>
          {reader.trans.__('Show %1', replaced_by)}
        </button>
      )}
    </div>
  );
}

/** Whom to ask for data that is not open to everybody. */
function AccessRequest(props: { details: IDetails }): React.ReactElement {
  const { trans, read } = useReader();
  const { contact, homepage, title, id, publisher_title, publisher } = props.details;
  const subject = encodeURIComponent(trans.__('Request for access to %1 (%2)', read(title), id));
  const address = [contact.address, homepage].find(each => each !== null && /^https?:/.test(each));
  return (
    <div className="jp-DatahallNotice jp-mod-warning">
      <p>{trans.__('This data is not open to everybody. %1 decides who may use it.', read(publisher_title) || publisher)}</p>
      {contact.email ? (
        <a className="jp-DatahallButton" href={`mailto:${encodeURIComponent(contact.email).replace('%40', '@')}?subject=${subject}`}>
          {trans.__('Request access')}
        </a>
      ) : (
        address && (
          <a className="jp-DatahallButton" href={address} target="_blank" rel="noreferrer">
            {trans.__('Request access')}
          </a>
        )
      )}
      {!contact.email && !address && <p>{trans.__('Its entry names no address. Ask the stewards of this hall.')}</p>}
    </div>
  );
}

function Fields(props: { details: IDetails }): React.ReactElement | null {
  const { trans, language, read } = useReader();
  const fields: readonly IField[] = props.details.card?.fields ?? [];
  const values = new Map<string, IDistribution>(
    (props.details.quality?.fields ?? []).map(each => [each.name, each] as const)
  );
  if (fields.length === 0) {
    return null;
  }
  return (
    <details open>
      <summary>{trans.__('Fields (%1)', formatNumber(fields.length, language))}</summary>
      <ul className="jp-DatahallFields">
        {fields.map(field => {
          const value = values.get(field.name);
          return (
            <li key={field.name}>
              <code>{field.name}</code> <span>{read(field.title)}</span>
              <span className="jp-DatahallFacts">{[field.type, field.unit].filter(Boolean).join(' · ')}</span>
              {value && <FieldChart values={value} />}
            </li>
          );
        })}
      </ul>
    </details>
  );
}

function FirstRows(props: { rows: DetailsModel['rows'] }): React.ReactElement {
  const { trans } = useReader();
  const { rows } = props;
  const name = trans.__('First rows');
  const show = (cell: string | boolean | null): string =>
    typeof cell === 'boolean' ? (cell ? trans.__('yes') : trans.__('no')) : (cell ?? '');
  const told = (table: IFirstRows): React.ReactElement => (
    <div className="jp-DatahallTable" role="region" tabIndex={0} aria-label={name}>
      <table>
        <thead>
          <tr>
            {table.columns.map(column => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, at) => (
            <tr key={at}>
              {row.map((cell, column) => (
                <td key={column}>{show(cell)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
  return (
    <details>
      <summary>{name}</summary>
      {rows === null ? (
        <p role="status">{trans.__('Loading …')}</p>
      ) : rows instanceof HallError ? (
        <Failure error={rows} />
      ) : (
        told(rows)
      )}
    </details>
  );
}

/** A part that could not be had, where it would be. */
function Failed(props: { name: string; error: HallError }): React.ReactElement {
  return (
    <details>
      <summary>{props.name}</summary>
      <Failure error={props.error} />
    </details>
  );
}

/** The files that another portal offers. */
function Files(props: { details: IDetails }): React.ReactElement | null {
  const { trans } = useReader();
  const files = props.details.distributions.filter(({ url }) => /^https?:/.test(url));
  if (files.length === 0) {
    return null;
  }
  return (
    <details>
      <summary>{trans.__('Files of its portal')}</summary>
      <ul className="jp-DatahallLinks">
        {files.slice(0, 50).map(({ url, title, format_text }) => (
          <li key={url}>
            <a href={url} target="_blank" rel="noreferrer">
              {title || url}
            </a>{' '}
            {format_text}
          </li>
        ))}
      </ul>
    </details>
  );
}

function Joins(props: { joins: DetailsModel['joins']; model: DetailsModel } & IDetailsActions): React.ReactElement | null {
  const { trans, language, read } = useReader();
  const { joins, model, onInsert } = props;
  if (joins instanceof HallError) {
    return <Failed name={trans.__('Can be joined with')} error={joins} />;
  }
  if (!joins?.length) {
    return null;
  }
  const best = findBest(joins);
  return (
    <details>
      <summary>{trans.__('Can be joined with (%1)', best.length)}</summary>
      <ul className="jp-DatahallLinks">
        {best.map(join => (
          <li key={join.other} className="jp-DatahallJoin" data-dataset={join.other}>
            <button className="jp-DatahallLink" onClick={() => void model.open(join.other)}>
              {read(join.other_title) || join.other}
            </button>
            <p className="jp-DatahallFacts">
              {trans.__('By %1', nameFields(join))}
              {join.match_rate !== null && ` · ${trans.__('%1 of rows match', formatShare(join.match_rate, language))}`}
              {!join.is_key && ` · ${trans.__('one row may match several')}`}
            </p>
            <button
              className="jp-DatahallButton"
              aria-label={trans.__('Insert code that joins it with %1', read(join.other_title) || join.other)}
              onClick={() => onInsert({ text: writeJoin(join.code), language: 'python' })}
            >
              {trans.__('Insert join')}
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** Return the best way to each other dataset. */
function findBest(joins: readonly IJoin[]): readonly IJoin[] {
  return [...new Map([...joins].reverse().map(join => [join.other, join])).values()].reverse();
}

function nameFields({ field, other_field, also }: IJoin): string {
  return [[field, other_field], ...also].map(([own, other]) => (own === other ? own : `${own} = ${other}`)).join(', ');
}

/** Return the lines of a join with what they need. */
export function writeJoin(code: string): string {
  const polars = code.includes('pl.') ? 'import polars as pl\n' : '';
  const lines = code.replace('.join(', '\n    .join(').replace(/, (?=(?:left_)?on=)/, ',\n          ');
  return `import datahall\n${polars}\njoined = (\n    ${lines}\n)\njoined.head(10).collect()`;
}

function Versions(props: { details: IDetails }): React.ReactElement | null {
  const { trans, language } = useReader();
  const { versions } = props.details;
  if (versions.length === 0) {
    return null;
  }
  return (
    <details>
      <summary>{trans.__('Versions (%1)', versions.length)}</summary>
      <ul className="jp-DatahallLinks">
        {versions.map(({ version, rows }, at) => (
          <li key={version}>
            <code>{version}</code>{' '}
            <span className="jp-DatahallFacts">
              {[
                at === 0 && trans.__('the newest'),
                rows !== undefined && trans._n('%2 row', '%2 rows', rows, formatNumber(rows, language))
              ]
                .filter(Boolean)
                .join(' · ')}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** The public apps that use it. */
function Users(props: { details: IDetails }): React.ReactElement | null {
  const { trans, read } = useReader();
  const { apps } = props.details;
  if (apps.length === 0) {
    return null;
  }
  return (
    <details>
      <summary>{trans.__('Used by (%1)', apps.length)}</summary>
      <ul className="jp-DatahallLinks">
        {apps.map(({ slug, title, url }) => (
          <li key={slug}>
            <a href={url} target="_blank" rel="noreferrer">
              {read(title)}
            </a>
          </li>
        ))}
      </ul>
    </details>
  );
}

function Related(props: { model: DetailsModel }): React.ReactElement | null {
  const { trans, read } = useReader();
  const { related } = props.model;
  if (related instanceof HallError) {
    return <Failed name={trans.__('Similar datasets')} error={related} />;
  }
  if (!related?.length) {
    return null;
  }
  return (
    <details>
      <summary>{trans.__('Similar datasets')}</summary>
      <ul className="jp-DatahallLinks">
        {related.map((each: ISummary) => (
          <li key={each.id}>
            <button className="jp-DatahallLink" onClick={() => void props.model.open(each.id, each)}>
              {read(each.title)}
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}

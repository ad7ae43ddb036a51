/** The small marks of a dataset, in lists and above its description. */

import React from 'react';
import { Access, IChanges, ISummary } from '../hall/answers';
import { formatBytes, formatNumber, formatShare } from '../hall/texts';
import { IReader, useReader } from './reader';

function nameAccess(access: Access, { trans }: IReader): string {
  switch (access) {
    case 'open':
      return trans.__('open');
    case 'conditional':
      return trans.__('on request');
    case 'restricted':
      return trans.__('restricted');
    default:
      return trans.__('access not stated');
  }
}

/** Access, licence, and whether it is made up: what one may do with it. */
export function Terms(props: { dataset: ISummary }): React.ReactElement {
  const reader = useReader();
  const { dataset } = props;
  const license = reader.read(dataset.license_title) || dataset.license || reader.trans.__('licence not stated');
  return (
    <span className="jp-DatahallMarks">
      <span className={`jp-DatahallMark jp-mod-${dataset.access}`}>{nameAccess(dataset.access, reader)}</span>
      <span className="jp-DatahallMark">{license}</span>
      {dataset.synthetic && <span className="jp-DatahallMark jp-mod-synthetic">{reader.trans.__('synthetic')}</span>}
    </span>
  );
}

/** Return that a dataset is not to be used any longer, since when as far as that is told, and what to use instead. */
export function tellDeprecation(
  { retired, deprecated_since, replaced_by }: Pick<IChanges, 'retired' | 'deprecated_since' | 'replaced_by'>,
  { trans }: IReader
): string {
  if (deprecated_since !== null) {
    return replaced_by === null
      ? trans.__('Deprecated since %1.', deprecated_since)
      : trans.__('Deprecated since %1; use %2 instead.', deprecated_since, replaced_by);
  }
  const said = retired === 'withdrawn' ? trans.__('Withdrawn by its publisher.') : trans.__('Deprecated by its publisher.');
  return replaced_by === null ? said : `${said} ${trans.__('Use %1 instead.', replaced_by)}`;
}

/** Rows, size, last day and quality, as far as they are known. */
export function Facts(props: { dataset: ISummary }): React.ReactElement {
  const { trans, language } = useReader();
  const { rows, bytes, until, modified, quality_score } = props.dataset;
  const facts = [
    rows !== null && trans._n('%2 row', '%2 rows', rows, formatNumber(rows, language)),
    bytes !== null && formatBytes(bytes, language),
    (until ?? modified) !== null && trans.__('until %1', until ?? modified),
    quality_score !== null && trans.__('quality %1', formatShare(quality_score, language))
  ].filter((fact): fact is string => typeof fact === 'string');
  return (
    <span className="jp-DatahallFacts">
      {facts.map((fact, at) => (
        <React.Fragment key={fact}>
          {at > 0 && ' · '}
          <span className="jp-DatahallFact">{fact}</span>
        </React.Fragment>
      ))}
    </span>
  );
}

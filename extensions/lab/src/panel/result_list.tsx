/** What was found, as cards. */

import React from 'react';
import { IHit, ISummary } from '../hall/answers';
import { watchDrag } from '../notebook/dragging';
import { Facts, Terms } from './marks';
import { useReader } from './reader';

export interface IDatasetActions {
  readonly onOpen: (dataset: ISummary) => void;
  readonly onInsert: (dataset: ISummary) => void;
  /** The lines that are dragged into a notebook. */
  readonly writeLines: (dataset: ISummary) => string;
}

export function ResultList(props: { hits: readonly IHit[] } & IDatasetActions): React.ReactElement {
  return (
    <ul className="jp-DatahallResults" onKeyDown={walk}>
      {props.hits.map(hit => (
        <ResultCard key={hit.id} hit={hit} {...props} />
      ))}
    </ul>
  );
}

function ResultCard(props: { hit: IHit } & IDatasetActions): React.ReactElement {
  const { trans, read } = useReader();
  const { hit, onOpen, onInsert, writeLines } = props;
  const title = read(hit.title) || hit.id;
  return (
    <li
      className="jp-DatahallCard"
      data-dataset={hit.id}
      onPointerDown={event => watchDrag(event, () => ({ text: writeLines(hit), title }))}
    >
      <button className="jp-DatahallCard-title" onClick={() => onOpen(hit)}>
        {title}
      </button>
      <p className="jp-DatahallCard-publisher">{read(hit.publisher_title) || hit.publisher}</p>
      {hit.snippet.some(piece => piece.is_match) && (
        <p className="jp-DatahallCard-snippet">
          {hit.snippet.map((piece, at) => (piece.is_match ? <mark key={at}>{piece.text}</mark> : piece.text))}
        </p>
      )}
      <Terms dataset={hit} />
      <div className="jp-DatahallCard-foot">
        <Facts dataset={hit} />
        <button
          className="jp-DatahallButton"
          onClick={() => onInsert(hit)}
          aria-label={trans.__('Insert code for %1', title)}
          title={trans.__('Insert code that opens it into the notebook')}
        >
          {trans.__('Insert code')}
        </button>
      </div>
    </li>
  );
}

/** Arrow keys walk through the titles. */
function walk(event: React.KeyboardEvent<HTMLUListElement>): void {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  if (step === 0) {
    return;
  }
  const titles = [...event.currentTarget.querySelectorAll<HTMLElement>('.jp-DatahallCard-title')];
  const here = titles.findIndex(each => each.closest('li')?.contains(event.target as Node));
  const next = titles[here + step];
  if (next !== undefined) {
    event.preventDefault();
    next.focus();
  } else if (here === 0 && step < 0) {
    event.preventDefault();
    event.currentTarget.closest('.jp-DatahallPanel')?.querySelector('input')?.focus();
  }
}

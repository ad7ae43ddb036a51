/** The search: words, filters, the domains as a way in, and what was found. */

import React from 'react';
import { formatNumber } from '../hall/texts';
import { Filters } from './filters';
import { Failure, useReader } from './reader';
import { IRecent } from './recent';
import { IDatasetActions, ResultList } from './result_list';
import { SearchModel } from './search_model';

export function SearchView(
  props: IWaysIn & IDatasetActions
): React.ReactElement {
  const { trans } = useReader();
  const { model } = props;
  const field = React.useRef<HTMLInputElement>(null);
  return (
    <section className="jp-DatahallSearch" aria-label={trans.__('Search datasets')}>
      <div className="jp-DatahallSearch-field">
        <input
          ref={field}
          type="search"
          value={model.words}
          maxLength={200}
          placeholder={trans.__('Search in Chinese or English')}
          aria-label={trans.__('Search datasets')}
          onChange={event => model.setWords(event.target.value)}
          onKeyDown={event => {
            if (event.key === 'Escape' && model.words !== '') {
              event.stopPropagation();
              model.clear();
            } else if (event.key === 'ArrowDown') {
              event.preventDefault();
              field.current?.closest('.jp-DatahallPanel')?.querySelector<HTMLElement>('.jp-DatahallCard-title')?.focus();
            }
          }}
        />
      </div>
      {model.origin === 'cards' && model.status !== 'failed' && (
        <p className="jp-DatahallNotice jp-mod-warning" role="status">
          {trans.__('The hall does not answer just now. This is what is known here; uses and apps are missing.')}
        </p>
      )}
      {model.error !== null && <Failure error={model.error} onRetry={() => void model.retry()} />}
      {model.isEmpty ? <WaysIn {...props} /> : <Found {...props} />}
    </section>
  );
}

interface IWaysIn {
  readonly model: SearchModel;
  readonly recent: readonly IRecent[];
  readonly onOpenId: (id: string) => void;
  /** What stands before all else. */
  readonly start: React.ReactNode;
}

/** Before anything is searched for: the notebook in front, what one looked at last, and the domains. */
function WaysIn(props: IWaysIn): React.ReactElement {
  const { trans, language, read } = useReader();
  const { model, recent, onOpenId } = props;
  return (
    <>
      {props.start}
      {recent.length > 0 && (
        <>
          <h3>{trans.__('Seen last')}</h3>
          <ul className="jp-DatahallLinks">
            {recent.map(({ id, title }) => (
              <li key={id}>
                <button className="jp-DatahallLink" onClick={() => onOpenId(id)}>
                  {read(title) || id}
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
      <h3>{trans.__('Domains')}</h3>
      {model.themes === null && model.error === null && <p role="status">{trans.__('Loading …')}</p>}
      <ul className="jp-DatahallThemes">
        {(model.themes ?? []).map(({ id, title, datasets }) => (
          <li key={id}>
            <button onClick={() => model.toggle('theme', id)}>
              <span>{read(title)}</span>
              <span className="jp-DatahallCount">{formatNumber(datasets, language)}</span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

function Found(props: { model: SearchModel } & IDatasetActions): React.ReactElement {
  const { trans, language, hallUrl } = useReader();
  const { model } = props;
  const { results } = model;
  const count = model.countChosen();
  const told =
    results === null
      ? trans.__('Searching …')
      : trans._n('%2 dataset', '%2 datasets', results.total, formatNumber(results.total, language));
  return (
    <>
      <div className="jp-DatahallBar">
        <span role="status" aria-live="polite">
          {told}
        </span>
        <select
          value={model.sort}
          aria-label={trans.__('Order')}
          onChange={event => model.setSort(event.target.value)}
        >
          <option value="relevance">{trans.__('Best match')}</option>
          <option value="newest">{trans.__('Newest')}</option>
          <option value="quality">{trans.__('Best quality')}</option>
          <option value="use">{trans.__('Most used')}</option>
        </select>
      </div>
      <div className="jp-DatahallBar">
        <button
          className="jp-DatahallButton"
          aria-expanded={model.areFiltersOpen}
          onClick={() => model.setFiltersOpen(!model.areFiltersOpen)}
        >
          {count > 0 ? trans.__('Filters (%1)', count) : trans.__('Filters')}
        </button>
        <button className="jp-DatahallLink" onClick={() => model.clear()}>
          {trans.__('All domains')}
        </button>
      </div>
      {model.areFiltersOpen && model.facets !== null && (
        <Filters facets={model.facets} chosen={model.chosen} onToggle={(facet, value) => model.toggle(facet, value)} />
      )}
      {results?.did_you_mean && (
        <p className="jp-DatahallNotice">
          {trans.__('Did you mean:')}{' '}
          <button className="jp-DatahallLink" onClick={() => model.searchFor(results.did_you_mean ?? '')}>
            {results.did_you_mean}
          </button>
        </p>
      )}
      {results?.is_partial && results.total > 0 && (
        <p className="jp-DatahallNotice">{trans.__('Few datasets hold all words; those with some of them follow.')}</p>
      )}
      {results !== null && results.total === 0 && model.status === 'ready' && (
        <div className="jp-DatahallNotice" role="status">
          <p>{trans.__('Nothing was found. Try fewer or other words, in Chinese or English.')}</p>
          {count > 0 && (
            <button className="jp-DatahallButton" onClick={() => model.clearChosen()}>
              {trans.__('Search without filters')}
            </button>
          )}
          {hallUrl !== null && (
            <p>
              <a href={`${hallUrl}/voices/new?title=${encodeURIComponent(model.words)}`} target="_blank" rel="noreferrer">
                {trans.__('Ask for data that is not opened yet')}
              </a>
            </p>
          )}
        </div>
      )}
      <div aria-busy={model.status === 'asking'}>
        <ResultList {...props} hits={model.hits} />
      </div>
      {results !== null && results.page < results.pages && (
        <button
          className="jp-DatahallButton jp-DatahallMore"
          disabled={model.status === 'asking'}
          onClick={() => void model.more()}
        >
          {trans.__('Show more')}
        </button>
      )}
    </>
  );
}


/** What the datasets found can be narrowed to. */

import React from 'react';
import { Facets, IFacetValue } from '../hall/answers';
import { formatNumber, readText } from '../hall/texts';
import { IReader, useReader } from './reader';

const SHOWN = 8; // values of a facet, the rest after a click

/** Return the facets in their order, with their names. */
function nameFacets({ trans }: IReader): readonly (readonly [string, string])[] {
  return [
    ['theme', trans.__('Domain')],
    ['access', trans.__('Access')],
    ['license', trans.__('Licence')],
    ['publisher', trans.__('Publisher')],
    ['format', trans.__('Format')],
    ['place', trans.__('Place')],
    ['synthetic', trans.__('Synthetic')],
    ['source', trans.__('Portal')]
  ];
}

export interface IFiltersProps {
  readonly facets: Facets;
  readonly chosen: { readonly [facet: string]: readonly string[] };
  readonly onToggle: (facet: string, value: string) => void;
}

export function Filters(props: IFiltersProps): React.ReactElement {
  const reader = useReader();
  return (
    <div className="jp-DatahallFilters">
      {nameFacets(reader)
        .filter(([facet]) => (props.facets[facet] ?? []).length > 0)
        .map(([facet, name]) => (
          <Filter key={facet} facet={facet} name={name} {...props} />
        ))}
    </div>
  );
}

function Filter(props: IFiltersProps & { facet: string; name: string }): React.ReactElement {
  const { trans, language, read } = useReader();
  const { facet, name, chosen } = props;
  const [isWhole, setWhole] = React.useState(false);
  const values = facet === 'place' ? orderPlaces(props.facets[facet], chosen[facet]) : props.facets[facet];
  const shown = values.filter((each, at) => isWhole || at < SHOWN || chosen[facet]?.includes(each.value));
  const nameValue = (value: string, title: string): string =>
    facet !== 'synthetic' ? title : value === 'true' ? trans.__('made up') : trans.__('real');
  return (
    <fieldset>
      <legend>{name}</legend>
      {shown.map(({ value, title, count }) => (
        <label key={value}>
          <input
            type="checkbox"
            checked={chosen[facet]?.includes(value) ?? false}
            onChange={() => props.onToggle(facet, value)}
          />
          <span>{nameValue(value, read(title) || value)}</span>
          <span className="jp-DatahallCount">{formatNumber(count, language)}</span>
        </label>
      ))}
      {shown.length < values.length && (
        <button className="jp-DatahallLink" onClick={() => setWhole(true)}>
          {trans.__('%1 more', values.length - shown.length)}
        </button>
      )}
    </fieldset>
  );
}

/** Return places with a name before a source's own words for one; an address of a place tells people nothing. */
export function orderPlaces(places: readonly IFacetValue[], chosen: readonly string[] = []): readonly IFacetValue[] {
  const told = places.filter(({ value }) => !value.includes('://') || chosen.includes(value));
  const isNamed = ({ value, title }: IFacetValue): boolean => readText(title, 'en') !== value;
  return [...told.filter(isNamed), ...told.filter(each => !isNamed(each))];
}

/** What the hall's API answers; its OpenAPI document says more. What is null is not known. */

/** A text by language: `en` and `zh` of the hall's own datasets, `und` where a portal does not say which. */
export type Texts = { readonly [language: string]: string };

export type Access = 'open' | 'conditional' | 'restricted' | 'unknown';

export interface ISummary {
  readonly id: string;
  readonly title: Texts;
  readonly theme: string | null;
  readonly publisher: string | null;
  readonly publisher_title: Texts | null;
  readonly license: string | null;
  readonly license_title: Texts | null;
  readonly access: Access;
  readonly synthetic: boolean;
  readonly version: string | null;
  readonly rows: number | null;
  readonly bytes: number | null;
  /** From 0 to 1. */
  readonly quality_score: number | null;
  readonly modified: string | null;
  readonly until: string | null;
  readonly source: string | null;
  readonly url: string;
}

/** A stretch of text, and whether it is what was searched for. */
export interface IPiece {
  readonly text: string;
  readonly is_match: boolean;
}

export interface IHit extends ISummary {
  readonly snippet: readonly IPiece[];
}

export interface IResults {
  readonly total: number;
  readonly page: number;
  readonly pages: number;
  readonly is_partial: boolean;
  readonly did_you_mean: string | null;
  readonly results: readonly IHit[];
}

export interface IFacetValue {
  readonly value: string;
  readonly title: Texts;
  readonly count: number;
  readonly is_chosen: boolean;
}

export type Facets = { readonly [facet: string]: readonly IFacetValue[] };

export interface ITheme {
  readonly id: string;
  readonly title: Texts;
  readonly datasets: number;
}

export interface IField {
  readonly name: string;
  readonly type: string;
  readonly unit?: string;
  readonly title?: Texts;
  readonly description?: Texts;
}

/** How the values of a field are distributed: counts between edges, or of the most frequent values. */
export interface IDistribution {
  readonly name: string;
  readonly kind: string;
  readonly filled: number;
  readonly empty: number;
  readonly minimum: string | null;
  readonly maximum: string | null;
  readonly values: readonly string[];
  readonly counts: readonly number[];
}

export interface IDetails extends ISummary {
  readonly description: Texts;
  readonly temporal: { readonly start: string | null; readonly end: string | null };
  readonly frequency: string | null;
  readonly homepage: string | null;
  readonly contact: { readonly name: string; readonly email: string; readonly address: string };
  readonly card: { readonly fields: readonly IField[] } | null;
  readonly versions: readonly { readonly version: string; readonly rows?: number; readonly created?: string }[];
  readonly quality: { readonly fields: readonly IDistribution[] } | null;
  readonly distributions: readonly { readonly url: string; readonly title: string; readonly format_text: string }[];
  readonly uses: { readonly [kind: string]: number };
  readonly apps: readonly { readonly slug: string; readonly title: Texts; readonly url: string }[];
  readonly citation: { readonly texts: Texts; readonly bibtex: string };
  readonly missing_since: string | null;
  /** Whether its card or its portal says that it is not to be used; a hall of an older version does not tell. */
  readonly retired?: 'deprecated' | 'withdrawn' | null;
  readonly deprecated_since: string | null;
  /** The id of the dataset to use instead of a deprecated one. */
  readonly replaced_by: string | null;
  readonly status: string;
}

export interface IFirstRows {
  readonly version: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | boolean | null)[])[];
}

export interface ICodeForm {
  readonly id: string;
  readonly title: string;
  readonly language: 'python' | 'r' | 'sh';
  readonly text: string;
}

export interface IJoin {
  readonly field: string;
  readonly other: string;
  readonly other_title: Texts;
  readonly other_field: string;
  /** Whether each row finds one row at most. */
  readonly is_key: boolean;
  /** Further pairs of fields that belong to the join. */
  readonly also: readonly (readonly [string, string])[];
  readonly match_rate: number | null;
  readonly code: string;
}

export interface IFieldChange {
  readonly field: string;
  readonly kind: 'added' | 'removed' | 'type' | 'unit';
  readonly old: string | null;
  readonly new: string | null;
}

/** How a version that was used stands to the newest. */
export interface IChanges {
  readonly id: string;
  readonly version: string;
  readonly newest: string | null;
  readonly is_here: boolean;
  readonly is_compatible: boolean;
  readonly rows_before: number | null;
  readonly rows_now: number | null;
  readonly changes: readonly IFieldChange[];
  readonly missing_since: string | null;
  /** Whether its card or its portal says that it is not to be used; a hall of an older version does not tell. */
  readonly retired?: 'deprecated' | 'withdrawn' | null;
  readonly deprecated_since: string | null;
  /** The id of the dataset to use instead of a deprecated one. */
  readonly replaced_by: string | null;
}

/** Tell whether a dataset is not to be used any longer, whatever its versions are. */
export function isRetired(told: Pick<IChanges, 'retired' | 'deprecated_since'> | null): boolean {
  return told !== null && (told.deprecated_since !== null || Boolean(told.retired));
}

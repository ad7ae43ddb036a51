/**
 * What the search of the panel stands at: words, filters, what was found, what went wrong.
 *
 * Asks once typing has settled, drops an answer that a later question has overtaken, and keeps what was found on screen
 * until the next answer is there.
 */

import { ISignal, Signal } from '@lumino/signaling';
import { Facets, IHit, IResults, ITheme } from '../hall/answers';
import { Hall, HallError, IWish, Origin } from '../hall/hall';

/** Milliseconds without a key after which typing has settled. */
export const SETTLED_AFTER = 120;

export type Status = 'resting' | 'asking' | 'ready' | 'failed';

export class SearchModel {
  constructor(private readonly _hall: Pick<Hall, 'search' | 'countFacets' | 'listThemes' | 'origin'>) {}

  readonly changed: ISignal<this, void> = new Signal<this, void>(this);

  words = '';
  sort = 'relevance';
  chosen: { [facet: string]: string[] } = {};
  status: Status = 'resting';
  error: HallError | null = null;
  themes: readonly ITheme[] | null = null;
  results: IResults | null = null;
  hits: readonly IHit[] = [];
  facets: Facets | null = null;
  /** Whether filters are shown, and so have to be counted. */
  areFiltersOpen = false;

  get origin(): Origin {
    return this._hall.origin;
  }

  get isEmpty(): boolean {
    return this.words.trim() === '' && this.countChosen() === 0;
  }

  countChosen(): number {
    return Object.values(this.chosen).reduce((count, values) => count + values.length, 0);
  }

  /** Begin: the domains are listed once the panel is seen for the first time, or was away then. */
  async begin(): Promise<void> {
    if (this.themes !== null || this._isBeginning) {
      return;
    }
    this._isBeginning = true;
    try {
      this.themes = await this._hall.listThemes();
      if (this.isEmpty) {
        this.status = 'resting';
        this.error = null;
      }
    } catch (error) {
      if (this.isEmpty) {
        this._fail(error);
      }
    } finally {
      this._isBeginning = false;
    }
    this._change();
  }

  setWords(words: string): void {
    this.words = words;
    this._schedule(SETTLED_AFTER);
  }

  /** Search for these words alone. */
  searchFor(words: string): void {
    this.words = words;
    this.chosen = {};
    this._schedule(0);
  }

  setSort(sort: string): void {
    this.sort = sort;
    this._schedule(0);
  }

  /** Choose a value of a facet, or no longer. */
  toggle(facet: string, value: string): void {
    const values = this.chosen[facet] ?? [];
    const others = values.filter(each => each !== value);
    this.chosen = { ...this.chosen, [facet]: others.length < values.length ? others : [...values, value] };
    this._schedule(0);
  }

  clearChosen(): void {
    this.chosen = {};
    this._schedule(0);
  }

  /** Forget words and filters: back to the domains. */
  clear(): void {
    this.searchFor('');
  }

  setFiltersOpen(areOpen: boolean): void {
    this.areFiltersOpen = areOpen;
    if (areOpen) {
      void this._count();
    }
    this._change();
  }

  /** Ask again, after a failure. */
  async retry(): Promise<void> {
    await this.begin();
    if (!this.isEmpty) {
      this._schedule(0);
    }
  }

  /** Add the next page to what is listed. */
  async more(): Promise<void> {
    const { results } = this;
    if (results === null || results.page >= results.pages || this.status !== 'ready') {
      return;
    }
    await this._ask(results.page + 1);
  }

  private _schedule(milliseconds: number): void {
    clearTimeout(this._timer);
    this._waiting?.abort();
    if (this.isEmpty) {
      Object.assign(this, { status: 'resting', error: null, results: null, hits: [], facets: null });
      void this.begin();
    } else {
      this.status = 'asking';
      this._timer = setTimeout(() => void this._ask(1), milliseconds);
    }
    this._change();
  }

  private async _ask(page: number): Promise<void> {
    const waiting = (this._waiting = new AbortController());
    this.status = 'asking';
    this._change();
    try {
      const found = await this._hall.search(this._wish(page), waiting.signal);
      if (waiting.signal.aborted) {
        return;
      }
      this.hits = page === 1 ? found.results : [...this.hits, ...found.results];
      Object.assign(this, { results: found, status: 'ready', error: null });
      if (this.areFiltersOpen && page === 1) {
        void this._count();
      }
    } catch (error) {
      if (waiting.signal.aborted) {
        return;
      }
      this._fail(error);
    }
    this._change();
  }

  private async _count(): Promise<void> {
    const wish = this._wish(1);
    try {
      const facets = await this._hall.countFacets(wish, this._waiting?.signal);
      if (wish.words === this.words && wish.chosen === this.chosen) {
        this.facets = facets;
        this._change();
      }
    } catch {
      // What was found is listed all the same; the filters stay as they were.
    }
  }

  private _wish(page: number): IWish {
    return { words: this.words, chosen: this.chosen, sort: this.sort, page };
  }

  private _fail(error: unknown): void {
    this.status = 'failed';
    this.error = error instanceof HallError ? error : new HallError('unknown', String(error));
  }

  private _change(): void {
    (this.changed as Signal<this, void>).emit();
  }

  private _timer: ReturnType<typeof setTimeout> | undefined;
  private _waiting: AbortController | null = null;
  private _isBeginning = false;
}

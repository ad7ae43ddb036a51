/** The dataset that the panel shows, and the way back to those seen before it. */

import { ISignal, Signal } from '@lumino/signaling';
import { ICodeForm, IDetails, IFirstRows, IJoin, ISummary } from '../hall/answers';
import { Hall, HallError } from '../hall/hall';

/** A part that comes by itself: null while it is on its way. */
export type Part<T> = T | HallError | null;

export class DetailsModel {
  constructor(
    private readonly _hall: Pick<Hall, 'describe' | 'showFirstRows' | 'listCode' | 'listJoins' | 'listRelated'>
  ) {}

  readonly changed: ISignal<this, void> = new Signal<this, void>(this);

  id: string | null = null;
  /** What the list has told of it, until all of it is there. */
  summary: ISummary | null = null;
  details: Part<IDetails> = null;
  rows: Part<IFirstRows> = null;
  joins: Part<readonly IJoin[]> = null;
  related: Part<readonly ISummary[]> = null;
  code: Part<readonly ICodeForm[]> = null;
  pinnedCode: Part<readonly ICodeForm[]> = null;
  isPinned = false;

  /** Show a dataset; what is there of it already is told by `summary`. */
  async open(id: string, summary: ISummary | null = null): Promise<void> {
    if (this.id !== null && this.id !== id) {
      this._earlier.push(this.id);
    }
    await this._load(id, summary);
  }

  /** Show the dataset seen before, or none. */
  async back(): Promise<void> {
    const earlier = this._earlier.pop();
    if (earlier !== undefined) {
      return this._load(earlier, null);
    }
    this.close();
  }

  /** Show none, and forget the way back. */
  close(): void {
    this._waiting?.abort();
    this._earlier = [];
    this.id = null;
    this._change();
  }

  /** Ask again for what has failed. */
  async retry(): Promise<void> {
    if (this.id !== null) {
      await this._load(this.id, this.summary);
    }
  }

  setPinned(isPinned: boolean): void {
    this.isPinned = isPinned;
    this._change();
  }

  /** Return the lines of a form, of the version wished; null where they are not there yet. */
  findCode(form: string): ICodeForm | null {
    const hasVersion = Boolean((this.details as IDetails | null)?.version);
    const code = this.isPinned && hasVersion ? this.pinnedCode : this.code;
    return Array.isArray(code) ? (code.find((each: ICodeForm) => each.id === form) ?? null) : null;
  }

  private async _load(id: string, summary: ISummary | null): Promise<void> {
    this._waiting?.abort();
    const { signal } = (this._waiting = new AbortController());
    Object.assign(this, {
      id, summary, details: null, rows: null, joins: null, related: null, code: null, pinnedCode: null
    });
    this._change();
    type Name = 'details' | 'rows' | 'joins' | 'related' | 'code' | 'pinnedCode';
    const take = async (name: Name, part: Promise<unknown>): Promise<void> => {
      const value = await part.catch((error: unknown) =>
        error instanceof HallError ? error : new HallError('unknown', String(error))
      );
      if (!signal.aborted) {
        Object.assign(this, { [name]: value });
        this._change();
      }
    };
    const described = this._hall.describe(id, signal);
    await Promise.all([
      take('details', described),
      take('code', this._hall.listCode(id, undefined, signal)),
      take('rows', this._hall.showFirstRows(id, undefined, signal)),
      take('joins', this._hall.listJoins(id, signal)),
      take('related', this._hall.listRelated(id, signal)),
      take(
        'pinnedCode',
        described.then(({ version }) => (version ? this._hall.listCode(id, version, signal) : []))
      )
    ]);
  }

  private _change(): void {
    (this.changed as Signal<this, void>).emit();
  }

  private _earlier: string[] = [];
  private _waiting: AbortController | null = null;
}

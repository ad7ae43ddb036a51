/** The datasets of the notebook in front, and how the versions it has used stand to the newest. */

import { ISignal, Signal } from '@lumino/signaling';
import { IChanges, isRetired } from '../hall/answers';
import { Hall, HallError } from '../hall/hall';
import { IUse } from './notebook_datasets';

/** `unknown` while it is asked, or where nobody answers. */
export type Standing = 'unknown' | 'current' | 'newer' | 'incompatible' | 'not-here' | 'missing' | 'gone';

export interface IStanding extends IUse {
  readonly standing: Standing;
  readonly changes: IChanges | null;
}

const UNKNOWN_DATASET = 'unknown-dataset';
const KEPT = 300_000; // milliseconds for which an answer is believed
const ASKED_AT_ONCE = 4; // a browser opens six connections to a server, and the Lab needs some
const MOST_SHOWN = 50;

export class LineageModel {
  constructor(
    private readonly _hall: Pick<Hall, 'listChanges'>,
    private readonly _now: () => number = Date.now
  ) {}

  readonly changed: ISignal<this, void> = new Signal<this, void>(this);

  /** What the notebook is called; null where none is in front. */
  title: string | null = null;
  uses: readonly IStanding[] = [];
  /** What freezing has done, in sentences, until another notebook or other datasets are shown. */
  told: readonly string[] = [];
  /** Whether its kernel opens the versions that were noted. */
  isReproducing = false;

  /** Return those that somebody should look at. */
  get warnings(): readonly IStanding[] {
    return this.uses.filter(({ standing, changes }) => !['current', 'unknown'].includes(standing) || isRetired(changes));
  }

  /** Return those that are listed; a longer list is cut off. */
  get shown(): readonly IStanding[] {
    return this.uses.slice(0, MOST_SHOWN);
  }

  /** Show a notebook's datasets; resolves once it is known how each stands. */
  async show(title: string | null, uses: readonly IUse[], isReproducing = false): Promise<void> {
    if (title !== this.title || uses.map(name).join() !== this.uses.map(name).join()) {
      this.told = [];
    }
    this.title = title;
    this.isReproducing = isReproducing;
    const turn = ++this._turn;
    this.uses = uses.map(use => this._find(use));
    this._change();
    await this._askAll(uses, turn);
    if (turn === this._turn) {
      this.uses = uses.map(use => this._find(use));
      this._change();
    }
  }

  /** Show what freezing has done. */
  tell(told: readonly string[]): void {
    this.told = told;
    this._change();
  }

  private _find(use: IUse): IStanding {
    const known = this._known.get(name(use));
    return known?.standing ?? { ...use, standing: 'unknown', changes: null };
  }

  /** Ask for what is not known, few at a time for all notebooks; the rest is given up when another one is in front. */
  private async _askAll(uses: readonly IUse[], turn: number): Promise<void> {
    for (const use of uses.filter(each => !this._isKnown(each))) {
      while (this._asking.size >= ASKED_AT_ONCE) {
        await Promise.race(this._asking.values());
      }
      if (turn !== this._turn) {
        return;
      }
      this._startToAsk(use);
    }
    await Promise.all(uses.map(use => this._asking.get(name(use))));
  }

  private _startToAsk(use: IUse): void {
    const key = name(use);
    if (!this._asking.has(key) && !this._isKnown(use)) {
      this._asking.set(key, this._ask(use).finally(() => this._asking.delete(key)));
    }
  }

  private _isKnown(use: IUse): boolean {
    const known = this._known.get(name(use));
    return known !== undefined && this._now() - known.at < KEPT;
  }

  private async _ask(use: IUse): Promise<void> {
    try {
      const changes = await this._hall.listChanges(use.id, use.version);
      this._keep({ ...use, standing: judge(changes), changes });
    } catch (error) {
      if (error instanceof HallError && error.code === UNKNOWN_DATASET) {
        this._keep({ ...use, standing: 'gone', changes: null });
      }
    }
  }

  private _keep(standing: IStanding): void {
    this._known.set(name(standing), { standing, at: this._now() });
  }

  private _change(): void {
    (this.changed as Signal<this, void>).emit();
  }

  private _turn = 0;
  private readonly _asking = new Map<string, Promise<void>>();
  private readonly _known = new Map<string, { standing: IStanding; at: number }>();
}

function name({ id, version }: IUse): string {
  return `${id}@${version}`;
}

/** Return how a version stands to the newest, the gravest first. */
export function judge(changes: IChanges): Standing {
  if (changes.missing_since !== null) {
    return 'missing';
  }
  if (!changes.is_here) {
    return 'not-here';
  }
  if (!changes.is_compatible) {
    return 'incompatible';
  }
  return changes.newest !== null && changes.newest !== changes.version ? 'newer' : 'current';
}

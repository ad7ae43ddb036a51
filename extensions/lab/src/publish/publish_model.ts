/** How the publishing of one notebook stands: the form, the versions sent, and what the hall says of them. */

import { ISignal, Signal } from '@lumino/signaling';
import { HallError } from '../hall/hall';
import { ICell } from './cell_findings';
import { Desk, IFinding, isOfCell, IVersion } from './desk';
import { findMissing, IForm, isSlug } from './manifest';

const LOOK_AGAIN = 2_000; // milliseconds while the hall works
const LOOK_AT_REVIEW = 30_000; // and while a person does
const TYPED = 600; // milliseconds without another letter, after which a name counts as typed

/** A notebook as it is sent. */
export interface ISent {
  readonly notebook: object;
  readonly cells: readonly ICell[];
}

export class PublishModel {
  /** `sent` holds the cells of versions as they were sent, by `nameVersion`; the hall tells those it lacks. */
  constructor(
    private readonly _desk: Pick<Desk, 'submit' | 'listVersions' | 'listCells' | 'move' | 'comment'>,
    public form: IForm,
    private readonly _sent: Map<string, readonly ICell[]> = new Map()
  ) {}

  readonly changed: ISignal<this, void> = new Signal<this, void>(this);

  versions: readonly IVersion[] = [];
  error: HallError | null = null;
  /** Whether it is known which versions there are. */
  isKnown = false;
  /** Fields that were empty when it was to be sent. */
  missing: readonly string[] = [];

  get isBusy(): boolean {
    return this._tasks > 0;
  }

  get newest(): IVersion | null {
    return this.versions[0] ?? null;
  }

  get findings(): readonly IFinding[] {
    return this.newest?.findings ?? [];
  }

  /** Return the cell that a finding is about, as it was sent; undefined where that is not known any more. */
  findSent({ place }: IFinding): ICell | undefined {
    const cells = this.newest === null ? undefined : this._sent.get(nameVersion(this.newest));
    return isOfCell(place) ? cells?.[place.cell - 1] : undefined;
  }

  setForm(form: IForm): void {
    const isOther = form.slug !== this.form.slug;
    this.form = form;
    this.missing = this.missing.length > 0 ? findMissing(form) : [];
    if (isOther) {
      Object.assign(this, { versions: [], isKnown: false, error: null });
      this._lookOnceTyped();
    }
    this._change();
  }

  /** Look which versions there are of an app of this name. */
  async look(): Promise<void> {
    const { slug } = this.form;
    await this._do(async () => {
      const versions = await this._desk.listVersions(slug);
      await this._readCells(versions[0]);
      if (slug === this.form.slug) {
        Object.assign(this, { versions, isKnown: true });
      }
    }, () => slug === this.form.slug);
  }

  /** Look at once where the hall or a person is awaited. */
  lookIfAwaited(): void {
    if (this.newest?.waits_for && !this.isBusy) {
      void this.look();
    }
  }

  /** Send the notebook that `take` returns once it is saved; return whether it was taken. */
  async submit(take: () => Promise<ISent>): Promise<boolean> {
    if (this.isBusy) {
      return false;
    }
    this.missing = findMissing(this.form);
    if (this.missing.length > 0) {
      this._change();
      return false;
    }
    const { slug, manifest } = this.form;
    const isTaken = await this._do(async () => {
      const { notebook, cells } = await take();
      this._sent.set(nameVersion(await this._desk.submit(slug, notebook, manifest)), cells);
    });
    if (isTaken) {
      await this.look();
    }
    return isTaken;
  }

  async move(version: IVersion, action: string): Promise<void> {
    if (await this._do(async () => void (await this._desk.move(version, action)))) {
      await this.look();
    }
  }

  async comment(version: IVersion, text: string): Promise<boolean> {
    const isTaken = await this._do(async () => void (await this._desk.comment(version, text)));
    if (isTaken) {
      await this.look();
    }
    return isTaken;
  }

  /** Stop to look for what the hall does. */
  dispose(): void {
    this._isDisposed = true;
    clearTimeout(this._timer);
    clearTimeout(this._typing);
  }

  /** Have the cells of a version in which something was found; without them it is only said where they were. */
  private async _readCells(version: IVersion | undefined): Promise<void> {
    if (version?.findings.some(({ place }) => isOfCell(place)) && !this._sent.has(nameVersion(version))) {
      const cells = await this._desk.listCells(version).catch(() => null);
      if (cells !== null) {
        this._sent.set(nameVersion(version), cells);
      }
    }
  }

  private async _do(work: () => Promise<void>, isWanted = (): boolean => true): Promise<boolean> {
    clearTimeout(this._timer);
    this._tasks += 1;
    this._change();
    try {
      await work();
      this.error = null;
      return true;
    } catch (error) {
      if (isWanted()) {
        this.error = error instanceof HallError ? error : new HallError('unknown', String(error));
      }
      return false;
    } finally {
      this._tasks -= 1;
      this._schedule();
      this._change();
    }
  }

  private _lookOnceTyped(): void {
    clearTimeout(this._typing);
    if (isSlug(this.form.slug)) {
      this._typing = setTimeout(() => void this.look(), TYPED);
    }
  }

  private _schedule(): void {
    clearTimeout(this._timer);
    const awaited = this.newest?.waits_for;
    if (awaited && !this._isDisposed) {
      this._timer = setTimeout(() => void this.look(), awaited === 'reviewer' ? LOOK_AT_REVIEW : LOOK_AGAIN);
    }
  }

  private _change(): void {
    if (!this._isDisposed) {
      (this.changed as Signal<this, void>).emit();
    }
  }

  private _tasks = 0;
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private _typing: ReturnType<typeof setTimeout> | undefined;
  private _isDisposed = false;
}

function nameVersion({ slug, number }: IVersion): string {
  return `${slug} ${number}`;
}

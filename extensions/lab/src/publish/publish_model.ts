/** How the publishing of one notebook stands: the form, the versions sent, and what the hall says of them. */

import { ISignal, Signal } from '@lumino/signaling';
import { HallError } from '../hall/hall';
import { Desk, IFinding, IVersion } from './desk';
import { findMissing, IForm } from './manifest';

const LOOK_AGAIN = 2_000; // milliseconds while the hall works
const LOOK_AT_REVIEW = 30_000; // and while a person does

export class PublishModel {
  constructor(
    private readonly _desk: Pick<Desk, 'submit' | 'listVersions' | 'move' | 'comment'>,
    public form: IForm
  ) {}

  readonly changed: ISignal<this, void> = new Signal<this, void>(this);

  versions: readonly IVersion[] = [];
  error: HallError | null = null;
  isBusy = false;
  /** Whether it is known which versions there are. */
  isKnown = false;
  /** Fields that were empty when it was to be sent. */
  missing: readonly string[] = [];

  get newest(): IVersion | null {
    return this.versions[0] ?? null;
  }

  get findings(): readonly IFinding[] {
    return this.newest?.findings ?? [];
  }

  setForm(form: IForm): void {
    const isOther = form.slug !== this.form.slug;
    this.form = form;
    this.missing = this.missing.length > 0 ? findMissing(form) : [];
    if (isOther) {
      Object.assign(this, { versions: [], isKnown: false, error: null });
    }
    this._change();
  }

  /** Look which versions there are of an app of this name. */
  async look(): Promise<void> {
    clearTimeout(this._timer);
    const { slug } = this.form;
    await this._do(async () => {
      const versions = await this._desk.listVersions(slug);
      if (slug === this.form.slug) {
        Object.assign(this, { versions, isKnown: true });
      }
    });
  }

  /** Send the notebook; return whether it was taken. */
  async submit(notebook: object): Promise<boolean> {
    this.missing = findMissing(this.form);
    if (this.missing.length > 0) {
      this._change();
      return false;
    }
    const { slug, manifest } = this.form;
    const isTaken = await this._do(async () => {
      await this._desk.submit(slug, notebook, manifest);
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
  }

  private async _do(work: () => Promise<void>): Promise<boolean> {
    this.isBusy = true;
    this._change();
    try {
      await work();
      this.error = null;
      return true;
    } catch (error) {
      this.error = error instanceof HallError ? error : new HallError('unknown', String(error));
      return false;
    } finally {
      this.isBusy = false;
      this._schedule();
      this._change();
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

  private _timer: ReturnType<typeof setTimeout> | undefined;
  private _isDisposed = false;
}

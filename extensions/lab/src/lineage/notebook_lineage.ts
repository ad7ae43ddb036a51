/** Follows a notebook: asks its kernel after each cell, and writes what is used into its metadata when it is saved. */

import { DocumentRegistry } from '@jupyterlab/docregistry';
import { INotebookModel, NotebookPanel } from '@jupyterlab/notebook';
import { ISignal, Signal } from '@lumino/signaling';
import { findCalls, loadParser } from './dataset_calls';
import { findFrozen, findLeft, freezeCell, ICodeCell, ILeft } from './frozen_code';
import { askOpened, pinKernel } from './kernel_use';
import { IUse, mergeUses, readUses } from './notebook_datasets';

/** What freezing has done: which versions stand in the code now that did not before, and what is not frozen. */
export interface IFreezing {
  readonly frozen: readonly IUse[];
  readonly left: readonly ILeft[];
}

type SharedCell = INotebookModel['sharedModel']['cells'][number];

const METADATA = 'datahall'; // the key in a notebook's metadata, whose member `used` is ours
const PYTHON = 'python';

const followed = new WeakMap<NotebookPanel, NotebookLineage>();

/** Return the lineage of a notebook, which is followed from the first question on. */
export function followNotebook(panel: NotebookPanel): NotebookLineage {
  const there = followed.get(panel) ?? new NotebookLineage(panel);
  followed.set(panel, there);
  return there;
}

export class NotebookLineage {
  constructor(readonly panel: NotebookPanel) {
    const { context } = panel;
    context.saveState.connect(this._onSave, this);
    panel.sessionContext.kernelChanged.connect(this._forget, this);
    panel.sessionContext.statusChanged.connect((_, status) => {
      if (status === 'restarting' || status === 'autorestarting') {
        this._forget();
      }
    });
    void context.ready.then(() => this._change());
    panel.disposed.connect(() => Signal.disconnectReceiver(this));
  }

  readonly changed: ISignal<this, void> = new Signal<this, void>(this);

  get isReproducing(): boolean {
    return this._isReproducing;
  }

  /** What the notebook uses, as far as it is known. */
  list(): IUse[] {
    const { model } = this.panel;
    return model === null ? [] : mergeUses(this._opened, readUses(model.getMetadata(METADATA)), this._sources());
  }

  /** Ask the kernel; called after a cell has run. While it is asked, once more is enough for all that run meanwhile. */
  async refresh(): Promise<void> {
    if (this._isAsking) {
      this._hasToAskAgain = true;
      return;
    }
    this._isAsking = true;
    do {
      this._hasToAskAgain = false;
      await this._ask();
    } while (this._hasToAskAgain);
    this._isAsking = false;
  }

  private async _ask(): Promise<void> {
    const kernel = this.panel.sessionContext.session?.kernel;
    if (!kernel || !(await this._isPython())) {
      return;
    }
    const opened = await askOpened(kernel);
    if (opened !== null && JSON.stringify(opened) !== JSON.stringify(this._opened)) {
      this._opened = opened;
      this._change();
    }
  }

  /** Write the versions into the code; return which ones, and what of it is not frozen. */
  async freeze(): Promise<IFreezing> {
    const parser = await loadParser();
    const uses = this.list();
    const code = this._code();
    const calls = findCalls(this._sources(), parser);
    const cells = code.map((cell, place): ICodeCell => {
      return { source: cell.getSource(), calls: calls[place], hindrance: this._findHindrance(cell) };
    });
    cells.forEach((cell, place) => {
      const frozen = freezeCell(cell, uses);
      if (frozen !== cell.source) {
        code[place].setSource(frozen);
      }
    });
    return { frozen: findFrozen(cells, uses), left: findLeft(cells, uses) };
  }

  /** Start the kernel anew with the versions noted, or with the newest; return whether it did. */
  async reproduce(isReproducing: boolean): Promise<boolean> {
    const { sessionContext } = this.panel;
    const uses = this.list();
    const session = sessionContext.session;
    if (!session?.kernel || !(await this._isPython())) {
      return false;
    }
    await session.kernel.restart();
    this._noteUses(uses); // what it had opened is forgotten, and is what is to be opened
    this._isReproducing = isReproducing;
    const isDone = await pinKernel(session.kernel, isReproducing ? uses : []);
    this._change();
    return isDone;
  }

  private async _isPython(): Promise<boolean> {
    const info = await this.panel.sessionContext.session?.kernel?.info.catch(() => null);
    return info?.status === 'ok' && info.language_info.name === PYTHON;
  }

  private _onSave(_: DocumentRegistry.IContext<INotebookModel>, state: DocumentRegistry.SaveState): void {
    if (state === 'started') {
      this._noteUses(this.list());
    }
  }

  private _noteUses(uses: readonly IUse[]): void {
    const { model } = this.panel;
    const noted = model?.getMetadata(METADATA);
    if (model === null || model.readOnly || JSON.stringify(readUses(noted)) === JSON.stringify(uses)) {
      return;
    }
    model.setMetadata(METADATA, { ...(noted ?? {}), used: uses.map(({ id, version }) => ({ id, version })) });
  }

  private _code(): SharedCell[] {
    return (this.panel.model?.sharedModel.cells ?? []).filter(cell => cell.cell_type === 'code');
  }

  private _sources(): string[] {
    return this._code().map(cell => cell.getSource());
  }

  private _findHindrance(cell: SharedCell): ICodeCell['hindrance'] {
    if (this.panel.model?.readOnly) {
      return 'read-only';
    }
    return cell.getMetadata('editable') === false ? 'locked' : null;
  }

  /** A kernel that begins anew has opened nothing; what the one before it had opened is kept. */
  private _forget(): void {
    if (this._opened.length > 0) {
      this._noteUses(this.list());
    }
    this._opened = [];
    this._isReproducing = false;
    this._change();
  }

  private _change(): void {
    (this.changed as Signal<this, void>).emit();
  }

  private _opened: readonly IUse[] = [];
  private _isReproducing = false;
  private _isAsking = false;
  private _hasToAskAgain = false;
}

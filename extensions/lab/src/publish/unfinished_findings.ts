/** Shows at its cells, when a notebook is opened, what was found in a version of it that is not public yet. */

import { NotebookPanel } from '@jupyterlab/notebook';
import { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import { findCell, IMark, listCells, showAtCells, writeFinding } from './cell_findings';
import { IVersion } from './desk';
import { PublishModel } from './publish_model';

const UNFINISHED = ['draft', 'submitted', 'checked'];

/** Shown until its tab is opened, which shows them then; a cell that is changed meanwhile has perhaps been mended. */
export class UnfinishedFindings implements IDisposable {
  constructor(
    private readonly _notebook: NotebookPanel,
    private readonly _model: PublishModel
  ) {
    _notebook.disposed.connect(this.dispose, this);
    void this._look();
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._model.dispose();
    Signal.disconnectReceiver(this);
    if (!this._notebook.isDisposed) {
      showAtCells(this._notebook, []);
    }
  }

  private async _look(): Promise<void> {
    await this._model.look();
    this._model.dispose(); // nobody has asked to follow it
    if (!this._isDisposed && isUnfinished(this._model.newest)) {
      this._notebook.content.modelContentChanged.connect(this._show, this);
      this._show();
    }
  }

  private _show(): void {
    const marks = this._listMarks();
    const told = JSON.stringify(marks);
    if (told !== this._told) {
      this._told = told;
      showAtCells(this._notebook, marks);
    }
  }

  private _listMarks(): IMark[] {
    const now = listCells(this._notebook);
    return this._model.findings.flatMap(finding => {
      const place = findCell(this._model.findSent(finding), now);
      const isAsItWas = place !== null && !place.isChanged;
      return isAsItWas ? [{ at: place.at, severity: finding.severity, text: writeFinding(finding) }] : [];
    });
  }

  private _told = '[]';
  private _isDisposed = false;
}

function isUnfinished(version: IVersion | null): boolean {
  return version !== null && UNFINISHED.includes(version.state);
}

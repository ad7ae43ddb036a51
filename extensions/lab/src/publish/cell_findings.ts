/** Shows findings at the cells that they are about, wherever those stand by now. */

import { NotebookPanel } from '@jupyterlab/notebook';
import { IFinding } from './desk';

const CLASS = 'jp-DatahallFinding';

/** A cell as it was when something was found in it, or as it is now. */
export interface ICell {
  readonly id: string;
  readonly source: string;
}

/** Where a cell is by now. */
export interface IPlaceNow {
  /** Counts from 0. */
  readonly at: number;
  readonly isChanged: boolean;
}

/** What is shown at a cell. */
export interface IMark {
  readonly at: number;
  readonly severity: string;
  readonly text: string;
}

export function listCells({ content }: NotebookPanel): ICell[] {
  return content.widgets.map(({ model }) => ({ id: model.id, source: model.sharedModel.getSource() }));
}

/** Return where a cell is by now; null of one that is gone, or that is not known any more. */
export function findCell(then: ICell | undefined, now: readonly ICell[]): IPlaceNow | null {
  const at = then === undefined ? -1 : now.findIndex(({ id }) => id === then.id);
  return at < 0 ? null : { at, isChanged: now[at].source !== then?.source };
}

/** Show these marks at their cells, and no others. */
export function showAtCells({ content }: NotebookPanel, marks: readonly IMark[]): void {
  content.widgets.forEach(({ node }, at) => {
    node.querySelectorAll(`:scope > .${CLASS}`).forEach(each => each.remove());
    node.prepend(...marks.filter(mark => mark.at === at).map(writeMark));
  });
}

export function goToCell({ content }: NotebookPanel, at: number): void {
  content.deselectAll();
  content.activeCellIndex = at;
  void content.scrollToItem(at, 'center');
}

/** Return what is said at the cell of a finding. */
export function writeFinding({ message, mend }: Pick<IFinding, 'message' | 'mend'>): string {
  return `${message} ${mend}`;
}

function writeMark({ severity, text }: IMark): HTMLElement {
  const node = document.createElement('div');
  node.className = `${CLASS} jp-mod-${severity}`;
  node.setAttribute('role', 'note');
  node.textContent = text;
  return node;
}

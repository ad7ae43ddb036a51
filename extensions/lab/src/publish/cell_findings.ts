/** Shows findings at the cells that they are about. */

import { Notebook, NotebookPanel } from '@jupyterlab/notebook';
import { IFinding } from './desk';

const CLASS = 'jp-DatahallFinding';

/** Show these findings at their cells, and no others; cells count from 1. */
export function showAtCells(panel: NotebookPanel, findings: readonly IFinding[]): void {
  const notebook = panel.content;
  notebook.widgets.forEach((cell, at) => {
    cell.node.querySelectorAll(`:scope > .${CLASS}`).forEach(each => each.remove());
    const its = findings.filter(({ place }) => place.file === 'app.ipynb' && place.cell === at + 1);
    if (its.length > 0) {
      cell.node.prepend(...its.map(writeFinding));
    }
  });
}

/** Show the cell that a finding is about; return whether there is one. */
export function goToCell(panel: NotebookPanel, finding: IFinding): boolean {
  const notebook: Notebook = panel.content;
  const at = (finding.place.cell ?? 0) - 1;
  if (finding.place.file !== 'app.ipynb' || at < 0 || at >= notebook.widgets.length) {
    return false;
  }
  notebook.deselectAll();
  notebook.activeCellIndex = at;
  void notebook.scrollToItem(at, 'center');
  return true;
}

function writeFinding({ severity, message, mend }: IFinding): HTMLElement {
  const node = document.createElement('div');
  node.className = `${CLASS} jp-mod-${severity}`;
  node.setAttribute('role', 'note');
  node.textContent = `${message} ${mend}`;
  return node;
}

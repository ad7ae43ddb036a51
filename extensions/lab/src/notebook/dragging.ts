/** Drags a dataset's lines into a notebook, as the Lab drags cells. */

import { MimeData } from '@lumino/coreutils';
import { Drag } from '@lumino/dragdrop';
import { makeCell } from './insertion';

const CELLS = 'application/vnd.jupyter.cells';
const BEGINS_AFTER = 6; // pixels; less is a click

/** Begin to drag once the pointer has moved; `write` is asked then for what is dragged. */
export function watchDrag(event: React.PointerEvent, write: () => { text: string; title: string }): void {
  if (event.button !== 0 || event.pointerType === 'touch') {
    return; // a finger scrolls
  }
  const { clientX, clientY } = event;
  const end = (): void => {
    window.removeEventListener('pointermove', move, true);
    window.removeEventListener('pointerup', end, true);
  };
  const move = (moved: PointerEvent): void => {
    if (Math.hypot(moved.clientX - clientX, moved.clientY - clientY) >= BEGINS_AFTER) {
      end();
      start(moved, write());
    }
  };
  window.addEventListener('pointermove', move, true);
  window.addEventListener('pointerup', end, true);
}

function start({ clientX, clientY }: PointerEvent, { text, title }: { text: string; title: string }): void {
  const mimeData = new MimeData();
  mimeData.setData(CELLS, [makeCell(text)]);
  mimeData.setData('text/plain', text);
  const dragImage = document.createElement('div');
  dragImage.className = 'jp-DatahallDrag';
  dragImage.textContent = title;
  const drag = new Drag({ mimeData, dragImage, proposedAction: 'copy', supportedActions: 'copy', source: null });
  void drag.start(clientX, clientY).then(() => drag.dispose());
}

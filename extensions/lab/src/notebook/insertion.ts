/** Puts lines into the notebook in front: where its cursor is, or into a new notebook where none is open. */

import { Cell, CodeCellModel, ICellModel, MarkdownCell } from '@jupyterlab/cells';
import { CodeEditor } from '@jupyterlab/codeeditor';
import { Notebook, NotebookPanel } from '@jupyterlab/notebook';

export type Language = 'python' | 'r' | 'sh';

/** The kernel's language as notebooks name it, by ours. */
const KERNEL_LANGUAGES: { readonly [language in Language]: string } = { python: 'python', r: 'R', sh: 'bash' };

/** A notebook in which nothing may be changed. */
export class ReadOnlyError extends Error {}

/**
 * Insert lines and scroll to them; return what makes their cell the active one and puts the focus there.
 *
 * In a code cell in which somebody was typing they come where the cursor is, on lines of their own; into an empty one,
 * into it; else, and behind lines inserted before, into a new cell below. Lines of another language than the notebook's come as text.
 *
 * The notebook looks at all its cells when another one becomes active: called a little later, the lines are drawn before.
 * It says whether the focus comes to the cell; whoever has gone elsewhere meanwhile keeps it.
 */
export function insertLines(panel: NotebookPanel, text: string, language: Language): () => boolean {
  const notebook = panel.content;
  if (notebook.model === null || notebook.model.readOnly) {
    throw new ReadOnlyError();
  }
  const cell = speaks(notebook, language)
    ? insertAtCursor(notebook, text) ?? insertCell(notebook, 'code', text)
    : insertCell(notebook, 'markdown', fence(text, language));
  const focused = document.activeElement;
  void notebook.scrollToItem(notebook.widgets.indexOf(cell)).catch(() => undefined);
  return () => makeActive(notebook, cell, document.activeElement === focused);
}

function makeActive(notebook: Notebook, cell: Cell, takesFocus: boolean): boolean {
  const at = notebook.widgets.indexOf(cell);
  if (at < 0) {
    return false; // taken out meanwhile
  }
  notebook.deselectAll();
  notebook.activeCellIndex = at;
  if (takesFocus) {
    cell.activate(); // first, for the focus goes to the cell: on its way there the notebook's restyles all cells
    void notebook.scrollToCell(cell).catch(() => undefined);
  }
  return takesFocus;
}

/** Whether lines in a language can be run in a notebook; a new one does not say its language and is Python's. */
function speaks(notebook: Notebook, language: Language): boolean {
  const told = notebook.model?.getMetadata('language_info')?.name || notebook.model?.getMetadata('kernelspec')?.language;
  return String(told || 'python').toLowerCase() === KERNEL_LANGUAGES[language].toLowerCase();
}

function fence(text: string, language: Language): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

/** Insert lines into the active cell and return it; return null where they are to have a cell of their own. */
function insertAtCursor(notebook: Notebook, text: string): Cell | null {
  const cell = notebook.activeCell;
  const editor = cell?.editor;
  if (!cell || !editor || cell.model.type !== 'code' || cell.readOnly) {
    return null;
  }
  const source = cell.model.sharedModel.getSource();
  if (source.trim() === '') {
    cell.model.sharedModel.setSource(text);
    moveBehind(cell, text);
    return cell;
  }
  if (!wasTypedIn(notebook, cell.model) || isBehindInserted(cell.model, editor)) {
    return null;
  }
  const { start, end } = order(editor.getSelection());
  const before = (editor.getLine(start.line) ?? '').slice(0, start.column);
  const behind = (editor.getLine(end.line) ?? '').slice(end.column);
  const indent = /^[ \t]*/.exec(before)?.[0] ?? '';
  const moved = text.replace(/\n(?=[^\n])/g, `\n${indent}`);
  const first = before.trim() === '' ? '' : `\n${indent}`;
  editor.replaceSelection?.(`${first}${moved}${behind.trim() === '' ? '' : `\n${indent}`}`);
  return cell;
}

/** Return a selection's two ends in their order; it may have been drawn upwards. */
function order({ start, end }: CodeEditor.IRange): CodeEditor.IRange {
  const isUpwards = end.line < start.line || (end.line === start.line && end.column < start.column);
  return isUpwards ? { start: end, end: start } : { start, end };
}

const typedIn = new WeakMap<Notebook, ICellModel>();

/** Note in which cell of a notebook somebody types: a click on the panel takes the focus away from it. */
export function watchCursor(panel: NotebookPanel): void {
  const notebook = panel.content;
  notebook.node.addEventListener('focusin', event => {
    const isInEditor = (event.target as HTMLElement).closest('.jp-InputArea-editor') !== null;
    const cell = isInEditor ? notebook.activeCell : null;
    if (cell !== null) {
      typedIn.set(notebook, cell.model);
    } else {
      typedIn.delete(notebook);
    }
  });
}

function wasTypedIn(notebook: Notebook, cell: ICellModel): boolean {
  return typedIn.get(notebook) === cell;
}

/** Cells that hold nothing but inserted lines, and the lines. */
const inserted = new WeakMap<ICellModel, string>();

/** Put the cursor behind lines that fill a cell. */
function moveBehind(cell: Cell, text: string): void {
  inserted.set(cell.model, text);
  const move = (): void => {
    const { editor, model } = cell;
    const end = model?.sharedModel.getSource() === text ? editor?.getPositionAt(text.length) : undefined;
    if (end !== undefined) {
      editor?.setCursorPosition(end);
    }
  };
  if (cell.editor) {
    move();
  } else {
    void cell.ready.then(move); // of a new cell in a long notebook the editor comes a little later
  }
}

/** Whether the cursor still stands behind inserted lines, to which nothing was added: what comes next is another thing. */
function isBehindInserted(model: ICellModel, editor: CodeEditor.IEditor): boolean {
  const source = model.sharedModel.getSource();
  return inserted.get(model) === source && editor.getOffsetAt(editor.getCursorPosition()) === source.length;
}

/** Insert a cell below the active one and return it. */
function insertCell(notebook: Notebook, type: 'code' | 'markdown', source: string): Cell {
  const at = notebook.widgets.length > 0 ? notebook.activeCellIndex + 1 : 0;
  notebook.model?.sharedModel.insertCell(at, { cell_type: type, source, metadata: type === 'code' ? { trusted: true } : {} });
  const cell = notebook.widgets[at];
  if (cell instanceof MarkdownCell) {
    cell.rendered = true;
  } else {
    moveBehind(cell, source);
  }
  return cell;
}

/** Return a cell as it is dropped into a notebook. */
export function makeCell(text: string): object {
  const model = new CodeCellModel();
  model.sharedModel.setSource(text);
  const content = model.toJSON();
  model.dispose();
  return content;
}

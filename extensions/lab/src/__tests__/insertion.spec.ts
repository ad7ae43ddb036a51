import './browser';
import { MarkdownCell } from '@jupyterlab/cells';
import {
  CodeMirrorEditorFactory,
  CodeMirrorMimeTypeService,
  EditorExtensionRegistry,
  EditorLanguageRegistry,
  ybinding
} from '@jupyterlab/codemirror';
import { Notebook, NotebookModel, NotebookPanel, StaticNotebook } from '@jupyterlab/notebook';
import { RenderMimeRegistry, standardRendererFactories } from '@jupyterlab/rendermime';
import { MessageLoop } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import { insertLines as begin, Language, makeCell, ReadOnlyError, watchCursor } from '../notebook/insertion';

type Cell = readonly [type: 'code' | 'markdown', source: string];

const LINES = 'import datahall\n\ndf';

const opened: Notebook[] = [];

// The Lab's own notebook says a lot to the console where there is no browser.
beforeAll(() => jest.spyOn(console, 'warn').mockImplementation(() => undefined));
afterEach(() => opened.splice(0).forEach(notebook => notebook.dispose()));

/** Open a notebook of these cells, as the Lab does; the cell at `active` is the active one. */
function open(cells: readonly Cell[], { active = 0, metadata = {} as object } = {}): NotebookPanel {
  const model = new NotebookModel();
  model.fromJSON({
    cells: cells.map(([cell_type, source]) =>
      cell_type === 'code'
        ? { cell_type, source, metadata: {}, outputs: [], execution_count: null }
        : { cell_type, source, metadata: {} }
    ),
    metadata,
    nbformat: 4,
    nbformat_minor: 5
  });
  const notebook = makeNotebook();
  notebook.model = model;
  Widget.attach(notebook, document.body);
  notebook.activeCellIndex = active;
  MessageLoop.flush();
  opened.push(notebook);
  const panel = { content: notebook } as NotebookPanel;
  watchCursor(panel);
  return panel;
}

function makeNotebook(): Notebook {
  const languages = new EditorLanguageRegistry();
  const extensions = new EditorExtensionRegistry();
  extensions.addExtension({
    name: 'shared-model-binding',
    factory: ({ model }) => {
      const { ysource: ytext } = model.sharedModel as any;
      return EditorExtensionRegistry.createImmutableExtension(ybinding({ ytext }));
    }
  });
  const editors = new CodeMirrorEditorFactory({ languages, extensions });
  return new Notebook({
    rendermime: new RenderMimeRegistry({ initialFactories: standardRendererFactories }),
    contentFactory: new Notebook.ContentFactory({ editorFactory: editors.newInlineEditor }),
    mimeTypeService: new CodeMirrorMimeTypeService(languages),
    notebookConfig: { ...StaticNotebook.defaultNotebookConfig, windowingMode: 'none' }
  });
}

/** Insert lines and make their cell the active one at once. */
function insertLines(panel: NotebookPanel, text: string, language: Language): boolean {
  return begin(panel, text, language)();
}

/** Put the cursor into the active cell, as somebody does who types there; with `from`, something is selected. */
function type({ content }: NotebookPanel, line: number, column: number, from?: { line: number; column: number }): void {
  const cell = content.activeCell;
  cell?.node.querySelector('.cm-content')?.dispatchEvent(new FocusEvent('focusin', { bubbles: true }));
  cell?.editor?.setSelection({ start: from ?? { line, column }, end: { line, column } });
}

function read({ content }: NotebookPanel): Cell[] {
  return content.widgets.map(({ model }) => [model.type as Cell[0], model.sharedModel.getSource()]);
}

describe('lines', () => {
  it('fill an empty code cell', () => {
    const panel = open([['code', '']]);
    insertLines(panel, LINES, 'python');
    expect(read(panel)).toEqual([['code', LINES]]);
  });

  it('fill a code cell of spaces', () => {
    const panel = open([['code', ' \n ']]);
    insertLines(panel, LINES, 'python');
    expect(read(panel)).toEqual([['code', LINES]]);
  });

  it('come into a cell of their own below one with code in which nobody types', () => {
    const panel = open([
      ['code', 'x = 1'],
      ['code', 'y = 2']
    ]);
    insertLines(panel, LINES, 'python');
    expect(read(panel)).toEqual([
      ['code', 'x = 1'],
      ['code', LINES],
      ['code', 'y = 2']
    ]);
  });

  it('come into a code cell below text', () => {
    const panel = open([['markdown', '# Rain']]);
    insertLines(panel, LINES, 'python');
    expect(read(panel)).toEqual([
      ['markdown', '# Rain'],
      ['code', LINES]
    ]);
  });

  it('do not fill an empty cell for text', () => {
    const panel = open([['markdown', '']]);
    insertLines(panel, LINES, 'python');
    expect(read(panel).at(-1)).toEqual(['code', LINES]);
  });

  it('come into a new cell of a notebook without cells', () => {
    const panel = open([]);
    insertLines(panel, LINES, 'python');
    expect(read(panel)).toContainEqual(['code', LINES]);
  });

  it('stand in the active cell', () => {
    const panel = open([['code', 'x = 1']]);
    insertLines(panel, LINES, 'python');
    expect(panel.content.activeCell?.model.sharedModel.getSource()).toBe(LINES);
  });

  it('leave another cell active until they have been drawn', () => {
    const panel = open([['code', 'x = 1']]);
    const makeActive = begin(panel, LINES, 'python');
    expect(read(panel)[1]).toEqual(['code', LINES]);
    expect(panel.content.activeCellIndex).toBe(0);
    expect(makeActive()).toBe(true);
    expect(panel.content.activeCellIndex).toBe(1);
  });

  it('leave the focus to whoever has gone elsewhere meanwhile', () => {
    const panel = open([['code', 'x = 1']]);
    const field = document.body.appendChild(document.createElement('input'));
    const makeActive = begin(panel, LINES, 'python');
    field.focus();
    expect(makeActive()).toBe(false);
    MessageLoop.flush();
    expect(document.activeElement).toBe(field);
    expect(panel.content.activeCellIndex).toBe(1);
    field.remove();
  });

  it('that are taken out before are forgotten', () => {
    const panel = open([['code', 'x = 1']]);
    const makeActive = begin(panel, LINES, 'python');
    panel.content.model?.sharedModel.deleteCell(1);
    expect(makeActive()).toBe(false);
    expect(panel.content.activeCellIndex).toBe(0);
  });

  it('that are inserted twice stand in two cells', () => {
    const panel = open([['code', '']]);
    insertLines(panel, 'first', 'python');
    insertLines(panel, 'second', 'python');
    expect(read(panel)).toEqual([
      ['code', 'first'],
      ['code', 'second']
    ]);
  });

  it('that are inserted twice stand in two cells, too, where the cursor has come into the first one', () => {
    const panel = open([['code', '']]);
    insertLines(panel, 'first\nline', 'python');
    panel.content.activeCell?.node.querySelector('.cm-content')?.dispatchEvent(new FocusEvent('focusin', { bubbles: true }));
    insertLines(panel, 'second', 'python');
    expect(read(panel)).toEqual([
      ['code', 'first\nline'],
      ['code', 'second']
    ]);
  });

  it('come to the cursor where somebody has moved it since', () => {
    const panel = open([['code', '']]);
    insertLines(panel, 'first\nline', 'python');
    type(panel, 0, 5);
    insertLines(panel, 'second', 'python');
    expect(read(panel)).toEqual([['code', 'first\nsecond\nline']]);
  });

  it('are one step to undo', () => {
    const panel = open([['code', '']]);
    insertLines(panel, LINES, 'python');
    panel.content.activeCell?.model.sharedModel.undo();
    expect(read(panel)).toEqual([['code', '']]);
  });
});

describe('in a code cell in which somebody types, lines', () => {
  it('come below what stands before the cursor', () => {
    const panel = open([['code', 'x = 1']]);
    type(panel, 0, 5);
    insertLines(panel, LINES, 'python');
    expect(read(panel)).toEqual([['code', `x = 1\n${LINES}`]]);
  });

  it('come above what stands after the cursor', () => {
    const panel = open([['code', 'x = 1']]);
    type(panel, 0, 0);
    insertLines(panel, LINES, 'python');
    expect(read(panel)).toEqual([['code', `${LINES}\nx = 1`]]);
  });

  it('come into the empty line of the cursor', () => {
    const panel = open([['code', 'x = 1\n\ny = 2']]);
    type(panel, 1, 0);
    insertLines(panel, LINES, 'python');
    expect(read(panel)).toEqual([['code', `x = 1\n${LINES}\ny = 2`]]);
  });

  it('stand for what was selected', () => {
    const panel = open([['code', 'x = 1\ny = 2\nz = 3']]);
    type(panel, 1, 5, { line: 1, column: 0 });
    insertLines(panel, LINES, 'python');
    expect(read(panel)).toEqual([['code', `x = 1\n${LINES}\nz = 3`]]);
  });

  it('stand on lines of their own where the selection begins within a line', () => {
    const panel = open([['code', 'x = 1\ny = 2\nz = 3']]);
    type(panel, 2, 0, { line: 0, column: 5 });
    insertLines(panel, LINES, 'python');
    expect(read(panel)).toEqual([['code', `x = 1\n${LINES}\nz = 3`]]);
  });

  it('are all moved in as far as the line of the cursor', () => {
    const panel = open([['code', 'if wet:\n    ']]);
    type(panel, 1, 4);
    insertLines(panel, 'import datahall\ndf', 'python');
    expect(read(panel)).toEqual([['code', 'if wet:\n    import datahall\n    df']]);
  });

  it('come into a cell of their own once another cell is active', () => {
    const panel = open([
      ['code', 'x = 1'],
      ['code', 'y = 2']
    ]);
    type(panel, 0, 0);
    panel.content.activeCellIndex = 1;
    insertLines(panel, LINES, 'python');
    expect(read(panel)[2]).toEqual(['code', LINES]);
  });

  it('come into a cell of their own once the cell itself has the focus, not its code', () => {
    const panel = open([['code', 'x = 1']]);
    type(panel, 0, 0);
    panel.content.activeCell?.node.dispatchEvent(new FocusEvent('focusin', { bubbles: true }));
    insertLines(panel, LINES, 'python');
    expect(read(panel)[1]).toEqual(['code', LINES]);
  });
});

describe('lines of another language than the notebook', () => {
  const python = { metadata: { kernelspec: { name: 'python3', display_name: 'Python', language: 'python' } } };

  it('come as text that is fenced', () => {
    const panel = open([['code', 'x = 1']], python);
    insertLines(panel, 'str(df)', 'r');
    expect(read(panel)[1]).toEqual(['markdown', '```r\nstr(df)\n```']);
  });

  it('are shown as text at once', () => {
    const panel = open([['code', 'x = 1']], python);
    insertLines(panel, 'str(df)', 'r');
    expect((panel.content.widgets[1] as MarkdownCell).rendered).toBe(true);
  });

  it('leave an empty code cell empty', () => {
    const panel = open([['code', '']], python);
    insertLines(panel, 'curl …', 'sh');
    expect(read(panel)[0]).toEqual(['code', '']);
  });

  it.each([
    ['R', 'r', 'code'],
    ['R', 'python', 'markdown'],
    ['bash', 'sh', 'code'],
    ['python', 'python', 'code']
  ] as const)('in one of %s: lines of %s come as %s', (name, language, type) => {
    const panel = open([['markdown', '']], { metadata: { language_info: { name } } });
    insertLines(panel, LINES, language);
    expect(read(panel)[1][0]).toBe(type);
  });

  it('are those of Python in a notebook that does not say its language', () => {
    const panel = open([['code', '']]);
    insertLines(panel, LINES, 'python');
    expect(read(panel)).toEqual([['code', LINES]]);
  });
});

describe('a notebook in which nothing may be changed', () => {
  it('refuses', () => {
    const panel = open([['code', '']]);
    (panel.content.model as NotebookModel).readOnly = true;
    expect(() => insertLines(panel, LINES, 'python')).toThrow(ReadOnlyError);
  });

  it('stays as it is', () => {
    const panel = open([['code', '']]);
    (panel.content.model as NotebookModel).readOnly = true;
    expect(() => insertLines(panel, LINES, 'python')).toThrow();
    expect(read(panel)).toEqual([['code', '']]);
  });

  it('is one that is not there yet', () => {
    const panel = { content: makeNotebook() } as NotebookPanel;
    expect(() => insertLines(panel, LINES, 'python')).toThrow(ReadOnlyError);
  });
});

describe('a code cell that may not be changed', () => {
  it('stays empty, and lines come below', () => {
    const panel = open([['code', '']]);
    panel.content.widgets[0].readOnly = true;
    insertLines(panel, LINES, 'python');
    expect(read(panel)).toEqual([
      ['code', ''],
      ['code', LINES]
    ]);
  });
});

describe('a cell that is dragged', () => {
  it('is a code cell of the lines, as notebooks keep it', () => {
    expect(makeCell(LINES)).toMatchObject({ cell_type: 'code', source: LINES, outputs: [] });
  });
});

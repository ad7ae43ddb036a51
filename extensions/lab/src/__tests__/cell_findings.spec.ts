import './browser';
import { findCell, goToCell, IMark, listCells, showAtCells } from '../publish/cell_findings';

const SENT = { id: 'b', source: 'rain' };

/** A notebook with these cells, as far as findings need it. */
function openNotebook(...cells: [string, string][]): any {
  const widgets = cells.map(([id, source]) => ({
    node: document.createElement('div'),
    model: { id, sharedModel: { getSource: () => source } }
  }));
  return { content: { widgets, deselectAll: () => undefined, scrollToItem: async () => undefined } };
}

function readMarks(notebook: any): string[][] {
  return notebook.content.widgets.map(({ node }: any) => [...node.children].map((each: any) => each.textContent));
}

describe('the cell of a finding', () => {
  it.each([
    ['stands where it stood', [['a', ''], ['b', 'rain']], { at: 1, isChanged: false }],
    ['has moved', [['b', 'rain'], ['new', ''], ['a', '']], { at: 0, isChanged: false }],
    ['has been changed since', [['new', 'rain'], ['b', 'snow']], { at: 1, isChanged: true }],
    ['is gone', [['a', 'rain']], null]
  ] as [string, [string, string][], unknown][])('%s', (_, cells, place) => {
    expect(findCell(SENT, listCells(openNotebook(...cells)))).toEqual(place);
  });

  it('is not guessed where it is not known which one was sent', () => {
    expect(findCell(undefined, [SENT])).toBeNull();
  });
});

describe('findings at cells', () => {
  const mark = (at: number, text: string): IMark => ({ at, severity: 'problem', text });

  it('take the place of those that were shown before', () => {
    const notebook = openNotebook(['a', ''], ['b', '']);
    showAtCells(notebook, [mark(0, 'old'), mark(1, 'old')]);
    showAtCells(notebook, [mark(1, 'one'), mark(1, '<b>two</b>'), mark(7, 'nowhere')]);
    expect(readMarks(notebook)).toEqual([[], ['one', '<b>two</b>']]);
  });

  it('lead to their cell', () => {
    const notebook = openNotebook(['a', ''], ['b', '']);
    goToCell(notebook, 1);
    expect(notebook.content.activeCellIndex).toBe(1);
  });
});

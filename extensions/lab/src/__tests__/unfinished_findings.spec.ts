import './browser';
import { Signal } from '@lumino/signaling';
import { UnfinishedFindings } from '../publish/unfinished_findings';
import { pass } from './questions';

const FINDING = { severity: 'problem', message: 'A secret.', mend: 'Take it out.', place: { file: 'app.ipynb', cell: 2 } };
const SENT = [{ id: 'a', source: 'rain' }, { id: 'b', source: 'secret' }];

function openNotebook(...cells: [string, string][]): any {
  const widgets = cells.map(([id, source]) => ({
    node: document.createElement('div'),
    model: { id, sharedModel: { source, getSource(): string { return this.source; } } }
  }));
  const content: any = { widgets };
  content.modelContentChanged = new Signal(content);
  const notebook: any = { content, isDisposed: false };
  notebook.disposed = new Signal(notebook);
  return notebook;
}

/** A model whose hall says that the newest version is in this state. */
function openModel(state: string): any {
  const model: any = {
    newest: null,
    findings: [],
    endings: 0,
    look: async () => Object.assign(model, { newest: { state }, findings: [FINDING] }),
    findSent: ({ place }: any) => SENT[place.cell - 1],
    dispose: () => (model.endings += 1)
  };
  return model;
}

function readMarks(notebook: any): string[] {
  return notebook.content.widgets.map(({ node }: any) => node.textContent);
}

describe('findings of an unfinished publication', () => {
  it.each(['draft', 'submitted', 'checked'])('stand at their cells when its notebook is opened: %s', async state => {
    const notebook = openNotebook(['b', 'secret'], ['a', 'rain']);
    const model = openModel(state);
    new UnfinishedFindings(notebook, model);
    await pass();
    expect(readMarks(notebook)).toEqual(['A secret. Take it out.', '']);
    expect(model.endings).toBe(1); // it is not asked for again
  });

  it.each(['published', 'approved', 'retired'])('are none where it is %s', async state => {
    const notebook = openNotebook(['b', 'secret']);
    new UnfinishedFindings(notebook, openModel(state));
    await pass();
    expect(readMarks(notebook)).toEqual(['']);
  });

  it('stand only at cells that are as they were sent', async () => {
    const notebook = openNotebook(['b', 'mended'], ['c', 'secret']);
    new UnfinishedFindings(notebook, openModel('draft'));
    await pass();
    expect(readMarks(notebook)).toEqual(['', '']);
  });

  it('go once their cell is changed, and come back with what stood there', async () => {
    const notebook = openNotebook(['b', 'secret']);
    new UnfinishedFindings(notebook, openModel('draft'));
    await pass();
    const [{ model }] = notebook.content.widgets;
    const seen = ['mended', 'secret'].map(source => {
      model.sharedModel.source = source;
      notebook.content.modelContentChanged.emit(undefined);
      return readMarks(notebook);
    });
    expect(seen).toEqual([[''], ['A secret. Take it out.']]);
  });

  it('give way to the tab in which one publishes', async () => {
    const notebook = openNotebook(['b', 'secret']);
    const found = new UnfinishedFindings(notebook, openModel('draft'));
    await pass();
    found.dispose();
    notebook.content.modelContentChanged.emit(undefined);
    expect(readMarks(notebook)).toEqual(['']);
  });

  it('are not shown where that tab was opened before the hall has answered', async () => {
    const notebook = openNotebook(['b', 'secret']);
    new UnfinishedFindings(notebook, openModel('draft')).dispose();
    await pass();
    expect(readMarks(notebook)).toEqual(['']);
  });
});

import './browser';
import { NotebookModel, NotebookPanel } from '@jupyterlab/notebook';
import { Signal } from '@lumino/signaling';
import { followNotebook, NotebookLineage } from '../lineage/notebook_lineage';

const RAIN = { id: 'weather/rain', version: '2024-01-01.0123abcd' };
const BARE = `import datahall\ndatahall.dataset("${RAIN.id}")`;
const PINNED = BARE.replace(RAIN.id, `${RAIN.id}@${RAIN.version}`);

// The Lab's own notebook says a lot to the console where there is no browser.
beforeAll(() => jest.spyOn(console, 'warn').mockImplementation(() => undefined));

/** Follow a notebook that notes uses, with cells of code; `sent` is the code that its kernel is given. */
function follow(sources: string[], { used = [RAIN] as unknown[], metadata = {} } = {}) {
  const model = new NotebookModel();
  model.fromJSON({
    cells: sources.map(source => ({ cell_type: 'code', source, metadata, outputs: [], execution_count: null })),
    metadata: { datahall: { used } } as object,
    nbformat: 4,
    nbformat_minor: 5
  });
  const sent: string[] = [];
  const signal = (): Signal<object, any> => new Signal({});
  const kernel = {
    info: Promise.resolve({ status: 'ok', language_info: { name: 'python' } }),
    restart: async () => undefined,
    requestExecute: ({ code }: { code: string }) => {
      sent.push(code);
      return { done: Promise.resolve({ content: { status: 'ok' } }) };
    }
  };
  const sessionContext = { kernelChanged: signal(), statusChanged: signal(), session: { kernel } };
  const context = { saveState: signal(), ready: Promise.resolve() };
  const panel = { model, context, sessionContext, disposed: signal() } as unknown as NotebookPanel;
  return { lineage: followNotebook(panel), model, sent };
}

function read(model: NotebookModel): string[] {
  return model.sharedModel.cells.map(cell => cell.getSource());
}

async function freeze(lineage: NotebookLineage): Promise<[string, string][]> {
  return (await lineage.freeze()).left.map(({ what, reason }) => [what, reason]);
}

describe('freezing a notebook', () => {
  it('writes the versions into its cells, and one step takes them out of a cell again', async () => {
    const { lineage, model } = follow([BARE, 'x = 1']);
    model.sharedModel.clearUndoHistory();
    expect(await freeze(lineage)).toEqual([]);
    expect(read(model)).toEqual([PINNED, 'x = 1']);
    model.sharedModel.cells[0].undo();
    expect(read(model)).toEqual([BARE, 'x = 1']);
  });

  it('tells what it has written, once', async () => {
    const { lineage } = follow([BARE, BARE]);
    expect((await lineage.freeze()).frozen).toEqual([RAIN]);
    expect(await lineage.freeze()).toEqual({ frozen: [], left: [] });
  });

  it('reads what a star has imported, and tells what was opened by other ways', async () => {
    const nile = { id: 'resources/nile-flow', version: RAIN.version };
    const code = `from datahall import *\ndataset("${RAIN.id}")\ncatalog["resources"]["nile-flow"].read()`;
    const { lineage, model } = follow([code], { used: [RAIN, nile] });
    expect(await freeze(lineage)).toEqual([[nile.id, 'not-written']]);
    expect(read(model)[0]).toContain(`dataset("${RAIN.id}@${RAIN.version}")`);
  });

  it('leaves a cell that may not be edited, and tells it', async () => {
    const { lineage, model } = follow([BARE], { metadata: { editable: false } });
    expect(await freeze(lineage)).toEqual([[RAIN.id, 'locked']]);
    expect(read(model)).toEqual([BARE]);
  });

  it('leaves a notebook that may only be read, and tells it', async () => {
    const { lineage, model } = follow([BARE]);
    model.readOnly = true;
    expect(await freeze(lineage)).toEqual([[RAIN.id, 'read-only']]);
    expect(read(model)).toEqual([BARE]);
  });
});

describe('reproducing a notebook', () => {
  it('sends a hundred uses at most, and none that is no use', async () => {
    const many = Array.from({ length: 3000 }, (_, place) => ({ ...RAIN, id: `weather/rain-${place}` }));
    const { lineage, sent } = follow([], { used: [{ ...RAIN, id: [RAIN.id] }, 'text', ...many] });
    expect(await lineage.reproduce(true)).toBe(true);
    const [, literal] = /^__import__\('os'\)\.environ\['DATAHALL_PINNED'\] = (".*")$/.exec(sent[0]) ?? [];
    const pinned = many.slice(0, 100).map(({ id, version }) => [id, version]);
    expect(new Map(Object.entries(JSON.parse(JSON.parse(literal))))).toEqual(new Map(pinned as [string, string][]));
  });
});

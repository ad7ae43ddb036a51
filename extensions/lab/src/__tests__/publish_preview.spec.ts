import { findFailure, IPages, Preview } from '../publish/preview';
import { IQuestion, listen, pass } from './questions';

const FAILURE = { cell: 'c1', name: 'UnknownDataset', message: 'There is no </script> & such.' };

function writeHead(kernel: string): string {
  return `<div id="app"><script id="jupyter-config-data" type="application/json">{"baseUrl": "/", "kernelId": "${kernel}"}</script>`;
}

function writeOutput(data: object): string {
  const told = JSON.stringify({ output_type: 'display_data', data }).replace(/</g, '\\u003c');
  return `<script type="application/vnd.voila.cell-output+json">${told}</script>`;
}

/** Pages that come in pieces when a test wants; of those that nobody waits for any more nothing comes. */
function openPages(): { pages: IPages; pieces: IQuestion[]; ended: string[]; asked: string[] } {
  const pieces: IQuestion[] = [];
  const ended: string[] = [];
  const asked: string[] = [];
  const next = listen(pieces);
  const pages: IPages = {
    open: async function* (language, signal) {
      asked.push(language);
      for (let piece = await next(language, signal); piece !== null; piece = await next(language, signal)) {
        yield piece;
      }
    },
    dress: page => `dressed ${page}`,
    shutDown: async kernel => void ended.push(kernel)
  };
  return { pages, pieces, ended, asked };
}

describe('the preview', () => {
  it('shows a page once it is whole', async () => {
    const { pages, pieces } = openPages();
    const preview = new Preview(pages);
    void preview.show('zh');
    expect(preview.state).toBe('running');
    await pieces[0].answer(writeHead('k-1'));
    expect(preview.page).toBeNull();
    await pieces[1].answer(null);
    expect([preview.state, preview.page, preview.failure]).toEqual(['shown', `dressed ${writeHead('k-1')}`, null]);
  });

  it('ends the kernel of a page when another takes its place, and when it is closed', async () => {
    const { pages, pieces, ended } = openPages();
    const preview = new Preview(pages);
    for (const kernel of ['k-1', 'k-2']) {
      void preview.show('en');
      await pieces[pieces.length - 1].answer(writeHead(kernel));
      await pieces[pieces.length - 1].answer(null);
    }
    expect(ended).toEqual(['k-1']);
    preview.clear();
    preview.clear();
    expect([ended, preview.page]).toEqual([['k-1', 'k-2'], null]);
  });

  it('ends the kernel of a page that is not whole yet', async () => {
    const { pages, pieces, ended } = openPages();
    const preview = new Preview(pages);
    void preview.show('en');
    await pieces[0].answer(writeHead('k-1').slice(0, 50));
    await pieces[1].answer(writeHead('k-1').slice(50));
    preview.clear();
    expect([ended, pieces[2].signal?.aborted]).toEqual([['k-1'], true]);
  });

  it('shows what was asked for last, whichever comes last', async () => {
    const { pages, pieces } = openPages();
    const preview = new Preview(pages);
    void preview.show('zh');
    void preview.show('en');
    await pieces[1].answer('in English');
    await pieces[2].answer(null);
    await pieces[0].answer('in Chinese');
    await pieces[3].answer(null);
    expect([preview.page, preview.state]).toEqual(['dressed in English', 'shown']);
  });

  it('says that there is none, unless another was asked for meanwhile', async () => {
    const { pages, pieces } = openPages();
    const preview = new Preview(pages);
    void preview.show('zh');
    void preview.show('en');
    await pieces[0].fail(new Error('away'));
    expect(preview.state).toBe('running');
    await pieces[1].fail(new Error('away'));
    expect(preview.state).toBe('not made');
  });

  it('tells why a cell has failed', async () => {
    const { pages, pieces } = openPages();
    const preview = new Preview(pages);
    void preview.show('en');
    await pieces[0].answer(writeHead('k-1') + writeOutput({ 'application/vnd.datahall.failure+json': FAILURE }));
    await pieces[1].answer(null);
    await pass();
    expect(preview.failure).toEqual(FAILURE);
  });
});

it.each(['', writeOutput({ 'text/plain': 'fine' }), '<script type="application/vnd.voila.cell-output+json">{</script>'])(
  'nothing has failed in %p',
  page => expect(findFailure(page)).toBeNull()
);

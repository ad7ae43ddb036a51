/** The pages of previews, which Voila makes in the person's own server. */

import { URLExt } from '@jupyterlab/coreutils';
import { NotebookPanel } from '@jupyterlab/notebook';
import { ServerConnection } from '@jupyterlab/services';
import { TranslationBundle } from '@jupyterlab/translation';
import { IPages } from './preview';

/** Return what makes pages of a notebook; `hallUrl` is where all of the hall is. */
export function makePages(
  { context }: NotebookPanel,
  settings: ServerConnection.ISettings,
  hallUrl: string,
  trans: TranslationBundle
): IPages {
  const ask = (path: string, request: RequestInit): Promise<Response> =>
    ServerConnection.makeRequest(URLExt.join(settings.baseUrl, path), request, settings);
  return {
    open: async function* (language, signal) {
      await context.save();
      const path = `voila/render/${URLExt.encodeParts(context.path)}?language=${language}`;
      yield* readPieces(await ask(path, { cache: 'no-cache', signal }));
    },
    dress: page => {
      const failed = trans.__('A cell of this notebook has failed. Above the preview stands why.');
      return addFailed(addStyle(page, URLExt.join(hallUrl, 'services/hall/static/datahall.css')), failed);
    },
    shutDown: async kernel => {
      await ask(`api/kernels/${kernel}`, { method: 'DELETE', keepalive: true }); // the Lab itself may be closing
    }
  };
}

/** Yield an answer's text as it comes. */
async function* readPieces(answer: Response): AsyncGenerator<string> {
  if (!answer.ok || answer.body === null) {
    throw new Error(answer.statusText);
  }
  const reader = answer.body.getReader();
  const decoder = new TextDecoder();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    yield decoder.decode(piece.value, { stream: true });
  }
}

/** Return a page with the hall's stylesheet before the app's own, as the hall shows it. */
function addStyle(page: string, address: string): string {
  const at = page.lastIndexOf('<link rel="stylesheet"', page.indexOf('</head>'));
  return at < 0 ? page : `${page.slice(0, at)}<link rel="stylesheet" href="${encodeURI(address)}">${page.slice(at)}`;
}

/** Return a page with what it says above its cells where one of them has failed. */
function addFailed(page: string, text: string): string {
  const escaped = text.replace(/&/g, '&amp;').replace(/"/g, '&quot;');
  return page.replace('<div id="app-state"', () => `<div id="app-state" data-failed="${escaped}"`);
}

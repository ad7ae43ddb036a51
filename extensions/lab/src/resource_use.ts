/** Wires the status bar: what the person uses, and the kernel of the notebook in front. */

import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { URLExt } from '@jupyterlab/coreutils';
import { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { ServerConnection } from '@jupyterlab/services';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { KernelMemory } from './use/kernel_memory';
import { describeUse, IPart, IPersonUse } from './use/person_use';

const ASK_EVERY = 5000; // milliseconds; the hall measures about as often
const NARROW = matchMedia('(max-width: 48rem)');

export const resourceUse: JupyterFrontEndPlugin<void> = {
  id: '@datahall/lab:resource-use',
  description: 'Tell what one uses of memory, processor and disk, and what the kernel uses.',
  autoStart: true,
  requires: [IStatusBar, ITranslator, INotebookTracker],
  activate: (app: JupyterFrontEnd, bar: IStatusBar, translator: ITranslator, notebooks: INotebookTracker) => {
    const trans = translator.load('datahall_lab');
    const settings = app.serviceManager.serverSettings;
    const kernel = followFront(notebooks);
    let use: IPersonUse | null = null;

    const item = new Widget();
    item.addClass('jp-StatusBar-TextItem');
    item.node.setAttribute('role', 'group');
    item.node.setAttribute('aria-label', trans.__('What you use'));
    item.node.title = trans.__('What you use');
    const show = (): void => {
      const nearlyFull = trans.__('nearly full');
      showParts(item.node, describeUse(use, kernel.bytes, trans, NARROW.matches), nearlyFull);
    };
    const ask = async (): Promise<void> => {
      if (document.hidden) {
        return;
      }
      void kernel.ask();
      use = (await askUse(settings)) ?? use;
      show();
    };
    bar.registerStatusItem(resourceUse.id, { item, align: 'left', rank: 100, priority: 1 });
    kernel.changed.connect(show);
    NARROW.addEventListener('change', show);
    document.addEventListener('visibilitychange', () => void ask());
    setInterval(() => void ask(), ASK_EVERY);
    void ask();
  }
};

/** Follow the kernel of whichever notebook is in front. */
function followFront(notebooks: INotebookTracker): KernelMemory {
  const memory = new KernelMemory();
  const follow = (): void => memory.follow(notebooks.currentWidget?.sessionContext.session?.kernel ?? null);
  notebooks.currentChanged.connect(follow);
  notebooks.widgetAdded.connect((_, panel: NotebookPanel) => panel.sessionContext.kernelChanged.connect(follow));
  return memory;
}

/** Return what the server tells; null while it is away, or where it belongs to no hall. */
async function askUse(settings: ServerConnection.ISettings): Promise<IPersonUse | null> {
  const address = URLExt.join(settings.baseUrl, 'datahall/use');
  try {
    const answer = await ServerConnection.makeRequest(address, {}, settings);
    return answer.ok ? ((await answer.json()) as IPersonUse) : null;
  } catch {
    return null;
  }
}

function showParts(node: HTMLElement, parts: readonly IPart[], nearlyFull: string): void {
  const shown = parts.map(({ text, isNear }) => {
    const part = document.createElement('span');
    part.textContent = isNear ? `⚠ ${text} (${nearlyFull})` : text;
    part.style.fontWeight = isNear ? 'bold' : '';
    return part;
  });
  node.replaceChildren(...shown.flatMap((part, at) => (at > 0 ? [' · ', part] : [part])));
}

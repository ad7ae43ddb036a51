/** Wires where new notebooks begin: who reads a guide begins their own in their home, not among the guides. */

import { ILabShell, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { MainAreaWidget } from '@jupyterlab/apputils';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { Launcher } from '@jupyterlab/launcher';
import { Contents } from '@jupyterlab/services';
import { Widget } from '@lumino/widgets';
import { HOME, isShipped } from './starters/own_folder';

export const newNotebooks: JupyterFrontEndPlugin<void> = {
  id: '@datahall/lab:new-notebooks',
  description: 'Begin new notebooks in the home, rather than among guides and lessons.',
  autoStart: true,
  requires: [ILabShell],
  optional: [IDefaultFileBrowser],
  activate: (app: JupyterFrontEnd, shell: ILabShell, files: IDefaultFileBrowser | null) => {
    beginNotebooksAtHome(app.serviceManager.contents);
    const check = (): void => [...shell.widgets('main')].forEach(keepAtHome);
    shell.layoutModified.connect(check);
    files?.model.pathChanged.connect(() => void Promise.resolve().then(check)); // behind the launchers, which follow it
  }
};

/**
 * Have notebooks made in the home that would be made in a folder of the hall's. The Lab's commands for it take the file
 * browser's folder, which is that of the guide in the page's address, and there is no other place to choose one.
 */
export function beginNotebooksAtHome(contents: Pick<Contents.IManager, 'newUntitled'>): void {
  const make = contents.newUntitled.bind(contents);
  contents.newUntitled = options =>
    make(options?.type === 'notebook' && isShipped(options.path ?? '') ? { ...options, path: '' } : options);
}

/** Have a launcher that follows the file browser into a folder of the hall's make things in the home. */
function keepAtHome(widget: Widget): void {
  const launcher = widget instanceof MainAreaWidget ? widget.content : null;
  if (!(launcher instanceof Launcher)) {
    return;
  }
  if (isShipped(launcher.cwd)) {
    launcher.cwd = HOME;
  }
  launcher.toggleClass('jp-mod-datahallHome', launcher.cwd === HOME);
}

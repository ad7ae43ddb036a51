/** Wires lineage: follows the notebook in front, warns once for each, and offers to freeze and to reproduce. */

import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Dialog, ICommandPalette, Notification, showDialog } from '@jupyterlab/apputils';
import { INotebookTracker, NotebookActions, NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator } from '@jupyterlab/translation';
import { CommandIDs } from './commands';
import { enumerate, tellFrozen, tellLeft } from './lineage/freezing_texts';
import { IStanding } from './lineage/lineage_model';
import { followNotebook, IFreezing, NotebookLineage } from './lineage/notebook_lineage';
import { IDatasetPanel } from './tokens';
import { DatasetPanel } from './panel/panel';

const TOLD_FOR = 15_000; // milliseconds that a warning stays

export const lineage: JupyterFrontEndPlugin<void> = {
  id: '@datahall/lab:lineage',
  description: 'Note which versions of datasets a notebook uses, and tell what has changed since.',
  autoStart: true,
  requires: [IDatasetPanel, INotebookTracker, ITranslator],
  optional: [ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    panel: DatasetPanel,
    notebooks: INotebookTracker,
    translator: ITranslator,
    palette: ICommandPalette | null
  ) => {
    const trans = translator.load('datahall_lab');
    const warned = new WeakSet<NotebookPanel>();
    const findFront = (): NotebookLineage | undefined =>
      notebooks.currentWidget === null ? undefined : followNotebook(notebooks.currentWidget);

    const show = async (): Promise<void> => {
      const front = findFront();
      if (front === undefined) {
        return panel.lineage.show(null, []);
      }
      await panel.lineage.show(front.panel.title.label, front.list(), front.isReproducing);
      const { warnings } = panel.lineage;
      if (findFront() === front && warnings.length > 0 && !warned.has(front.panel)) {
        warned.add(front.panel);
        warn(warnings);
      }
    };
    const warn = (warnings: readonly IStanding[]): void => {
      const ids = enumerate(warnings.map(({ id }) => id), trans);
      Notification.warning(trans.__('Datasets of this notebook have changed since it used them: %1', ids), {
        autoClose: TOLD_FOR,
        actions: [
          { label: trans.__('Show'), callback: () => void app.commands.execute(CommandIDs.showDatasets, { start: true }) }
        ]
      });
    };
    const tell = ({ frozen, left }: IFreezing): void => {
      const list = (letters?: number): string[] => {
        const done = tellFrozen(frozen, left, trans, letters);
        return [...(done === null ? [] : [done]), ...tellLeft(left, trans, letters)];
      };
      const whole = list(Infinity);
      list().forEach((text, place) => {
        const title = trans.__('Freeze Versions of Datasets');
        const all = { title, body: whole[place], buttons: [Dialog.okButton({ label: trans.__('Close') })] };
        const action = { label: trans.__('Show all'), callback: () => void showDialog(all) };
        const options = { autoClose: TOLD_FOR, actions: text === whole[place] ? [] : [action] };
        Notification.emit(text, place === 0 && (frozen.length > 0 || left.length === 0) ? 'success' : 'warning', options);
      });
      panel.lineage.tell(whole);
    };

    notebooks.widgetAdded.connect((_, notebook) => {
      const its = followNotebook(notebook);
      its.changed.connect(() => {
        if (findFront() === its) {
          void show();
        }
      });
    });
    notebooks.currentChanged.connect(() => void show());
    NotebookActions.executed.connect((_, { notebook }) => {
      const its = notebooks.find(each => each.content === notebook);
      void (its && followNotebook(its).refresh());
    });

    app.commands.addCommand(CommandIDs.freezeVersions, {
      label: trans.__('Freeze Versions of Datasets'),
      caption: trans.__('Write the versions into the code, so that it opens them wherever it runs'),
      isEnabled: () => findFront() !== undefined,
      execute: async () => {
        const front = findFront();
        const freezing = await front?.freeze().catch(error => (console.error(error), null));
        if (freezing === null) {
          Notification.error(trans.__('The code could not be read. Is the server there? Try again.'), { autoClose: false });
        } else if (freezing !== undefined && front?.list().length === 0 && freezing.left.length === 0) {
          Notification.info(
            trans.__('This notebook has opened no dataset yet. Run it first, so that it is known which versions it opens.'),
            { autoClose: TOLD_FOR }
          );
        } else if (freezing !== undefined) {
          tell(freezing);
        }
      }
    });
    app.commands.addCommand(CommandIDs.reproduce, {
      label: trans.__('Restart with the Versions of Datasets Noted'),
      caption: trans.__('Start the kernel anew, with exactly the versions noted here'),
      isEnabled: () => (findFront()?.list().length ?? 0) > 0,
      execute: async args => {
        const isOn = args.isOn !== false;
        if (!(await findFront()?.reproduce(isOn))) {
          Notification.error(trans.__('There is no Python kernel that could be started anew. Choose one first.'), { autoClose: false });
        } else if (isOn) {
          Notification.success(trans.__('The kernel opens the versions noted. Run the notebook from the top.'), { autoClose: 5000 });
        } else {
          Notification.info(trans.__('The kernel opens the newest versions again. Run the notebook from the top.'), { autoClose: 5000 });
        }
      }
    });
    const category = trans.__('Data Hall');
    palette?.addItem({ command: CommandIDs.freezeVersions, category });
    palette?.addItem({ command: CommandIDs.reproduce, category });
  }
};

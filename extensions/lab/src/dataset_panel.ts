/** Wires the dataset panel: its place, its commands, its words. */

import { ILabShell, ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { PageConfig, URLExt } from '@jupyterlab/coreutils';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, TranslationBundle } from '@jupyterlab/translation';
import { CommandIDs } from './commands';
import { findHallUrl } from './hall/addresses';
import { Hall } from './hall/hall';
import { readLanguage } from './hall/texts';
import { insertLines, Language, ReadOnlyError, watchCursor } from './notebook/insertion';
import { keepSameStyles } from './notebook/same_styles';
import { datasetsIcon } from './panel/icons';
import { DatasetPanel, writeUsualLines } from './panel/panel';
import { RecentDatasets } from './panel/recent';
import { chooseFolder } from './starters/own_folder';
import { IDatasetPanel } from './tokens';

const KERNEL = 'python3';
const NARROW = '(max-width: 48rem)';

export const datasetPanel: JupyterFrontEndPlugin<DatasetPanel> = {
  id: '@datahall/lab:dataset-panel',
  description: 'Find datasets, look at them, and put code that opens them into a notebook.',
  autoStart: true,
  provides: IDatasetPanel,
  requires: [ITranslator, INotebookTracker],
  optional: [ILayoutRestorer, ICommandPalette, IStateDB, ILabShell, IDefaultFileBrowser],
  activate: (
    app: JupyterFrontEnd,
    translator: ITranslator,
    notebooks: INotebookTracker,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    state: IStateDB | null,
    labShell: ILabShell | null,
    files: IDefaultFileBrowser | null
  ) => {
    const trans = translator.load('datahall_lab');
    const language = readLanguage(translator.languageCode);
    const hall = new Hall(app.serviceManager.serverSettings, () => language);
    const hub = PageConfig.getOption('hubPrefix');
    const loginUrl = URLExt.join(hub || PageConfig.getBaseUrl(), 'login');
    const hallUrl = findHallUrl(language);
    const panel = new DatasetPanel(hall, { trans, language, loginUrl, hallUrl }, app.commands, new RecentDatasets(state));
    panel.id = 'datahall-datasets';
    panel.title.caption = trans.__('Datasets');
    panel.title.icon = datasetsIcon;
    app.shell.add(panel, 'left', { rank: 150, type: 'Datasets' });
    restorer?.add(panel, panel.id);

    keepSameStyles();
    notebooks.widgetAdded.connect((_, notebook) => watchCursor(notebook));
    let finish = (): void => undefined; // what remains of the last insertion
    const insert = async (text: string, form: Language): Promise<void> => {
      finish();
      const notebook = notebooks.currentWidget ?? (await createNotebook(app, chooseFolder(files?.model.path ?? '')));
      const makeActive = insertInto(notebook, text, form, trans);
      finish = () => {
        finish = () => undefined;
        if (makeActive()) {
          app.shell.activateById(notebook.id);
        }
      };
      if (notebook.isVisible) {
        requestAnimationFrame(() => requestAnimationFrame(() => finish())); // the lines are drawn first
      } else {
        finish();
      }
      if (matchMedia(NARROW).matches) {
        labShell?.collapseLeft(); // where the panel leaves no room for the notebook
      }
    };
    app.commands.addCommand(CommandIDs.showDatasets, {
      label: args => String(args.title ?? trans.__('Show Datasets')),
      caption: args => String(args.title ?? trans.__('Find datasets and open them in a notebook')),
      icon: datasetsIcon,
      execute: args => {
        app.shell.activateById(panel.id);
        if (args.start === true) {
          panel.showStart();
        } else if (typeof args.dataset === 'string') {
          panel.open(args.dataset);
        } else if (typeof args.words === 'string') {
          panel.search.searchFor(args.words);
        }
      }
    });
    app.commands.addCommand(CommandIDs.insertText, {
      label: trans.__('Insert lines into the notebook'),
      isVisible: () => false, // with arguments only
      execute: args => insert(String(args.text ?? ''), (args.language as Language) ?? 'python')
    });
    app.commands.addCommand(CommandIDs.insertCode, {
      label: trans.__('Insert code that opens a dataset'),
      isVisible: () => false, // with arguments only
      execute: async args => {
        const id = String(args.id ?? '');
        if (!args.form && !args.version) {
          return insert(writeUsualLines({ id }), 'python'); // at once
        }
        const forms = await hall.listCode(id, args.version as string | undefined);
        const form = forms.find(each => each.id === (args.form ?? 'polars'));
        if (form !== undefined) {
          await insert(form.text, form.language);
        }
      }
    });
    const category = trans.__('Data Hall');
    palette?.addItem({ command: CommandIDs.showDatasets, category });
    return panel;
  }
};

/** Open a new notebook of Python's and return it once something can be put into it. */
async function createNotebook(app: JupyterFrontEnd, cwd: string): Promise<NotebookPanel> {
  const panel = (await app.commands.execute('notebook:create-new', { cwd, kernelName: KERNEL })) as NotebookPanel;
  await panel.context.ready;
  await panel.revealed;
  return panel;
}

/** Insert lines, or say why not; return what makes their cell the active one and says whether the focus is to come there. */
function insertInto(notebook: NotebookPanel, text: string, form: Language, trans: TranslationBundle): () => boolean {
  let makeActive = (): boolean => true;
  try {
    makeActive = insertLines(notebook, text, form);
  } catch (error) {
    if (!(error instanceof ReadOnlyError)) {
      throw error;
    }
    Notification.error(trans.__('Nothing can be changed in this notebook. Save a copy of it first.'), { autoClose: false });
    return makeActive;
  }
  if (notebook.context.contentsModel?.writable === false) {
    Notification.warning(trans.__('This notebook cannot be saved here. Save a copy of it to keep the code.'), { autoClose: false });
  }
  return makeActive;
}

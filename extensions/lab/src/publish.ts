/** Wires publishing: a command and a button in each notebook's toolbar, and the tab that they open. */

import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { CommandToolbarButton, ICommandPalette, MainAreaWidget } from '@jupyterlab/apputils';
import { PageConfig, URLExt } from '@jupyterlab/coreutils';
import { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator } from '@jupyterlab/translation';
import { CommandIDs } from './commands';
import { Hall } from './hall/hall';
import { readLanguage } from './hall/texts';
import { followNotebook } from './lineage/notebook_lineage';
import { publishIcon } from './panel/icons';
import { ICell } from './publish/cell_findings';
import { Desk } from './publish/desk';
import { fillForm, IForm, INotebookTexts, readSlug } from './publish/manifest';
import { makePages } from './publish/pages';
import { Preview } from './publish/preview';
import { PublishModel } from './publish/publish_model';
import { PublishPanel } from './publish/publish_panel';
import { UnfinishedFindings } from './publish/unfinished_findings';

const METADATA = 'datahall';
const LAB_ONLY = 'lab-only'; // a tag of cells that apps leave out
const IN_ONE_LANGUAGE = ['language-en', 'language-zh']; // tags of cells that are for readers of one language
const NARROW = 'jp-DatahallNarrow'; // as narrow_screen.ts says it
const TOOLBAR_PLACE = 10; // behind the Lab's own buttons

export const publish: JupyterFrontEndPlugin<void> = {
  id: '@datahall/lab:publish',
  description: 'Publish a notebook as an app of the hall.',
  autoStart: true,
  requires: [INotebookTracker, ITranslator],
  optional: [ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker,
    translator: ITranslator,
    palette: ICommandPalette | null
  ) => {
    const hubPrefix = PageConfig.getOption('hubPrefix');
    if (hubPrefix === '') {
      return; // a Lab of one's own belongs to no hall
    }
    const trans = translator.load('datahall_lab');
    const language = readLanguage(translator.languageCode);
    const settings = app.serviceManager.serverSettings;
    const root = PageConfig.getOption('hubHost') + URLExt.join(hubPrefix, '..');
    const desk = new Desk(URLExt.join(root, 'services/hall/'), language);
    const hall = new Hall(settings, () => language);
    const reader = { trans, language, loginUrl: URLExt.join(hubPrefix, 'login'), hallUrl: null };
    const opened = new WeakMap<NotebookPanel, MainAreaWidget<PublishPanel>>();
    const sent = new Map<string, readonly ICell[]>();

    const unfinished = new WeakMap<NotebookPanel, UnfinishedFindings>();

    const fill = (notebook: NotebookPanel, kept: unknown): IForm =>
      fillForm(readTexts(notebook, app.serviceManager.user.identity?.display_name ?? ''), kept);
    const showUnfinished = (notebook: NotebookPanel): void => {
      const kept = readKept(notebook);
      if (readSlug(kept) !== null && !opened.has(notebook)) {
        const model = new PublishModel(desk, fill(notebook, kept), sent);
        unfinished.set(notebook, new UnfinishedFindings(notebook, model));
      }
    };
    const open = (notebook: NotebookPanel): MainAreaWidget<PublishPanel> => {
      unfinished.get(notebook)?.dispose(); // its tab shows them from now on
      const preview = new Preview(makePages(notebook, settings, root, trans));
      const places = {
        readForm: (kept: unknown) => fill(notebook, kept),
        appUrl: (slug: string) => URLExt.join(root, 'services/apps', slug)
      };
      const model = new PublishModel(desk, fill(notebook, readKept(notebook)), sent);
      const content = new PublishPanel(notebook, model, preview, reader, places, hall.listThemes());
      const widget = new MainAreaWidget({ content });
      widget.title.label = trans.__('Publish %1', notebook.title.label);
      widget.title.icon = publishIcon;
      widget.title.closable = true;
      content.disposed.connect(() => widget.dispose());
      return widget;
    };
    app.commands.addCommand(CommandIDs.publishApp, {
      label: args => (args.toolbar && isNarrow() ? '' : trans.__('Publish as App…')),
      caption: trans.__('Publish this notebook as an app that everybody can open'),
      icon: publishIcon,
      isEnabled: () => notebooks.currentWidget !== null,
      execute: () => {
        const notebook = notebooks.currentWidget;
        if (notebook === null) {
          return;
        }
        const there = opened.get(notebook);
        const widget = there && !there.isDisposed ? there : open(notebook);
        opened.set(notebook, widget);
        if (!widget.isAttached) {
          app.shell.add(widget, 'main', { mode: isNarrow() ? 'tab-after' : 'split-right', ref: notebook.id });
        }
        app.shell.activateById(widget.id);
      }
    });
    notebooks.widgetAdded.connect((_, notebook) => {
      const button = new CommandToolbarButton({
        commands: app.commands,
        id: CommandIDs.publishApp,
        args: { toolbar: true }
      });
      notebook.toolbar.insertItem(TOOLBAR_PLACE, 'datahall-publish', button);
      void notebook.revealed.then(() => showUnfinished(notebook));
    });
    palette?.addItem({ command: CommandIDs.publishApp, category: trans.__('Data Hall') });
  }
};

/** Whether there is room for little: an icon in the toolbar, and tabs one behind the other. */
function isNarrow(): boolean {
  return document.body.classList.contains(NARROW);
}

type Cells = NonNullable<NotebookPanel['model']>['sharedModel']['cells'];

/** Return what was kept in a notebook of its publication. */
function readKept({ model }: NotebookPanel): unknown {
  return model?.getMetadata(METADATA)?.app;
}

/** Return the tags of a cell that tells something, null of others. */
function readTags(cell: Cells[number]): readonly unknown[] | null {
  const tags: unknown = cell.getMetadata('tags');
  return cell.cell_type !== 'markdown' ? null : Array.isArray(tags) ? tags : [];
}

/** Whether a cell tells visitors something; what is for the Lab alone tells its author. */
function isText(cell: Cells[number]): boolean {
  return readTags(cell)?.includes(LAB_ONLY) === false;
}

/** Whether a cell introduces the notebook in one language in the Lab, where its app has a heading of its own. */
function isIntroduction(cell: Cells[number]): boolean {
  const tags = readTags(cell);
  return tags?.includes(LAB_ONLY) === true && IN_ONE_LANGUAGE.some(tag => tags.includes(tag));
}

/** Return what of a notebook the form is filled in from. */
function readTexts(notebook: NotebookPanel, author: string): INotebookTexts {
  const cells = notebook.model?.sharedModel.cells ?? [];
  return {
    path: notebook.context.path,
    markdown: cells.filter(isText).map(each => each.getSource()),
    introductions: cells.filter(isIntroduction).map(each => each.getSource()),
    uses: followNotebook(notebook).list(),
    author
  };
}

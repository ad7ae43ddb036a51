/** Wires the launcher: templates, guides, lessons, and the datasets seen last, as ways to begin. */

import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { URLExt } from '@jupyterlab/coreutils';
import { ILauncher } from '@jupyterlab/launcher';
import { ServerConnection } from '@jupyterlab/services';
import { ITranslator } from '@jupyterlab/translation';
import { ReadonlyJSONObject } from '@lumino/coreutils';
import { CommandIDs } from './commands';
import { readLanguage, readText } from './hall/texts';
import { guideIcon, lessonIcon, templateIcon } from './panel/icons';
import { DatasetPanel } from './panel/panel';
import { IStarter, Starters } from './starters/starters';
import { IDatasetPanel } from './tokens';

const RECENT = 4; // datasets on the launcher

export const launcher: JupyterFrontEndPlugin<void> = {
  id: '@datahall/lab:launcher',
  description: 'Begin with a template, a guide, a lesson or a dataset.',
  autoStart: true,
  requires: [ITranslator, ILauncher, IDatasetPanel],
  activate: (app: JupyterFrontEnd, translator: ITranslator, its: ILauncher, panel: DatasetPanel) => {
    const trans = translator.load('datahall_lab');
    const language = readLanguage(translator.languageCode);
    const settings = app.serviceManager.serverSettings;
    const starters = new Starters(URLExt.join(settings.baseUrl, 'datahall/starters'), (url, init) =>
      ServerConnection.makeRequest(url, init, settings)
    );
    const icons = {
      template: templateIcon,
      guide: guideIcon,
      'guide-folder': guideIcon,
      lesson: lessonIcon,
      'teachers-lesson': lessonIcon
    };
    app.commands.addCommand(CommandIDs.begin, {
      label: args => String(args.title ?? trans.__('Begin with a template')),
      caption: args => String(args.title ?? ''),
      icon: args => icons[(args as unknown as IStarter).kind] ?? templateIcon,
      isVisible: args => 'kind' in args,
      execute: async args => {
        const folder = typeof args.cwd === 'string' ? args.cwd : '';
        try {
          const path = await starters.ensure(args as unknown as IStarter, folder);
          const open = args.kind === 'guide-folder' ? 'filebrowser:open-path' : 'docmanager:open';
          return await app.commands.execute(open, { path });
        } catch {
          Notification.error(trans.__('This could not be put into your home. Is there room, and is it writable?'), { autoClose: false });
          return null;
        }
      }
    });
    // Sections without a rank stand behind the Lab's own; these stand between its notebooks (0) and its consoles (20).
    const ranks = { template: 1, guide: 3, 'guide-folder': 3, lesson: 4, 'teachers-lesson': 5 };
    const categories = {
      template: trans.__('New from template'),
      guide: trans.__('Guides'),
      'guide-folder': trans.__('Guides'),
      lesson: trans.__('Lessons: from table to app'),
      'teachers-lesson': trans.__('Lessons with solutions, for teachers')
    };
    const list = async (): Promise<void> => {
      (await starters.list(language)).forEach((starter, rank) => {
        const args = starter as unknown as ReadonlyJSONObject;
        its.add({ command: CommandIDs.begin, args, category: categories[starter.kind], categoryRank: ranks[starter.kind], rank });
      });
      (await panel.listRecent()).slice(0, RECENT).forEach(({ id, title }, rank) => {
        const args = { dataset: id, title: readText(title, language) || id };
        its.add({ command: CommandIDs.showDatasets, args, category: trans.__('Datasets seen last'), categoryRank: 2, rank });
      });
    };
    // Behind everything that the Lab itself needs; without them the launcher is as it is elsewhere.
    void app.restored.then(list).catch(() => undefined);
  }
};

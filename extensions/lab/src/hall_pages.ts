/** Wires the ways from the Lab to the hall: a menu with what Datahall does here, and its pages in tabs of the browser. */

import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IMainMenu } from '@jupyterlab/mainmenu';
import { ITranslator, TranslationBundle } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';
import { CommandIDs } from './commands';
import { findHallUrl, Page, PAGES, writePageUrl } from './hall/addresses';
import { readLanguage } from './hall/texts';

const RANK = 950; // before Settings and Help
const NARROW = '(max-width: 48rem)';
const WITH_NOTEBOOKS = [CommandIDs.freezeVersions, CommandIDs.reproduce, CommandIDs.publishApp];

export const hallPages: JupyterFrontEndPlugin<void> = {
  id: '@datahall/lab:hall-pages',
  description: 'Lead from the Lab to the pages of the hall.',
  autoStart: true,
  requires: [ITranslator],
  optional: [IMainMenu, ICommandPalette],
  activate: (app: JupyterFrontEnd, translator: ITranslator, main: IMainMenu | null, palette: ICommandPalette | null) => {
    const trans = translator.load('datahall_lab');
    const hallUrl = findHallUrl(readLanguage(translator.languageCode));
    if (hallUrl !== null) {
      addPages(app.commands, hallUrl, trans, palette);
    }
    const items = listItems(hallUrl !== null);
    if (matchMedia(NARROW).matches) {
      main?.helpMenu.addGroup(items, 0); // a phone has no room for a further menu
    } else {
      main?.addMenu(makeMenu(app.commands, items, trans), true, { rank: RANK });
    }
  }
};

function addPages(
  commands: CommandRegistry,
  hallUrl: string,
  trans: TranslationBundle,
  palette: ICommandPalette | null
): void {
  const names: { readonly [page in Page]: string } = {
    home: trans.__('Home Page of the Hall'),
    datasets: trans.__('Datasets in the Hall'),
    apps: trans.__('Apps in the Hall'),
    'my-apps': trans.__('My Apps in the Hall')
  };
  commands.addCommand(CommandIDs.openPage, {
    label: args => names[args.page as Page] ?? names.home,
    caption: trans.__('Opens in a new tab of the browser'),
    execute: args => {
      const page = PAGES.find(each => each === args.page) ?? 'home';
      window.open(writePageUrl(hallUrl, page), '_blank', 'noopener');
    }
  });
  const category = trans.__('Data Hall');
  PAGES.forEach(page => palette?.addItem({ command: CommandIDs.openPage, args: { page }, category }));
}

/** Return what a menu has: the panel, what is done with the notebook in front, and the pages. */
function listItems(hasPages: boolean): Menu.IItemOptions[] {
  const pages = PAGES.map((page): Menu.IItemOptions => ({ command: CommandIDs.openPage, args: { page } }));
  return [
    { command: CommandIDs.showDatasets },
    { type: 'separator' },
    ...WITH_NOTEBOOKS.map(command => ({ command })),
    ...(hasPages ? [{ type: 'separator' as const }, ...pages] : [])
  ];
}

function makeMenu(commands: CommandRegistry, items: readonly Menu.IItemOptions[], trans: TranslationBundle): Menu {
  const menu = new Menu({ commands });
  menu.id = 'datahall-menu';
  menu.title.label = trans.__('Data Hall');
  items.forEach(item => menu.addItem(item));
  return menu;
}

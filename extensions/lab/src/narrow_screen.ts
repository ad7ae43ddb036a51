/**
 * Wires narrow screens: a phone has a workspace of its own, so that it never rearranges the one of a desk, and there the
 * sidebar starts closed.
 */

import { ILabShell, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { PageConfig, URLExt } from '@jupyterlab/coreutils';

const NARROW = '(max-width: 48rem)';
const WORKSPACE = 'phone';

export const narrowScreen: JupyterFrontEndPlugin<void> = {
  id: '@datahall/lab:narrow-screen',
  description: 'Give a phone a workspace of its own, with the sidebar closed.',
  autoStart: true,
  requires: [ILabShell],
  activate: (app: JupyterFrontEnd, shell: ILabShell) => {
    if (!matchMedia(NARROW).matches) {
      return;
    }
    document.body.classList.add('jp-DatahallNarrow');
    const address = findPhoneAddress(URLExt.join(PageConfig.getBaseUrl(), 'lab'), location);
    if (address !== null) {
      location.replace(address);
    } else {
      void app.restored.then(() => shell.collapseLeft());
    }
  }
};

/** Return the address of the same page in the phone's workspace; null where it is shown in one that was chosen. */
export function findPhoneAddress(lab: string, page: Pick<Location, 'pathname' | 'search' | 'hash'>): string | null {
  const path = new URL(lab, 'http://server').pathname;
  const rest = page.pathname.slice(path.length);
  if (!page.pathname.startsWith(path) || rest.startsWith('/workspaces/')) {
    return null;
  }
  return `${path}/workspaces/${WORKSPACE}${rest}${page.search}${page.hash}`;
}

/** The plugins of the extension. */

import { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { datasetPanel } from './dataset_panel';
import { hallPages } from './hall_pages';
import { launcher } from './launcher';
import { lineage } from './lineage';
import { narrowScreen } from './narrow_screen';
import { newNotebooks } from './new_notebooks';
import { publish } from './publish';
import { resourceUse } from './resource_use';

const plugins: JupyterFrontEndPlugin<unknown>[] = [
  narrowScreen,
  datasetPanel,
  hallPages,
  launcher,
  lineage,
  newNotebooks,
  publish,
  resourceUse
];

export default plugins;

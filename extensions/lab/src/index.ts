/** The plugins of the extension. */

import { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { datasetPanel } from './dataset_panel';
import { launcher } from './launcher';
import { lineage } from './lineage';
import { narrowScreen } from './narrow_screen';
import { publish } from './publish';
import { resourceUse } from './resource_use';

const plugins: JupyterFrontEndPlugin<unknown>[] = [
  narrowScreen,
  datasetPanel,
  launcher,
  lineage,
  publish,
  resourceUse
];

export default plugins;

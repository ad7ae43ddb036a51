/** The plugins of the extension. */

import { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { datasetPanel } from './dataset_panel';
import { launcher } from './launcher';
import { lineage } from './lineage';
import { publish } from './publish';

const plugins: JupyterFrontEndPlugin<unknown>[] = [datasetPanel, launcher, lineage, publish];

export default plugins;

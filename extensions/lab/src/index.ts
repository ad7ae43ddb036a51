/** The plugins of the extension. */

import { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { datasetPanel } from './dataset_panel';
import { lineage } from './lineage';

const plugins: JupyterFrontEndPlugin<unknown>[] = [datasetPanel, lineage];

export default plugins;

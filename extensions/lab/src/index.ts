/** The plugins of the extension. */

import { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { datasetPanel } from './dataset_panel';

const plugins: JupyterFrontEndPlugin<void>[] = [datasetPanel];

export default plugins;

/** What one plugin of this extension offers to the others. */

import { Token } from '@lumino/coreutils';
import { DatasetPanel } from './panel/panel';

export const IDatasetPanel = new Token<DatasetPanel>('@datahall/lab:IDatasetPanel', 'The panel with datasets.');

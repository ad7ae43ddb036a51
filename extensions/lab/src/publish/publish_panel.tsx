/** The tab beside a notebook in which it is published as an app. */

import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import { NotebookPanel } from '@jupyterlab/notebook';
import React from 'react';
import { ITheme } from '../hall/answers';
import { IReader, Reader } from '../panel/reader';
import { followNotebook } from '../lineage/notebook_lineage';
import { goToCell, showAtCells } from './cell_findings';
import { IForm } from './manifest';
import { PublishModel } from './publish_model';
import { IPublishProps, PublishView } from './publish_view';

const METADATA = 'datahall'; // the key in a notebook's metadata, whose member `app` is ours

export interface IPlaces extends Pick<IPublishProps, 'loadPreview' | 'appUrl'> {
  /** Fill a form in from the notebook as it is now. */
  readonly readForm: (kept: unknown) => IForm;
}

export class PublishPanel extends ReactWidget {
  constructor(
    private readonly _notebook: NotebookPanel,
    private readonly _model: PublishModel,
    private readonly _reader: IReader,
    private readonly _places: IPlaces,
    themes: Promise<readonly ITheme[]>
  ) {
    super();
    this.addClass('jp-DatahallPanel');
    void themes
      .then(found => {
        this._themes = found;
        this.update();
      })
      .catch(() => undefined); // the form does without
    _model.changed.connect(this._onChange, this);
    _notebook.disposed.connect(this.dispose, this);
    followNotebook(_notebook).changed.connect(this._readDatasets, this);
    void _model.look();
  }

  dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this._model.dispose();
    followNotebook(this._notebook).changed.disconnect(this._readDatasets, this);
    if (!this._notebook.isDisposed) {
      showAtCells(this._notebook, []);
    }
    super.dispose();
  }

  protected render(): React.ReactElement {
    return (
      <Reader.Provider value={this._reader}>
        <UseSignal signal={this._model.changed}>
          {() => (
            <PublishView
              model={this._model}
              themes={this._themes}
              appUrl={this._places.appUrl}
              loadPreview={language => {
                this._keepForm(); // its title stands on the page
                return this._places.loadPreview(language);
              }}
              onSubmit={() => void this._submit()}
              onGoTo={finding => void goToCell(this._notebook, finding)}
            />
          )}
        </UseSignal>
      </Reader.Provider>
    );
  }

  private async _submit(): Promise<void> {
    this._keepForm();
    await this._notebook.context.save();
    await this._model.submit(this._notebook.content.model?.toJSON() as object);
  }

  /** Take the datasets that the notebook has opened meanwhile, and their domains where none was chosen. */
  private _readDatasets(): void {
    const { form } = this._model;
    const { manifest } = this._places.readForm(null);
    const themes = form.manifest.themes.length > 0 ? form.manifest.themes : manifest.themes;
    if (manifest.datasets.length > 0) {
      this._model.setForm({ ...form, manifest: { ...form.manifest, datasets: manifest.datasets, themes } });
    }
  }

  private _keepForm(): void {
    const model = this._notebook.content.model;
    if (model !== null && !model.readOnly) {
      model.setMetadata(METADATA, { ...(model.getMetadata(METADATA) ?? {}), app: this._model.form });
    }
  }

  private _onChange(): void {
    showAtCells(this._notebook, this._model.newest?.state === 'published' ? [] : this._model.findings);
  }

  private _themes: readonly ITheme[] = [];
}

/** The tab beside a notebook in which it is published as an app. */

import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import { NotebookPanel } from '@jupyterlab/notebook';
import { Signal } from '@lumino/signaling';
import React from 'react';
import { ITheme } from '../hall/answers';
import { IReader, Reader } from '../panel/reader';
import { followNotebook } from '../lineage/notebook_lineage';
import { findCell, goToCell, ICell, IMark, IPlaceNow, listCells, showAtCells, writeFinding } from './cell_findings';
import { dropUnknownThemes, IForm } from './manifest';
import { Language, Preview } from './preview';
import { tellChanged } from './preview_view';
import { ISent, PublishModel } from './publish_model';
import { IPublishProps, PublishView } from './publish_view';

const METADATA = 'datahall'; // the key in a notebook's metadata, whose member `app` is ours
const EDITED = 500; // milliseconds without a further change, after which findings are looked at anew

export interface IPlaces extends Pick<IPublishProps, 'appUrl'> {
  /** Fill a form in from the notebook as it is now. */
  readonly readForm: (kept: unknown) => IForm;
}

export class PublishPanel extends ReactWidget {
  constructor(
    private readonly _notebook: NotebookPanel,
    private readonly _model: PublishModel,
    private readonly _preview: Preview,
    private readonly _reader: IReader,
    private readonly _places: IPlaces,
    themes: Promise<readonly ITheme[]>
  ) {
    super();
    this.addClass('jp-DatahallPanel');
    void themes
      .then(found => {
        this._themes = found;
        this._setForm(this._model.form);
        this.update();
      })
      .catch(() => undefined); // the form does without
    _model.changed.connect(this._showFindings, this);
    _preview.changed.connect(this._showFindings, this);
    _notebook.content.modelContentChanged.connect(this._onEdit, this);
    window.addEventListener('pagehide', this._onLeave);
    window.addEventListener('focus', this._onReturn);
    _notebook.disposed.connect(this.dispose, this);
    followNotebook(_notebook).changed.connect(this._readDatasets, this);
    void _model.look();
  }

  dispose(): void {
    if (this.isDisposed) {
      return;
    }
    clearTimeout(this._editing);
    window.removeEventListener('pagehide', this._onLeave);
    window.removeEventListener('focus', this._onReturn);
    this._model.dispose();
    Signal.disconnectReceiver(this);
    this._preview.clear();
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
              preview={this._preview}
              themes={this._themes}
              appUrl={this._places.appUrl}
              onPreview={language => void this._show(language)}
              onSubmit={() => void this._model.submit(() => this._take())}
              onForm={form => this._model.setForm(form)}
              find={finding => this._find(this._model.findSent(finding))}
              findFailed={() => this._find(this._findPreviewed())}
              onGoTo={({ at }) => goToCell(this._notebook, at)}
            />
          )}
        </UseSignal>
      </Reader.Provider>
    );
  }

  /** Save the notebook, and return it. */
  private async _take(): Promise<ISent> {
    this._keepForm();
    await this._notebook.context.save();
    return { notebook: this._notebook.content.model?.toJSON() as object, cells: listCells(this._notebook) };
  }

  private async _show(language: Language): Promise<void> {
    this._keepForm(); // its title stands on the page
    this._previewed = listCells(this._notebook);
    await this._preview.show(language);
  }

  private _findPreviewed(): ICell | undefined {
    return this._previewed.find(({ id }) => id === this._preview.failure?.cell);
  }

  private _find(then: ICell | undefined): IPlaceNow | null {
    return findCell(then, listCells(this._notebook));
  }

  /** Take the datasets that the notebook has opened meanwhile, and their domains where none was chosen. */
  private _readDatasets(): void {
    const { form } = this._model;
    const { manifest } = this._places.readForm(null);
    const themes = form.manifest.themes.length > 0 ? form.manifest.themes : manifest.themes;
    if (manifest.datasets.length > 0) {
      this._setForm({ ...form, manifest: { ...form.manifest, datasets: manifest.datasets, themes } });
    }
  }

  /** Take a form that nobody has typed; what it cannot show is dropped as soon as that is known. */
  private _setForm({ slug, manifest }: IForm): void {
    const known = this._themes.map(({ id }) => id);
    this._model.setForm({ slug, manifest: known.length > 0 ? dropUnknownThemes(manifest, known) : manifest });
  }

  private _keepForm(): void {
    const model = this._notebook.content.model;
    if (model !== null && !model.readOnly) {
      model.setMetadata(METADATA, { ...(model.getMetadata(METADATA) ?? {}), app: this._model.form });
    }
  }

  private _onEdit(): void {
    clearTimeout(this._editing);
    this._editing = setTimeout(() => {
      this._showFindings();
      this.update();
    }, EDITED);
  }

  private _showFindings(): void {
    if (!this._notebook.isDisposed) {
      showAtCells(this._notebook, this._listMarks());
    }
  }

  private _listMarks(): IMark[] {
    const { newest, findings } = this._model;
    const { failure } = this._preview;
    const told = newest?.state === 'published' ? [] : findings;
    const marks = told.map(finding =>
      this._mark(this._model.findSent(finding), finding.severity, writeFinding(finding))
    );
    if (failure !== null) {
      marks.push(this._mark(this._findPreviewed(), 'problem', `${failure.name}: ${failure.message}`));
    }
    return marks.filter(mark => mark !== null);
  }

  private _mark(then: ICell | undefined, severity: string, text: string): IMark | null {
    const place = this._find(then);
    return place && { at: place.at, severity, text: place.isChanged ? `${text} ${tellChanged(this._reader)}` : text };
  }

  private readonly _onReturn = (): void => this._model.lookIfAwaited(); // from the mail or the page of a steward, say
  private readonly _onLeave = (): void => this._preview.clear();
  private _previewed: readonly ICell[] = []; // as they were when the preview was asked for
  private _editing: ReturnType<typeof setTimeout> | undefined;
  private _themes: readonly ITheme[] = [];
}

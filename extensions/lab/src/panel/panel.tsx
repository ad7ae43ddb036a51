/** The dataset panel in the left sidebar: a search, or one dataset. */

import { Clipboard, Notification } from '@jupyterlab/apputils';
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import { CommandRegistry } from '@lumino/commands';
import { Message } from '@lumino/messaging';
import React from 'react';
import { CommandIDs } from '../commands';
import { ICodeForm, ISummary } from '../hall/answers';
import { Hall } from '../hall/hall';
import { LineageModel } from '../lineage/lineage_model';
import { LineageView } from '../lineage/lineage_view';
import { DetailsModel } from './details_model';
import { DetailsView } from './details_view';
import { Boundary, IReader, Reader } from './reader';
import { IRecent, RecentDatasets } from './recent';
import { SearchModel } from './search_model';
import { SearchView } from './search_view';

const USUAL_FORM = 'polars';

export class DatasetPanel extends ReactWidget {
  constructor(
    hall: Hall,
    private readonly _reader: IReader,
    private readonly _commands: CommandRegistry,
    private readonly _recent: RecentDatasets
  ) {
    super();
    this.addClass('jp-DatahallPanel');
    this.search = new SearchModel(hall);
    this.details = new DetailsModel(hall);
    this.lineage = new LineageModel(hall);
    this.details.changed.connect(() => this._followDetails());
  }

  readonly search: SearchModel;
  readonly details: DetailsModel;
  readonly lineage: LineageModel;

  /** Show a dataset, and remember that it was looked at. */
  open(id: string, summary: ISummary | null = null): void {
    void this.details.open(id, summary).then(() => {
      const title = summary?.title ?? (this.details.details as ISummary | null)?.title;
      if (title !== undefined && this.details.id === id) {
        void this._recent.add({ id, title }).then(() => this.update());
      }
    });
  }

  /** Return the datasets looked at last, the last one first. */
  async listRecent(): Promise<readonly IRecent[]> {
    await this._recent.load();
    return this._recent.list;
  }

  /** Show what stands there before anything is searched for. */
  showStart(): void {
    this.details.close();
    this.search.clear();
  }

  protected onAfterShow(message: Message): void {
    super.onAfterShow(message);
    void this._recent.load().then(() => this.update());
    void this.search.begin();
  }

  protected onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    this.node.querySelector('input')?.focus();
  }

  protected render(): React.ReactElement {
    return (
      <Reader.Provider value={this._reader}>
        <UseSignal signal={this.details.changed}>
          {() => (
            <Boundary key={this.details.id ?? ''}>
              {this.details.id === null ? this._renderSearch() : this._renderDetails()}
            </Boundary>
          )}
        </UseSignal>
      </Reader.Provider>
    );
  }

  private _renderSearch(): React.ReactElement {
    return (
      <UseSignal signal={this.search.changed}>
        {() => (
          <SearchView
            model={this.search}
            recent={this._recent.list}
            onOpen={dataset => this.open(dataset.id, dataset)}
            onOpenId={id => this.open(id)}
            onInsert={dataset => void this._commands.execute(CommandIDs.insertCode, { id: dataset.id })}
            writeLines={writeUsualLines}
            start={this._renderLineage()}
          />
        )}
      </UseSignal>
    );
  }

  private _renderLineage(): React.ReactElement {
    const commands = this._commands;
    return (
      <UseSignal signal={this.lineage.changed}>
        {() => (
          <LineageView
            model={this.lineage}
            onOpenId={id => this.open(id)}
            onFreeze={() => void commands.execute(CommandIDs.freezeVersions)}
            onReproduce={isOn => void commands.execute(CommandIDs.reproduce, { isOn })}
            onCompare={({ id, version, changes }) =>
              this._insert({ text: writeComparison(id, version, changes?.newest ?? ''), language: 'python' })
            }
          />
        )}
      </UseSignal>
    );
  }

  private _renderDetails(): React.ReactElement {
    return (
      <DetailsView
        model={this.details}
        form={this._form}
        onForm={form => {
          this._form = form;
          this.update();
        }}
        onInsert={code => this._insert(code)}
        onCopy={(text, told) => {
          Clipboard.copyToSystem(text);
          Notification.success(told, { autoClose: 3000 });
        }}
      />
    );
  }

  /** Who comes back to the list by keys goes on from the dataset that they had opened. */
  private _followDetails(): void {
    const left = this._shown;
    this._shown = this.details.id;
    if (left !== null && this._shown === null && this.node.contains(document.activeElement)) {
      requestAnimationFrame(() => findCard(this.node, left)?.focus());
    }
  }

  private _insert({ text, language }: Pick<ICodeForm, 'text' | 'language'>): void {
    void this._commands.execute(CommandIDs.insertText, { text, language });
  }

  private _form = USUAL_FORM;
  private _shown: string | null = null;
}

/** Return what somebody goes on from in a list: the title of a dataset, or the search where it is not listed. */
function findCard(panel: HTMLElement, id: string): HTMLElement | null {
  const titles = [...panel.querySelectorAll<HTMLElement>('.jp-DatahallCard-title')];
  const its = titles.find(title => title.closest<HTMLElement>('[data-dataset]')?.dataset.dataset === id);
  return its ?? panel.querySelector('input');
}

/** Return the lines that open a dataset with polars, which the list knows without asking. */
export function writeUsualLines({ id }: Pick<ISummary, 'id'>): string {
  return `import datahall\n\nds = datahall.dataset("${id}")\ndf = ds.polars().collect()\ndf`;
}

/** Return the lines that compare the rows of two versions. */
export function writeComparison(id: string, old: string, now: string): string {
  return `import datahall\n\ndatahall.dataset("${id}").diff("${old}", "${now}")`;
}

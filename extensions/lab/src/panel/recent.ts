/** The datasets that somebody looked at last, kept between visits in the Lab's own store. */

import { IStateDB } from '@jupyterlab/statedb';
import { ReadonlyJSONObject } from '@lumino/coreutils';
import { Texts } from '../hall/answers';

export interface IRecent {
  readonly id: string;
  readonly title: Texts;
}

const KEY = '@datahall/lab:recent';
const MOST = 6;

export class RecentDatasets {
  constructor(private readonly _state: Pick<IStateDB, 'fetch' | 'save'> | null) {}

  get list(): readonly IRecent[] {
    return this._list;
  }

  /** Read what was kept, once; what is no list of datasets is nothing. */
  load(): Promise<void> {
    return (this._loaded ??= this._load());
  }

  async add({ id, title }: IRecent): Promise<void> {
    await this.load();
    this._list = [{ id, title }, ...this._list.filter(each => each.id !== id)].slice(0, MOST);
    await this._state?.save(KEY, { list: this._list } as unknown as ReadonlyJSONObject);
  }

  private async _load(): Promise<void> {
    const kept = (await this._state?.fetch(KEY).catch(() => undefined)) as { list?: unknown } | undefined;
    if (Array.isArray(kept?.list)) {
      const isDataset = (each: unknown): each is IRecent =>
        typeof (each as IRecent)?.id === 'string' && typeof (each as IRecent)?.title === 'object';
      this._list = kept.list.filter(isDataset).slice(0, MOST);
    }
  }

  private _loaded: Promise<void> | null = null;
  private _list: readonly IRecent[] = [];
}

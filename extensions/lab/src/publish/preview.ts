/** The preview of an app: the page that was asked for last, and the kernel behind it, which ends with it. */

import { ISignal, Signal } from '@lumino/signaling';

export type Language = 'en' | 'zh';

/** Why a cell failed. */
export interface IFailure {
  /** The cell's id. */
  readonly cell: string;
  readonly name: string;
  readonly message: string;
}

/** The person's server, which makes pages of notebooks. */
export interface IPages {
  /** Save the notebook, run it, and yield its page in pieces while it runs. */
  readonly open: (language: Language, signal: AbortSignal) => AsyncIterable<string>;
  /** Return a page with what the hall adds to it. */
  readonly dress: (page: string) => string;
  readonly shutDown: (kernel: string) => Promise<void>;
}

const KERNEL = /<script id="jupyter-config-data"[^>]*>[^<]*"kernelId": ?"([\w-]+)"/;
const OUTPUTS = 'script[type="application/vnd.voila.cell-output+json"]';
const FAILURE = 'application/vnd.datahall.failure+json'; // as preview.py writes it

export class Preview {
  constructor(private readonly _pages: IPages) {}

  readonly changed: ISignal<this, void> = new Signal<this, void>(this);

  page: string | null = null;
  failure: IFailure | null = null;
  state: 'none' | 'running' | 'shown' | 'not made' = 'none';

  /** Show the notebook in a language, in place of what was shown or asked for before. */
  async show(language: Language): Promise<void> {
    this.clear();
    const asked = (this._asked = new AbortController());
    this._set('running');
    try {
      const page = await this._read(this._pages.open(language, asked.signal), asked.signal);
      if (!asked.signal.aborted) {
        Object.assign(this, { page: this._pages.dress(page), failure: findFailure(page) });
        this._set('shown');
      }
    } catch {
      if (!asked.signal.aborted) {
        this.clear();
        this._set('not made');
      }
    }
  }

  /** Show nothing, and end the kernel of what was shown; called when the tab closes, too. */
  clear(): void {
    this._asked?.abort();
    if (this._kernel !== null) {
      void this._pages.shutDown(this._kernel).catch(() => undefined); // the server ends it when it is not used
    }
    Object.assign(this, { page: null, failure: null, _kernel: null });
    this._set('none');
  }

  /** Return a page once it is whole. Its kernel is named at the beginning. */
  private async _read(pieces: AsyncIterable<string>, signal: AbortSignal): Promise<string> {
    let page = '';
    for await (const piece of pieces) {
      page += piece;
      if (!signal.aborted) {
        this._kernel ??= KERNEL.exec(page)?.[1] ?? null;
      }
    }
    return page;
  }

  private _set(state: Preview['state']): void {
    this.state = state;
    (this.changed as Signal<this, void>).emit();
  }

  private _asked: AbortController | null = null;
  private _kernel: string | null = null;
}

/** Return why a cell of a page failed, null where none did. */
export function findFailure(page: string): IFailure | null {
  const outputs = new DOMParser().parseFromString(page, 'text/html').querySelectorAll(OUTPUTS);
  return [...outputs].map(({ textContent }) => readFailure(textContent ?? '')).find(each => each !== null) ?? null;
}

function readFailure(output: string): IFailure | null {
  try {
    const told = JSON.parse(output).data?.[FAILURE];
    return told ? { cell: String(told.cell), name: String(told.name), message: String(told.message) } : null;
  } catch {
    return null; // an output that was cut off
  }
}

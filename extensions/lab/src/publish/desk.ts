/**
 * Speaks with the hall's desk for apps, as the person who is signed in to the hall with this browser.
 *
 * Not by the server half: a notebook's code could use what that is allowed, and would publish in somebody's name.
 */

import { HallError, LOGIN_EXPIRED, SERVER_AWAY } from '../hall/hall';
import { ICell } from './cell_findings';
import { IManifest } from './manifest';

export type State = 'draft' | 'submitted' | 'checked' | 'approved' | 'published' | 'retired';

export interface IFinding {
  readonly code: string;
  readonly severity: 'problem' | 'remark' | 'not-run';
  readonly message: string;
  readonly mend: string;
  /** Cells and lines count from 1. */
  readonly place: { readonly file: string; readonly cell?: number | null; readonly line?: number | null; readonly field?: string };
}

/** Whether a finding is about a cell of the notebook; the hall leaves out what it has nothing to say of. */
export function isOfCell(place: IFinding['place']): place is IFinding['place'] & { readonly cell: number } {
  return place.file === 'app.ipynb' && typeof place.cell === 'number';
}

export interface IVersion {
  readonly slug: string;
  readonly number: number;
  readonly state: State;
  readonly created: string;
  readonly revision: number;
  readonly actions: readonly string[];
  readonly waits_for: 'checks' | 'reviewer' | 'publishing' | null;
  readonly note: string;
  readonly findings: readonly IFinding[];
  readonly events: readonly { readonly action: string; readonly by: string; readonly at: string; readonly reason: string }[];
  readonly comments: readonly { readonly by: string; readonly at: string; readonly text: string }[];
}

/** A notebook as its file has it: each cell's lines may stand in a list, and old ones have no ids. */
interface INotebookFile {
  readonly cells: readonly { readonly id?: string; readonly source: string | readonly string[] }[];
}

const API = 'api/v1/';
const NOT_SIGNED_IN = 401;
const NOT_FOUND = 404;

export class Desk {
  /** `hallUrl` ends with a slash; `ask` is the browser's fetch. */
  constructor(
    private readonly _hallUrl: string,
    private readonly _language: string,
    private readonly _ask: typeof fetch = (...request) => fetch(...request)
  ) {}

  submit(slug: string, notebook: object, manifest: IManifest): Promise<IVersion> {
    return this._send('POST', `apps/${slug}/versions`, { notebook, manifest });
  }

  /** Return all versions of an app, the newest first; none of one that nobody has submitted. */
  async listVersions(slug: string): Promise<readonly IVersion[]> {
    try {
      return (await this._send<{ versions: IVersion[] }>('GET', `apps/${slug}/versions`)).versions;
    } catch (error) {
      if (error instanceof HallError && error.code === 'unknown-app') {
        return [];
      }
      throw error;
    }
  }

  /** Move a version on: `withdraw`, `roll-back`, `retire`; refused where it has moved since it was looked at. */
  move({ slug, number, revision }: IVersion, action: string): Promise<IVersion> {
    return this._send('POST', `apps/${slug}/versions/${number}/${action}`, { revision });
  }

  /** Return the cells of a version as they were sent. */
  async listCells({ slug, number }: IVersion): Promise<readonly ICell[]> {
    const answer = await this._request('GET', `apps/${slug}/versions/${number}/notebook.ipynb`);
    if (!answer.ok) {
      throw await readFailure(answer);
    }
    const { cells } = (await answer.json()) as INotebookFile;
    return cells.map(({ id, source }) => ({ id: id ?? '', source: typeof source === 'string' ? source : source.join('') }));
  }

  comment({ slug, number }: IVersion, text: string): Promise<IVersion> {
    return this._send('POST', `apps/${slug}/versions/${number}/comments`, { text });
  }

  private async _send<T>(method: string, path: string, body?: object): Promise<T> {
    let answer = await this._request(method, API + path, body);
    if (answer.status === NOT_SIGNED_IN) {
      await this._signIn();
      answer = await this._request(method, API + path, body);
    }
    if (answer.ok) {
      return (await answer.json()) as T;
    }
    throw await readFailure(answer);
  }

  private async _request(method: string, path: string, body?: object): Promise<Response> {
    const headers = { 'Accept-Language': this._language, 'Content-Type': 'application/json' };
    try {
      return await this._ask(this._hallUrl + path, {
        method,
        headers,
        credentials: 'same-origin',
        cache: 'no-store',
        body: body && JSON.stringify(body)
      });
    } catch {
      throw new HallError(SERVER_AWAY, '');
    }
  }

  /** Who is signed in to the Lab is to the hub, and so can be to the hall without being asked. */
  private async _signIn(): Promise<void> {
    const next = encodeURIComponent(new URL(`${this._hallUrl}health`, window.location.href).pathname);
    await this._ask(`${this._hallUrl}sign-in?next=${next}`, { credentials: 'same-origin' }).catch(() => undefined);
  }
}

async function readFailure(answer: Response): Promise<HallError> {
  if (answer.status === NOT_SIGNED_IN) {
    return new HallError(LOGIN_EXPIRED, ''); // what the hall says of it is meant for programs
  }
  try {
    const { code, message, hint } = (await answer.json()).error;
    return new HallError(answer.status === NOT_FOUND ? 'unknown-app' : code, message, hint);
  } catch {
    return new HallError(SERVER_AWAY, '');
  }
}

/** Speaks with the server half, which asks the hall, or the mounted cards where the hall does not answer. */

import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { Check, holds, isDescription, isList, isObject, isPage, isTable } from './answer_checks';
import { Facets, IChanges, ICodeForm, IDetails, IFirstRows, IJoin, IResults, ISummary, ITheme } from './answers';

/** What is looked for: words, values of facets, an order and a page. */
export interface IWish {
  readonly words: string;
  readonly chosen: { readonly [facet: string]: readonly string[] };
  readonly sort: string;
  readonly page: number;
}

/** Who has answered: the hall, or the cards that are mounted here. */
export type Origin = 'hall' | 'cards';

/** An answer that says what went wrong, in the reader's language; `code` is for programs. */
export class HallError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly hint = ''
  ) {
    super(message);
  }
}

export const LOGIN_EXPIRED = 'login-expired';
export const SERVER_AWAY = 'server-away';
/** An answer that does not hold what it should. */
export const UNREADABLE = 'unreadable';

const ORIGIN = 'X-Datahall-Origin';

export class Hall {
  constructor(
    private readonly _settings: ServerConnection.ISettings,
    private readonly _language: () => string
  ) {}

  /** Who answered last. */
  get origin(): Origin {
    return this._origin;
  }

  search(wish: IWish, signal?: AbortSignal): Promise<IResults> {
    return this._get('datasets', isPage, writeQuery(wish), signal);
  }

  async countFacets(wish: IWish, signal?: AbortSignal): Promise<Facets> {
    const { words, chosen } = wish;
    const query = writeQuery({ words, chosen });
    return (await this._get<{ facets: Facets }>('facets', holds('facets', isObject), query, signal)).facets;
  }

  async listThemes(): Promise<readonly ITheme[]> {
    return (await this._get<{ results: ITheme[] }>('themes', isList)).results;
  }

  describe(id: string, signal?: AbortSignal): Promise<IDetails> {
    return this._get(`datasets/${id}`, isDescription, '', signal);
  }

  showFirstRows(id: string, version?: string, signal?: AbortSignal): Promise<IFirstRows> {
    return this._get(`datasets/${id}/preview`, isTable, version ? `version=${version}` : '', signal);
  }

  async listCode(id: string, version?: string, signal?: AbortSignal): Promise<readonly ICodeForm[]> {
    const query = version ? `version=${version}` : '';
    return (await this._get<{ results: ICodeForm[] }>(`datasets/${id}/code`, isList, query, signal)).results;
  }

  async listJoins(id: string, signal?: AbortSignal): Promise<readonly IJoin[]> {
    return (await this._get<{ results: IJoin[] }>(`datasets/${id}/joinable`, isList, '', signal)).results;
  }

  listChanges(id: string, since: string): Promise<IChanges> {
    return this._get(`datasets/${id}/changes`, holds('changes', Array.isArray), `since=${since}`);
  }

  async listRelated(id: string, signal?: AbortSignal): Promise<readonly ISummary[]> {
    return (await this._get<{ results: ISummary[] }>(`datasets/${id}/related`, isList, '', signal)).results;
  }

  private async _get<T>(path: string, isReadable: Check, query = '', signal?: AbortSignal): Promise<T> {
    const address = URLExt.join(this._settings.baseUrl, 'datahall/api/v1', path);
    const headers = { 'Accept-Language': this._language() };
    // The Lab adds the time to addresses that must not be stored; the hall knows no such parameter.
    const request: RequestInit = { headers, signal, redirect: 'manual', cache: 'no-cache' };
    const answer = await this._ask(query ? `${address}?${query}` : address, request);
    // A server whose login has expired leads to the hub instead.
    if (answer.type === 'opaqueredirect' || answer.status === 401 || answer.status === 403) {
      const told = await readError(answer);
      throw told?.code ? told : new HallError(LOGIN_EXPIRED, '');
    }
    if (!answer.ok) {
      throw (await readError(answer)) ?? new HallError(SERVER_AWAY, '');
    }
    const told: unknown = await answer.json().catch(() => null);
    if (!isReadable(told)) {
      throw new HallError(UNREADABLE, '');
    }
    this._origin = answer.headers.get(ORIGIN) === 'cards' ? 'cards' : 'hall';
    return told as T;
  }

  private async _ask(address: string, request: RequestInit): Promise<Response> {
    try {
      return await ServerConnection.makeRequest(address, request, this._settings);
    } catch (error) {
      if ((error as Error).name === 'AbortError' || request.signal?.aborted) {
        throw error;
      }
      throw new HallError(SERVER_AWAY, '');
    }
  }

  private _origin: Origin = 'hall';
}

/** Return the error that an answer tells, or null where it tells none. */
async function readError(answer: Response): Promise<HallError | null> {
  try {
    const { code, message, hint } = (await answer.json()).error;
    return new HallError(code, message, hint);
  } catch {
    return null;
  }
}

/** Return a wish as the hall's API is asked: each chosen value once, in their order. */
export function writeQuery(wish: Partial<IWish>): string {
  const query = new URLSearchParams({ q: (wish.words ?? '').trim().slice(0, 200) });
  if (wish.sort && wish.sort !== 'relevance') {
    query.set('sort', wish.sort);
  }
  if (wish.page && wish.page > 1) {
    query.set('page', String(wish.page));
  }
  for (const [facet, values] of Object.entries(wish.chosen ?? {})) {
    new Set(values).forEach(value => query.append(facet, value));
  }
  return query.toString();
}

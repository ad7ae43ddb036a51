/** Asks the server half what one can begin with, and has it put into the home. */

export interface IStarter {
  readonly kind: 'template' | 'guide' | 'guide-folder' | 'lesson' | 'teachers-lesson';
  readonly id: string;
  readonly title: string;
}

type Ask = (address: string, request: RequestInit) => Promise<Response>;

export class Starters {
  constructor(
    private readonly _address: string,
    private readonly _ask: Ask
  ) {}

  async list(language: 'en' | 'zh'): Promise<readonly IStarter[]> {
    const answer = await this._ask(`${this._address}?language=${language}`, {});
    return answer.ok ? ((await answer.json()) as { results: IStarter[] }).results : [];
  }

  /** Return where it lies in the home, and put it there first where it is not. */
  async ensure({ kind, id }: IStarter, folder: string): Promise<string> {
    const body = JSON.stringify({ kind, id, folder });
    const answer = await this._ask(this._address, { method: 'POST', body });
    if (!answer.ok) {
      throw new Error(answer.statusText);
    }
    return ((await answer.json()) as { path: string }).path;
  }
}

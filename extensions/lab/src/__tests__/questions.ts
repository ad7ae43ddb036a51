/** Questions to the hall that a test answers when it wants to. */

export interface IQuestion {
  /** What was asked for. */
  readonly wish: any;
  readonly signal: AbortSignal | undefined;
  /** Answer it, and let what waits for the answer go on. */
  readonly answer: (told: any) => Promise<void>;
  readonly fail: (error: unknown) => Promise<void>;
}

/** Return a method of a hall that notes its questions in a list; an answer comes even if nobody waits for it. */
export function listen(questions: IQuestion[]): (...given: any[]) => Promise<any> {
  return (...given) =>
    new Promise((resolve, reject) => {
      questions.push({
        wish: given[0],
        signal: given.find(each => each instanceof AbortSignal),
        answer: told => (resolve(told), pass()),
        fail: error => (reject(error), pass())
      });
    });
}

/** Let everything go on that waits for nothing but its turn; no time passes. */
export async function pass(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) {
    await Promise.resolve();
  }
}

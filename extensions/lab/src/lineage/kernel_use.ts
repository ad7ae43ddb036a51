/** Asks a notebook's kernel, behind its cells, which datasets it has opened; and tells it which versions to open. */

import { Kernel, KernelMessage } from '@jupyterlab/services';
import { IUse, parseKernelAnswer } from './notebook_datasets';

// Nothing is imported and no name is left behind.
const OPENED =
  "__import__('json').dumps(getattr(__import__('sys').modules.get('datahall'), 'used', list)(), ensure_ascii=True)";

/** Return what a Python kernel has opened; null where it does not say. */
export async function askOpened(kernel: Kernel.IKernelConnection): Promise<IUse[] | null> {
  const reply = await execute(kernel, '', { opened: OPENED });
  const answer = (reply?.user_expressions as { opened?: { status: string; data?: { 'text/plain'?: string } } })?.opened;
  const text = answer?.status === 'ok' ? answer.data?.['text/plain'] : undefined;
  return text === undefined ? null : parseKernelAnswer(text);
}

/** Have a Python kernel open these versions where its code names none; with none, the newest again. */
export async function pinKernel(kernel: Kernel.IKernelConnection, uses: readonly IUse[]): Promise<boolean> {
  const versions = JSON.stringify(Object.fromEntries(uses.map(({ id, version }) => [id, version])));
  const code =
    uses.length > 0
      ? `__import__('os').environ['DATAHALL_PINNED'] = ${JSON.stringify(versions)}`
      : "__import__('os').environ.pop('DATAHALL_PINNED', None)";
  return (await execute(kernel, code, {})) !== null;
}

async function execute(
  kernel: Kernel.IKernelConnection,
  code: string,
  expressions: { [name: string]: string }
): Promise<KernelMessage.IExecuteReply | null> {
  const content = { code, silent: true, store_history: false, allow_stdin: false, user_expressions: expressions };
  try {
    const reply = await kernel.requestExecute(content, true).done;
    return reply.content.status === 'ok' ? (reply.content as KernelMessage.IExecuteReply) : null;
  } catch {
    return null; // the kernel has ended meanwhile
  }
}

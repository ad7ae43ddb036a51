/** Follows the memory of one kernel, which it tells itself on its control channel, even while a cell runs. */

import { Kernel, KernelMessage } from '@jupyterlab/services';
import { ISignal, Signal } from '@lumino/signaling';

/** Messages of Jupyter's that the Lab's types do not list; the answer tells bytes. */
const QUESTION = 'usage_request';
const ASK_EVERY = 5000; // milliseconds, while something happens; an idle kernel's memory stays as it is

export class KernelMemory {
  readonly changed: ISignal<this, void> = new Signal<this, void>(this);

  /** Bytes, shared pages divided by those who share them; null where no kernel tells. */
  bytes: number | null = null;

  /** Follow a kernel from now on, or none. */
  follow(kernel: Kernel.IKernelConnection | null): void {
    if (kernel === this._kernel) {
      return;
    }
    this._kernel?.iopubMessage.disconnect(this._note, this);
    this._kernel = kernel;
    kernel?.iopubMessage.connect(this._note, this);
    this._hasWorked = true;
    this._tell(null);
    void this.ask();
  }

  /** Ask, if anything has happened since; called again and again. */
  async ask(): Promise<void> {
    const kernel = this._kernel;
    if (kernel === null || !this._hasWorked || this._isAsking || kernel.connectionStatus !== 'connected') {
      return;
    }
    this._hasWorked = false;
    this._isAsking = true;
    const told = await Promise.race([askMemory(kernel), wait(ASK_EVERY)]);
    this._isAsking = false;
    if (this._kernel === kernel && typeof told === 'number') {
      this._tell(told);
    }
  }

  private _note(_: unknown, message: KernelMessage.IIOPubMessage): void {
    const asked = (message.parent_header as { msg_type?: string }).msg_type;
    this._hasWorked ||= asked !== QUESTION;
  }

  private _tell(bytes: number | null): void {
    if (bytes !== this.bytes) {
      this.bytes = bytes;
      (this.changed as Signal<this, void>).emit();
    }
  }

  private _kernel: Kernel.IKernelConnection | null = null;
  private _hasWorked = false;
  private _isAsking = false;
}

async function askMemory(kernel: Kernel.IKernelConnection): Promise<number | null> {
  const options = { msgType: QUESTION, channel: 'control', session: kernel.clientId, username: kernel.username, content: {} };
  const question = KernelMessage.createMessage(options as unknown as KernelMessage.IOptions<KernelMessage.IDebugRequestMsg>);
  try {
    const answer = await kernel.sendControlMessage(question as KernelMessage.IDebugRequestMsg, true, true).done;
    const bytes = (answer?.content as unknown as { kernel_memory?: unknown } | undefined)?.kernel_memory;
    return typeof bytes === 'number' && bytes > 0 ? bytes : null;
  } catch {
    return null; // it has ended, or does not know the question
  }
}

function wait(milliseconds: number): Promise<undefined> {
  return new Promise(resolve => setTimeout(() => resolve(undefined), milliseconds));
}

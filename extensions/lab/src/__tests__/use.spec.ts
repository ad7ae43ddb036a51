import './browser';
import { Signal } from '@lumino/signaling';
import { findPhoneAddress } from '../narrow_screen';
import { KernelMemory } from '../use/kernel_memory';
import { describeUse } from '../use/person_use';

const trans: any = { __: (text: string) => text };
const USE = {
  memory: 1.5e9, memory_limit: 4e9, is_memory_near: false, cpu_share: 0.254, disk: 20e9, disk_limit: 25e9,
  is_disk_near: false, kernel_memory_limit: 2e9
};

function texts(use: any, kernel: number | null, isNarrow = false): string[] {
  return describeUse(use, kernel, trans, isNarrow).map(({ text }) => text);
}

describe('what one uses', () => {
  it('is told with what one may use', () => {
    expect(texts(USE, 0.25e9)).toEqual([
      'Memory 1.50 / 4.00 GB', 'CPU 25 %', 'Disk 20 / 25 GB', 'Kernel 0.25 / 2.00 GB'
    ]);
  });

  it('is told without what is not known', () => {
    expect(texts({ ...USE, cpu_share: null, disk: null, memory_limit: null }, null)).toEqual(['Memory 1.50 GB']);
  });

  it('is the kernel alone where there is no hall', () => {
    expect(texts(null, 0.25e9)).toEqual(['Kernel 0.25 GB']);
  });

  it('is nothing before anything is known', () => {
    expect(texts(null, null)).toEqual([]);
  });

  it('is the memory, and what is nearly full, on a phone', () => {
    expect(texts({ ...USE, is_disk_near: true }, 0.25e9, true)).toEqual(['Memory 1.50 / 4.00 GB', 'Disk 20 / 25 GB']);
  });

  it('warns of a kernel that has nearly what it may have', () => {
    const kernel = describeUse(USE, 1.9e9, trans, true)[1];
    expect(kernel).toEqual({ text: 'Kernel 1.90 / 2.00 GB', isNear: true });
  });
});

/** A kernel that answers how much memory it has. */
class Kernel {
  readonly iopubMessage = new Signal<any, any>(this);
  readonly connectionStatus = 'connected';
  readonly clientId = 'client';
  readonly username = '';
  asked = 0;

  constructor(public answer: any) {}

  sendControlMessage(message: any): any {
    this.asked += 1;
    expect(message.header.msg_type).toBe('usage_request');
    expect(message.channel).toBe('control');
    return { done: this.answer instanceof Error ? Promise.reject(this.answer) : Promise.resolve({ content: this.answer }) };
  }

  say(parent: string): void {
    this.iopubMessage.emit({ parent_header: { msg_type: parent } });
  }
}

async function follow(kernel: Kernel): Promise<KernelMemory> {
  const memory = new KernelMemory();
  memory.follow(kernel as any);
  await new Promise(resolve => setTimeout(resolve));
  return memory;
}

describe("a kernel's memory", () => {
  it('is asked when it is followed', async () => {
    expect((await follow(new Kernel({ kernel_memory: 5e7 }))).bytes).toBe(5e7);
  });

  it('is not asked again while nothing happens, and its own answer is nothing', async () => {
    const kernel = new Kernel({ kernel_memory: 5e7 });
    const memory = await follow(kernel);
    kernel.say('usage_request');
    await memory.ask();
    expect(kernel.asked).toBe(1);
  });

  it('is asked again when cells have run', async () => {
    const kernel = new Kernel({ kernel_memory: 5e7 });
    const memory = await follow(kernel);
    kernel.say('execute_request');
    kernel.answer = { kernel_memory: 9e7 };
    await memory.ask();
    expect(memory.bytes).toBe(9e7);
  });

  it.each([[{}], [{ kernel_memory: 'much' }], [new Error('it has ended')]])(
    'is not known of a kernel that answers %p',
    async answer => {
      expect((await follow(new Kernel(answer))).bytes).toBeNull();
    }
  );

  it('is not known where there is no kernel', async () => {
    const memory = await follow(new Kernel({ kernel_memory: 5e7 }));
    memory.follow(null);
    expect(memory.bytes).toBeNull();
  });

  it('is not taken from a kernel that is followed no longer', async () => {
    const memory = new KernelMemory();
    memory.follow(new Kernel({ kernel_memory: 5e7 }) as any);
    memory.follow(null);
    await new Promise(resolve => setTimeout(resolve));
    expect(memory.bytes).toBeNull();
  });
});

describe("a phone's workspace", () => {
  const at = (pathname: string): any => ({ pathname, search: '?reset', hash: '#a' });

  it('has the same page', () => {
    const address = findPhoneAddress('http://h/user/a/lab', at('/user/a/lab/tree/x.ipynb'));
    expect(address).toBe('/user/a/lab/workspaces/phone/tree/x.ipynb?reset#a');
  });

  it.each(['/user/a/lab/workspaces/phone', '/user/a/lab/workspaces/desk/tree/x', '/elsewhere'])('is not for %s', path => {
    expect(findPhoneAddress('http://h/user/a/lab', at(path))).toBeNull();
  });
});

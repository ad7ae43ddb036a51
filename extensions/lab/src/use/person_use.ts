/** What a person uses of memory, processor and disk, and their notebook's kernel, as the status bar tells it. */

import { TranslationBundle } from '@jupyterlab/translation';

/** As the server tells it; sizes in bytes. */
export interface IPersonUse {
  readonly memory: number | null;
  readonly memory_limit: number | null;
  readonly is_memory_near: boolean;
  readonly cpu_share: number | null;
  readonly disk: number | null;
  readonly disk_limit: number | null;
  readonly is_disk_near: boolean;
  readonly kernel_memory_limit: number | null;
}

export interface IPart {
  readonly text: string;
  /** Whether not much is left. */
  readonly isNear: boolean;
}

const GIGABYTE = 1e9;
const NEAR = 0.9;

/** Return the parts in their order; on a narrow screen the memory, and what is nearly full. */
export function describeUse(
  use: IPersonUse | null,
  kernelMemory: number | null,
  trans: TranslationBundle,
  isNarrow: boolean
): IPart[] {
  const parts: IPart[] = [];
  const add = (name: string, value: string, isNear: boolean): void => {
    parts.push({ text: `${name} ${value}`, isNear });
  };
  if (use !== null) {
    add(trans.__('Memory'), writeSize(use.memory ?? 0, use.memory_limit), use.is_memory_near);
    if (use.cpu_share !== null) {
      add('CPU', `${Math.round(100 * use.cpu_share)} %`, false);
    }
    if (use.disk !== null) {
      add(trans.__('Disk'), writeSize(use.disk, use.disk_limit), use.is_disk_near);
    }
  }
  if (kernelMemory !== null) {
    const limit = use?.kernel_memory_limit ?? null;
    add(trans.__('Kernel'), writeSize(kernelMemory, limit), limit !== null && kernelMemory > NEAR * limit);
  }
  return parts.filter(({ isNear }, at) => at === 0 || isNear || !isNarrow);
}

function writeSize(used: number, limit: number | null): string {
  const size = (bytes: number): string => (bytes / GIGABYTE).toFixed(bytes < 10 * GIGABYTE ? 2 : 0);
  return limit ? `${size(used)} / ${size(limit)} GB` : `${size(used)} GB`;
}

// Sysctls of the closed list (sysctl(8)): compared, and set back.
import { z } from 'zod';
import { inSysctlOrder, parseSysctlKey } from '../../model/sysctls.js';
import { defineObject, type Words } from './object.js';

const Sysctl = z.object({ key: z.string(), value: z.string() });
type Sysctl = z.infer<typeof Sysctl>;

/** `sysctl -w KEY=VALUE`. */
export function sysctlCommand({ key, value }: Sysctl): Words {
  return { program: 'sysctl', args: ['-w', `${key}=${value}`] };
}

/** The group id that stands for those which a user namespace does not know (user_namespaces(7)): the kernel does not take it back. */
const OVERFLOW_GROUP = '65534';

/** Why a sysctl could not be given the value that it shows; null when it could. */
export function whyUnwritable({ key, value }: Sysctl): string | null {
  const [first = '', last = ''] = value.split(' ');
  const isHidden = key === 'net.ipv4.ping_group_range' && first === OVERFLOW_GROUP && Number(last) < Number(first);
  return isHidden ? 'it holds a group id that this user namespace does not know' : null;
}

export const sysctlKind = defineObject<Sysctl>({
  name: 'sysctl',
  section: 'sysctls',
  schema: Sysctl,
  of: ({ sysctls = {} }) =>
    inSysctlOrder(Object.keys(sysctls).filter((key) => parseSysctlKey(key) !== null)).map((key) => ({ key, value: sysctls[key] ?? '' })),
  key: ({ key }) => key,
  links: ({ key }) => {
    const device = parseSysctlKey(key)?.device ?? null;
    return device === null ? [] : [device];
  },
  facts: ({ value }) => ({ value }),
  lacks: whyUnwritable,
  // What is made anew has the kernel's own values: only what differs then is set.
  isDerived: () => true,
  tell: ({ key, value }) => `sysctl ${key} = ${value}`,
  add: (sysctl) => [sysctlCommand(sysctl)],
  // It cannot be taken away, and comes and goes with its link.
  remove: () => [],
  change: (_, to) => [sysctlCommand(to)],
});

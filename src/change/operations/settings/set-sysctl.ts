// set_sysctl
import { z } from 'zod';
import { placeName } from '../../../model/change.js';
import { fail } from '../../../model/errors.js';
import type { Section } from '../../../model/snapshot.js';
import { deviceSysctl, parseSysctlKey, SYSCTL_KEYS, sysctlFollowers, sysctlValueProblem, whyNoSysctl } from '../../../model/sysctls.js';
import { nearest, visible } from '../../../model/text.js';
import { sysctlCommand, whyUnwritable } from '../../objects/sysctl.js';
import { ALREADY_SO, defineOperation, linkAt, namespaceAt, step, type Touch } from '../../operation.js';
import { InNamespace } from '../../parts/inputs.js';
import { foreseeSysctl, linksSwitched, sysctlLosses, takesIpv6 } from '../../parts/settings/sysctl.js';

const SysctlInput = z.strictObject({
  namespace: InNamespace,
  key: z.string().min(1).max(96).describe('Dotted, e.g. net.ipv4.ip_forward; a dot in a link name is written as a slash'),
  value: z
    .union([z.number().int(), z.string().min(1).max(64)])
    .transform((value) => String(value).trim().replace(/\s+/g, ' '))
    .describe('Number or text'),
});
type SysctlInput = z.output<typeof SysctlInput>;

/** The link that a key is about; null for the others. */
function deviceIn({ key }: SysctlInput): string | null {
  return parseSysctlKey(key)?.device ?? null;
}

/** Sections in which something follows. */
function sectionsFor({ key }: SysctlInput): Section[] {
  const parsed = parseSysctlKey(key);
  const links: Section[] = parsed?.family ? ['links', 'addresses'] : [];
  const further: Partial<Record<string, Section[]>> = { disable_ipv6: ['routes', 'nexthops', 'neighbours'], forwarding: ['routes'] };
  return ['sysctls', ...links, ...(parsed?.family === 'ipv6' ? (further[parsed.name] ?? []) : [])];
}

/** Sets a sysctl of a namespace. Equivalent to: sysctl -w KEY=VALUE (sysctl(8)). */
export const setSysctl = defineOperation({
  name: 'set_sysctl',
  title: 'Set a network sysctl',
  description: 'Sets a network sysctl of one namespace, of a closed list: forwarding, rp_filter, ARP, router advertisements, IPv6 on a link, TCP, conntrack.',
  action: 'sysctl.set',
  destroys: false,
  input: SysctlInput,
  namespaces: ({ namespace }) => [namespace],
  needs: sectionsFor,
  subjects(input, world) {
    const { namespace, key, value } = input;
    const device = deviceIn(input);
    if (device !== null) return [linkAt(world, namespace, device)];
    const { addresses = [], links = [] } = world.state(namespace);
    // The loopback is protected everywhere, and nobody is cut off by that.
    const cut = takesIpv6(key, value)
      ? links.filter(({ index, kind }) => kind !== 'loopback' && addresses.some((address) => address.family === 'inet6' && address.link_index === index))
      : [];
    return [namespaceAt(world, namespace), ...cut.map(({ name }) => linkAt(world, namespace, name))];
  },
  plan(input, world) {
    const { namespace, key, value } = input;
    const where = placeName(world.at(namespace));
    const parsed = parseSysctlKey(key);
    if (!parsed) {
      const near = nearest(key, SYSCTL_KEYS);
      const hint = near.length > 0 ? `Did you mean ${near.join(' or ')}?` : 'inspect_namespace with sections ["sysctls"] shows those that can be set.';
      return fail('SYSCTL_REFUSED', `${visible(key)} is not set: ${whyNoSysctl(key)}.`, hint, { key: visible(key), near });
    }
    const problem = sysctlValueProblem(parsed, value);
    if (problem) return fail('SYSCTL_REFUSED', `${key} does not take "${visible(value)}": ${problem}.`, 'Give such a value.', { key });
    if (parsed.device !== null) {
      const { name } = world.link(namespace, parsed.device);
      if (name !== parsed.device && parsed.family) {
        return fail('SYSCTL_REFUSED', `Sysctls know the link ${parsed.device} as ${name}.`, `Say ${deviceSysctl(parsed.family, name, parsed.name)}.`, {
          link: name,
        });
      }
    }
    const state = world.state(namespace);
    const now = state.sysctls?.[key];
    if (now === value) return ALREADY_SO;
    // What this change makes has sysctls that nobody has read yet.
    const isNew = state.sysctls?.['net.ipv4.ip_forward'] === undefined || (parsed.device !== null && world.link(namespace, parsed.device).index < 0);
    if (now === undefined && !isNew) {
      return fail('KERNEL_UNSUPPORTED', `${where} has no sysctl ${key}.`, 'This kernel lacks it, its module is not loaded, or IPv6 is off there.', { key });
    }
    const unwritable = now === undefined ? null : whyUnwritable({ key, value: now });
    const keys = [key, ...sysctlFollowers(key, Object.keys(state.sysctls ?? {}))];
    return {
      steps: [step(world.at(namespace), sysctlCommand({ key, value }).args, { program: 'sysctl' })],
      loses: [...sysctlLosses(state, key, value), ...(unwritable === null ? [] : [`${key} = ${now}: ${unwritable}`])],
      undoable: unwritable === null,
      touches: [
        ...keys.map((touched): Touch => ({ namespace, kind: 'sysctl', key: touched })),
        ...linksSwitched(key, state.links ?? []).map(({ name }): Touch => ({ namespace, link: name })),
      ],
    };
  },
  foresee({ namespace, key, value }, foreseen) {
    foreseeSysctl(foreseen, namespace, key, value);
  },
  result: { key: z.string(), value: z.string().nullable() },
  show: ({ namespace, key }, world) => ({ key, value: world.state(namespace).sysctls?.[key] ?? null }),
  tell: ({ key, value }, { namespace }) => (value === null ? `${namespace} has no sysctl ${key}.` : `${namespace}: ${key} = ${value}`),
});

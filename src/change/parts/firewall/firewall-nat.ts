// What masquerade and forward_port tell of a namespace that does not forward.
import type { World } from '../../plan/world.js';
import { othersAt } from './firewall-rule.js';

/** Why packets may not get through though their addresses are translated. @param forwarding Key of sysctl(8). */
export function natNotes(world: World, namespace: string, ...forwarding: ('net.ipv4.ip_forward' | 'net.ipv6.conf.all.forwarding')[]): string[] {
  const { sysctls } = world.state(namespace);
  const off = forwarding.filter((key) => sysctls?.[key] === '0');
  return [
    ...(off.length > 0 ? [`The namespace does not forward: ${off.map((key) => `${key} is 0`).join(', ')}.`] : []),
    ...othersAt(world, namespace, 'forward'),
  ];
}

// Container engines on this host: their namespaces have no names for `ip netns`, so it is good to know who makes them.
import { existsSync } from 'node:fs';
import { findProgram } from '../../../exec/program.js';
import { type Check, note, ok } from './check.js';

/** Engine → its programs, and the sockets that it listens on while it runs. */
const ENGINES: Readonly<Record<string, { programs: readonly string[]; sockets: readonly string[] }>> = {
  Docker: { programs: ['dockerd', 'docker'], sockets: ['/run/docker.sock'] },
  Podman: { programs: ['podman'], sockets: ['/run/podman/podman.sock'] },
  containerd: { programs: ['containerd'], sockets: ['/run/containerd/containerd.sock', '/run/k3s/containerd/containerd.sock'] },
  'CRI-O': { programs: ['crio'], sockets: ['/run/crio/crio.sock'] },
  LXC: { programs: ['lxc-start'], sockets: [] },
  Incus: { programs: ['incusd', 'lxd'], sockets: ['/var/lib/incus/unix.socket', '/var/snap/lxd/common/lxd/unix.socket'] },
};

/** Of each engine that is found, whether it runs. */
export function engineChecks(): Check[] {
  const found = Object.entries(ENGINES).flatMap(([name, { programs, sockets }]) => {
    const program = programs.find((name) => findProgram(name) !== null);
    const socket = sockets.find((path) => existsSync(path));
    if (socket !== undefined) return [ok(name, `runs (${socket}): its namespaces are listed with list_namespaces`)];
    return program === undefined ? [] : [note(name, `installed (${program}); whether it runs is not seen`)];
  });
  return found.length > 0 ? found : [ok('container engines', 'none found')];
}

// Whose a namespace is, told from what engines leave in control groups, command lines and mounts.
import { expect, test } from 'vitest';
import { ownerOf } from '../../src/kernel/owners/rules.js';
import type { ProcessSigns } from '../../src/kernel/owners/signs.js';

const ID = '4ac0b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f';
const POD = '0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0';

interface Told {
  cgroup?: string;
  argv?: string[];
  parents?: string[][];
}

const signs = ({ cgroup, argv = [], parents = [] }: Told): ProcessSigns => ({
  cgroups: cgroup === undefined ? [] : [cgroup],
  argv: () => argv,
  parents: () => parents,
});

const PROCESSES: readonly (readonly [what: string, told: Told, owner: object | null])[] = [
  ['Docker, cgroupfs', { cgroup: `/docker/${ID}` }, { engine: 'docker', id: ID, name: null }],
  ['Docker, systemd', { cgroup: `/system.slice/docker-${ID}.scope` }, { engine: 'docker', id: ID, name: null }],
  ['a group of a container inside', { cgroup: `/system.slice/docker-${ID}.scope/init.scope` }, { engine: 'docker', id: ID, name: null }],
  [
    'Docker without a group of its own',
    { cgroup: '/system.slice/docker.service', parents: [['/usr/bin/containerd-shim-runc-v2', '-namespace', 'moby', '-id', ID, '-address', '/run/x.sock']] },
    { engine: 'docker', id: ID, name: null },
  ],
  [
    'containerd',
    { cgroup: '/default/web', parents: [['containerd-shim-runc-v2', '-namespace', 'default', '-id', 'web']] },
    { engine: 'containerd', id: 'web', name: null },
  ],
  [
    'a pod of containerd, systemd',
    { cgroup: `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${POD.replaceAll('-', '_')}.slice/cri-containerd-${ID}.scope` },
    { engine: 'containerd', id: ID, name: null, pod: POD },
  ],
  ['a pod, cgroupfs', { cgroup: `/kubepods/besteffort/pod${POD}/${ID}` }, { engine: 'kubernetes', id: ID, name: null, pod: POD }],
  [
    'a pod, cgroupfs, whose shim is known',
    { cgroup: `/kubepods/pod${POD}/${ID}`, parents: [['/bin/containerd-shim-runc-v2', '-namespace', 'k8s.io', '-id', ID]] },
    { engine: 'containerd', id: ID, name: null, pod: POD },
  ],
  [
    'a pod of CRI-O',
    { cgroup: `/kubepods.slice/kubepods-pod${POD.replaceAll('-', '_')}.slice/crio-${ID}.scope/container` },
    { engine: 'cri-o', id: ID, name: null, pod: POD },
  ],
  [
    'Podman, whose monitor knows the name',
    { cgroup: `/machine.slice/libpod-${ID}.scope/container`, parents: [['/usr/bin/conmon', '--api-version', '1', '-c', ID, '-u', ID, '-n', 'web']] },
    { engine: 'podman', id: ID, name: 'web' },
  ],
  [
    'Podman without a monitor',
    { cgroup: `/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${ID}.scope` },
    { engine: 'podman', id: ID, name: null },
  ],
  ['LXC', { cgroup: '/lxc.payload.box/init.scope', parents: [['[lxc monitor] /var/lib/lxc box']] }, { engine: 'lxc', id: 'box', name: 'box' }],
  ['Incus', { cgroup: '/lxc.payload.box', parents: [['[lxc monitor] /var/lib/incus/containers box']] }, { engine: 'incus', id: 'box', name: 'box' }],
  ['LXD', { cgroup: '/lxc.payload.box', parents: [['[lxc monitor] /var/snap/lxd/common/lxd/containers box']] }, { engine: 'lxd', id: 'box', name: 'box' }],
  ['a machine', { cgroup: '/machine.slice/machine-my\\x2dbox.scope/payload' }, { engine: 'systemd-nspawn', id: 'my-box', name: 'my-box' }],
  ['a machine as a unit', { cgroup: '/machine.slice/systemd-nspawn@box.service/payload' }, { engine: 'systemd-nspawn', id: 'box', name: 'box' }],
  ['a unit', { cgroup: '/system.slice/foo.service' }, { engine: 'systemd', id: 'foo.service', name: 'foo.service', unit: 'foo.service' }],
  [
    "a user's unit",
    { cgroup: '/user.slice/user-1000.slice/user@1000.service/app.slice/bar.service' },
    { engine: 'systemd', id: 'bar.service', name: 'bar.service', unit: 'bar.service' },
  ],
  [
    'Flatpak',
    { cgroup: '/user.slice/user-1000.slice/user@1000.service/app.slice/app-flatpak-org.gimp.GIMP-4711.scope' },
    { engine: 'flatpak', id: 'org.gimp.GIMP', name: 'org.gimp.GIMP' },
  ],
  ['Chromium', { cgroup: '/user.slice', argv: ['/usr/lib/chromium/chromium', '--type=zygote'] }, { engine: 'chromium', id: null, name: null }],
  ['Firefox', { argv: ['/usr/lib/firefox/firefox', '-contentproc', '-childID', '1'] }, { engine: 'firefox', id: null, name: null }],
  ['a child of unshare', { argv: ['sleep', '1'], parents: [['unshare', '--net', '--fork', 'sleep', '1']] }, { engine: 'unshare', id: null, name: null }],
  ['nothing tells', { cgroup: '/user.slice', argv: ['sleep', '1'], parents: [['-bash'], ['sshd: me']] }, null],
  ['a shim without its words', { parents: [['containerd-shim-runc-v2']] }, null],
];

test.for(PROCESSES)('by a process: %s', ([, told, owner]) => {
  expect(ownerOf({ mounts: [], processes: [signs(told)] })).toEqual(owner);
});

test.for([
  ['/run/docker/netns/1a2b3c', 'docker', '1a2b3c'],
  ['/var/run/docker/netns/default', 'docker', 'default'],
  ['/run/netns/cni-0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0', 'cni', 'cni-0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0'],
  ['/run/user/1000/netns/netns-0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0', 'podman', 'netns-0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0'],
  ['/run/netns/blue', null, null],
] as const)('by a mount: %s', ([mount, engine, id]) => {
  expect(ownerOf({ mounts: [mount], processes: [] })).toEqual(engine && { engine, id, name: null });
});

test('the container is told before the mount, and the mount before a unit', () => {
  const [mounts, docker, unit] = [['/run/docker/netns/1a2b3c'], signs({ cgroup: `/docker/${ID}` }), signs({ cgroup: '/system.slice/foo.service' })];
  expect(ownerOf({ mounts, processes: [docker] })).toMatchObject({ engine: 'docker', id: ID });
  expect(ownerOf({ mounts, processes: [unit] })).toMatchObject({ engine: 'docker', id: '1a2b3c' });
});

test('hostile names are shown escaped, and cannot pretend to be ours', () => {
  const cgroup = '/lxc.payload.netns-mcp\u001b[31m\u202e';
  expect(ownerOf({ mounts: [], processes: [signs({ cgroup })] })).toEqual({
    engine: 'lxc',
    id: 'netns-mcp\\x1b[31m\\u{202e}',
    name: 'netns-mcp\\x1b[31m\\u{202e}',
  });
});

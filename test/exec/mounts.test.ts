// Reading mountinfo: what can be reached, and whether it can be written to.
import { expect, test } from 'vitest';
import { mountsOf } from '../../src/exec/mounts.js';

const line = (point: string, options: string, source = 'dev', type = 'ext4') => `22 1 8:1 / ${point} ${options} shared:1 master:2 - ${type} ${source} rw`;

test('a mount is what is mounted last at its place, and hides what lies below', () => {
  const text = [line('/', 'ro,relatime'), line('/sys', 'rw'), line('/sys/fs/cgroup', 'rw'), line('/sys', 'ro', 'netns-mcp', 'sysfs'), line('/sysroot', 'rw')];
  expect(mountsOf(`${text.join('\n')}\n`)).toEqual([
    { point: '/', source: 'dev', type: 'ext4', writable: false },
    { point: '/sys', source: 'netns-mcp', type: 'sysfs', writable: false },
    { point: '/sysroot', source: 'dev', type: 'ext4', writable: true },
  ]);
});

test('a new root hides only the old root: what is listed after it is mounted on it', () => {
  expect(mountsOf([line('/', 'rw'), line('/', 'ro', 'overlay'), line('/home', 'rw')].join('\n')).map(({ point, source }) => `${point} ${source}`)).toEqual([
    '/ overlay',
    '/home dev',
  ]);
});

test('paths are unescaped, and a mount needs no optional fields', () => {
  expect(mountsOf('22 1 8:1 / /mnt/a\\040b\\134c rw - tmpfs none rw')).toEqual([{ point: '/mnt/a b\\c', source: 'none', type: 'tmpfs', writable: true }]);
});

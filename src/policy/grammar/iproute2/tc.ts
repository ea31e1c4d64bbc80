// The grammar of tc: options, objects and verbs in the order of tc/tc.c and its objects (iproute2 6.1), of which only reads are permitted.
import { no, none, type Program, type Term } from '../table.js';
import { NAME_OR_NUMBER, oneOf, pattern, UINT32 } from '../values.js';
import { COLOR, changes, DEV, FROM_FILE, flag, HELP, NEVER_ENDS, NO_HELP, OTHER_NAMESPACE, object, show } from './common.js';
import { ACTION_KINDS } from './kinds.js';

const OPTIONS: readonly Term[] = [
  { name: '-stats', aliases: ['-statistics'], most: 2 },
  flag('-details'),
  flag('-raw'),
  flag('-pretty'),
  flag('-graph'),
  no('-Version', 'netns-mcp doctor shows the versions'),
  flag('-iec'),
  no('-help', NO_HELP),
  no('-force', 'it belongs to -batch'),
  no('-batch', FROM_FILE),
  no('-netns', OTHER_NAMESPACE),
  flag('-Numeric'),
  no('-names', 'it reads a file of class names', '-nm'),
  // Before -color, so that `-c` reads a file, unlike in ip.
  no('-cf', 'it reads a file of class names', '-conf'),
  COLOR,
  ...none(['-timestamp', '-tshort'], 'it belongs to monitor'),
  flag('-json'),
  flag('-oneline'),
  flag('-brief'),
];

const HANDLE = pattern('a handle such as 1: or 1:10', /^[0-9a-fA-F]{0,4}:[0-9a-fA-F]{0,4}$/);
const parents = (...names: string[]): Term[] => [{ name: 'parent', values: [HANDLE], group: 'parent' }, ...names.map((name) => ({ name, group: 'parent' }))];
const CHAIN: Term = { name: 'chain', values: [UINT32] };
const BLOCK: Term = { name: 'block', values: [UINT32] };
const NO_TOOL = 'no tool does that';

const OBJECTS: readonly Term[] = [
  object('qdisc', [
    ...changes(['add', 'change', 'replace', 'link', 'delete'], NO_TOOL),
    show({ terms: [DEV, ...parents('root', 'ingress', 'clsact'), { name: 'handle', values: [HANDLE] }, flag('invisible')] }),
    HELP,
  ]),
  object('class', [
    ...changes(['add', 'change', 'replace', 'delete'], NO_TOOL),
    show({ terms: [DEV, ...parents('root'), { name: 'qdisc', values: [HANDLE] }, { name: 'classid', values: [HANDLE] }] }),
    HELP,
  ]),
  object('filter', [
    ...changes(['add', 'change', 'replace', 'delete'], NO_TOOL),
    no('get', 'use tc filter show'),
    show({
      terms: [
        DEV,
        BLOCK,
        ...parents('root', 'ingress', 'egress'),
        { name: 'priority', aliases: ['preference', 'pref', 'prio'], values: [UINT32] },
        { name: 'protocol', values: [NAME_OR_NUMBER] },
        CHAIN,
      ],
    }),
    HELP,
  ]),
  object('chain', [
    ...changes(['add', 'delete'], NO_TOOL),
    no('get', 'use tc chain show'),
    show({ terms: [DEV, BLOCK, ...parents('root', 'ingress', 'egress'), CHAIN] }),
    HELP,
  ]),
  {
    name: 'actions',
    next: {
      style: 'prefix',
      terms: [
        ...changes(['add', 'change', 'replace', 'delete'], NO_TOOL),
        no('get', 'use tc actions show'),
        show({ terms: [{ name: 'action', values: [oneOf(ACTION_KINDS)], next: {} }], needs: 'action and its kind' }),
        ...changes(['flush'], NO_TOOL),
        HELP,
      ],
      needs: 'show',
    },
  },
  no('monitor', NEVER_ENDS),
  no('exec', 'it runs another program'),
  HELP,
];

export const TC: Program = {
  name: 'tc',
  package: 'iproute2',
  says: 'Shows queueing disciplines, classes, filters and actions, with their counters.',
  effect: 'read',
  place: { style: 'prefix', terms: [...OPTIONS, ...OBJECTS], needs: 'an object: qdisc, class, filter, chain or actions' },
};

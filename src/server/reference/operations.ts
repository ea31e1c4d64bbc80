// The reference of all operations, as it follows from their declarations.
import type { Operation } from '../../change/operation.js';
import type { Attribute } from '../../model/kinds/attribute.js';
import type { KindDeclaration } from '../../model/kinds/declaration.js';
import { LINK_KINDS } from '../../model/kinds/table.js';
import type { Tool } from '../tool.js';
import { typeWords } from './fields.js';
import { cell, code, inputTable, table } from './markdown.js';

function section(operation: Operation): string {
  const { name, title, description, action, destroys, result } = operation;
  return [
    `### ${name}`,
    `**${title}.** ${description}`,
    `${destroys ? 'changes, and loses something' : 'changes'} · policy action \`${action}\` · answers ${['change', ...Object.keys(result)].map(code).join(', ')}`,
    inputTable(operation),
  ].join('\n\n');
}

/** What a kind of link stands on, in a few words. */
function standsOn({ lower }: KindDeclaration): string {
  if (!lower) return '';
  return lower.isRequired ? 'required' : 'may be given';
}

/** Whether a setting has to be given, or what it is otherwise. */
function without({ isRequired, unless, standard }: Attribute): string {
  if (isRequired) return `, required${unless === undefined ? '' : ` without ${code(unless)}`}`;
  return standard === undefined ? '' : `, ${JSON.stringify(standard)} unless given`;
}

function settings({ attributes, shorthands = {} }: KindDeclaration): string {
  return [
    ...Object.entries(attributes).map(([name, attribute]) => `${code(name)} ${cell(typeWords(attribute.schema))}${without(attribute)}`),
    ...Object.entries(shorthands).map(([name, { stands }]) => `${code(name)} for ${stands.map(code).join(' and ')}`),
  ].join('; ');
}

/** What create_link takes for each kind besides its own arguments. */
function kindsReference(): string[] {
  const rows = Object.entries(LINK_KINDS).map(([name, kind]) => [code(name), cell(kind.summary), standsOn(kind), settings(kind)]);
  return [
    '### Kinds of links',
    'What `create_link` makes. The settings of a kind stand beside its other arguments, under the words of ip-link(8): `{"name": "v10", "kind": "vlan", "link": "eth0", "id": 10}`. `set_link` takes those that the kernel changes later, in `settings`. A veth pair is made by [`create_veth_pair`](#create_veth_pair).',
    table(['kind', 'what it is', '`link`', 'settings'], rows),
  ];
}

/** The part of docs/tools.md on operations: those with a tool of their own are told there. */
export function operationsReference(tools: readonly Tool[], operations: readonly Operation[]): string[] {
  const withOwnTool = new Set(tools.map(({ name }) => name));
  const rows = operations.map(({ name, description, action }) => [`[\`${name}\`](#${name})`, cell(description), `\`${action}\``]);
  return [
    '## Operations',
    'All that can be changed. Every operation can be an entry of [`apply_changes`](#apply_changes) (`{"op": NAME, …arguments}`) and can be called as a tool under its own name, with `dry_run` and `confirm_within_seconds` besides, whether it is listed or not: a list of all would cost a model more than it helps. Clients find the same in the resources `netns://operations` and `netns://operations/{op}`. An operation can take further policy actions by its arguments, such as `address.add` for a pair with addresses.',
    table(['operation', 'what it does', 'policy action'], rows),
    ...operations.filter(({ name }) => !withOwnTool.has(name)).map(section),
    ...kindsReference(),
  ];
}

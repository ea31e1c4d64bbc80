// delete_fdb
import { z } from 'zod';
import { fail } from '../../../model/errors.js';
import { fdbCommand, fdbKey, fdbText, isSetFdb } from '../../objects/fdb.js';
import { ALREADY_SO, defineOperation, linkAt, step } from '../../operation.js';
import { FdbInput, fittingFdb } from '../../parts/bridges/fdb.js';

/** Deletes an entry of a forwarding database. Equivalent to: bridge fdb delete MAC dev LINK master (bridge(8)). */
export const deleteFdb = defineOperation({
  name: 'delete_fdb',
  title: 'Delete a forwarding entry',
  description: 'Deletes an entry of the forwarding database of a bridge or vxlan, set or learnt. What was learnt is learnt again.',
  action: 'bridge.set',
  destroys: false,
  input: FdbInput,
  namespaces: ({ namespace }) => [namespace],
  needs: ['links', 'fdb'],
  subjects: ({ namespace, link, destination }, world) => [
    linkAt(world, namespace, link),
    ...(destination === undefined ? [] : [{ kind: 'address' as const, address: destination }]),
  ],
  plan(input, world) {
    const { namespace, link } = input;
    const { name } = world.link(namespace, link);
    const state = world.state(namespace);
    const fitting = fittingFdb(world, input);
    const own = fitting.filter((entry) => entry.state === 'dynamic' || isSetFdb(entry, state));
    const [entry] = own;
    if (fitting.length === 0) return ALREADY_SO;
    if (!entry) {
      return fail('INVALID_INPUT', `The kernel itself made the entry ${fitting.map(fdbText).join('; ')}.`, 'It is the address of a link: it goes with that.', {
        link: name,
      });
    }
    if (own.length > 1) {
      const entries = own.map(fdbText);
      return fail('INVALID_INPUT', `${own.length} entries fit: ${entries.join('; ')}.`, 'Give destination, vlan or table to tell which.', { entries });
    }
    const { args } = fdbCommand('delete', entry, world.links(namespace));
    return {
      steps: [step(world.at(namespace), args, { program: 'bridge' })],
      loses: entry.state === 'dynamic' ? [] : [`the entry ${fdbText(entry)}`],
      undoable: (entry.other_attributes ?? []).length === 0,
    };
  },
  foresee(input, foreseen) {
    const state = foreseen.state(input.namespace);
    const [entry] = fittingFdb(foreseen, input).filter((known) => known.state === 'dynamic' || isSetFdb(known, state));
    if (entry) foreseen.drop(input.namespace, 'fdb', (known) => fdbKey(known) === fdbKey(entry));
  },
  result: { entries_left: z.array(z.string()) },
  show: (input, world) => ({ entries_left: fittingFdb(world, { ...input, destination: undefined }).map(fdbText) }),
  tell: ({ entries_left }, { namespace, mac }) =>
    entries_left.length === 0 ? `${namespace} has no entry for ${mac} there.` : `${namespace} still has ${entries_left.join('; ')}.`,
});

// delete_altname
import { placeName } from '../../../model/change.js';
import { fail } from '../../../model/errors.js';
import { ALREADY_SO, defineOperation, step } from '../../operation.js';
import { ON_ALTNAME } from '../../parts/links/altname.js';
import { linkArgument } from '../../plan/world.js';

/** Takes a further name from a link. Equivalent to: ip link property del dev LINK altname NAME (ip-link(8)). */
export const deleteAltname = defineOperation({
  ...ON_ALTNAME,
  name: 'delete_altname',
  title: 'Delete an alternative name',
  description: 'Takes an alternative name from a link.',
  plan({ namespace, link, altname }, world) {
    const found = world.link(namespace, link);
    if (!found.altnames.includes(altname)) return ALREADY_SO;
    if (link === altname) {
      return fail('INVALID_INPUT', `In ${placeName(world.at(namespace))} ${altname} is what link ${found.name} is also called.`, `Give link: "${found.name}".`);
    }
    const device = linkArgument(found, world.links(namespace));
    return { steps: [step(world.at(namespace), ['link', 'property', 'del', 'dev', device, 'altname', altname])], loses: [], undoable: true };
  },
  foresee({ namespace, link, altname }, foreseen) {
    const { name, altnames } = foreseen.link(namespace, link);
    foreseen.changeLink(namespace, name, { altnames: altnames.filter((known) => known !== altname) });
  },
  tell: ({ altnames }, { link }) => (altnames.length === 0 ? `${link} has no other name.` : `${link} is also called ${altnames.join(', ')}.`),
});

// Which operations are published, each under its own name.
import { addAddress } from '../src/change/operations/add-address.js';
import { addRoute } from '../src/change/operations/add-route.js';
import { createNamespace } from '../src/change/operations/create-namespace.js';
import { createVethPair } from '../src/change/operations/create-veth-pair.js';
import { deleteAddress } from '../src/change/operations/delete-address.js';
import { deleteLink } from '../src/change/operations/delete-link.js';
import { deleteNamespace } from '../src/change/operations/delete-namespace.js';
import { deleteRoute } from '../src/change/operations/delete-route.js';
import { moveLink } from '../src/change/operations/move-link.js';
import { setLink } from '../src/change/operations/set-link.js';
import { changeTool } from '../src/server/change-tool.js';

export const CHANGE_TOOLS = [
  changeTool(createNamespace),
  changeTool(deleteNamespace),
  changeTool(createVethPair),
  changeTool(moveLink),
  changeTool(setLink),
  changeTool(deleteLink),
  changeTool(addAddress),
  changeTool(deleteAddress),
  changeTool(addRoute),
  changeTool(deleteRoute),
];
